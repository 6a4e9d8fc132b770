select
    event_date,
    user_id,
    cast(sum(plays) as bigint) as plays,
    cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
    cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds,
    count(*) as playbacks,
    count(distinct title_id) as titles,
    cast(sum(errors) as bigint) as errors,
    cast(coalesce(sum(plays) filter (where watched_seconds is not null), 0) as bigint) as timed_plays
from {{ ref('fct_watch') }}
where {{ day_range('event_date') }}
group by event_date, user_id

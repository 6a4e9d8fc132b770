select
    event_date,
    title_id,
    cast(sum(plays) as bigint) as plays,
    count(distinct user_id) as viewers,
    cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
    cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds,
    count(*) as playbacks
from {{ ref('fct_watch') }}
where {{ day_range('event_date') }}
group by event_date, title_id

-- The stream of events is the spine: a day on which people only searched has a row too, with no plays.
with event_days as (
    select
        event_date,
        count(*) filter (where event_type = 'search') as searches,
        count(*) filter (where event_type = 'rate') as ratings,
        count(*) filter (where event_type = 'add_to_list') as list_adds
    from {{ ref('stg_events') }}
    where {{ day_range('event_date') }}
    group by event_date
),

user_days as (
    select
        event_date,
        count(*) as active_users,
        cast(sum(plays) as bigint) as plays,
        cast(sum(timed_plays) as bigint) as timed_plays,
        cast(sum(errors) as bigint) as errors,
        cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
        cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds
    from {{ ref('agg_user_day') }}
    where {{ day_range('event_date') }}
    group by event_date
),

title_days as (
    select
        event_date,
        count(*) as titles_watched
    from {{ ref('agg_title_day') }}
    where {{ day_range('event_date') }}
    group by event_date
),

sums as (
    select
        event_days.event_date,
        coalesce(user_days.plays, 0) as plays,
        coalesce(user_days.timed_plays, 0) as timed_plays,
        coalesce(user_days.active_users, 0) as active_users,
        -- nothing was played, so nothing was watched; where something was, null stays: unknown
        case when user_days.event_date is null then 0 else user_days.watched_seconds end as watched_seconds,
        coalesce(user_days.buffering_seconds, 0) as buffering_seconds,
        coalesce(title_days.titles_watched, 0) as titles_watched,
        coalesce(user_days.errors, 0) as errors,
        event_days.searches,
        event_days.ratings,
        event_days.list_adds
    from event_days
    left join user_days on event_days.event_date = user_days.event_date
    left join title_days on event_days.event_date = title_days.event_date
)

select
    event_date,
    plays,
    active_users,
    {{ ratio('watched_seconds', '3600') }} as watch_hours,
    {{ ratio('watched_seconds', 'timed_plays') }} as avg_watch_seconds,
    cast(buffering_seconds as decimal(18, 3)) as buffering_seconds,
    {{ ratio('buffering_seconds', '(buffering_seconds + watched_seconds)') }} as rebuffer_ratio,
    titles_watched,
    errors,
    searches,
    ratings,
    list_adds,
    cast(watched_seconds as decimal(18, 3)) as watched_seconds,
    timed_plays
from sums

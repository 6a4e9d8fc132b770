-- Every playback event carries the seconds since the previous event of its playback, so a day is complete without the day
-- before: a viewing over midnight has one row on each day, with what was watched on that day.
with playback_events as (
    select
        event_id,
        event_type,
        event_ts,
        event_date,
        playback_id,
        user_id,
        profile_id,
        session_id,
        title_id,
        episode_number,
        country,
        device_type,
        app_version,
        position_seconds,
        watched_seconds,
        buffering_seconds,
        rebuffer_count,
        startup_ms
    from {{ ref('stg_events') }}
    where
        event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
        and {{ day_range('event_date') }}
),

-- Who, what and where: from the first event of the day. The event's id breaks ties, so that the choice never depends on
-- the order of rows.
first_events as (
    select
        playback_id,
        event_date,
        user_id,
        profile_id,
        session_id,
        title_id,
        episode_number,
        country,
        device_type,
        app_version
    from playback_events
    qualify row_number() over (partition by playback_id, event_date order by event_ts, event_id) = 1
),

first_plays as (
    select
        playback_id,
        event_date,
        startup_ms
    from playback_events
    where event_type = 'play'
    qualify row_number() over (partition by playback_id, event_date order by event_ts, event_id) = 1
),

measures as (
    select
        playback_id,
        event_date,
        min(event_ts) as first_event_ts,
        max(event_ts) as last_event_ts,
        count(*) filter (where event_type = 'play') as plays,
        coalesce(sum(watched_seconds), 0) as watched_seconds,
        coalesce(sum(buffering_seconds), 0) as buffering_seconds,
        coalesce(sum(rebuffer_count), 0) as rebuffer_count,
        count(*) filter (where event_type = 'error') as errors,
        max(position_seconds) as max_position_seconds,
        count(*) filter (where event_type = 'stop') > 0 as has_stopped,
        count(*) as events
    from playback_events
    group by playback_id, event_date
)

select
    measures.playback_id,
    measures.event_date,
    first_events.user_id,
    first_events.profile_id,
    first_events.session_id,
    first_events.title_id,
    first_events.episode_number,
    first_events.country,
    first_events.device_type,
    first_events.app_version,
    measures.first_event_ts,
    measures.last_event_ts,
    measures.plays,
    cast(measures.watched_seconds as decimal(18, 3)) as watched_seconds,
    cast(measures.buffering_seconds as decimal(18, 3)) as buffering_seconds,
    cast(measures.rebuffer_count as bigint) as rebuffer_count,
    first_plays.startup_ms,
    measures.errors,
    measures.max_position_seconds,
    measures.has_stopped,
    measures.events
from measures
inner join first_events
    on
        measures.playback_id = first_events.playback_id
        and measures.event_date = first_events.event_date
left join first_plays
    on
        measures.playback_id = first_plays.playback_id
        and measures.event_date = first_plays.event_date

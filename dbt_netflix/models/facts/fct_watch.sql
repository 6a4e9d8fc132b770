-- Every playback event carries the seconds since the previous event of its playback, so a day is complete without the
-- day before: a viewing over midnight has one row on each day, with what was watched on that day.
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

-- Who, what and where come from the first event of the day; the event's id breaks ties, so that the choice never
-- depends on the order of rows.
playback_days as (
    select
        playback_id,
        event_date,
        {{ first_row(
            [
                'user_id', 'profile_id', 'session_id', 'title_id', 'episode_number', 'country', 'device_type',
                'app_version'
            ],
            order_by=['event_ts', 'event_id']
        ) }} as first_event,
        {{ first_row(
            ['startup_ms'],
            order_by=['event_ts', 'event_id'],
            where="event_type = 'play'"
        ) }} as first_play,
        min(event_ts) as first_event_ts,
        max(event_ts) as last_event_ts,
        count(*) filter (where event_type = 'play') as plays,
        -- null when no event carries one: unknown, which is not zero
        sum(watched_seconds) as watched_seconds,
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
    playback_id,
    event_date,
    first_event.user_id,
    first_event.profile_id,
    first_event.session_id,
    first_event.title_id,
    first_event.episode_number,
    first_event.country,
    first_event.device_type,
    first_event.app_version,
    first_event_ts,
    last_event_ts,
    plays,
    cast(watched_seconds as decimal(18, 3)) as watched_seconds,
    cast(buffering_seconds as decimal(18, 3)) as buffering_seconds,
    cast(rebuffer_count as bigint) as rebuffer_count,
    first_play.startup_ms,
    errors,
    max_position_seconds,
    has_stopped,
    events
from playback_days

with playbacks as (
    select
        event_date,
        session_id,
        playback_id,
        title_id,
        episode_number,
        device_type,
        country,
        first_event_ts,
        last_event_ts,
        watched_seconds
    from {{ ref('fct_watch') }}
    where session_id is not null and {{ day_range('event_date') }}
),

-- An episode counts once two minutes of it were watched in the session, be it in several playbacks.
episodes as (
    select
        event_date,
        session_id,
        title_id,
        episode_number
    from playbacks
    where episode_number is not null
    group by event_date, session_id, title_id, episode_number
    having sum(watched_seconds) >= 120
),

seasons as (
    select
        event_date,
        session_id,
        title_id,
        count(*) as episodes
    from episodes
    group by event_date, session_id, title_id
),

session_episodes as (
    select
        event_date,
        session_id,
        sum(episodes) as episodes,
        max(episodes) as most_of_a_season
    from seasons
    group by event_date, session_id
),

sessions as (
    select
        event_date,
        session_id,
        {{ first_row(['device_type', 'country'], order_by=['first_event_ts', 'playback_id']) }} as first_playback,
        count(*) as playbacks,
        sum(watched_seconds) as watched_seconds,
        {{ dbt.datediff('min(first_event_ts)', 'max(last_event_ts)', 'millisecond') }} as length_ms
    from playbacks
    group by event_date, session_id
),

described as (
    select
        sessions.event_date,
        coalesce(sessions.first_playback.device_type, {{ unknown_member() }}) as device_type,
        coalesce(sessions.first_playback.country, {{ unknown_member() }}) as country,
        case
            {% for minutes in [180, 120, 60, 30, 15, 5] %}
                when sessions.length_ms >= {{ minutes * 60000 }} then {{ minutes }}
            {% endfor %}
            else 0
        end as length_from_minutes,
        sessions.playbacks,
        sessions.watched_seconds,
        sessions.length_ms,
        coalesce(session_episodes.episodes, 0) as episodes,
        coalesce(session_episodes.most_of_a_season, 0) as most_of_a_season
    from sessions
    left join session_episodes
        on sessions.event_date = session_episodes.event_date and sessions.session_id = session_episodes.session_id
)

select
    event_date,
    device_type,
    country,
    length_from_minutes,
    count(*) as sessions,
    cast(sum(playbacks) as bigint) as playbacks,
    cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
    cast(sum(cast(length_ms as decimal(18, 3))) / 1000 as decimal(18, 3)) as length_seconds,
    count(*) filter (where episodes > 0) as episode_sessions,
    cast(sum(episodes) as bigint) as episodes,
    count(*) filter (where most_of_a_season >= 3) as binge_sessions
from described
group by event_date, device_type, country, length_from_minutes

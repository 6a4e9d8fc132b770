-- An event's seconds never go to another day, since the fact counts them on its own. (Local hours cannot be made from
-- these: some zones are half an hour off UTC. See mart_audience_local.)
with events as (
    select
        event_date,
        coalesce(device_type, {{ unknown_member() }}) as device_type,
        coalesce(country, {{ unknown_member() }}) as country,
        case when event_type = 'play' then 1 else 0 end as plays,
        cast(watched_seconds * 1000 as bigint) as watched_ms,
        {{ dbt.datediff(dbt.cast('event_date', 'timestamp'), 'event_ts', 'millisecond') }} as ended_ms
    from {{ ref('stg_events') }}
    where
        event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
        and {{ day_range('event_date') }}
),

stretches as (
    select
        *,
        greatest(ended_ms - coalesce(watched_ms, 0), 0) as began_ms
    from events
),

sums as (
    {{ watched_by_hour('stretches', range(24)) }}
)

select
    event_date,
    hour_no as hour_utc,
    device_type,
    country,
    plays,
    {{ ratio('watched_seconds', '3600') }} as watch_hours,
    watched_seconds
from sums

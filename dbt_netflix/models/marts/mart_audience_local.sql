-- As mart_audience_hourly, on local clocks. Time runs in milliseconds since the event day's midnight UTC, shifted by
-- how far the country's clocks are ahead at the event, so that hour -1 is 23 h of the day before and hour 24 is
-- midnight of the next one. An event's seconds all go by that shift: few events see the clocks change.
with events as (
    select
        event_date,
        coalesce(device_type, {{ unknown_member() }}) as device_type,
        coalesce(country, {{ unknown_member() }}) as country,
        cast({{ dbt.date_trunc('hour', 'event_ts') }} as timestamp) as hour_ts,
        case when event_type = 'play' then 1 else 0 end as plays,
        cast(watched_seconds * 1000 as bigint) as watched_ms,
        {{ dbt.datediff(dbt.cast('event_date', 'timestamp'), 'event_ts', 'millisecond') }} as ended_ms
    from {{ ref('stg_events') }}
    where
        event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
        and {{ day_range('event_date') }}
),

countries as (
    {{ countries() }}
),

-- Clocks change on the hour (UTC), in Iran until 2022 on the half hour: one look-up per country and hour is enough.
clock_hours as (
    select distinct
        events.country,
        events.hour_ts,
        coalesce(countries.time_zone, 'UTC') as time_zone
    from events
    left join countries on events.country = countries.country
),

clocks as (
    select
        country,
        hour_ts,
        {{ utc_offset('time_zone', 'hour_ts') }} * 60000 as ahead_ms
    from clock_hours
),

-- What lies before the day's midnight (UTC) is put into the hour of that midnight: seconds count on their event's day.
stretches as (
    select
        events.event_date,
        events.device_type,
        events.country,
        events.plays,
        events.watched_ms,
        greatest(events.ended_ms - coalesce(events.watched_ms, 0), 0) + clocks.ahead_ms as began_ms,
        events.ended_ms + clocks.ahead_ms as ended_ms
    from events
    inner join clocks on events.country = clocks.country and events.hour_ts = clocks.hour_ts
),

sums as (
    {{ watched_by_hour('stretches', range(-12, 39)) }}
),

-- From Monday of the week before the event day, so that no hour is negative.
dated as (
    select
        event_date,
        {{ dbt.datediff(dbt.date_trunc('week', 'event_date'), 'event_date', 'day') }} * 24 + 168
        + hour_no as week_hour,
        device_type,
        country,
        plays,
        watched_seconds
    from sums
)

select
    event_date,
    cast(floor(week_hour / 24) as integer) % 7 + 1 as local_weekday,
    cast(week_hour as integer) % 24 as local_hour,
    device_type,
    country,
    plays,
    watched_seconds,
    {{ ratio('watched_seconds', '3600') }} as watch_hours
from dated

-- Seconds are put into the hours in which they were watched. An event carries those since the event before it, so they
-- end at the event: what reaches back over the turn of an hour belongs to the hours before, but never to another day,
-- since the fact counts an event's seconds on its own day. All in whole milliseconds, so that the hours add up to the
-- fact exactly. (A local hour is one more column of `events` and of what follows: some zones are half an hour off UTC,
-- so it cannot be made from UTC hours.)
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
        event_date,
        device_type,
        country,
        plays,
        watched_ms,
        ended_ms,
        cast(floor(ended_ms / 3600000) as integer) as last_hour,
        cast(floor(greatest(ended_ms - coalesce(watched_ms, 0), 0) / 3600000) as integer) as first_hour
    from events
),

hours as (
    {% for hour in range(24) %}
        select {{ hour }} as hour_utc
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

in_hours as (
    select
        event_date,
        last_hour as hour_utc,
        device_type,
        country,
        plays,
        case when first_hour = last_hour then watched_ms else ended_ms - last_hour * 3600000 end as watched_ms
    from stretches

    union all

    select
        stretches.event_date,
        hours.hour_utc,
        stretches.device_type,
        stretches.country,
        0 as plays,
        case
            when hours.hour_utc > stretches.first_hour then 3600000
            else stretches.watched_ms - (stretches.ended_ms - (stretches.first_hour + 1) * 3600000)
        end as watched_ms
    from stretches
    inner join hours on stretches.first_hour <= hours.hour_utc and stretches.last_hour > hours.hour_utc
    -- few reach back over an hour, and the others need not be compared with any
    where stretches.first_hour < stretches.last_hour
),

sums as (
    select
        event_date,
        hour_utc,
        device_type,
        country,
        sum(plays) as plays,
        {{ ratio('sum(watched_ms)', '1000') }} as watched_seconds
    from in_hours
    group by event_date, hour_utc, device_type, country
)

select
    event_date,
    cast(hour_utc as integer) as hour_utc,
    device_type,
    country,
    cast(plays as bigint) as plays,
    {{ ratio('watched_seconds', '3600') }} as watch_hours,
    cast(watched_seconds as decimal(18, 3)) as watched_seconds
from sums

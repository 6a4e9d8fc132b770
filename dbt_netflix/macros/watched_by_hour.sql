{#
  Plays and watched seconds by event day, hour, device and country, as a query over `stretches`: the name of a query with event_date,
  device_type, country, plays (1 or 0), watched_ms, began_ms and ended_ms (milliseconds since the event day's midnight).
  `hours`: all that a stretch can touch; hour 0 begins at that midnight.

  Seconds are put into the hours in which they were watched. An event carries those since the event before it, so they end at the event:
  what reaches back over the turn of an hour belongs to the hours before. All in whole milliseconds, so that the hours add up to the fact
  exactly.
#}
{% macro watched_by_hour(stretches, hours) -%}
with bounded as (
    select
        event_date,
        device_type,
        country,
        plays,
        watched_ms,
        ended_ms,
        cast(floor(began_ms / 3600000) as integer) as first_hour,
        cast(floor(ended_ms / 3600000) as integer) as last_hour
    from {{ stretches }}
),

hours as (
    {% for hour in hours %}
        select {{ hour }} as hour_no
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

in_hours as (
    select
        event_date,
        last_hour as hour_no,
        device_type,
        country,
        plays,
        case when first_hour = last_hour then watched_ms else ended_ms - last_hour * 3600000 end as watched_ms
    from bounded

    union all

    select
        bounded.event_date,
        hours.hour_no,
        bounded.device_type,
        bounded.country,
        0 as plays,
        case
            when hours.hour_no > bounded.first_hour then 3600000
            else bounded.watched_ms - (bounded.ended_ms - (bounded.first_hour + 1) * 3600000)
        end as watched_ms
    from bounded
    inner join hours on bounded.first_hour <= hours.hour_no and bounded.last_hour > hours.hour_no
    -- few reach back over an hour, and the others need not be compared with any
    where bounded.first_hour < bounded.last_hour
)

select
    event_date,
    hour_no,
    device_type,
    country,
    cast(sum(plays) as bigint) as plays,
    cast({{ ratio('sum(watched_ms)', '1000') }} as decimal(18, 3)) as watched_seconds
from in_hours
group by event_date, hour_no, device_type, country
{%- endmacro %}

-- What is known of an arrival day is replaced whole: an event day that its re-run no longer touches brings no row.
{{ config(
    pre_hook="
        {% if is_incremental() %}
            delete from {{ this }}
            where arrival_date in (select cast(arrival_date as date) from {{ source('audit', 'late_arrival_records') }})
        {% endif %}
    "
) }}
select
    cast(arrival_date as date) as arrival_date,
    cast(event_date as date) as event_date,
    cast(late_rows as bigint) as rows,
    cast(delay_p50_ms / 1000 as decimal(18, 3)) as delay_p50_seconds,
    cast(delay_p95_ms / 1000 as decimal(18, 3)) as delay_p95_seconds,
    cast(delay_max_ms / 1000 as decimal(18, 3)) as delay_max_seconds
from {{ source('audit', 'late_arrival_records') }}
where event_date is not null

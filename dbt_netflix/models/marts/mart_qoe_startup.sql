with usual as (
    {{ usual_versions(ref('fct_watch')) }}
),

starts as (
    select
        fct_watch.event_date,
        coalesce(fct_watch.device_type, {{ unknown_member() }}) as device_type,
        coalesce(fct_watch.country, {{ unknown_member() }}) as country,
        {{ counted_version('fct_watch.app_version', 'usual.app_version') }} as app_version,
        {{ log_bin('fct_watch.startup_ms') }} as startup_bin
    from {{ ref('fct_watch') }} as fct_watch
    left join usual on fct_watch.event_date = usual.event_date and fct_watch.app_version = usual.app_version
    where
        fct_watch.startup_ms is not null
        and {{ day_range('fct_watch.event_date') }}
)

select
    event_date,
    device_type,
    country,
    app_version,
    startup_bin,
    count(*) as timed_starts
from starts
group by event_date, device_type, country, app_version, startup_bin

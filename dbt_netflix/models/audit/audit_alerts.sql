-- Every batch holds all incidents that are open. One that is open here and not in the batch is one that the alerts'
-- file does not know: the file was lost. What goes on was reported anew, so the old row ends when it was last seen.
with records as (
    select
        cast(incident_id as bigint) as incident_id,
        cast(kind as string) as kind,
        cast(incident_key as string) as incident_key,
        cast(severity as string) as severity,
        cast(title as string) as title,
        cast(details as string) as details,
        cast(first_day as date) as first_day,
        cast(last_day as date) as last_day,
        cast(opened_at as timestamp) as opened_at,
        cast(last_seen_at as timestamp) as last_seen_at,
        cast(closed_at as timestamp) as closed_at,
        cast(occurrences as bigint) as occurrences,
        cast(run_id as string) as run_id,
        cast(first_step as string) as first_step,
        cast(sent as boolean) as sent,
        cast(delivery_problem as string) as delivery_problem,
        cast(updated_at as timestamp) as updated_at
    from {{ source('audit', 'alert_records') }}
)

select
    incident_id,
    kind,
    incident_key,
    severity,
    title,
    details,
    first_day,
    last_day,
    opened_at,
    last_seen_at,
    closed_at,
    occurrences,
    run_id,
    first_step,
    sent,
    delivery_problem,
    updated_at
from records
{% if is_incremental() %}

    union all

    select
        incident_id,
        kind,
        incident_key,
        severity,
        title,
        details,
        first_day,
        last_day,
        opened_at,
        last_seen_at,
        last_seen_at as closed_at,
        occurrences,
        run_id,
        first_step,
        sent,
        'nobody was told of its end: the file that the alerts are kept in was lost' as delivery_problem,
        updated_at
    from {{ this }}
    where
        closed_at is null
        and incident_id not in (select records.incident_id from records)
{% endif %}

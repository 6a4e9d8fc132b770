select
    cast(storage_id as bigint) as storage_id,
    cast(run_id as varchar) as run_id,
    cast(asset_key as varchar) as asset_key,
    cast(check_name as varchar) as check_name,
    cast(severity as varchar) as severity,
    cast(passed as boolean) as passed,
    cast(description as varchar) as description,
    cast(recorded_at as timestamp) as recorded_at,
    cast(first_day as date) as first_day,
    cast(last_day as date) as last_day,
    cast(failed_days as varchar) as failed_days
from {{ source('audit', 'check_records') }}

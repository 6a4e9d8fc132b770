select
    cast(storage_id as bigint) as storage_id,
    cast(run_id as string) as run_id,
    cast(asset_key as string) as asset_key,
    cast(check_name as string) as check_name,
    cast(severity as string) as severity,
    cast(passed as boolean) as passed,
    cast(description as string) as description,
    cast(recorded_at as timestamp) as recorded_at,
    cast(first_day as date) as first_day,
    cast(last_day as date) as last_day,
    cast(failed_days as string) as failed_days
from {{ source('audit', 'check_records') }}

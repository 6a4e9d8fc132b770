select
    cast(storage_id as bigint) as storage_id,
    cast(run_id as string) as run_id,
    cast(asset_key as string) as asset_key,
    cast({{ adapter.quote('partition') }} as string) as partition_key,
    cast(row_count as bigint) as row_count,
    cast(recorded_at as timestamp) as recorded_at
from {{ source('audit', 'materialization_records') }}

select
    cast(erasure_id as string) as erasure_id,
    cast(erased_at as timestamp) as erased_at,
    cast(reason as string) as reason,
    cast(raw_rows as bigint) as raw_rows,
    cast(lake_rows as bigint) as lake_rows,
    cast(quarantine_rows as bigint) as quarantine_rows,
    cast(warehouse_rows as bigint) as warehouse_rows
from {{ source('audit', 'erasure_records') }}

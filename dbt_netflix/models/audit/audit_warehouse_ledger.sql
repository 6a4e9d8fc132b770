select
    feed,
    event_date,
    lake_rows,
    repeated_rows,
    warehouse_rows,
    lake_rows = warehouse_rows + repeated_rows as is_balanced,
    loaded_at
from {{ source('audit', 'load_ledger') }}

-- depends_on: {{ ref('audit_row_ledger') }}
-- Not for its rows: so that a backfill builds all audit models in one go, and not this one by itself.
select
    feed,
    event_date,
    lake_rows,
    repeated_rows,
    warehouse_rows,
    lake_rows = warehouse_rows + repeated_rows as is_balanced,
    loaded_at
from {{ source('audit', 'load_ledger') }}

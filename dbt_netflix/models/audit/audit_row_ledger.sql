-- depends_on: {{ ref('audit_late_arrivals') }}
-- Not for its rows: so that the time until which ledgers were pulled never runs ahead of what both models hold.
select
    cast(feed as string) as feed,
    cast(arrival_date as date) as arrival_date,
    cast(received_rows as bigint) as received_rows,
    cast(accepted_rows as bigint) as accepted_rows,
    cast(repeated_rows as bigint) as repeated_rows,
    cast(quarantined_rows as bigint) as quarantined_rows,
    cast(received_rows as bigint) = cast(accepted_rows + repeated_rows + quarantined_rows as bigint) as is_balanced,
    cast(written_at as timestamp) as written_at
from {{ source('audit', 'ledger_records') }}

select
    cast(feed as string) as feed,
    cast(path as string) as path,
    cast(state as string) as state,
    cast(reason as string) as reason,
    cast(arrival_date as date) as arrival_date,
    cast(sha256 as string) as sha256,
    cast(size_bytes as bigint) as size_bytes,
    cast(received_rows as bigint) as received_rows,
    cast(accepted_rows as bigint) as accepted_rows,
    cast(event_days as bigint) as event_days,
    cast(first_event_date as date) as first_event_date,
    cast(last_event_date as date) as last_event_date,
    cast(raw_file as string) as raw_file
from {{ source('audit', 'landing_file_records') }}

select
    cast(run_id as string) as run_id,
    cast(step_key as string) as step_key,
    cast(status as string) as status,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(duration_seconds as double) as duration_seconds,
    cast(rows_written as bigint) as rows_written,
    {{ ratio('rows_written', 'duration_seconds') }} as rows_per_second,
    cast(retries as bigint) as retries
from {{ source('audit', 'step_records') }}

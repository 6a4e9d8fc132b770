select
    cast(run_id as varchar) as run_id,
    cast(step_key as varchar) as step_key,
    cast(status as varchar) as status,
    cast(started_at as timestamp) as started_at,
    cast(ended_at as timestamp) as ended_at,
    cast(duration_seconds as double) as duration_seconds
from {{ source('audit', 'step_records') }}

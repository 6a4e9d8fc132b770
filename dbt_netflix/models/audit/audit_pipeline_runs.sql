-- A run seen while it works comes again in a later batch, which replaces its row. Its steps and materializations may
-- also come without it; then its own columns are taken from the row that is there.
with latest_records as (
    select
        cast(run_id as string) as run_id,
        cast(job_name as string) as job_name,
        cast(status as string) as status,
        cast(launched_by as string) as launched_by,
        cast(partition_from as date) as partition_from,
        cast(partition_to as date) as partition_to,
        cast(started_at as timestamp) as started_at,
        cast(ended_at as timestamp) as ended_at,
        cast(updated_at as timestamp) as updated_at,
        cast(retry_of_run_id as string) as retry_of_run_id
    from {{ source('audit', 'run_records') }}
    qualify row_number() over (partition by run_id order by updated_at desc nulls last, status asc) = 1
),

runs as (
    select
        run_id,
        job_name,
        status,
        launched_by,
        partition_from,
        partition_to,
        started_at,
        ended_at,
        updated_at,
        retry_of_run_id
    from latest_records
    {% if is_incremental() %}

        union all

        select
            run_id,
            job_name,
            status,
            launched_by,
            partition_from,
            partition_to,
            started_at,
            ended_at,
            updated_at,
            {{ column_or_null(this, 'retry_of_run_id', 'string') }} as retry_of_run_id
        from {{ this }}
        where
            run_id not in (select latest_records.run_id from latest_records)
            and run_id in (
                select cast(step_records.run_id as string) from {{ source('audit', 'step_records') }} as step_records
                union all
                select cast(materialization_records.run_id as string)
                from {{ source('audit', 'materialization_records') }} as materialization_records
            )
    {% endif %}
),

steps as (
    select
        run_id,
        count(*) as steps,
        count(*) filter (where status in ('FAILURE', 'INTERRUPTED')) as failed_steps,
        cast(sum(retries) as bigint) as retries
    from {{ ref('audit_step_runs') }}
    group by run_id
),

materializations as (
    select
        run_id,
        count(
            distinct {{ dbt.concat(['asset_key', "'@'", "coalesce(partition_key, '')"]) }}
        ) as materialized_partitions,
        cast(coalesce(sum(row_count), 0) as bigint) as rows_written
    from {{ ref('audit_asset_materializations') }}
    group by run_id
)

select
    runs.run_id,
    runs.job_name,
    runs.status,
    runs.launched_by,
    runs.partition_from,
    runs.partition_to,
    runs.started_at,
    runs.ended_at,
    {{ seconds_between('runs.started_at', 'runs.ended_at') }} as duration_seconds,
    coalesce(steps.steps, 0) as steps,
    coalesce(steps.failed_steps, 0) as failed_steps,
    coalesce(materializations.materialized_partitions, 0) as materialized_partitions,
    coalesce(materializations.rows_written, 0) as rows_written,
    runs.updated_at,
    coalesce(steps.retries, 0) as retries,
    runs.retry_of_run_id
from runs
left join steps on runs.run_id = steps.run_id
left join materializations on runs.run_id = materializations.run_id

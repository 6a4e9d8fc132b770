"""SQL of the sample's tables about runs, checks, alerts, late arrivals and erasures, as the published models have them.

Selects from the frames of ``sample_frames``, and from the tables above it in ``TABLES``.
"""

from __future__ import annotations

# A run's steps in their order, the share of its 34 s of steps that each takes, and its rows per play.
_STEPS = """
    values
        (1, 'raw__events', 0.06, 10.0), (2, 'raw__users', 0.01, 0.03), (3, 'raw__titles', 0.01, 0.002),
        (4, 'lake__events', 0.16, 9.7), (5, 'lake__users', 0.02, 0.03), (6, 'lake__titles', 0.02, 0.002),
        (7, 'warehouse__events', 0.1, 9.6), (8, 'warehouse__users', 0.02, 0.03), (9, 'warehouse__titles', 0.02, 0.002),
        (10, 'dbt_business', 0.34, 1.5), (11, 'audit_records', 0.03, 0.01), (12, 'dbt_audit', 0.2, null),
        (13, 'serving', 0.01, null)
"""

TABLES = {
    "audit_pipeline_runs": """
        with first_attempts as (
            select *, md5('first attempt ' || event_date) as run_id, 'FAILURE' as status, null as retry_of_run_id,
                event_date + interval '1 day 1 hour 50 minutes' as started_at, 'schedule daily_schedule' as launched_by
            from days
            where is_known and retries > 0
        ),
        last_attempts as (
            select *, md5(event_date::varchar) as run_id,
                case when event_date = max(event_date) over () and not failed_run then 'STARTED'
                    when state = 'failed' then 'FAILURE' else 'SUCCESS' end as status,
                case when retries > 0 then md5('first attempt ' || event_date) end as retry_of_run_id,
                event_date + interval '1 day 2 hours' as started_at,
                case when retries > 0 then 'sensor catch_up' when weekday(event_date) = 3 then 'command make day'
                    else 'schedule daily_schedule' end as launched_by
            from days, said
            where is_known
        )
        select
            run_id, 'daily' as job_name, status, launched_by, event_date::date as partition_from,
            event_date::date as partition_to, started_at,
            case when status <> 'STARTED' then started_at + interval '38 seconds' end as ended_at,
            epoch(ended_at - started_at)::double as duration_seconds,
            case when status = 'FAILURE' then 10 else 13 end::bigint as steps,
            case when status = 'FAILURE' then 1 else 0 end::bigint as failed_steps, 24::bigint as materialized_partitions,
            (plays * 31)::bigint as rows_written, retries::bigint as retries, retry_of_run_id::varchar as retry_of_run_id,
            coalesce(ended_at, started_at) as updated_at
        from (
            select run_id, status, launched_by, event_date, started_at, plays, 0 as retries, retry_of_run_id
            from first_attempts
            union all
            select run_id, status, launched_by, event_date, started_at, plays, retries, retry_of_run_id from last_attempts
        )
    """,
    "audit_step_runs": f"""
        with steps(place, step_key, part, rows_per_play) as ({_STEPS}),
        placed as (
            select *, coalesce(sum(part) over (order by place rows between unbounded preceding and 1 preceding), 0) as before
            from steps
        )
        select
            runs.run_id, step_key,
            case when is_failed then 'FAILURE' else 'SUCCESS' end::varchar as status,
            runs.started_at + to_milliseconds((1000 * (2 + 34 * before))::bigint) as started_at,
            runs.started_at + to_milliseconds((1000 * (2 + 34 * (before + part)))::bigint) as ended_at,
            (34 * part)::double as duration_seconds,
            case when not is_failed then (days.plays * rows_per_play)::bigint end as rows_written,
            (days.plays * rows_per_play)::bigint / (34 * part) as rows_per_second,
            case when step_key = 'lake__events' then runs.retries else 0 end::bigint as retries
        from audit_pipeline_runs as runs
        inner join days on days.event_date = runs.partition_from
        cross join placed,
        lateral (select place = runs.steps and runs.status = 'FAILURE' as is_failed)
        where place <= runs.steps
    """,
    "audit_check_results": """
        with checks(asset_key, check_name, severity) as (
            values
                ('lake/events', 'row_ledger', 'ERROR'), ('facts/fct_watch', 'not_null_fct_watch_user_id', 'ERROR'),
                ('raw/events', 'unknown_titles_are_rare', 'WARN')
        )
        select
            row_number() over (order by event_date, asset_key) as storage_id, md5(event_date::varchar) as run_id,
            asset_key::varchar as asset_key, check_name::varchar as check_name, severity::varchar as severity,
            case when severity = 'ERROR' then state <> 'failed' else day(event_date) not in (3, 17) end as passed,
            case when passed then 'as expected' when severity = 'WARN' then '2.4% of the plays name an unknown title (limit 2%)'
                else reason end::varchar as description,
            event_date + interval '1 day 2 hours 1 minute' as recorded_at,
            event_date::date as first_day, event_date::date as last_day,
            case when not passed and check_name = 'row_ledger' then strftime(event_date, '%Y-%m-%d') end::varchar as failed_days
        from days, checks
        where is_known
    """,
    "audit_alerts": "from alerts",
    "audit_late_arrivals": """
        select
            arrival_date::date as arrival_date, event_date::date as event_date, rows::bigint as rows,
            delay_p50_seconds::double as delay_p50_seconds, delay_p95_seconds::double as delay_p95_seconds,
            delay_max_seconds::double as delay_max_seconds
        from late
    """,
    "audit_erasures": """
        select
            erased_at::timestamp as erased_at, 'request 20' || number as reason, 412::bigint as raw_rows,
            400::bigint as lake_rows, 3::bigint as quarantine_rows, 396::bigint as warehouse_rows,
            md5(number::varchar) as erasure_id
        from erased
    """,
    # Nothing was delivered: raw days come from the synthetic source. Tests of the folder bring their own rows.
    "audit_landing_files": """
        select
            ''::varchar as feed, ''::varchar as path, ''::varchar as state, ''::varchar as reason,
            event_date::date as arrival_date,
            0::bigint as received_rows, 0::bigint as accepted_rows, 0::bigint as event_days
        from days
        where false
    """,
}

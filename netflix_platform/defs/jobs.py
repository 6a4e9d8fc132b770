"""The jobs and the schedule: the whole pipeline for a day or range, its two halves, and the audit's refresh."""

from datetime import timedelta

import dagster as dg

ALL = dg.AssetSelection.all()
_INGEST = dg.AssetSelection.groups("raw", "lake")
_AUDIT = dg.AssetSelection.groups("audit", "serving")

# For the run that follows a failure: the dashboard shall tell of it, without a second failed run to look into.
SHOW_FAILURE = {"ops": {"serving": {"config": {"fail_when_refused": False}}}}

daily_job = dg.define_asset_job(
    "daily", selection=ALL, description="Every layer for one day or a range: raw, lake, warehouse, dbt, audit, serving."
)
ingest_job = dg.define_asset_job(
    "ingest", selection=_INGEST, description="Raw and lake of arrival days; shows which event days late data touches."
)
rebuild_job = dg.define_asset_job(
    "rebuild",
    selection=ALL - _INGEST,
    description="Warehouse, dbt, audit and serving of event days, from the lake as it is.",
)
refresh_audit_job = dg.define_asset_job(
    "refresh_audit",
    selection=_AUDIT,
    config=SHOW_FAILURE,
    description="Pulls Dagster's records and publishes a version with fresh audit tables, after a run that failed.",
)
JOBS = [daily_job, ingest_job, rebuild_job, refresh_audit_job]


@dg.schedule(
    job=daily_job,
    cron_schedule="0 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="The previous UTC day, two hours after it ended, so that nearly all of it has arrived.",
)
def daily_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Requests the day before the tick; the run key makes a repeated tick harmless."""
    day = (context.scheduled_execution_time.date() - timedelta(days=1)).isoformat()
    return dg.RunRequest(run_key=day, partition_key=day)

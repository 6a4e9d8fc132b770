"""Sensors that keep the platform honest by itself: dead runs, and failures that must reach the dashboard."""

import dagster as dg

from netflix_platform.defs.jobs import refresh_audit_job
from netflix_platform.defs.recovery import command_is_alive, recover_dead_runs

COMMAND_TAG = "netflix/command"


@dg.sensor(
    name="dead_runs",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs whose process is gone as failed and frees their pool slots.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Never requests a run: it only mends Dagster's record of those that died."""
    recovered = recover_dead_runs(context.instance)
    return dg.SkipReason(f"marked as failed: {', '.join(recovered)}" if recovered else "every run's process is alive")


def _refresh(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    run = context.dagster_run
    if run.job_name == refresh_audit_job.name:
        return dg.SkipReason("the refresh itself failed; another one would fail too")
    if COMMAND_TAG in run.tags and command_is_alive(run):
        return dg.SkipReason("the command that started the run refreshes the audit itself")
    return dg.RunRequest(run_key=f"audit-{run.run_id}")


@dg.run_status_sensor(
    name="audit_after_failure",
    run_status=dg.DagsterRunStatus.FAILURE,
    request_job=refresh_audit_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="After a failed run: publishes fresh audit tables, business marts as they were.",
)
def audit_after_failure(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Requests ``refresh_audit`` once per failed run."""
    return _refresh(context)


@dg.run_status_sensor(
    name="audit_after_cancel",
    run_status=dg.DagsterRunStatus.CANCELED,
    request_job=refresh_audit_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="After a cancelled run: publishes fresh audit tables, business marts as they were.",
)
def audit_after_cancel(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Requests ``refresh_audit`` once per cancelled run."""
    return _refresh(context)


SENSORS = [dead_runs, audit_after_failure, audit_after_cancel]

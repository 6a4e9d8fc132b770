"""Dagster's records of finished runs and of ticks, read for whoever watches: bounded per call, flat in the history's length."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.execution.plan.objects import StepFailureData
from dagster._core.scheduler.instigation import InstigatorType, TickStatus

from netflix_platform.alerts.detection import PUBLISHING
from netflix_platform.alerts.run_ends import NO_DAYS, CheckResult, FailedStep, RunEnd, Tick
from netflix_platform.defs.at_work import days_of
from netflix_platform.defs.freshness import FRESHNESS_CHECK
from netflix_platform.defs.jobs import refresh_audit_job
from netflix_platform.defs.partitions import run_span
from netflix_platform.defs.serving import LEFT_TO_RUN

_EVENTS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}
_WRAPPERS = ("Dagster", "SensorExecutionError", "ScheduleExecutionError")
_SERVING = dg.AssetKey([PUBLISHING])
_MOST_PUBLICATIONS = 20
_MOST_TICKS = 20
_OVER = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]


def is_refresh(run: dg.DagsterRun) -> bool:
    """Whether a run only brings the audit up to date."""
    return run.job_name == refresh_audit_job.name


def read_run_end(instance: dg.DagsterInstance, record: dg.RunRecord) -> RunEnd:
    """What a run tells, a finished one or one so far; one read of its own events, without the many of each asset and day."""
    run = record.dagster_run
    going_on = datetime.now(UTC) if not run.is_finished else record.update_timestamp
    ended_at = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else going_on
    steps, asset_by_day = _plan(instance, run)
    begun: set[str] = set()
    succeeded: set[str] = set()
    failures: dict[str, FailedStep] = {}
    checks: dict[tuple[str, str], CheckResult] = {}
    message = ""
    for entry in instance.all_logs(run.run_id, of_type=_EVENTS):
        event = entry.get_dagster_event()
        step = event.step_key or ""
        if event.event_type == dg.DagsterEventType.STEP_START:
            begun.add(step)
        elif event.event_type == dg.DagsterEventType.STEP_SUCCESS:
            succeeded.add(step)
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            failures[step] = _failed_step(step, event.step_failure_data)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            result = _check(step, event.asset_check_evaluation_data, asset_by_day)
            if result.name != FRESHNESS_CHECK:  # the sensor freshness tells of it, whether or not there are runs
                checks[result.asset, result.name] = result
        else:
            message = event.message or message
    refused = _published(instance, record) if PUBLISHING in succeeded else None
    unended = begun - succeeded - failures.keys()
    return RunEnd(
        run_id=run.run_id,
        job="assets chosen by hand" if run.job_name.startswith("__") else run.job_name,
        ended_at=ended_at.astimezone(UTC),
        failed=run.status == dg.DagsterRunStatus.FAILURE,
        days=_days(run),
        message=message,
        steps=steps,
        succeeded=frozenset(succeeded),
        failed_steps=tuple(failures.values()),
        left_undone=tuple(sorted(unended or steps.keys() - succeeded - failures.keys())),
        checks=tuple(checks.values()),
        published=refused is not None,
        refused_days=refused or NO_DAYS,
        waived_day=_waived_day(run),
    )


def new_ticks(
    instance: dg.DagsterInstance, seen: Mapping[str, int], after: datetime
) -> tuple[list[Tick], dict[str, int]]:
    """Ticks of sensors and schedules that ended since the last one ``seen`` of each, oldest first; and what is seen now."""
    ticks: list[tuple[float, Tick]] = []
    now_seen: dict[str, int] = {}
    if instance.schedule_storage is None:
        return [], now_seen  # an instance in memory keeps no ticks
    for state in instance.all_instigator_state():
        known = seen.get(state.selector_id, 0)
        newest = instance.get_ticks(
            state.instigator_origin_id,
            state.selector_id,
            after=after.timestamp(),
            limit=_MOST_TICKS,
            statuses=_OVER,
        )
        now_seen[state.selector_id] = max([known, *(tick.tick_id for tick in newest)])
        for tick in newest:
            if tick.tick_id > known:
                ended = tick.end_timestamp or tick.timestamp
                error = _words(tick.error) or "failed" if tick.status == TickStatus.FAILURE else None
                is_sensor = tick.instigator_type == InstigatorType.SENSOR
                moment = datetime.fromtimestamp(ended, UTC)
                ticks.append((ended, Tick(state.instigator_name, is_sensor, moment, error)))
    return [tick for _, tick in sorted(ticks, key=lambda item: item[0])], now_seen


def _plan(instance: dg.DagsterInstance, run: dg.DagsterRun) -> tuple[dict[str, bool], dict[str, bool]]:
    """Steps of a run's plan and the assets that they write, each with whether it is stored by day."""
    if run.execution_plan_snapshot_id is None:
        return {}, {}
    plan = instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
    steps: dict[str, bool] = {}
    assets: dict[str, bool] = {}
    for step in plan.steps:
        if step.key not in plan.step_keys_to_execute:
            continue
        written = {
            "/".join(output.properties.asset_key.path): output.properties.is_asset_partitioned
            for output in step.outputs
            if output.properties and output.properties.asset_key
        }
        assets.update(written)
        steps[step.key] = any(written.values())
    return steps, assets


def _failed_step(name: str, data: StepFailureData) -> FailedStep:
    told = data.user_failure_data
    refused = (told.metadata.get("refused_days") if told else None) if name == PUBLISHING else None
    return FailedStep(
        name=name,
        message=(told.description if told and told.description else None) or _words(data.error) or "failed",
        by_check=data.error is not None and data.error.cls_name == DagsterAssetCheckFailedError.__name__,
        refused_days=_iso_days(refused),
    )


def _check(step: str, check: dg.AssetCheckEvaluation, by_day: Mapping[str, bool]) -> CheckResult:
    asset = "/".join(check.asset_key.path)
    return CheckResult(
        asset=asset,
        name=check.check_name,
        step=step,
        passed=check.passed,
        severity=check.severity.value,
        description=check.description or "",
        # An asset that the run checks without writing it: the check speaks of the run's days.
        by_day=by_day.get(asset, True),
        failed_days=_iso_days(check.metadata.get("failed_days")),
    )


def _published(instance: dg.DagsterInstance, record: dg.RunRecord) -> frozenset[date] | None:
    """Days that the run's publication left out; ``None`` when it left publishing to another run."""
    after = record.start_time or record.create_timestamp.timestamp()
    publications = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=_SERVING, after_timestamp=after - 1), limit=_MOST_PUBLICATIONS, ascending=True
    ).records
    for publication in publications:
        materialization = publication.asset_materialization
        if publication.run_id == record.dagster_run.run_id and materialization:
            if LEFT_TO_RUN in materialization.metadata:
                return None
            return _iso_days(materialization.metadata.get("refused_days"))
    return None


def _waived_day(run: dg.DagsterRun) -> date | None:
    if run.job_name != "waive":
        return None
    try:
        config: Any = run.run_config
        return date.fromisoformat(config["ops"]["waive_day"]["config"]["day"])
    except (KeyError, TypeError, ValueError):
        return None  # then the run has failed for it


def _days(run: dg.DagsterRun) -> frozenset[date]:
    try:
        span = run_span(run)
    except ValueError:
        return NO_DAYS  # partitions that are no days: of somebody's own job
    return frozenset(days_of(*span)) if span else NO_DAYS


def _iso_days(value: Any) -> frozenset[date]:
    """Days out of a metadata value that lists them; texts that are none are passed over."""
    listed = getattr(value, "value", value)
    days = set()
    for text in listed if isinstance(listed, Iterable) and not isinstance(listed, str | Mapping) else ():
        try:
            days.add(date.fromisoformat(str(text)))
        except ValueError:
            continue
    return frozenset(days)


def _words(error: Any) -> str:
    """What went wrong, without the words that Dagster wraps around it; the innermost cause would lack what to do."""
    while error is not None and error.cause is not None and (error.cls_name or "").startswith(_WRAPPERS):
        error = error.cause
    return " ".join(error.message.split()) if error else ""

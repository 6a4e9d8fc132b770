"""Dagster's records as pandas frames, incremental: runs changed since a watermark, and their events that were not seen yet.

The frames are batches: each pull replaces the last batch in the warehouse, and dbt merges it into the audit models by key.
The watermark is what dbt has merged, so that a pull whose merge never happened is simply pulled again. Times are UTC
without a zone. SQLite storage numbers the events of each run on its own, so an event's key is (run_id, storage_id); what is
reported outside a run (the freshness sensor's check) has the run id ``NO_RUN``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from dagster import DagsterEventType, DagsterInstance, DagsterRun, EventLogRecord, RunRecord, RunsFilter
from dagster._core.event_api import EventLogCursor

from netflix_platform.audit.frames import (
    CHECK_COLUMNS,
    MATERIALIZATION_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    from_epoch,
    midnight,
    naive,
    typed_frame,
)
from netflix_platform.audit.launchers import launched_by, retry_of

NO_RUN = ""
_EVENT_TYPES = {
    DagsterEventType.STEP_START,
    DagsterEventType.STEP_RESTARTED,
    DagsterEventType.STEP_SUCCESS,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.STEP_SKIPPED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
}
_ENDS_OF_STEPS = {
    DagsterEventType.STEP_SUCCESS: "SUCCESS",
    DagsterEventType.STEP_FAILURE: "FAILURE",
    DagsterEventType.STEP_SKIPPED: "SKIPPED",
}
# A step that began and did not end: its run goes on, or it was cut short (killed, cancelled).
_GOES_ON, _CUT_SHORT = "IN_PROGRESS", "INTERRUPTED"
_PAGE = 1_000
# Dagster writes a run's update time with the clock of the process that updates it: look back a little over small skews.
_OVERLAP = timedelta(seconds=5)


@dataclass(frozen=True)
class Watermark:
    """What the audit models hold already: the newest update time of a run (UTC), and the last event seen of unfinished runs
    and of ``NO_RUN``.
    """

    updated_at: datetime | None = None
    last_event: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """One pull: frames with the columns of ``RUN_COLUMNS``, ``STEP_COLUMNS``, ``MATERIALIZATION_COLUMNS``, ``CHECK_COLUMNS``."""

    runs: pd.DataFrame
    steps: pd.DataFrame
    materializations: pd.DataFrame
    checks: pd.DataFrame


@dataclass
class _Step:
    started: float | None = None
    ended: float | None = None
    status: str | None = None
    retries: int = 0
    rows: int | None = None


@dataclass
class _Rows:
    """The rows of all four frames as they are gathered."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    materializations: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)


def pull(instance: DagsterInstance, since: Watermark) -> Batch:
    """Read the runs that changed since the watermark, with their steps, materializations and check results.

    A run that is still going is read as it stands; its row is completed by a later pull, since its update time moves on.
    """
    rows = _Rows()
    for record in _changed_runs(instance, since.updated_at):
        rows.runs.append(_run_row(record))
        run = record.dagster_run
        steps = _read_events(rows, _events(instance, run.run_id), since.last_event.get(run.run_id, 0), run)
        unended = _CUT_SHORT if run.is_finished else _GOES_ON
        rows.steps += [_step_row(run.run_id, name, step, unended) for name, step in steps.items()]
    seen = since.last_event.get(NO_RUN, 0)
    _read_events(rows, _events(instance, NO_RUN, seen, {DagsterEventType.ASSET_CHECK_EVALUATION}), seen, None)
    return Batch(
        typed_frame(rows.runs, RUN_COLUMNS),
        typed_frame(rows.steps, STEP_COLUMNS),
        typed_frame(rows.materializations, MATERIALIZATION_COLUMNS),
        typed_frame(rows.checks, CHECK_COLUMNS),
    )


def _read_events(
    rows: _Rows, events: Iterator[EventLogRecord], seen: int, run: DagsterRun | None
) -> Mapping[str, _Step]:
    """Add materializations and checks after ``seen``; all steps are returned, since their rows are written anew."""
    steps: dict[str, _Step] = {}
    days = _days(run.tags) if run else (None, None)
    for event in events:
        entry = event.event_log_entry
        kind = entry.get_dagster_event().event_type
        step = steps.setdefault(entry.step_key, _Step()) if entry.step_key else _Step()
        if kind == DagsterEventType.STEP_START:
            step.started = entry.timestamp
        elif kind == DagsterEventType.STEP_RESTARTED:
            step.retries += 1
        elif kind in _ENDS_OF_STEPS:
            step.status, step.ended = _ENDS_OF_STEPS[kind], entry.timestamp
        elif kind == DagsterEventType.ASSET_MATERIALIZATION:
            row = _materialization_row(event)
            if row["row_count"] is not None:
                step.rows = (step.rows or 0) + row["row_count"]
            if event.storage_id > seen:
                rows.materializations.append(row)
        elif event.storage_id > seen:
            rows.checks.append(_check_row(event, days))
    return steps


def _changed_runs(instance: DagsterInstance, since: datetime | None) -> Sequence[RunRecord]:
    # In one piece: Dagster's cursor goes by id, and paging by it in the order of update times would skip runs.
    after = since.replace(tzinfo=UTC) - _OVERLAP if since else None
    return instance.get_run_records(RunsFilter(updated_after=after), order_by="update_timestamp", ascending=True)


def _events(
    instance: DagsterInstance, run_id: str, after: int = 0, types: set[DagsterEventType] = _EVENT_TYPES
) -> Iterator[EventLogRecord]:
    cursor: str | None = EventLogCursor.from_storage_id(after).to_string() if after else None
    while True:
        page = instance.get_records_for_run(run_id, cursor=cursor, of_type=types, limit=_PAGE)
        yield from page.records
        if not page.has_more:
            return
        cursor = page.cursor


def _run_row(record: RunRecord) -> dict[str, Any]:
    run = record.dagster_run
    first, last = _days(run.tags)
    return {
        "run_id": run.run_id,
        "job_name": "assets chosen by hand" if run.job_name.startswith("__") else run.job_name,
        "status": run.status.value,
        "launched_by": launched_by(run.tags),
        "partition_from": first,
        "partition_to": last,
        "created_at": naive(record.create_timestamp),
        "started_at": from_epoch(record.start_time),
        "ended_at": from_epoch(record.end_time),
        "updated_at": naive(record.update_timestamp),
        "retry_of_run_id": retry_of(run.tags),
    }


def _days(tags: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """First and last day that a run was asked for."""
    day = tags.get("dagster/partition")
    first = tags.get("dagster/asset_partition_range_start", day)
    return midnight(first), midnight(tags.get("dagster/asset_partition_range_end", day))


def _step_row(run_id: str, name: str, step: _Step, unended: str) -> dict[str, Any]:
    is_timed = step.started is not None and step.ended is not None
    return {
        "run_id": run_id,
        "step_key": name,
        "status": step.status or unended,
        "started_at": from_epoch(step.started),
        "ended_at": from_epoch(step.ended),
        "duration_seconds": (step.ended or 0) - (step.started or 0) if is_timed else None,
        "rows_written": step.rows,
        "retries": step.retries,
    }


def _materialization_row(event: EventLogRecord) -> dict[str, Any]:
    entry = event.event_log_entry
    materialization = entry.get_dagster_event().step_materialization_data.materialization
    metadata = materialization.metadata
    count = metadata.get("dagster/partition_row_count") or metadata.get("dagster/row_count")
    return {
        "storage_id": event.storage_id,
        "run_id": entry.run_id,
        "asset_key": "/".join(materialization.asset_key.path),
        "partition": materialization.partition,
        "row_count": None if count is None else count.value,
        "recorded_at": from_epoch(entry.timestamp),
    }


def _check_row(event: EventLogRecord, days: tuple[datetime | None, datetime | None]) -> dict[str, Any]:
    entry = event.event_log_entry
    check = entry.get_dagster_event().asset_check_evaluation_data
    failed = check.metadata.get("failed_days")
    listed = failed.value if failed is not None and isinstance(failed.value, Sequence) else []
    return {
        "storage_id": event.storage_id,
        "run_id": entry.run_id,
        "asset_key": "/".join(check.asset_key.path),
        "check_name": check.check_name,
        "severity": check.severity.value,
        "passed": check.passed,
        "description": check.description,
        "recorded_at": from_epoch(entry.timestamp),
        "first_day": days[0],
        "last_day": days[1],
        "failed_days": ",".join(str(day) for day in listed) or None,
    }

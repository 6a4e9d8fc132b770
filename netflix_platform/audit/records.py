"""Dagster's records as pandas frames, incremental: runs changed since a watermark, and their events that were not seen yet.

The frames are batches: each pull replaces the last batch in the warehouse, and dbt merges it into the audit models by key.
The watermark is what dbt has merged, so that a pull whose merge never happened is simply pulled again. Times are UTC
without a zone. SQLite storage numbers the events of each run on its own, so an event's key is (run_id, storage_id).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from dagster import DagsterEventType, DagsterInstance, EventLogRecord, RunRecord, RunsFilter

RUN_COLUMNS = {
    "run_id": "string",
    "job_name": "string",
    "status": "string",
    "launched_by": "string",
    "partition_from": "datetime64[us]",
    "partition_to": "datetime64[us]",
    "created_at": "datetime64[us]",
    "started_at": "datetime64[us]",
    "ended_at": "datetime64[us]",
    "updated_at": "datetime64[us]",
}
STEP_COLUMNS = {
    "run_id": "string",
    "step_key": "string",
    "status": "string",
    "started_at": "datetime64[us]",
    "ended_at": "datetime64[us]",
    "duration_seconds": "Float64",
}
MATERIALIZATION_COLUMNS = {
    "storage_id": "Int64",
    "run_id": "string",
    "asset_key": "string",
    "partition": "string",
    "row_count": "Int64",
    "recorded_at": "datetime64[us]",
}
CHECK_COLUMNS = {
    "storage_id": "Int64",
    "run_id": "string",
    "asset_key": "string",
    "check_name": "string",
    "severity": "string",
    "passed": "boolean",
    "description": "string",
    "recorded_at": "datetime64[us]",
}

_EVENT_TYPES = {
    DagsterEventType.STEP_START,
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
_PAGE = 1_000
# Dagster writes a run's update time with the clock of the process that updates it: look back a little over small skews.
_OVERLAP = timedelta(seconds=5)


@dataclass(frozen=True)
class Watermark:
    """What the audit models hold already: the newest update time of a run (UTC), and the last event seen of unfinished runs."""

    updated_at: datetime | None = None
    last_event: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """One pull: frames with the columns of ``RUN_COLUMNS``, ``STEP_COLUMNS``, ``MATERIALIZATION_COLUMNS``, ``CHECK_COLUMNS``."""

    runs: pd.DataFrame
    steps: pd.DataFrame
    materializations: pd.DataFrame
    checks: pd.DataFrame


def pull(instance: DagsterInstance, since: Watermark) -> Batch:
    """Read the runs that changed since the watermark, with their steps, materializations and check results.

    A run that is still going is read as it stands; its row is completed by a later pull, since its update time moves on.
    """
    runs: list[dict[str, Any]] = []
    steps: list[dict[str, Any]] = []
    materializations: list[dict[str, Any]] = []
    checks: list[dict[str, Any]] = []
    for record in _changed_runs(instance, since.updated_at):
        runs.append(_run_row(record))
        run_id = record.dagster_run.run_id
        seen = since.last_event.get(run_id, 0)
        started: dict[str, float] = {}
        for event in _events(instance, run_id):
            kind = event.event_log_entry.get_dagster_event().event_type
            if kind == DagsterEventType.STEP_START:
                started[str(event.event_log_entry.step_key)] = event.event_log_entry.timestamp
            elif kind in _ENDS_OF_STEPS:
                steps.append(_step_row(event, _ENDS_OF_STEPS[kind], started))
            elif event.storage_id > seen:
                is_check = kind == DagsterEventType.ASSET_CHECK_EVALUATION
                (checks if is_check else materializations).append(
                    _check_row(event) if is_check else _materialization_row(event)
                )
    return Batch(
        _frame(runs, RUN_COLUMNS),
        _frame(steps, STEP_COLUMNS),
        _frame(materializations, MATERIALIZATION_COLUMNS),
        _frame(checks, CHECK_COLUMNS),
    )


def _changed_runs(instance: DagsterInstance, since: datetime | None) -> Sequence[RunRecord]:
    # In one piece: Dagster's cursor goes by id, and paging by it in the order of update times would skip runs.
    after = since.replace(tzinfo=UTC) - _OVERLAP if since else None
    return instance.get_run_records(RunsFilter(updated_after=after), order_by="update_timestamp", ascending=True)


def _events(instance: DagsterInstance, run_id: str) -> Iterator[EventLogRecord]:
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(run_id, cursor=cursor, of_type=_EVENT_TYPES, limit=_PAGE)
        yield from page.records
        if not page.has_more:
            return
        cursor = page.cursor


def _run_row(record: RunRecord) -> dict[str, Any]:
    run = record.dagster_run
    day = run.tags.get("dagster/partition")
    return {
        "run_id": run.run_id,
        "job_name": "assets chosen by hand" if run.job_name.startswith("__") else run.job_name,
        "status": run.status.value,
        "launched_by": _launched_by(run.tags),
        "partition_from": _day(run.tags.get("dagster/asset_partition_range_start", day)),
        "partition_to": _day(run.tags.get("dagster/asset_partition_range_end", day)),
        "created_at": _naive(record.create_timestamp),
        "started_at": _from_epoch(record.start_time),
        "ended_at": _from_epoch(record.end_time),
        "updated_at": _naive(record.update_timestamp),
    }


def _launched_by(tags: Mapping[str, str]) -> str:
    for tag, launcher in (
        ("netflix/command", "command"),
        ("dagster/schedule_name", "schedule"),
        ("dagster/sensor_name", "sensor"),
        ("dagster/backfill", "backfill"),
    ):
        if tag in tags:
            return f"{launcher} {tags[tag]}"
    return "person"


def _step_row(event: EventLogRecord, status: str, started: Mapping[str, float]) -> dict[str, Any]:
    entry = event.event_log_entry
    begin = started.get(str(entry.step_key))
    return {
        "run_id": entry.run_id,
        "step_key": entry.step_key,
        "status": status,
        "started_at": _from_epoch(begin),
        "ended_at": _from_epoch(entry.timestamp),
        "duration_seconds": None if begin is None else entry.timestamp - begin,
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
        "recorded_at": _from_epoch(entry.timestamp),
    }


def _check_row(event: EventLogRecord) -> dict[str, Any]:
    entry = event.event_log_entry
    check = entry.get_dagster_event().asset_check_evaluation_data
    return {
        "storage_id": event.storage_id,
        "run_id": entry.run_id,
        "asset_key": "/".join(check.asset_key.path),
        "check_name": check.check_name,
        "severity": check.severity.value,
        "passed": check.passed,
        "description": check.description,
        "recorded_at": _from_epoch(entry.timestamp),
    }


def _frame(rows: list[dict[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """Typed even when empty, so that the warehouse's table has the same columns at every pull."""
    return pd.DataFrame(rows, columns=list(columns)).astype(dict(columns))


def _day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _from_epoch(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

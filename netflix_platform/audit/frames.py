"""The audit's batches as typed pandas frames: their columns, and how they are made. Times are UTC without a zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

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
    "retry_of_run_id": "string",
}
STEP_COLUMNS = {
    "run_id": "string",
    "step_key": "string",
    "status": "string",
    "started_at": "datetime64[us]",
    "ended_at": "datetime64[us]",
    "duration_seconds": "Float64",
    "rows_written": "Int64",
    "retries": "Int64",
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
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",
    "failed_days": "string",
}
PUBLICATION_COLUMNS = {
    "publication_id": "string",
    "version": "string",
    "current_from": "datetime64[us]",
    "run_id": "string",
    "made_by": "string",
    "replaced_version": "string",
}

_SQL_TYPES = {
    "string": "varchar",
    "Int64": "bigint",
    "Float64": "double",
    "boolean": "boolean",
    "datetime64[us]": "timestamp",
}


def typed_frame(rows: Iterable[Mapping[str, Any]], columns: Mapping[str, str]) -> pd.DataFrame:
    """A frame of ``columns`` (name: pandas type); typed even when empty, so that every pull gives the same table."""
    return pd.DataFrame(list(rows), columns=list(columns)).astype(dict(columns))


def sql_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns of the table that such a frame becomes in the warehouse, name: SQL type, in order."""
    return {name: _SQL_TYPES[kind] for name, kind in columns.items()}


def midnight(day: str | None) -> datetime | None:
    """A day (YYYY-MM-DD) as a frame holds it; ``None`` for the partition of somebody's own job that is no day."""
    try:
        return datetime.fromisoformat(day).replace(tzinfo=None) if day else None
    except ValueError:
        return None


def naive(moment: datetime) -> datetime:
    """A moment with a zone in UTC, without one."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def from_epoch(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a moment in UTC, without a zone."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

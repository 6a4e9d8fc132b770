"""Incidents as a pandas frame, out of the SQLite file that the alerts keep: those that changed, and all that are open.

The open ones come with every batch, so that one which the file no longer knows (it was lost) can be told from one that did
not change. Times are UTC without a zone.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pandas as pd

from netflix_platform.settings import Settings

ALERT_COLUMNS = {
    "incident_id": "Int64",
    "kind": "string",
    "incident_key": "string",
    "severity": "string",
    "title": "string",
    "details": "string",
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",
    "opened_at": "datetime64[us]",
    "last_seen_at": "datetime64[us]",
    "closed_at": "datetime64[us]",
    "occurrences": "Int64",
    "run_id": "string",
    "first_step": "string",
    "sent": "boolean",
    "delivery_problem": "string",
    "updated_at": "datetime64[us]",
}
_DAYS = ("first_day", "last_day")
_MOMENTS = ("opened_at", "last_seen_at", "closed_at", "updated_at")
_EPOCH = datetime(1970, 1, 1)
_BUSY_SECONDS = 10.0


def pull_alerts(settings: Settings, since: datetime | None) -> pd.DataFrame:
    """Incidents changed since the watermark (UTC; closings and deliveries are changes) and all open ones: ``ALERT_COLUMNS``.

    Empty when there is no file yet, or none that can be read: publishing does not stand still for it, and the sensor
    ``alerts`` fails over it with what to do.
    """
    rows: list[dict[str, object]] = []
    if settings.alerts_file.exists():
        moment = since.astimezone(UTC).replace(tzinfo=None) if since else _EPOCH
        try:
            rows = _records(settings, (moment - _EPOCH) // timedelta(microseconds=1))
        except sqlite3.DatabaseError as error:
            logging.getLogger(__name__).warning("%s cannot be read: %s", settings.alerts_file, error)
    return pd.DataFrame(rows, columns=list(ALERT_COLUMNS)).astype(ALERT_COLUMNS)


def _records(settings: Settings, watermark: int) -> list[dict[str, object]]:
    with closing(sqlite3.connect(settings.alerts_file, timeout=_BUSY_SECONDS)) as connection:
        connection.row_factory = sqlite3.Row
        if not connection.execute("select 1 from sqlite_master where name = 'alert_records'").fetchone():
            return []  # another process is laying it out
        query = "select * from alert_records where updated_at >= ? or closed_at is null order by incident_id"
        return [_row(row) for row in connection.execute(query, [watermark])]


def _row(row: sqlite3.Row) -> dict[str, object]:
    values = dict(row)
    for name in _DAYS:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    for name in _MOMENTS:
        values[name] = _EPOCH + timedelta(microseconds=values[name]) if values[name] is not None else None
    return {**values, "sent": bool(values["sent"])}

"""Late arrivals as a frame for the audit: what each arrival day brought for other event days, out of the lake's ledgers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from netflix_platform.lake.layout import ledger_file
from netflix_platform.lake.ledger import Ledger, read_ledger
from netflix_platform.settings import Settings

LATE_ARRIVAL_COLUMNS = {
    "arrival_date": "datetime64[us]",
    "event_date": "datetime64[us]",
    "late_rows": "Int64",
    "delay_p50_ms": "Int64",
    "delay_p95_ms": "Int64",
    "delay_max_ms": "Int64",
}
_FEED = "events"
_OVERLAP = timedelta(seconds=5)  # file systems keep times more coarsely than databases


def pull_late_arrivals(settings: Settings, since: datetime | None) -> pd.DataFrame:
    """Of the ledgers written after ``since`` (UTC): one row per arrival day and other event day; ``LATE_ARRIVAL_COLUMNS``.

    Each of these arrival days has a row without an event day besides: what the audit knows of the arrival day is replaced by
    what its ledger says now, which may be nothing.
    """
    rows: list[dict[str, Any]] = []
    folder = ledger_file(settings, _FEED, settings.start_date).parent
    for path in sorted(folder.glob("arrival_date=*.json")):
        try:
            written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:
            continue  # a run replaces it just now, and the next pull brings it
        if since and written_at <= since - _OVERLAP:
            continue
        ledger = read_ledger(settings, _FEED, date.fromisoformat(path.stem.removeprefix("arrival_date=")))
        if ledger:
            rows += _rows(ledger)
    return pd.DataFrame(rows, columns=list(LATE_ARRIVAL_COLUMNS)).astype(LATE_ARRIVAL_COLUMNS)


def _rows(ledger: Ledger) -> list[dict[str, Any]]:
    arrival_date = _midnight(ledger.arrival_date)
    rows: list[dict[str, Any]] = [{"arrival_date": arrival_date}]
    for day in ledger.touched_days:
        entry = ledger.event_days[day]
        row = {"arrival_date": arrival_date, "event_date": _midnight(day), "late_rows": entry.rows}
        if entry.delay:
            row |= {
                "delay_p50_ms": entry.delay.p50,
                "delay_p95_ms": entry.delay.p95,
                "delay_max_ms": entry.delay.longest,
            }
        rows.append(row)
    return rows


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)

"""The lake's row ledgers as a frame for the audit: those written since a watermark, found by their files' times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.layout import ledger_file
from netflix_platform.lake.ledger import read_ledger
from netflix_platform.settings import Settings

LEDGER_COLUMNS = {
    "feed": "string",
    "arrival_date": "datetime64[us]",
    "received_rows": "Int64",
    "accepted_rows": "Int64",
    "repeated_rows": "Int64",
    "quarantined_rows": "Int64",
    "written_at": "datetime64[us]",
}
_OVERLAP = timedelta(seconds=5)  # file systems keep times more coarsely than databases


def pull_ledgers(settings: Settings, since: datetime | None) -> pd.DataFrame:
    """Ledgers of all feeds written after ``since`` (UTC), one row per feed and arrival day; ``LEDGER_COLUMNS``."""
    rows: list[dict[str, Any]] = []
    for feed in FEEDS:
        folder = ledger_file(settings, feed, settings.start_date).parent
        for path in sorted(folder.glob("arrival_date=*.json")) if folder.is_dir() else []:
            written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if since and written_at <= since - _OVERLAP:
                continue
            arrival_date = date.fromisoformat(path.stem.removeprefix("arrival_date="))
            ledger = read_ledger(settings, feed, arrival_date)
            if ledger is None:
                continue  # removed since the folder was listed
            rows.append(
                {
                    "feed": feed,
                    "arrival_date": datetime(arrival_date.year, arrival_date.month, arrival_date.day),
                    "received_rows": ledger.received_rows,
                    "accepted_rows": ledger.accepted_rows,
                    "repeated_rows": ledger.repeated_rows,
                    "quarantined_rows": ledger.quarantined_rows,
                    "written_at": written_at.replace(tzinfo=None),
                }
            )
    return pd.DataFrame(rows, columns=list(LEDGER_COLUMNS)).astype(LEDGER_COLUMNS)

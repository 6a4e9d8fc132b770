"""Raw days written by hand, and what conforming them left, for the lake's tests."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import zstandard

from netflix_platform.contracts import EVENTS, Feed
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import quarantine_file, raw_day
from netflix_platform.lake.ledger import Ledger
from netflix_platform.settings import Settings

DAY = date(2026, 6, 20)


def event(event_id: str = "e1", **changes: Any) -> dict[str, Any]:
    """A good event of ``DAY``; a change to ``None`` leaves the field out."""
    fields = {
        "event_id": event_id,
        "event_type": "heartbeat",
        "event_ts": "2026-06-20T10:00:00.250Z",
        "user_id": "u1",
        "playback_id": "p1",
        "title_id": "t1",
        "watched_seconds": 30.125,
        "rebuffer_count": 0,
        "country": "DE",
    } | changes
    return {name: value for name, value in fields.items() if value is not None}


def ndjson(*records: dict[str, Any] | str | bytes) -> bytes:
    """Lines of NDJSON; texts and bytes are taken as they are."""
    lines = [json.dumps(record).encode() if isinstance(record, dict) else record for record in records]
    return b"\n".join(line.encode() if isinstance(line, str) else line for line in lines) + b"\n"


def deliver(settings: Settings, name: str, content: bytes, feed: Feed = EVENTS, day: date = DAY) -> Path:
    """Put a file into a raw day, compressed if its name says so."""
    path = raw_day(settings, feed.name, day) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    compress = {".gz": gzip.compress, ".zst": zstandard.compress}.get(path.suffix, bytes)
    path.write_bytes(compress(content))
    return path


def conform(settings: Settings, *records: dict[str, Any] | str | bytes, feed: Feed = EVENTS, day: date = DAY) -> Ledger:
    """Deliver ``records`` as one NDJSON file and conform the day."""
    deliver(settings, "a.ndjson", ndjson(*records), feed, day)
    return conform_day(settings, feed, day)


def lake_rows(settings: Settings, columns: str = "*", feed: Feed = EVENTS) -> list[dict[str, Any]]:
    """All accepted rows of the feed, in the order of arrival, file and line."""
    pattern = settings.lake_dir / feed.name / "*" / "*.parquet"
    if not list((settings.lake_dir / feed.name).glob("*/*.parquet")):
        return []
    relation = duckdb.connect().execute(
        f"select {columns} from read_parquet('{pattern}', hive_partitioning = false) "
        "order by arrival_date, source_file, source_line"
    )
    names = [column[0] for column in relation.description]
    return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]


def refused(settings: Settings, feed: Feed = EVENTS, day: date = DAY) -> list[dict[str, Any]]:
    """The quarantine of one arrival day, in the order of file and line."""
    path = quarantine_file(settings, feed.name, day)
    return pq.read_table(path).to_pylist() if path.exists() else []


def refusal(settings: Settings, record: dict[str, Any] | str | bytes, feed: Feed = EVENTS) -> tuple[str, str | None]:
    """Reason and field for which the one ``record`` was refused; fails when it was not."""
    ledger = conform(settings, record, feed=feed)
    assert (ledger.received_rows, ledger.quarantined_rows) == (1, 1), record
    (row,) = refused(settings, feed)
    return row["reason"], row["field"]


def lake_content(settings: Settings) -> dict[str, Any]:
    """Everything under the lake: rows of Parquet files, sorted, and the text of ledgers, by relative path."""
    content: dict[str, Any] = {}
    for path in sorted(settings.lake_dir.rglob("*")):
        name = str(path.relative_to(settings.lake_dir))
        if path.suffix == ".parquet":
            content[name] = sorted(map(repr, pq.read_table(path).to_pylist()))
        elif path.is_file():
            content[name] = path.read_text()
    return content

"""Small synthetic worlds and their days, read back line by line, for the tests of the synthetic source."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import zstandard

from netflix_platform.contracts import EVENTS
from netflix_platform.settings import Scale, Settings
from netflix_platform.sources.base import DayDelivery
from netflix_platform.sources.synthetic import SyntheticSource
from netflix_platform.sources.synthetic.event_columns import EXTRA_FIELD

START = date(2026, 6, 1)  # a Monday
SMALL = Scale(events_per_day=4_000, users=1_500, titles=200)


def world(folder: Path, **changes: Any) -> SyntheticSource:
    return SyntheticSource(Settings(**{"data_dir": folder, "start_date": START, "scale": SMALL, **changes}))


def day(number: int) -> date:
    return START + timedelta(days=number)


def deliver(source: SyntheticSource, feed: str, number: int, folder: Path) -> tuple[DayDelivery, list[bytes]]:
    """Write a day and read its lines back; no lines when there is no file."""
    target = folder / f"{feed}-{number}"
    target.mkdir(parents=True)
    delivery = source.write_day(feed, day(number), target)
    return delivery, [line for file in sorted(target.iterdir()) for line in read_lines(file)]


def read_lines(file: Path) -> list[bytes]:
    """The lines of a file; a Parquet file's rows as the lines that they would be."""
    if file.suffix == ".parquet":
        moments = cs.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")
        rows = pl.read_parquet(file).with_columns(moments, cs.date().dt.to_string(), cs.decimal().cast(pl.Float64))
        # A column of its own holds the field that most rows do not have.
        sent = [{key: value for key, value in row.items() if key != EXTRA_FIELD or value} for row in rows.to_dicts()]
        return [json.dumps(row).encode() for row in sent]
    with file.open("rb") as raw:
        return zstandard.ZstdDecompressor().stream_reader(raw).read().splitlines()


def write_bytes(source: SyntheticSource, feed: str, number: int, folder: Path) -> dict[str, bytes]:
    folder.mkdir(parents=True)
    source.write_day(feed, day(number), folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def sound_events(lines: list[bytes]) -> pl.DataFrame:
    """The lines that are events of this world's players, typed; faulty lines (ids with a ``d`` after the day) left out."""
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and (event.get("event_id") or "e00000d")[6] != "d":
            events.append({name: event.get(name) for name in EVENTS.column_names})
    return pl.DataFrame(events, infer_schema_length=None).with_columns(
        pl.col("event_ts", "received_ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms")
    )

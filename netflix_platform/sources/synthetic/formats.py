"""The formats in which the synthetic source writes raw days (``NETFLIX_RAW_FORMAT``): the same rows as lines or as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts import Feed, Kind
from netflix_platform.sources.synthetic.arrivals import Batch
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.event_columns import EVENT_COLUMNS, event_columns
from netflix_platform.sources.synthetic.event_lines import event_lines
from netflix_platform.sources.synthetic.ndjson import LinesFile, frame_lines
from netflix_platform.sources.synthetic.parquet_file import ParquetFile

_ARROW_TYPES = {
    Kind.ID: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.TIMESTAMP: pa.timestamp("ms"),
    Kind.DATE: pa.date32(),
    Kind.INTEGER: pa.int32(),
    Kind.BOOLEAN: pa.bool_(),
}


@dataclass(frozen=True)
class RawFormat:
    """``is_typed``: columns have types, so that not every fault can be written. ``write_events``: file, batches, and the day
    whose titles they refer to; ``write_frames``: file, feed, and frames in the feed's columns, times and days as text.
    """

    suffix: str
    is_typed: bool
    write_events: Callable[[Path, Iterable[Batch], Day], None]
    write_frames: Callable[[Path, Feed, Iterable[pl.DataFrame]], None]


def _event_lines(file: Path, batches: Iterable[Batch], day: Day) -> None:
    with LinesFile(file) as target:
        for batch in batches:
            target.write(event_lines(batch, day))


def _event_groups(file: Path, batches: Iterable[Batch], day: Day) -> None:
    with ParquetFile(file, EVENT_COLUMNS) as target:
        for batch in batches:
            target.write(len(batch.rows), event_columns(batch, day))


def _frame_lines(file: Path, _: Feed, frames: Iterable[pl.DataFrame]) -> None:
    with LinesFile(file) as target:
        for frame in frames:
            target.write([frame_lines(frame)])


def _frame_groups(file: Path, feed: Feed, frames: Iterable[pl.DataFrame]) -> None:
    schema = pa.schema([(column.name, _ARROW_TYPES[column.kind]) for column in feed.columns])
    texts = {column.name: column.kind for column in feed.columns}
    with pyarrow.parquet.ParquetWriter(
        file, schema, compression="zstd", compression_level=1, store_schema=False
    ) as target:
        for frame in frames:
            typed = frame.with_columns(
                pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms")
                if texts[name] is Kind.TIMESTAMP
                else pl.col(name).str.to_date("%Y-%m-%d")
                for name, kind in frame.schema.items()
                if kind == pl.String and texts[name] in (Kind.TIMESTAMP, Kind.DATE)
            )
            target.write_table(typed.to_arrow().cast(schema))


FORMATS: Mapping[str, RawFormat] = {
    "ndjson": RawFormat(".ndjson.zst", False, _event_lines, _frame_lines),
    "parquet": RawFormat(".parquet", True, _event_groups, _frame_groups),
}

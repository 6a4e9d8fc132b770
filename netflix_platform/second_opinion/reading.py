"""Raw files to accepted rows, by the contract: which lines count, with their values typed. Independent of ``lake``."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

import polars as pl
import zstandard

from netflix_platform.contracts.feed import Column, Feed, Kind
from netflix_platform.contracts.raw_files import LINE_SUFFIXES, RAW_SUFFIXES, is_ignored, raw_suffix
from netflix_platform.contracts.values import LONGEST_TEXT
from netflix_platform.settings import Settings

_ID = r"^[A-Za-z0-9_.:-]{1,64}$"
_INTEGER = r"^-?\d{1,18}$"
_NUMBER = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"
_MOMENT = r"^[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:?\d\d)?$"
_BROKEN = "\ufffd"  # what bytes that are no UTF-8 become


class UnreadableError(RuntimeError):
    """A raw file that cannot be read whole. What the lake could read of it is not read a second time."""


def arrival_days(settings: Settings, feed: Feed) -> list[date]:
    """The arrival days of which there are raw files, oldest first."""
    folders = (settings.raw_dir / feed.name).glob("arrival_date=*")
    return sorted(date.fromisoformat(folder.name.removeprefix("arrival_date=")) for folder in folders)


def raw_files(settings: Settings, feed: Feed, arrival_date: date) -> list[Path]:
    """The data files of a raw day in the order of their names."""
    folder = settings.raw_dir / feed.name / f"arrival_date={arrival_date}"
    return sorted(
        path for path in folder.iterdir() if raw_suffix(path.name) in RAW_SUFFIXES and not is_ignored(path.name)
    )


def accepted_rows(settings: Settings, feed: Feed, arrivals: Sequence[date], about: Sequence[date] = ()) -> pl.DataFrame:
    """The rows of arrival days that count: the contract's columns typed (seconds as whole milliseconds) and ``arrival_date``; of
    each key the first of its day, days in the order given. Events carry ``event_date``.

    ``about``: event days that alone are wanted; lines that mention none of them, nor a day beside them (offsets from UTC move
    an event by up to a day), are not looked at. Raises ``UnreadableError``.
    """
    wanted = sorted({str(day + timedelta(days=shift)) for day in about for shift in (-1, 0, 1)})
    names = feed.column_names
    files = [(arrival, path) for arrival in arrivals for path in raw_files(settings, feed, arrival)]
    rows = pl.concat([_no_texts(feed), *_texts(files, feed, wanted)])
    rows = rows.with_columns(pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names)
    typed = rows.with_columns(_typed(column).alias(f"typed_{column.name}") for column in feed.columns)
    good = typed.filter(pl.all_horizontal(_is_good(column, feed) for column in feed.columns))
    rows = good.select("arrival_date", *(pl.col(f"typed_{name}").alias(name) for name in names))
    if feed.event_time:
        arrival_date = pl.col("arrival_date")
        earliest = pl.max_horizontal(
            pl.lit(settings.start_date), arrival_date.dt.offset_by(f"-{settings.late_horizon_days}d")
        )
        rows = rows.with_columns(event_date=pl.col(feed.event_time).dt.date()).filter(
            pl.col("event_date").is_between(earliest, arrival_date)
        )
    return rows.unique(["arrival_date", *feed.key], keep="first", maintain_order=True)


def _no_texts(feed: Feed) -> pl.DataFrame:
    return pl.DataFrame(schema={**dict.fromkeys(feed.column_names, pl.String), "arrival_date": pl.Date})


def _texts(files: Iterable[tuple[date, Path]], feed: Feed, wanted: list[str]) -> Iterator[pl.DataFrame]:
    """Every record of the files with the contract's columns as text, null where it has none, and its ``arrival_date``.

    Files of lines that follow each other are taken together: titles and users come as a small one for every day.
    """
    for are_lines, some in groupby(files, key=lambda file: raw_suffix(file[1].name) in LINE_SUFFIXES):
        if are_lines:
            yield _of_lines(pl.concat([_lines(path, wanted, arrival) for arrival, path in some]), feed)
        else:
            yield from (_of_table(path, feed, arrival) for arrival, path in some)


@contextmanager
def _telling_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, pl.exceptions.PolarsError) as error:
        raise UnreadableError(f"{path} cannot be read ({error})") from error


def _lines(path: Path, wanted: list[str], arrival: date) -> pl.DataFrame:
    """``line`` and ``arrival_date``, of lines that mention one of ``wanted`` (of all, where nothing is)."""
    with _telling_of(path):
        texts = _content(path, raw_suffix(path.name) or "").decode("utf-8", "replace").split("\n")
    lines = pl.Series("line", texts, dtype=pl.String)
    if wanted:
        lines = lines.filter(lines.str.contains_any(wanted))
    return lines.to_frame().with_columns(arrival_date=pl.lit(arrival))


def _of_lines(lines: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    line = pl.col("line")
    # An object that knows one of the columns: what is no JSON, or no object, has none.
    lines = lines.filter(line.str.starts_with("{"), ~line.str.contains(_BROKEN, literal=True))
    lines = lines.filter(line.str.json_path_match(f"$.{feed.key[0]}").is_not_null())
    shape = pl.Struct(dict.fromkeys(feed.column_names, pl.String))
    return pl.concat([_no_texts(feed), *_decoded(lines, shape)])


def _of_table(path: Path, feed: Feed, arrival: date) -> pl.DataFrame:
    with _telling_of(path):
        is_parquet = raw_suffix(path.name) == ".parquet"
        frame = pl.read_parquet(path) if is_parquet else pl.read_csv(path, infer_schema_length=0)
        return frame.select(
            *(
                pl.col(name).cast(pl.String) if name in frame.columns else pl.lit(None, pl.String).alias(name)
                for name in feed.column_names
            ),
            arrival_date=pl.lit(arrival),
        )


def _content(path: Path, suffix: str) -> bytes:
    if suffix.endswith(".zst"):
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True) as reader,
        ):
            return reader.read()
    return gzip.decompress(path.read_bytes()) if suffix.endswith(".gz") else path.read_bytes()


def _decoded(lines: pl.DataFrame, shape: pl.Struct) -> Iterator[pl.DataFrame]:
    """The lines' columns. One of another shape (a list for a column, say) makes polars refuse all: it is found by halves."""
    if lines.is_empty():
        return
    try:
        yield lines["line"].str.json_decode(shape).struct.unnest().with_columns(lines["arrival_date"])
    except pl.exceptions.ComputeError:
        if len(lines) > 1:
            half = len(lines) // 2
            yield from _decoded(lines[:half], shape)
            yield from _decoded(lines[half:], shape)


def _typed(column: Column) -> pl.Expr:
    """The column's value, null where its text is none."""
    text = pl.col(column.name)
    return {
        Kind.ID: pl.when(text.str.contains(_ID)).then(text),
        Kind.TEXT: pl.when(text.str.len_chars() <= LONGEST_TEXT).then(text),
        Kind.TIMESTAMP: _moment(text),
        Kind.DATE: text.str.to_date("%Y-%m-%d", strict=False),
        Kind.INTEGER: pl.when(text.str.contains(_INTEGER)).then(text).cast(pl.Int64, strict=False),
        Kind.SECONDS: (pl.when(text.str.contains(_NUMBER)).then(text).cast(pl.Float64, strict=False) * 1000)
        .round()
        .cast(pl.Int64, strict=False),
        Kind.BOOLEAN: pl.when(text.is_in(["true", "false"])).then(text == "true"),
    }[column.kind]


def _moment(text: pl.Expr) -> pl.Expr:
    """A moment in UTC; one without an offset is meant so."""
    moment = pl.when(text.str.contains(_MOMENT)).then(text).str.replace(" ", "T").str.replace("Z$", "+00:00")
    with_offset = pl.when(moment.str.contains(r"[-+]\d\d:?\d\d$")).then(moment).otherwise(moment + "+00:00")
    return with_offset.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", strict=False).dt.replace_time_zone(
        None
    )


def _is_good(column: Column, feed: Feed) -> pl.Expr:
    value = pl.col(f"typed_{column.name}")
    is_there = pl.col(column.name).is_not_null()
    good = ~is_there | value.is_not_null()
    if column.required:
        good &= is_there
    if column.required_for:
        good &= is_there | ~pl.col(f"typed_{feed.type_column}").is_in(column.required_for)
    if column.allowed:
        good &= ~is_there | value.is_in(column.allowed)
    scale = 1000 if column.kind is Kind.SECONDS else 1
    if column.minimum is not None:
        good &= ~is_there | (value >= column.minimum * scale)
    if column.maximum is not None:
        good &= ~is_there | (value <= column.maximum * scale)
    return good.fill_null(False)

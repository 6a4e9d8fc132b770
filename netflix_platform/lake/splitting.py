"""A file of years of history, split by the day on which its rows happened into files of the same kind for the landing folder.

History that is imported arrives on the day on which it happened, so that no horizon turns it away. Rows stay as they are: what
a row means is said when it is conformed. Only the time column is read here, as the contract or the mapping reads it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from netflix_platform.contracts import Feed, Kind
from netflix_platform.contracts.mapping import MappingFile
from netflix_platform.contracts.raw_files import RAW_SUFFIXES, raw_suffix
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import exact_path, identifier, literal
from netflix_platform.lake.csv_records import HeaderError
from netflix_platform.lake.layout import move_into_place, staging_folder
from netflix_platform.lake.mapped import shape_of
from netflix_platform.lake.parquet_files import first_line, refused_parquet
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import Relation
from netflix_platform.lake.splitting_text import APART, split_text
from netflix_platform.lake.streams import BrokenStreamError
from netflix_platform.settings import Settings

EARLIEST_DAY = date(1990, 1, 1)  # nobody streamed before; a clock that stands at zero says 1970
_LONGEST_STEM = 100  # characters; file systems take names of 255 bytes
_UNSAFE = re.compile(r"[^A-Za-z0-9_=.-]")


class SplitError(ValueError):
    """A file that cannot be split. The message names it and says why and what to do; nothing was written."""


@dataclass(frozen=True)
class SplitHistory:
    """What became of a file of history: ``rows`` laid under each day (UTC), oldest first; ``files``: where, in the same order.

    ``rows_without_day``: rows of which nobody can say when they happened; ``rows_in_future``: rows of days that have not come;
    ``rows_too_early``: rows of days before any that can be. All three lie under the first day, where the contract refuses such
    events, and are counted in ``rows``. ``rows_not_due``: rows of today, which lie under their day and are taken when it is over.
    """

    rows: Mapping[date, int]
    files: tuple[Path, ...]
    rows_without_day: int
    rows_in_future: int
    rows_too_early: int
    rows_not_due: int

    @property
    def first(self) -> date:
        """The first day with rows."""
        return min(self.rows)

    @property
    def last(self) -> date:
        """The last day with rows."""
        return max(self.rows)


def split_history(
    settings: Settings,
    file: Path,
    feed: Feed,
    mapping: MappingFile | None = None,
    not_before: date = EARLIEST_DAY,
    today: date | None = None,
) -> SplitHistory:
    """Split ``file`` by event day, a change feed's by the day of ``changed_ts``, into ``landing/<feed>/arrival_date=<day>/``.

    NDJSON (``.gz``, ``.zst``), CSV and Parquet. The files are named after ``file`` and its content, so that splitting it again
    replaces them. Lines and records keep their bytes (one longer than 1 MiB, which the contract refuses, is cut there; a last
    line gets its newline), Parquet rows their values. Each file appears whole, and none when the file cannot be split.
    ``not_before``: the first day that can be, of a platform that is in use its start.
    Raises ``SplitError``, and ``OSError`` when the landing folder cannot be written.
    """
    raw = RawFile(0, file.name, file, raw_suffix(file.name), settings.max_file_bytes)
    if raw.suffix not in RAW_SUFFIXES:
        raise SplitError(f"{file} ends in none of {', '.join(RAW_SUFFIXES)}; name it after what it holds")
    days = _Days(feed, not_before, today or datetime.now(UTC).date())
    try:
        digest = _digest(file)
        with staging_folder(settings, f"split-{feed.name}") as folder, connect(settings) as connection:
            split = _split_parquet if raw.suffix == ".parquet" else _split_text
            counts = split(connection, raw, days, mapping, folder)
            name = f"{_stem(raw)}-{digest[:12]}{raw.suffix}"
            return _moved(settings, days, counts, folder, name)
    except HeaderError as error:
        raise SplitError(f"{file}: {error}") from error
    except BrokenStreamError as error:
        raise SplitError(f"{file} cannot be read to its end ({error}); {error.advice}") from error


@dataclass(frozen=True)
class _Days:
    """How the days of a feed's rows are told, and the first and the last that can be."""

    feed: Feed
    earliest: date
    today: date

    def sql(self, relation: Relation) -> str:
        """SQL for the event day of a row of ``relation``, null for one that cannot be read."""
        return f"({relation.readings[self.column].value})::date"

    @property
    def column(self) -> str:
        key = (
            column.name
            for column in self.feed.columns
            if column.kind is Kind.TIMESTAMP and column.name in self.feed.key
        )
        return self.feed.event_time or next(key)

    def target(self, counts: Counter[date | None]) -> date | None:
        """The day that takes rows without one: the first on which something can have happened."""
        return min((day for day in counts if day is not None and self.can_be(day)), default=None)

    def can_be(self, day: date) -> bool:
        return self.earliest <= day <= self.today


def _split_text(
    connection: duckdb.DuckDBPyConnection, file: RawFile, days: _Days, mapping: MappingFile | None, folder: Path
) -> Counter[date | None]:
    shape = shape_of(days.feed, mapping)

    def query(header: list[str] | None) -> str:
        relation = shape.lines() if header is None else shape.csv(header)
        rows = f"select line, {days.sql(relation)} as day from ({relation.sql}) where given_reason is null"
        return f"select line, day - date '1970-01-01' as day from ({rows}) where day is not null"

    counts = split_text(connection, file, query, days.can_be, folder)
    first = days.target(counts)
    apart = folder / APART
    if first and apart.exists():
        with (folder / str(first)).open("ab") as target, apart.open("rb") as rest:
            while piece := rest.read(1 << 20):
                target.write(piece)
    apart.unlink(missing_ok=True)
    return counts


def _split_parquet(
    connection: duckdb.DuckDBPyConnection, file: RawFile, days: _Days, mapping: MappingFile | None, folder: Path
) -> Counter[date | None]:
    refused = refused_parquet(file)
    if refused:
        raise SplitError(f"{file.path} {refused.detail}")
    # Names that no file has, so that its own columns keep theirs.
    line, day = identifier("split of history: line"), identifier("split of history: day")
    try:
        relation = shape_of(days.feed, mapping).parquet(connection, file)
        rows = f"select whole_row, line, {days.sql(relation)} as day from ({relation.sql})"
        counts = Counter(dict(connection.execute(f"select day, count(*) from ({rows}) group by all").fetchall()))
        first = days.target(counts)
        if first is None:
            return counts
        can_be = f"day between date '{days.earliest}' and date '{days.today}'"
        its_day = f"case when {can_be} then day else date '{first}' end"
        parts = folder / "parts"
        connection.execute(
            f"copy (select whole_row.*, line as {line}, {its_day} as {day} from ({rows})) to {literal(str(parts))} "
            f"(format parquet, compression zstd, partition_by ({day}))"
        )
    except (duckdb.Error, ValueError) as error:
        raise SplitError(f"{file.path} cannot be split ({first_line(error)})") from error
    for part in sorted(parts.iterdir()):
        files = ", ".join(literal(exact_path(path)) for path in sorted(part.iterdir()))
        # In the order of the file: of rows with the same key, the first one counts.
        connection.execute(
            f"copy (select * exclude ({line}) from read_parquet([{files}], hive_partitioning = false) order by {line}) "
            f"to {literal(str(folder / part.name.rpartition('=')[2]))} (format parquet, compression zstd)"
        )
    return counts


def _moved(settings: Settings, days: _Days, counts: Counter[date | None], folder: Path, name: str) -> SplitHistory:
    first = days.target(counts)
    if first is None:
        raise SplitError(
            f"{name}: no row has a day between {days.earliest} and today ({counts.total():,} rows looked at); is "
            f"{days.column} a time, and is the mapping the right one? make check-mapping shows what becomes of each field"
        )
    in_future = sum(rows for day, rows in counts.items() if day is not None and day > days.today)
    too_early = sum(rows for day, rows in counts.items() if day is not None and day < days.earliest)
    rows = {day: count for day, count in counts.items() if day is not None and days.can_be(day)}
    rows[first] += counts[None] + in_future + too_early
    targets = []
    for day in sorted(rows):
        target = settings.landing_dir / days.feed.name / f"arrival_date={day}" / name
        move_into_place(folder / str(day), target)
        targets.append(target)
    return SplitHistory(
        rows={day: rows[day] for day in sorted(rows)},
        files=tuple(targets),
        rows_without_day=counts[None],
        rows_in_future=in_future,
        rows_too_early=too_early,
        rows_not_due=rows.get(days.today, 0),
    )


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise SplitError(f"{file} cannot be read ({error.strerror}); name a file that is there and readable") from error


def _stem(file: RawFile) -> str:
    stem = file.name[: len(file.name) - len(file.suffix or "")]
    return _UNSAFE.sub("_", stem).lstrip(".")[:_LONGEST_STEM] or "file"

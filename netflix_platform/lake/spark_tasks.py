"""What a task on a Spark worker does of staging raw days, with a DuckDB of its own; nothing here knows Spark.

A task may be tried again, or be at work twice at a time. So each attempt writes into a folder of its own in the staging folder,
which the workers share with the process that asked, and what it returns names its files: whatever another attempt left is
looked at by nobody, and goes with the staging folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from netflix_platform.contracts import FEEDS
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import exact_path, identifier, literal
from netflix_platform.lake.accounts import (
    UNKNOWN_FIELDS,
    Accepted,
    SetAside,
    broken_rules,
    count_accepted,
    count_set_aside,
)
from netflix_platform.lake.intake import ACCEPTED, Intake
from netflix_platform.lake.ledger import Ledger
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import REPEATED, Rule
from netflix_platform.lake.staging import (
    DuckDBStaging,
    accepted_file,
    accepted_rows,
    copy,
    copy_by_day,
    days_of_files,
    refused_rows,
    write_accepted,
)
from netflix_platform.settings import Settings

Days = tuple[date, date]  # an arrival day and an event day

# Staged parts are read once or twice, and written by many at a time.
_STAGED_PARQUET = "format parquet, compression snappy"


@dataclass(frozen=True)
class Work:
    """What all tasks of a call share. ``folder``: the staging folder."""

    settings: Settings
    feed: str
    folder: Path


@dataclass(frozen=True)
class Part:
    """Staged rows of one arrival day and event day, in the lake's columns and ``file_no``. ``size``: bytes."""

    days: Days
    path: Path
    size: int


@dataclass(frozen=True)
class Judged:
    """What a task made of some files: ``accepted``, repeats among them; ``refused``: by arrival day, the quarantine's columns and
    ``file_no``; ``others``: the refused rows, counted; ``rules``: what their outcomes refer to.
    """

    accepted: Sequence[Part]
    refused: Mapping[date, Path]
    others: Sequence[SetAside]
    rules: Mapping[int, Rule]


@dataclass(frozen=True)
class Finished:
    """Lake files of some event days, and what was counted of their rows; ``unknown_fields``: a file of ``UNKNOWN_FIELDS``."""

    files: Mapping[Days, Path]
    accepted: Accepted
    unknown_fields: Path | None


def stage_whole(work: Work, files: Mapping[date, Sequence[RawFile]]) -> tuple[Path, list[Ledger]]:
    """Stage days that one task can do alone, as DuckDB's engine does: the folder where their files are, and their accounts."""
    with _attempt(work) as (connection, folder):
        return folder, DuckDBStaging(connection, work.settings).stage(FEEDS[work.feed], files, folder)


def judge(work: Work, files: Mapping[date, Sequence[RawFile]]) -> Judged:
    """Read and judge some files, and deal their rows out to parts by arrival day and event day."""
    feed = FEEDS[work.feed]
    with _attempt(work) as (connection, folder):
        rules = Intake(connection, work.settings).take(feed, files)
        rows = accepted_rows(feed, "file_no, ")
        # Most are of the day on which they arrived; see ``write_accepted``.
        if len(files) == 1:
            (day,) = files
            bulk = accepted_file(folder, day, day).with_name("bulk.parquet")
            bulk.parent.mkdir(parents=True)
            if not copy(connection, f"{rows} where event_date = arrival_date", bulk, _STAGED_PARQUET):
                bulk.unlink()
            rows += " where event_date <> arrival_date"
        copy_by_day(connection, rows, folder, _STAGED_PARQUET)
        others = count_set_aside(connection)
        broken = broken_rules(others, rules)
        day_of = days_of_files(files)
        refused = {day: folder / f"refused-{day}" for day in {day_of[other.file_no] for other in others}}
        for day, path in refused.items():
            copy(connection, refused_rows(feed, day, broken, "file_no, "), path, _STAGED_PARQUET)
        return Judged(list(_parts(folder)), refused, others, rules)


def finish(work: Work, parts: Sequence[Part], repeats: Sequence[Path], day_of_file: Mapping[int, date]) -> Finished:
    """Put parts of some arrival days and event days, all of each, together to lake files, and count their rows.

    ``repeats``: Parquet files with the event day and the place (``file_no``, ``source_line``) of rows to be left out.
    """
    feed = FEEDS[work.feed]
    with _attempt(work) as (connection, folder):
        names = ", ".join(identifier(name) for name in (*feed.column_names, "extra_fields"))
        staged = _read([part.path for part in parts])
        if repeats:
            event_days = ", ".join(f"date '{day}'" for day in sorted({part.days[1] for part in parts}))
            aside = f"select file_no, source_line from {_read(repeats)} where event_date in ({event_days})"
            staged += f" anti join ({aside}) using (file_no, source_line)"
        connection.execute(f"create temp view {ACCEPTED} as select *, source_line as line from {staged}")
        accepted = count_accepted(connection, feed, day_of_file)
        rows: dict[Days, int] = {}
        for group in accepted.groups:
            days = (day_of_file[group.file_no], group.event_date)
            rows[days] = rows.get(days, 0) + group.rows
        query = f"select {names}, event_date, arrival_date, source_file, source_line from {ACCEPTED}"
        write_accepted(connection, query, rows, folder)
        unknown = folder / "unknown_fields" if accepted.has_unknown_fields else None
        if unknown:
            copy(connection, UNKNOWN_FIELDS, unknown, _STAGED_PARQUET)
        return Finished({days: accepted_file(folder, *days) for days in rows}, accepted, unknown)


def finish_refused(work: Work, parts: Sequence[Path]) -> Path:
    """Put the refused rows of an arrival day together to its quarantine file."""
    with _attempt(work) as (connection, folder):
        target = folder / "refused"
        copy(connection, f"select * exclude (file_no) from {_read(parts)} order by file_no, source_line", target)
        return target


def repeated_rows(connection: duckdb.DuckDBPyConnection, repeats: Sequence[Path]) -> dict[Days, list[SetAside]]:
    """The rows that ``repeats`` name, counted by file, per arrival day and event day."""
    counted: dict[Days, list[SetAside]] = {}
    if repeats:
        for arrival_date, event_date, file_no, rows in connection.execute(
            f"select arrival_date, event_date, file_no, count(*) from {_read(repeats)} group by all order by all"
        ).fetchall():
            counted.setdefault((arrival_date, event_date), []).append(SetAside(file_no, REPEATED, None, rows))
    return counted


def unknown_fields_of(paths: Sequence[Path]) -> str:
    """The query that adds up what tasks counted of unknown fields."""
    return f"select arrival_date, name, sum(rows)::bigint as rows from {_read(paths)} group by all"


@contextmanager
def _attempt(work: Work) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection that takes one core and spills to the worker's own disk, and a fresh folder in the staging folder."""
    spark_disk = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
    with (
        tempfile.TemporaryDirectory(prefix="conform-", dir=spark_disk or None) as spill,
        connect(work.settings) as connection,
    ):
        connection.execute(f"set threads = 1; set temp_directory = {literal(spill)}")
        # Fails when the staging folder is gone: whoever asked for the work is gone too.
        yield connection, Path(tempfile.mkdtemp(prefix="task-", dir=work.folder))


def _parts(folder: Path) -> Iterator[Part]:
    for path in sorted(folder.glob("arrival_date=*/event_date=*/*.parquet")):
        arrival_date, event_date = (date.fromisoformat(parent.name[-10:]) for parent in (path.parents[1], path.parent))
        yield Part((arrival_date, event_date), path, path.stat().st_size)


def _read(paths: Sequence[Path]) -> str:
    files = ", ".join(literal(exact_path(path)) for path in paths)
    return f"read_parquet([{files}], hive_partitioning = false)"

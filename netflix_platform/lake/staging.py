"""Raw days judged and staged by one process: their lake files, quarantine and accounts in a folder, none of them in place yet.

The seam between the engines is ``Staging``. What is here is DuckDB's side of it, which is also what each task on a cluster
does with its part (``spark_tasks``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa

from netflix_platform.contracts import Feed
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.lake.accounts import (
    UNKNOWN_FIELDS,
    accounts,
    broken_rules,
    count_accepted,
    count_set_aside,
    listed_unknown_fields,
)
from netflix_platform.lake.intake import ACCEPTED, SET_ASIDE, Intake
from netflix_platform.lake.ledger import Ledger
from netflix_platform.lake.profile import profile_fields
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import FILES, GIVEN, REPEATED, Rule
from netflix_platform.settings import Settings

# A fifth cheaper to write than the defaults.
LAKE_PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000"
_BY_DAY = "partition_by (arrival_date, event_date), write_partition_columns true"
_MANY_ROWS = 100_000
_REPEATED_HASHES = "repeated_hashes"
_FILE = "data_0.parquet"  # as DuckDB calls the one file of a partition


class Staging(Protocol):
    """How raw days are judged, by ``NETFLIX_ENGINE``. Putting them in place is the same on every engine."""

    def stage(self, feed: Feed, files: Mapping[date, Sequence[RawFile]], folder: Path) -> list[Ledger]:
        """Write the days' files into ``folder``, as ``accepted_file`` and ``refused_file`` name them; the days' accounts.

        ``files``: of each arrival day, in order, each with a number of its own over all days; no day without any.
        """


class DuckDBStaging:
    """Stages days through one DuckDB connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self._connection = connection
        self._intake = Intake(connection, settings)

    def stage(self, feed: Feed, files: Mapping[date, Sequence[RawFile]], folder: Path) -> list[Ledger]:
        """See ``Staging``. Raises ``duckdb.Error`` when memory or disk run out."""
        rules = self._intake.take(feed, files)
        self._set_repeats_aside(feed)
        accepted = count_accepted(self._connection, feed, days_of_files(files))
        others = count_set_aside(self._connection)
        unknown = listed_unknown_fields(self._connection, UNKNOWN_FIELDS) if accepted.has_unknown_fields else {}
        ledgers = accounts(feed, files, accepted, others, rules, unknown)
        rows = {(ledger.arrival_date, day): of.rows for ledger in ledgers for day, of in ledger.event_days.items()}
        write_accepted(self._connection, accepted_rows(feed), rows, folder)
        broken = broken_rules(others, rules)
        for ledger in ledgers:
            if ledger.quarantined_rows:
                refused = refused_rows(feed, ledger.arrival_date, broken)
                copy(self._connection, refused, refused_file(folder, ledger.arrival_date))
        return with_profiles(ledgers, files)

    def _set_repeats_aside(self, feed: Feed) -> None:
        """Keep the first row of each key of an arrival day, in the order of file and line.

        First the few keys that may repeat are found by sorting hashes, which takes a tenth of what grouping the keys takes, and
        8 bytes a row; then only their rows are ranked, by the keys themselves.
        """
        key = ", ".join(["arrival_date", *(identifier(name) for name in feed.key)])
        hashed = self._connection.execute(f"select hash({key}) as key_hash from {ACCEPTED}").fetchnumpy()
        hashes = np.sort(np.asarray(hashed["key_hash"], np.uint64))
        found = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        if not len(found):
            return
        self._connection.register(_REPEATED_HASHES, pa.table({"key_hash": found}))
        self._intake.set_aside(
            f"select arrival_date, file_no, line from (select {key}, file_no, line from {ACCEPTED} "
            f"where hash({key}) in (from {_REPEATED_HASHES})) "
            f"qualify row_number() over (partition by {key} order by file_no, line) > 1",
            REPEATED,
        )
        self._connection.unregister(_REPEATED_HASHES)


@contextmanager
def staging_on_duckdb(settings: Settings) -> Iterator[Staging]:
    """Staging in this process, through a connection that is open within ``with``."""
    with connect(settings) as connection:
        yield DuckDBStaging(connection, settings)


def accepted_file(folder: Path, arrival_date: date, event_date: date) -> Path:
    """Where the rows of an event day of an arrival day are staged."""
    return folder / f"arrival_date={arrival_date}" / f"event_date={event_date}" / _FILE


def refused_file(folder: Path, arrival_date: date) -> Path:
    """Where the quarantine of an arrival day is staged."""
    return folder / f"refused-{arrival_date}"


def days_of_files(files: Mapping[date, Sequence[RawFile]]) -> dict[int, date]:
    """The arrival day of each file's number."""
    return {file.number: day for day, of_day in files.items() for file in of_day}


def with_profiles(ledgers: Sequence[Ledger], files: Mapping[date, Sequence[RawFile]]) -> list[Ledger]:
    """The ledgers with their fields' profiles."""
    return [
        dataclasses.replace(ledger, profile=profile_fields(files[ledger.arrival_date], ledger.received_rows))
        for ledger in ledgers
    ]


def accepted_rows(feed: Feed, more: str = "") -> str:
    """The query for the accepted rows as the lake holds them, after the columns ``more``."""
    names = ", ".join(identifier(name) for name in feed.column_names)
    return (
        f"select {more}{names}, extra_fields, event_date, arrival_date, source_file, line as source_line "
        f"from {ACCEPTED} join {FILES} using (file_no, arrival_date)"
    )


def refused_rows(feed: Feed, arrival_date: date, broken: Mapping[int, Rule], more: str = "") -> str:
    """The query for the refused rows of a day as the quarantine holds them, after the columns ``more``."""
    given = f"({GIVEN}, null, null, null)"  # reason and detail came with the row
    rules = ", ".join(
        f"({number}, {literal(rule.reason)}, {literal(rule.field) if rule.field else 'null'}, {literal(rule.detail)})"
        for number, rule in broken.items()
    )
    return (
        f"select {more}{literal(feed.name)} as feed, arrival_date, source_file, line as source_line, "
        "coalesce(given_reason, reason) as reason, field::varchar as field, coalesce(given_detail, detail) as detail, "
        f"original as original_line from {SET_ASIDE} join {FILES} using (file_no, arrival_date) "
        f"join (values {given}{', ' if rules else ''}{rules}) as rules (outcome, reason, field, detail) using (outcome) "
        f"where arrival_date = date '{arrival_date}' order by file_no, line"
    )


def write_accepted(
    connection: duckdb.DuckDBPyConnection, query: str, rows: Mapping[tuple[date, date], int], folder: Path
) -> None:
    """Write the rows of ``query`` into ``folder``, one file per arrival day and event day, as ``accepted_file`` names it.

    ``query``: ends where a ``where`` may begin; ``rows``: how many it yields of each arrival day and event day. Dealing rows out
    to files costs as much as writing them, so the bulk of a large day, which is of one event day, is written by itself; of small
    days all go through one statement.
    """
    if not rows:
        return
    rest = query
    if len({arrival_date for arrival_date, _ in rows}) == 1 and sum(rows.values()) >= _MANY_ROWS:
        arrival_date, largest = max(rows, key=lambda days: rows[days])
        target = accepted_file(folder, arrival_date, largest)
        target.parent.mkdir(parents=True)
        copy(connection, f"{query} where event_date = date '{largest}'", target)
        if len(rows) == 1:
            return
        rest += f" where event_date <> date '{largest}'"
    copy_by_day(connection, rest, folder)
    # DuckDB begins another file of a day where it had too many open at once.
    for extra in folder.glob("*/*/data_1.parquet"):
        parts = ", ".join(literal(str(path)) for path in sorted(extra.parent.glob("*.parquet")))
        whole = extra.with_name("whole")
        copy(connection, f"from read_parquet([{parts}], hive_partitioning = false)", whole)
        whole.replace(extra.with_name(_FILE))


def copy_by_day(connection: duckdb.DuckDBPyConnection, query: str, folder: Path, parquet: str = LAKE_PARQUET) -> None:
    """Deal the rows of ``query`` out to Parquet files by arrival day and event day."""
    connection.execute(f"copy ({query}) to {literal(str(folder))} ({parquet}, {_BY_DAY}, overwrite_or_ignore true)")


def copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path, parquet: str = LAKE_PARQUET) -> int:
    """Write the rows of ``query`` to a Parquet file; how many there were."""
    (rows,) = connection.execute(f"copy ({query}) to {literal(str(target))} ({parquet})").fetchone() or (0,)
    return int(rows)

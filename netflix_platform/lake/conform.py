"""Raw days conformed: judged, repeats set aside, laid under its event days, refused lines in quarantine, the ledger last.

Everything is written into a staging folder first and moved into place file by file, each in one step. A run that stops in
between leaves whole files and no ledger that vouches for them, so that the ledger check fails until the day is run again,
which mends it whatever the point at which the first run stopped. Reading formats is in ``intake``, the rules in
``rules``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from netflix_platform.contracts import Feed
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.lake.accounts import accounts
from netflix_platform.lake.intake import ACCEPTED, SET_ASIDE, Intake, raw_bytes, raw_files
from netflix_platform.lake.layout import (
    in_small_groups,
    lake_file,
    lake_files_of_arrival,
    ledger_file,
    move_into_place,
    quarantine_file,
    staging_folder,
)
from netflix_platform.lake.ledger import Ledger, LedgerError, read_ledger, write_ledger
from netflix_platform.lake.profile import profile_fields
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import FILES, GIVEN, REPEATED, Rule, possible_event_days
from netflix_platform.settings import Settings

# A statement over many small days costs little more than over one: about 30 ms of CPU, most of it for planning. Large days
# gain nothing, and their rows would pile up in memory.
_MOST_BYTES_TOGETHER = 4 << 20  # of raw files

# A fifth cheaper to write than the defaults.
_PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000"
_BY_DAY = "partition_by (arrival_date, event_date), write_partition_columns true"
_MANY_ROWS = 100_000
_REPEATED_HASHES = "repeated_hashes"
_FILE = "data_0.parquet"  # as DuckDB calls the one file of a partition


def conform_day(settings: Settings, feed: Feed, arrival_date: date) -> Ledger:
    """Conform one day with a connection of its own; see ``Conformer.conform_day``."""
    with Conformer(settings) as conformer:
        return conformer.conform_day(feed, arrival_date)


class Conformer:
    """Conforms any number of days through one DuckDB connection, which is open within ``with``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Conformer:
        self._connection = self._open.enter_context(connect(self._settings))
        self._intake = Intake(self._connection, self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def conform_day(self, feed: Feed, arrival_date: date) -> Ledger:
        """``conform_days`` for one day."""
        return self.conform_days(feed, [arrival_date])[0]

    def conform_days(self, feed: Feed, arrival_days: Sequence[date]) -> list[Ledger]:
        """Replace everything in the lake that bears one of ``arrival_days`` by what the raw days yield now; their accounts.

        All days go through each statement together, so that a small day costs little more than its rows; see ``together``.
        Doing it twice changes nothing. Raises ``RawDayError`` when a raw folder cannot be listed, ``duckdb.Error`` when memory or
        disk run out; the lake then stays as it was.
        """
        files = _numbered({day: raw_files(self._settings, feed.name, day) for day in arrival_days})
        with_files = {day: of_day for day, of_day in files.items() if of_day}
        empty = [self._replace(feed, _nothing(feed, day), Path()) for day in arrival_days if day not in with_files]
        if not with_files:
            return empty
        with staging_folder(self._settings, f"lake-{feed.name}-{arrival_days[0]}") as folder:
            ledgers = [
                *empty,
                *(self._replace(feed, ledger, folder) for ledger in self._staged(feed, with_files, folder)),
            ]
        return sorted(ledgers, key=lambda ledger: arrival_days.index(ledger.arrival_date))

    def _staged(self, feed: Feed, files: Mapping[date, Sequence[RawFile]], folder: Path) -> list[Ledger]:
        """Write the days' files into ``folder``, as ``_accepted_file`` and ``_refused_file`` name them; the days' accounts."""
        rules = self._intake.take(feed, files)
        self._set_repeats_aside(feed)
        ledgers, broken = accounts(self._connection, feed, list(files), rules)
        self._write_accepted(feed, [ledger for ledger in ledgers if ledger.accepted_rows], folder)
        for ledger in ledgers:
            if ledger.quarantined_rows:
                self._copy(_refused(feed, ledger.arrival_date, broken), _refused_file(folder, ledger.arrival_date))
        return [
            dataclasses.replace(ledger, profile=profile_fields(files[ledger.arrival_date], ledger.received_rows))
            for ledger in ledgers
        ]

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

    def _write_accepted(self, feed: Feed, ledgers: Sequence[Ledger], folder: Path) -> None:
        """Write the accepted rows into ``folder``, one file per arrival day and event day, as ``_accepted_file`` names it.

        Dealing rows out to files costs as much as writing them, so the bulk of a large day, which is of one event day, is written
        by itself; of small days all go through one statement.
        """
        if not ledgers:
            return
        rest = _accepted(feed)
        if len(ledgers) == 1 and ledgers[0].accepted_rows >= _MANY_ROWS:
            days = ledgers[0].event_days
            largest = max(days, key=lambda day: days[day].rows)
            target = _accepted_file(folder, ledgers[0].arrival_date, largest)
            target.parent.mkdir(parents=True)
            self._copy(f"{rest} where event_date = date '{largest}'", target)
            if len(days) == 1:
                return
            rest += f" where event_date <> date '{largest}'"
        self._copy_by_day(rest, folder)

    def _copy_by_day(self, query: str, folder: Path) -> None:
        self._connection.execute(
            f"copy ({query}) to {literal(str(folder))} ({_PARQUET}, {_BY_DAY}, overwrite_or_ignore true)"
        )
        # DuckDB begins another file of a day where it had too many open at once.
        for extra in folder.glob("*/*/data_1.parquet"):
            parts = ", ".join(literal(str(path)) for path in sorted(extra.parent.glob("*.parquet")))
            whole = extra.with_name("whole")
            self._copy(f"from read_parquet([{parts}], hive_partitioning = false)", whole)
            whole.replace(extra.with_name(_FILE))

    def _copy(self, query: str, target: Path) -> None:
        self._connection.execute(f"copy ({query}) to {literal(str(target))} ({_PARQUET})")

    def _replace(self, feed: Feed, ledger: Ledger, folder: Path) -> Ledger:
        """Put the staged files of a day in their places, after what an earlier run left and this one no longer yields is gone.

        An earlier run left files only under the days that its ledger names, or, when it stopped before its ledger, under a
        possible event day. So the old ledger goes once the days that only it may name are clean, and before anything new
        comes: whatever stops the run, no ledger vouches for files that it did not count.
        """
        day = ledger.arrival_date
        earlier = {*self._days_of_earlier_ledger(feed, day), *possible_event_days(feed, self._settings, day)}
        gone = earlier - set(ledger.event_days)
        for path in lake_files_of_arrival(self._settings, feed.name, day, gone).values():
            path.unlink(missing_ok=True)
        ledger_file(self._settings, feed.name, day).unlink(missing_ok=True)
        for event_date in ledger.event_days:
            staged = _accepted_file(folder, day, event_date)
            move_into_place(staged, lake_file(self._settings, feed.name, event_date, day))
        quarantine = quarantine_file(self._settings, feed.name, day)
        if ledger.quarantined_rows:
            move_into_place(_refused_file(folder, day), quarantine)
        else:
            quarantine.unlink(missing_ok=True)
        write_ledger(self._settings, ledger)
        return ledger

    def _days_of_earlier_ledger(self, feed: Feed, arrival_date: date) -> set[date]:
        try:
            earlier = read_ledger(self._settings, feed.name, arrival_date)
        except LedgerError:
            return set()
        return set(earlier.event_days) if earlier else set()


def together(settings: Settings, feed: Feed, arrival_days: Iterable[date]) -> Iterator[list[date]]:
    """``arrival_days`` in order, in groups that are conformed together: small days many at once, large ones alone."""
    yield from in_small_groups(arrival_days, lambda day: raw_bytes(settings, feed.name, day), _MOST_BYTES_TOGETHER)


def _numbered(files: Mapping[date, Sequence[RawFile]]) -> dict[date, list[RawFile]]:
    """The files with numbers that tell them apart over all days; the order within a day stays."""
    first = 0
    numbered: dict[date, list[RawFile]] = {}
    for day, of_day in files.items():
        numbered[day] = [dataclasses.replace(file, number=first + file.number) for file in of_day]
        first += len(of_day)
    return numbered


def _nothing(feed: Feed, arrival_date: date) -> Ledger:
    return Ledger(feed.name, arrival_date, 0, 0, 0, 0, {}, {}, {})


def _accepted_file(folder: Path, arrival_date: date, event_date: date) -> Path:
    return folder / f"arrival_date={arrival_date}" / f"event_date={event_date}" / _FILE


def _refused_file(folder: Path, arrival_date: date) -> Path:
    return folder / f"refused-{arrival_date}"


def _accepted(feed: Feed) -> str:
    names = ", ".join(identifier(name) for name in feed.column_names)
    return (
        f"select {names}, extra_fields, event_date, arrival_date, source_file, line as source_line "
        f"from {ACCEPTED} join {FILES} using (file_no, arrival_date)"
    )


def _refused(feed: Feed, arrival_date: date, broken: Mapping[int, Rule]) -> str:
    given = f"({GIVEN}, null, null, null)"  # reason and detail came with the row
    rules = ", ".join(
        f"({number}, {literal(rule.reason)}, {literal(rule.field) if rule.field else 'null'}, {literal(rule.detail)})"
        for number, rule in broken.items()
    )
    return (
        f"select {literal(feed.name)} as feed, arrival_date, source_file, line as source_line, "
        "coalesce(given_reason, reason) as reason, field::varchar as field, coalesce(given_detail, detail) as detail, "
        f"original as original_line from {SET_ASIDE} join {FILES} using (file_no, arrival_date) "
        f"join (values {given}{', ' if rules else ''}{rules}) as rules (outcome, reason, field, detail) using (outcome) "
        f"where arrival_date = date '{arrival_date}' order by file_no, line"
    )

"""Raw days conformed: judged, repeats set aside, laid under its event days, refused lines in quarantine, the ledger last.

Everything is written into a staging folder first and moved into place file by file, each in one step. A run that stops in
between leaves whole files and no ledger that vouches for them, so that the ledger check fails until the day is run again,
which mends it whatever the point at which the first run stopped. Days are staged by this process or on a cluster, as
``NETFLIX_ENGINE`` says (``staging``, ``spark_staging``); reading formats is in ``intake``, the rules in ``rules``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType

from netflix_platform.contracts import Feed
from netflix_platform.lake.intake import raw_bytes, raw_files
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
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import possible_event_days
from netflix_platform.lake.spark_staging import staging_on_spark
from netflix_platform.lake.staging import Staging, accepted_file, refused_file, staging_on_duckdb
from netflix_platform.settings import Settings


@dataclass(frozen=True)
class _Engine:
    """``most_bytes_together``: of raw files that are conformed together, if they are more than a day's."""

    staging: Callable[[Settings], AbstractContextManager[Staging]]
    most_bytes_together: int


# The one place where the engine counts; settings refuse any other.
_ENGINES: Mapping[str, _Engine] = {
    # A statement over many small days costs little more than over one: about 30 ms of CPU, most of it for planning. Large days
    # gain nothing, and their rows would pile up in memory.
    "duckdb": _Engine(staging_on_duckdb, 16 << 20),
    # Small days share a task in the same way, and as many tasks as this makes are at work at a time.
    "spark": _Engine(staging_on_spark, 256 << 20),
}


def conform_day(settings: Settings, feed: Feed, arrival_date: date) -> Ledger:
    """Conform one day with a connection of its own; see ``Conformer.conform_day``."""
    with Conformer(settings) as conformer:
        return conformer.conform_day(feed, arrival_date)


class Conformer:
    """Conforms any number of days through one connection to the engine, which is open within ``with``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Conformer:
        self._staging = self._open.enter_context(_ENGINES[self._settings.engine].staging(self._settings))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def conform_day(self, feed: Feed, arrival_date: date) -> Ledger:
        """``conform_days`` for one day."""
        return self.conform_days(feed, [arrival_date])[0]

    def conform_days(self, feed: Feed, arrival_days: Sequence[date]) -> list[Ledger]:
        """Replace everything in the lake that bears one of ``arrival_days`` by what the raw days yield now; their accounts.

        All days go through each statement together, so that a small day costs little more than its rows; see ``together``.
        Doing it twice changes nothing. Raises ``RawDayError`` when a raw folder cannot be listed, ``MappingError`` when the
        settings name a mapping that cannot be used, ``duckdb.Error`` or ``SparkSessionError`` when memory, disk or the cluster
        give out; the lake then stays as it was.
        """
        files = _numbered({day: raw_files(self._settings, feed.name, day) for day in arrival_days})
        with_files = {day: of_day for day, of_day in files.items() if of_day}
        empty = [self._replace(feed, _nothing(feed, day), Path()) for day in arrival_days if day not in with_files]
        if not with_files:
            return empty
        with staging_folder(self._settings, f"lake-{feed.name}-{arrival_days[0]}") as folder:
            ledgers = [
                *empty,
                *(self._replace(feed, ledger, folder) for ledger in self._staging.stage(feed, with_files, folder)),
            ]
        return sorted(ledgers, key=lambda ledger: arrival_days.index(ledger.arrival_date))

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
            staged = accepted_file(folder, day, event_date)
            move_into_place(staged, lake_file(self._settings, feed.name, event_date, day))
        quarantine = quarantine_file(self._settings, feed.name, day)
        if ledger.quarantined_rows:
            move_into_place(refused_file(folder, day), quarantine)
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
    most_bytes = _ENGINES[settings.engine].most_bytes_together
    yield from in_small_groups(arrival_days, lambda day: raw_bytes(settings, feed.name, day), most_bytes)


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

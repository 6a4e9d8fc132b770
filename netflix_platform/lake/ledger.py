"""The row ledger of an arrival day: what was received, and what became of it; kept beside the lake, audited from the files.

Holds no query: counting anew is in ``recount``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.intake import RawDayError
from netflix_platform.lake.layout import (
    lake_file,
    lake_files_of_arrival,
    lake_files_of_event_day,
    ledger_file,
    quarantine_file,
    write_text,
)
from netflix_platform.lake.profile import FieldProfile, profile_as_json, profile_from_json
from netflix_platform.lake.recount import UncountableFileError, parquet_rows, quarantined_rows, received_rows
from netflix_platform.lake.rules import possible_event_days
from netflix_platform.settings import Settings

_MOST_KEPT = 20_000  # ledgers; a step asks for the same ones several times


class LedgerError(ValueError):
    """A ledger that cannot be read. The message names the file and what to do."""


@dataclass(frozen=True)
class Delay:
    """How long rows were on their way, from happening to the collector (``received_ts - event_ts``, ms): discrete percentiles."""

    p50: int
    p95: int
    longest: int


@dataclass(frozen=True)
class EventDay:
    """What one arrival day holds for one event day: rows, and a hash of their content that no order can change.

    ``delay``: of late rows, where any of them says when the collector received it. Ledgers of earlier versions have none.
    """

    rows: int
    fingerprint: str
    delay: Delay | None = None


@dataclass(frozen=True)
class FileAccount:
    """What one raw file brought: rows received and accepted (counts), and the event days of the accepted ones: how many, which
    is the first and which the last (``None`` when nothing was accepted).
    """

    received_rows: int
    accepted_rows: int
    event_days: int = 0
    first_event_date: date | None = None
    last_event_date: date | None = None


@dataclass(frozen=True)
class Ledger:
    """The account of one feed and arrival day; all counts are rows.

    ``quarantined_by_reason``: per reason code; ``event_days``: accepted rows by the day on which they happened;
    ``unknown_fields``: accepted rows per field that the contract does not know; ``filled_rows``: accepted rows that hold a
    value, per optional column; ``profile``: the raw records' fields and types; ``files``: by name of the raw file, those with
    any rows; ``newer_rows``: accepted rows whose sender wrote to a later version of the contract than is known here, and
    ``newest_version`` the latest of them. Ledgers of earlier versions lack the last five.
    """

    feed: str
    arrival_date: date
    received_rows: int
    accepted_rows: int
    repeated_rows: int
    quarantined_rows: int
    quarantined_by_reason: Mapping[str, int]
    event_days: Mapping[date, EventDay]
    unknown_fields: Mapping[str, int]
    filled_rows: Mapping[str, int] = field(default_factory=dict)
    profile: FieldProfile = field(default_factory=FieldProfile)
    files: Mapping[str, FileAccount] = field(default_factory=dict)
    newer_rows: int = 0
    newest_version: int = 0  # 0: none

    @property
    def is_balanced(self) -> bool:
        """Whether every row received is accounted for, in total and by reason and event day."""
        return (
            self.received_rows == self.accepted_rows + self.repeated_rows + self.quarantined_rows
            and self.accepted_rows == sum(day.rows for day in self.event_days.values())
            and self.quarantined_rows == sum(self.quarantined_by_reason.values())
        )

    @property
    def touched_days(self) -> list[date]:
        """Event days other than the arrival day for which rows arrived, oldest first."""
        return sorted(day for day in self.event_days if day != self.arrival_date)


def write_ledger(settings: Settings, ledger: Ledger) -> None:
    """Replace the ledger of the day; readers see the old one or the new one."""
    content = {
        "feed": ledger.feed,
        "arrival_date": ledger.arrival_date.isoformat(),
        "received_rows": ledger.received_rows,
        "accepted_rows": ledger.accepted_rows,
        "repeated_rows": ledger.repeated_rows,
        "quarantined_rows": ledger.quarantined_rows,
        "quarantined_by_reason": dict(ledger.quarantined_by_reason),
        "event_days": {
            day.isoformat(): _event_day_as_json(ledger.event_days[day]) for day in sorted(ledger.event_days)
        },
        "unknown_fields": dict(ledger.unknown_fields),
        "filled_rows": dict(ledger.filled_rows),
        "profile": profile_as_json(ledger.profile),
        "files": {name: _file_as_json(account) for name, account in ledger.files.items()},
        "newer_rows": ledger.newer_rows,
        "newest_version": ledger.newest_version,
    }
    target = ledger_file(settings, ledger.feed, ledger.arrival_date)
    write_text(settings, target, json.dumps(content, indent=2) + "\n")


def read_ledger(settings: Settings, feed: str, arrival_date: date) -> Ledger | None:
    """The ledger of the day, ``None`` when there is none. Raises ``LedgerError`` for one that cannot be read."""
    path = ledger_file(settings, feed, arrival_date)
    try:
        status = path.stat()
        return _read(str(path), status.st_mtime_ns, status.st_size, status.st_ino)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerError(
            f"{path} cannot be read ({error!r}); run lake/{feed} of {arrival_date} again, which writes it anew"
        ) from error


@lru_cache(maxsize=_MOST_KEPT)
def _read(path: str, mtime_ns: int, size: int, inode: int) -> Ledger:
    """The file's content; what tells its versions apart makes it be read again when it was replaced."""
    return _ledger(json.loads(Path(path).read_text()))


def _ledger(content: Any) -> Ledger:
    return Ledger(
        feed=str(content["feed"]),
        arrival_date=date.fromisoformat(content["arrival_date"]),
        received_rows=int(content["received_rows"]),
        accepted_rows=int(content["accepted_rows"]),
        repeated_rows=int(content["repeated_rows"]),
        quarantined_rows=int(content["quarantined_rows"]),
        quarantined_by_reason={str(reason): int(rows) for reason, rows in content["quarantined_by_reason"].items()},
        event_days={
            date.fromisoformat(day): _event_day_from_json(of_day) for day, of_day in content["event_days"].items()
        },
        unknown_fields={str(name): int(rows) for name, rows in content["unknown_fields"].items()},
        filled_rows={str(name): int(rows) for name, rows in content.get("filled_rows", {}).items()},
        profile=profile_from_json(content.get("profile", {})),
        files={str(name): _file_from_json(account) for name, account in content.get("files", {}).items()},
        newer_rows=int(content.get("newer_rows", 0)),
        newest_version=int(content.get("newest_version", 0)),
    )


def _event_day_as_json(day: EventDay) -> dict[str, Any]:
    delay = {"delay_ms": [day.delay.p50, day.delay.p95, day.delay.longest]} if day.delay else {}
    return {"rows": day.rows, "fingerprint": day.fingerprint, **delay}


def _event_day_from_json(content: Any) -> EventDay:
    delay = Delay(*map(int, content["delay_ms"])) if "delay_ms" in content else None
    return EventDay(int(content["rows"]), str(content["fingerprint"]), delay)


def _file_as_json(account: FileAccount) -> dict[str, Any]:
    first, last = account.first_event_date, account.last_event_date
    days = {"event_days": account.event_days, "first": str(first), "last": str(last)} if first and last else {}
    return {"received_rows": account.received_rows, "accepted_rows": account.accepted_rows, **days}


def _file_from_json(content: Any) -> FileAccount:
    rows = int(content["received_rows"]), int(content["accepted_rows"])
    if "event_days" not in content:
        return FileAccount(*rows)
    ends = date.fromisoformat(content["first"]), date.fromisoformat(content["last"])
    return FileAccount(*rows, int(content["event_days"]), *ends)


def lake_state_of_event_day(settings: Settings, feed: str, event_date: date) -> dict[date, str]:
    """What lies in the lake for one event day: a fingerprint of the content per arrival day.

    A file that no ledger accounts for (a run stopped half way) gives a mark of its own, which changes with the file.
    """
    state: dict[date, str] = {}
    for path in lake_files_of_event_day(settings, feed, event_date):
        arrival_date = date.fromisoformat(path.stem.removeprefix("arrival_date="))
        try:
            ledger = read_ledger(settings, feed, arrival_date)
        except LedgerError:
            ledger = None
        accounted = ledger.event_days.get(event_date) if ledger else None
        if accounted:
            state[arrival_date] = accounted.fingerprint
        else:
            status = path.stat()
            state[arrival_date] = f"unaccounted-{status.st_size}-{status.st_mtime_ns}"
    return state


# --- audit -----------------------------------------------------------------------------------------------------------


def audit_ledger(settings: Settings, feed: str, arrival_date: date) -> list[str]:
    """Hold the ledger against what lies in raw and lake now; the problems as sentences, none when it balances.

    Received lines are counted again from the raw files without parsing them, accepted and quarantined rows from the
    Parquet files. Repeated rows leave no file: they are what remains of the three.
    """
    try:
        ledger = read_ledger(settings, feed, arrival_date)
    except LedgerError as error:
        return [str(error)]
    if ledger is None:
        return [f"{feed} of arrival day {arrival_date} has no ledger; run lake/{feed} of that day"]
    return [
        f"{feed} of arrival day {arrival_date}: {problem}; run lake/{feed} of that day again"
        for problem in _problems(settings, ledger)
    ]


def _problems(settings: Settings, ledger: Ledger) -> Iterator[str]:
    if not ledger.is_balanced:
        yield (
            f"the ledger does not add up: {ledger.received_rows:,} received, {ledger.accepted_rows:,} accepted, "
            f"{ledger.repeated_rows:,} repeated, {ledger.quarantined_rows:,} quarantined, "
            f"{sum(ledger.quarantined_by_reason.values()):,} by reason, "
            f"{sum(day.rows for day in ledger.event_days.values()):,} by event day"
        )
    days = {*ledger.event_days, *possible_event_days(FEEDS[ledger.feed], settings, ledger.arrival_date)}
    try:
        accepted = 0
        lying = lake_files_of_arrival(settings, ledger.feed, ledger.arrival_date, days)
        for event_date in sorted({*ledger.event_days, *lying}):
            path = lake_file(settings, ledger.feed, event_date, ledger.arrival_date)
            rows = parquet_rows(path) if event_date in lying else 0
            expected = ledger.event_days[event_date].rows if event_date in ledger.event_days else 0
            accepted += rows
            if rows != expected:
                yield f"{path} holds {rows:,} rows, the ledger says {expected:,}"
        quarantine = quarantined_rows(quarantine_file(settings, ledger.feed, ledger.arrival_date))
        if quarantine.by_reason != dict(ledger.quarantined_by_reason):
            yield (
                f"the quarantine holds {_listed(quarantine.by_reason)}, "
                f"the ledger says {_listed(ledger.quarantined_by_reason)}"
            )
        received = received_rows(settings, ledger.feed, ledger.arrival_date, quarantine.whole_files)
    except (UncountableFileError, RawDayError) as error:
        yield str(error)
        return
    total, repeated = sum(received.values()), ledger.repeated_rows
    if total != accepted + repeated + quarantine.rows:
        files = ", ".join(f"{name}: {rows:,}" for name, rows in received.items()) or "no files"
        yield (
            f"{total:,} lines lie in raw ({files}), but {accepted:,} rows were accepted, {repeated:,} repeated and "
            f"{quarantine.rows:,} quarantined, which makes {accepted + repeated + quarantine.rows:,}"
        )


def _listed(by_reason: Mapping[str, int]) -> str:
    return ", ".join(f"{rows:,} {reason}" for reason, rows in sorted(by_reason.items())) or "nothing"

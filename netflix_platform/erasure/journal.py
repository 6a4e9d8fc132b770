"""What is written down about erasures: the one that is under way, so that a killed one is finished; and those that were done.

Neither says whose data it was. The file of an erasure under way bears the tombstone's hash as its name, by which the same
command finds it again, and goes when the erasure is done.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from netflix_platform.erasure.tombstones import erasures_dir, write_private
from netflix_platform.settings import Settings


class JournalError(RuntimeError):
    """A file of the journal cannot be read. The message names it and what to do."""


@dataclass(frozen=True)
class Counts:
    """The user's rows as they were found: in raw files, the lake, its quarantine, and the warehouse's feed tables."""

    raw_rows: int = 0
    lake_rows: int = 0
    quarantine_rows: int = 0
    warehouse_rows: int = 0

    @property
    def is_empty(self) -> bool:
        return not any(asdict(self).values())

    def at_least(self, other: Counts) -> Counts:
        """The larger of each: an erasure that goes on finds only what is left."""
        ours, theirs = asdict(self), asdict(other)
        return Counts(**{name: max(ours[name], theirs[name]) for name in ours})


@dataclass(frozen=True)
class Erasure:
    """One erasure: ``arrival_days`` to be conformed again, ``event_days`` to be built again, both until it is done."""

    erasure_id: str
    reason: str
    counts: Counts
    arrival_days: frozenset[date] = field(default_factory=frozenset)
    event_days: frozenset[date] = field(default_factory=frozenset)

    @classmethod
    def new(cls, reason: str) -> Erasure:
        """With a random id, which has nothing to do with the user's."""
        return cls(secrets.token_hex(8), reason, Counts())


def read_pending(settings: Settings, digest: str) -> Erasure | None:
    """The erasure of this user that was begun and not finished."""
    path = _pending_file(settings, digest)
    try:
        content = json.loads(path.read_text())
        return Erasure(
            erasure_id=str(content["erasure_id"]),
            reason=str(content["reason"]),
            counts=Counts(**content["counts"]),
            arrival_days=frozenset(map(date.fromisoformat, content["arrival_days"])),
            event_days=frozenset(map(date.fromisoformat, content["event_days"])),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalError(f"{path} cannot be read ({error!r}); remove it and give the command again") from error


def write_pending(settings: Settings, digest: str, erasure: Erasure) -> None:
    """Write down what is under way, before anything is done."""
    content = {
        "erasure_id": erasure.erasure_id,
        "reason": erasure.reason,
        "counts": asdict(erasure.counts),
        "arrival_days": sorted(map(str, erasure.arrival_days)),
        "event_days": sorted(map(str, erasure.event_days)),
    }
    write_private(_pending_file(settings, digest), json.dumps(content, indent=2) + "\n")


def end_pending(settings: Settings, digest: str) -> None:
    """The erasure is done: its file goes."""
    _pending_file(settings, digest).unlink(missing_ok=True)


def record_erasure(settings: Settings, erasure: Erasure) -> None:
    """Add the erasure to those that were done; doing it again changes nothing."""
    records = read_records(settings)
    if any(record["erasure_id"] == erasure.erasure_id for record in records):
        return
    record = {
        "erasure_id": erasure.erasure_id,
        "erased_at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
        "reason": erasure.reason,
        **asdict(erasure.counts),
    }
    write_private(erasures_dir(settings) / "records.json", json.dumps([*records, record], indent=2) + "\n")


def read_records(settings: Settings) -> list[dict[str, Any]]:
    """Every erasure that was done, oldest first: erasure_id, erased_at (UTC, ISO text), reason, and the counts."""
    path = erasures_dir(settings) / "records.json"
    try:
        return [dict(record) for record in json.loads(path.read_text())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as error:
        raise JournalError(
            f"{path} cannot be read ({error!r}); restore it from a backup, or remove it: the audit keeps what it has read"
        ) from error


def _pending_file(settings: Settings, digest: str) -> Any:
    return erasures_dir(settings) / f"pending-{digest}.json"

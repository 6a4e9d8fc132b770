"""What a problem and an incident are, and days as text. Values only; ``store`` keeps them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

KINDS = ("run_failure", "failed_check", "freshness", "given_up_day", "sensor_failure")
SEVERITIES = ("WARN", "ERROR")  # by weight

# Bounds of what is kept of a text that may hold outside data: a file name, a field's value.
_LONGEST = {"key": 300, "title": 200, "details": 2_000, "first_step": 400}
# Control characters, and marks that reverse or hide what a person reads.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong now. ``key`` is its identity: reported again while its incident is open, it counts up.

    ``first_day`` and ``last_day``: event days concerned. ``first_step``: the first thing to do, a command where there is one.
    ``seen_at``: when it happened (UTC; default: when it is reported). ``waits_for``: what ends it, as days by mark (see
    ``IncidentStore.cover``); one with an empty set of days ends with whatever covers the mark. Without marks only
    ``resolve`` ends it.
    """

    kind: str
    key: str
    severity: str
    title: str
    details: str = ""
    first_day: date | None = None
    last_day: date | None = None
    run_id: str | None = None
    first_step: str = ""
    seen_at: datetime | None = None
    waits_for: Mapping[str, frozenset[date]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind={self.kind}: is not known; use one of {', '.join(KINDS)}")
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity={self.severity}: is not known; use one of {', '.join(SEVERITIES)}")
        first, last = self.first_day or self.last_day, self.last_day or self.first_day
        if first and last and last < first:
            raise ValueError(f"last_day={last}: lies before first_day={first}")
        object.__setattr__(self, "first_day", first)
        object.__setattr__(self, "last_day", last)
        for name, longest in _LONGEST.items():
            object.__setattr__(self, name, bounded(getattr(self, name), longest))


@dataclass(frozen=True)
class Incident:
    """A problem from its first report to its end; times in UTC, ``closed_at`` null while it is open.

    ``run_id``: the run that reported it last. ``comes_and_goes``: it opened for at least the fourth time within an hour.
    """

    incident_id: int
    kind: str
    key: str
    severity: str
    title: str
    details: str
    first_day: date | None
    last_day: date | None
    opened_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None
    occurrences: int
    run_id: str | None
    first_step: str
    waits_for: Mapping[str, frozenset[date]]
    comes_and_goes: bool

    @property
    def days(self) -> frozenset[date]:
        """The days that it still waits for."""
        return frozenset(day for days in self.waits_for.values() for day in days)


def bounded(text: str, longest: int) -> str:
    """``text`` without characters that cannot be seen, cut to ``longest`` characters."""
    seen = _UNSEEN.sub(" ", text).strip()
    return seen if len(seen) <= longest else f"{seen[: longest - 1]}…"


def days_as_text(days: Iterable[date]) -> str:
    """Days as stretches: ``2026-07-01..2026-07-03,2026-07-09``."""
    stretches: list[list[date]] = []
    for day in sorted(days):
        if stretches and stretches[-1][1] + timedelta(days=1) == day:
            stretches[-1][1] = day
        else:
            stretches.append([day, day])
    return ",".join(str(first) if first == last else f"{first}..{last}" for first, last in stretches)


def days_from_text(text: str) -> frozenset[date]:
    """What ``days_as_text`` wrote."""
    days: set[date] = set()
    for stretch in text.split(",") if text else ():
        first, _, last = stretch.partition("..")
        begin, end = date.fromisoformat(first), date.fromisoformat(last or first)
        days.update(begin + timedelta(days=number) for number in range((end - begin).days + 1))
    return frozenset(days)


def in_microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970 (UTC), exactly."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def from_microseconds(number: int) -> datetime:
    """What ``in_microseconds`` made."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=number)

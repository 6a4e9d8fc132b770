"""What is to be done with each landed file, decided from facts alone: nothing here reads a clock or a file.

Taken is what the manifest of a raw day names by path and hash. Of several files with one content one is delivered: the one
that was taken, else the one that was first. A newer version of a path takes the place of the older one, on the same day.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path

from netflix_platform.contracts.raw_files import NOTE_SUFFIX
from netflix_platform.sources.base import Content
from netflix_platform.sources.landing.walk import Stamp, flat_name
from netflix_platform.sources.manifests import TakenDay


class State(StrEnum):
    """What became of a landed file."""

    GROWING = "growing"  # it changed a moment ago: somebody may still be writing it
    TOO_EARLY = "too_early"  # it arrived before the platform's first day
    WAITING = "waiting"  # its arrival day is not over
    READY = "ready"  # the next run over its arrival day takes it
    TAKEN = "taken"  # it lies in raw
    REPEATED = "repeated"  # another file with the same content is, or will be, taken
    SUPERSEDED = "superseded"  # a newer version of the same path was taken
    UNREADABLE = "unreadable"  # it cannot be read; raw has a note of it


@dataclass(frozen=True)
class Seen:
    """A landed file as a look found it.

    ``stamp``: of a file that may be read, else ``problem`` says why not. ``is_settled``: nobody writes it any more.
    ``sha256``: ``None`` while it has not been read.
    """

    file: Path
    path: str
    arrival_date: date
    changed_on: date
    stamp: Stamp | None = None
    problem: str | None = None
    is_settled: bool = False
    sha256: str | None = None

    @property
    def name(self) -> str:
        """What it is called in raw."""
        return flat_name(self.path)

    @property
    def note_name(self) -> str:
        """What the note is called that lies in raw when it cannot be delivered."""
        return f"{self.name}{NOTE_SUFFIX}"

    @property
    def mark(self) -> str:
        """What tells one version of it from another."""
        return self.problem or self.sha256 or str(self.stamp)


@dataclass(frozen=True)
class Judged:
    """A landed file with its state, and why. ``is_stale``: raw does not hold of it what it should."""

    seen: Seen
    state: State
    reason: str = ""
    is_stale: bool = False


@dataclass(frozen=True)
class Look:
    """One look at a feed's folder. ``claims``: by hash of a content not taken yet, the path that is first with it."""

    files: tuple[Judged, ...] = ()
    claims: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[date, TakenDay] = field(default_factory=dict)

    def stale_days(self) -> dict[date, list[str]]:
        """Arrival days on which raw does not hold what it should, with the marks of the files that it lacks or has to lose."""
        days: dict[date, list[str]] = defaultdict(list)
        for judged in self.files:
            if judged.is_stale:
                days[judged.seen.arrival_date].append(f"{judged.state} {judged.seen.path} {judged.seen.mark}")
        return dict(days)


def arrival_dates(taken: Mapping[date, TakenDay]) -> dict[str, date]:
    """The day on which each path was first taken, which it keeps however often its file is changed."""
    days: dict[str, date] = {}
    for day in sorted(taken, reverse=True):
        days.update({entry.content.path: day for entry in taken[day].superseded})
        days.update({content.path: day for content in taken[day].contents.values()})
    return days


def note_content(seen: Seen) -> Content:
    """What the manifest says of a note: the hash is that of the problem."""
    return Content(seen.path, hashlib.sha256((seen.problem or "").encode("utf-8", "backslashreplace")).hexdigest())


def judge(
    files: Sequence[Seen], taken: Mapping[date, TakenDay], claims: Mapping[str, str], first: date, last: date
) -> Look:
    """The state of each file; ``first`` and ``last``: the days of the platform that are over; ``claims``: of earlier looks."""
    owners = _owners_in_raw(files, taken)
    now_claimed = _claims(files, owners, claims, first, last)
    owners.update(now_claimed)
    judged = tuple(_judged(seen, taken.get(seen.arrival_date, TakenDay()), owners, first, last) for seen in files)
    return Look(judged, now_claimed, taken)


def _owners_in_raw(files: Sequence[Seen], taken: Mapping[date, TakenDay]) -> dict[str, str]:
    """By hash, the path whose content stays in raw: what was tidied away from the folder, or still lies there as it was."""
    there = {seen.path: seen for seen in files}
    holders: dict[str, list[tuple[bool, date, str]]] = defaultdict(list)
    for day, of_day in taken.items():
        for name, content in of_day.contents.items():
            seen = there.get(content.path)
            is_replaced = seen is not None and seen.sha256 is not None and seen.sha256 != content.sha256
            if not is_replaced and not name.endswith(NOTE_SUFFIX):
                # What is tidied away comes first, since nothing takes it out of raw again.
                holders[content.sha256].append((seen is not None, day, content.path))
    return {sha256: min(paths)[2] for sha256, paths in holders.items()}


def _claims(
    files: Sequence[Seen], owners: Mapping[str, str], claims: Mapping[str, str], first: date, last: date
) -> dict[str, str]:
    waiting: dict[str, list[tuple[date, str]]] = defaultdict(list)
    for seen in files:
        if seen.sha256 and seen.is_settled and seen.sha256 not in owners and first <= seen.arrival_date <= last:
            waiting[seen.sha256].append((seen.arrival_date, seen.path))
    return {
        sha256: claims[sha256] if claims.get(sha256) in {path for _, path in paths} else min(paths)[1]
        for sha256, paths in waiting.items()
    }


def _judged(seen: Seen, of_day: TakenDay, owners: Mapping[str, str], first: date, last: date) -> Judged:
    has, has_note = of_day.contents.get(seen.name), of_day.contents.get(seen.note_name)
    owner = owners.get(seen.sha256 or "", seen.path)
    state, reason, is_stale = State.READY, _kept_day(seen), True
    if seen.arrival_date < first:
        state, is_stale = State.TOO_EARLY, False
        reason = f"arrived on {seen.arrival_date}, before the platform's start {first}"
    elif seen.problem is not None:
        state, reason = State.UNREADABLE, seen.problem
        is_stale = seen.arrival_date <= last and has_note != note_content(seen)
    elif not seen.is_settled:
        state, reason, is_stale = State.GROWING, "changed a moment ago; taken when it lies unchanged for a while", False
    elif owner != seen.path:
        state, reason = State.REPEATED, f"same content as {owner}"
        is_stale = has is not None or has_note is not None
    elif seen.arrival_date > last:
        state, reason, is_stale = State.WAITING, f"{seen.arrival_date} (UTC) is not over", False
    elif has == Content(seen.path, seen.sha256 or ""):
        state, is_stale = State.TAKEN, has_note is not None
    return Judged(seen, state, reason, is_stale)


def _kept_day(seen: Seen) -> str:
    """A file that was changed on another day stays on the one on which it was first taken."""
    if seen.changed_on == seen.arrival_date or f"arrival_date={seen.arrival_date}" in seen.path:
        return ""
    return f"changed on {seen.changed_on}, stays on the day on which it was first taken"

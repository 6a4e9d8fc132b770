"""The source ``landing``: looks at the folder, and copies what a day is to have into raw.

A file arrived on the day D of an ``arrival_date=D`` folder above it (the topmost counts), else on the day (UTC) on which it
was last changed when it was first taken. Files are found however deep they lie and copied under a flat name, since the user's
own may change later. Nothing is parsed: a file of an unknown kind is delivered too, and the lake refuses it where everybody
can see it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

from netflix_platform.contracts import FEEDS
from netflix_platform.contracts.raw_files import is_ignored
from netflix_platform.settings import Settings
from netflix_platform.sources.base import Content, DayDelivery
from netflix_platform.sources.landing.registry import Sighting, open_registry
from netflix_platform.sources.landing.states import Judged, Look, Seen, State, arrival_dates, judge, note_content
from netflix_platform.sources.landing.walk import Found, Stamp, walk
from netflix_platform.sources.manifests import manifest_file, taken_days

# A look reads new files for their hashes this long (s) per feed when somebody waits for it; a run reads what is left.
_SECONDS_OF_READING = 8.0
_READ_AT_ONCE = 1 << 20  # bytes
# The days of a run are delivered after one look, not after one each; what lands later is the next look's.
_SECONDS_OF_A_LOOK = 10.0
# A run waits for files that somebody still writes, this many times as long as one has to lie unchanged, for all its days.
_PATIENCE = 3
_SHORTEST_WAIT = 0.1


class _ChangedError(Exception):
    """A file changed while it was read."""


class LandingSource:
    """The source ``landing``. A feed without a folder has no files on any day, which is no fault."""

    name = "landing"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looks: dict[str, tuple[float, Look]] = {}
        self._patience = float(_PATIENCE * settings.landing_quiet_seconds)

    def arrival_days(self, feed: str) -> set[date]:
        """The days on which something of ``feed`` arrived, whether or not they are days of the platform.

        Raises ``LandingError`` for an ``arrival_date=`` folder that names no day.
        """
        kept = arrival_dates(taken_days(self._settings, feed))
        return {_arrival_date(found, kept) for found in walk(self._root(feed))}

    def notices(self) -> list[str]:
        """Files that no day of the platform takes: too early, not yet due, or in a folder that is no feed's."""
        first, last = self._settings.start_date, self._settings.last_complete_day()
        landing = self._settings.landing_dir
        told = [
            f"{folder} is no feed's folder, nothing in it is read; the feeds are {', '.join(FEEDS)}"
            for folder in (sorted(landing.iterdir()) if landing.is_dir() else [])
            if folder.name not in FEEDS and not is_ignored(folder.name)
        ]
        for feed in FEEDS:
            days = sorted(self.arrival_days(feed))
            early = [day for day in days if day < first]
            if early:
                told.append(
                    f"{landing / feed} holds files of {len(early)} arrival day(s) before the platform's start {first} "
                    f"({early[0]} to {early[-1]}), which no day takes; a new data folder with "
                    f"NETFLIX_START_DATE={early[0]} would"
                )
            due = [day for day in days if day > last]
            if due:
                told.append(
                    f"{landing / feed} holds files of {due[0]} or later; they are taken when that day (UTC) is over"
                )
        return told

    def look(self, feed: str, seconds: float | None = None) -> Look:
        """What lies in the feed's folder and what is to be done with it.

        Files that nobody writes any more are read once for their hash, for at most ``seconds`` in all (``None``: all of them).
        Raises ``LandingError`` as ``arrival_days`` does, and when the registry cannot be used.
        """
        settings, now = self._settings, time.time()
        read_until = None if seconds is None else time.monotonic() + seconds
        found = list(walk(self._root(feed)))
        if not found and not settings.landing_registry.exists():
            return Look(taken=taken_days(settings, feed))
        with open_registry(settings.landing_registry) as registry:
            before = registry.sightings(feed)
            sightings: dict[str, Sighting] = {}
            problems: dict[str, str] = {}
            changing: set[str] = set()
            for one in found:
                if one.stamp is None:
                    continue
                known = before.get(one.path)
                seen = known if known and known.stamp == one.stamp else Sighting(one.stamp, now)
                if seen.sha256 is None and self._is_settled(seen, now):
                    try:
                        seen = replace(seen, sha256=_hash_of(one.file, one.stamp, read_until))
                    except FileNotFoundError:
                        continue
                    except _ChangedError:
                        changing.add(one.path)
                    except OSError as error:
                        problems[one.path] = f"cannot be opened ({error.strerror}); make it readable"
                sightings[one.path] = seen
            with registry.alone():
                registry.note(feed, before, sightings)
                taken, claims = taken_days(settings, feed), registry.claims(feed)
                kept = arrival_dates(taken)
                files = []
                for one in found:
                    sighting = sightings.get(one.path)
                    if sighting or one.stamp is None:
                        is_settled = bool(sighting and self._is_settled(sighting, now) and one.path not in changing)
                        files.append(_seen(one, kept, sighting, problems.get(one.path), is_settled))
                look = judge(files, taken, claims, settings.start_date, settings.last_complete_day())
                registry.replace_claims(feed, claims, look.claims)
        return look

    def days_to_collect(self, days: Collection[date]) -> set[date]:
        """Days for which files landed since they were collected, of the platform's days: they need not be among ``days``.

        A file that was just written counts: the run waits for it. Raises ``LandingError`` as ``look`` does.
        """
        looks = [self.look(feed, _SECONDS_OF_READING) for feed in FEEDS]
        first, last = self._settings.start_date, self._settings.last_complete_day()
        growing = {
            judged.seen.arrival_date
            for look in looks
            for judged in look.files
            if judged.state is State.GROWING and first <= judged.seen.arrival_date <= last
        }
        return {day for day in {*stale_days(looks), *growing} if day in days or self._is_collected(day)}

    def _is_collected(self, day: date) -> bool:
        return any(manifest_file(self._settings, feed, day).is_file() for feed in FEEDS)

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Copy what arrived of ``feed`` on ``day`` into the empty ``folder``, each content of the feed on one day only.

        What was taken before and is no longer in the landing folder, or is being changed there, stays in raw as it is.
        A file that cannot be copied leaves a note instead (``NOTE_SUFFIX``), which the lake counts as one unreadable file.
        A file that somebody still writes is waited for, and left alone when it does not come to rest. Raises ``LandingError``
        as ``look`` does.
        """
        contents: dict[str, Content] = {}
        withdrawn: set[str] = set()
        notices: list[str] = []
        for judged in self._files_at_rest(feed, day):
            seen = judged.seen
            if judged.state is State.REPEATED:
                withdrawn.add(seen.name)
            elif judged.state in (State.READY, State.TAKEN):
                content = self._deliver(feed, seen, folder, notices)
                if content:
                    contents[content[0]] = content[1]
            elif judged.state is State.UNREADABLE:
                contents[seen.note_name] = _leave_note(seen, folder)
            elif judged.state is State.GROWING:
                notices.append(
                    f"{seen.file} is still being written: it is taken when it has not changed for "
                    f"{self._settings.landing_quiet_seconds} s, by the sensor landing or by running the day again"
                )
        return DayDelivery(contents=contents, withdrawn=frozenset(withdrawn), notices=tuple(notices))

    def _files_at_rest(self, feed: str, day: date) -> list[Judged]:
        """The day's files by a look that is not too old, after those that somebody writes have had the time to come to rest."""
        looked_at, look = self._looks.get(feed, (0.0, Look()))
        if time.monotonic() - looked_at > _SECONDS_OF_A_LOOK or not looked_at:
            look = self._look_anew(feed)
        while True:
            files = [judged for judged in look.files if judged.seen.arrival_date == day]
            growing = [judged.seen for judged in files if judged.state is State.GROWING]
            if not growing or self._patience <= 0:
                return files
            quiet = self._settings.landing_quiet_seconds
            ages = [time.time() - seen.stamp.mtime_ns / 1e9 for seen in growing if seen.stamp]
            wait = min(max(_SHORTEST_WAIT, *(quiet - age for age in ages)), quiet + _SHORTEST_WAIT, self._patience)
            self._patience -= wait
            time.sleep(wait)
            look = self._look_anew(feed)

    def _look_anew(self, feed: str) -> Look:
        look = self.look(feed)
        self._looks[feed] = (time.monotonic(), look)
        return look

    def _deliver(self, feed: str, seen: Seen, folder: Path, notices: list[str]) -> tuple[str, Content] | None:
        """Copy one file; its name in raw and its content, ``None`` when it is no longer what the look saw."""
        try:
            landed = seen.file.open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            refused = replace(seen, problem=f"cannot be opened ({error.strerror}); make it readable")
            return seen.note_name, _leave_note(refused, folder)
        # An error from here on is no fault of the file (a full disk, say), so the day must fail.
        copy = folder / seen.name
        with landed, copy.open("wb") as target:
            sha256 = _read(landed, target.write)
            is_same = Stamp.of(os.fstat(landed.fileno())) == seen.stamp
        if is_same and sha256 is not None and sha256 == seen.sha256:
            return seen.name, Content(seen.path, sha256)
        copy.unlink()
        with open_registry(self._settings.landing_registry) as registry:
            registry.forget(feed, seen.path)
        notices.append(f"{seen.file} was changed while it was copied: the next run over its day takes it as it is then")
        return None

    def _is_settled(self, sighting: Sighting, now: float) -> bool:
        """Whether nobody has written the file for the set time, by its own clock or, should that be ahead, by ours."""
        unchanged_since = min(sighting.stamp.mtime_ns / 1e9, sighting.since)
        return now - unchanged_since >= self._settings.landing_quiet_seconds

    def _root(self, feed: str) -> Path:
        return self._settings.landing_dir / feed


def stale_days(looks: Iterable[Look]) -> dict[date, str]:
    """Arrival days that raw does not hold as the folder has them, oldest first, each with a digest of what it lacks."""
    marks: dict[date, list[str]] = {}
    for look in looks:
        for day, found in look.stale_days().items():
            marks.setdefault(day, []).extend(found)
    return {day: _digest(marks[day]) for day in sorted(marks)}


def _digest(marks: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(marks)).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _seen(
    found: Found, kept: Mapping[str, date], sighting: Sighting | None, problem: str | None, is_settled: bool
) -> Seen:
    return Seen(
        found.file,
        found.path,
        _arrival_date(found, kept),
        found.changed_on,
        found.stamp,
        found.problem or problem,
        is_settled,
        sighting.sha256 if sighting else None,
    )


def _arrival_date(found: Found, kept: Mapping[str, date]) -> date:
    return found.folder_date or kept.get(found.path) or found.changed_on


def _leave_note(seen: Seen, folder: Path) -> Content:
    text = f"{seen.file} {seen.problem}, and run the day again from raw on"
    (folder / seen.note_name).write_text(text, "utf-8", "backslashreplace")
    return note_content(seen)


def _hash_of(file: Path, stamp: Stamp, read_until: float | None) -> str | None:
    """SHA-256 of the file; ``None`` when time runs out. Raises ``_ChangedError`` when it is no longer what was found."""
    with file.open("rb") as opened:
        sha256 = _read(opened, read_until=read_until)
        if Stamp.of(os.fstat(opened.fileno())) != stamp:
            raise _ChangedError
        return sha256


def _read(
    opened: BinaryIO, write: Callable[[bytes], object] | None = None, read_until: float | None = None
) -> str | None:
    """SHA-256 (hex) of what is read, which goes to ``write`` too; ``None`` when the time (monotonic, s) is over before."""
    digest = hashlib.sha256()
    while piece := opened.read(_READ_AT_ONCE):
        if read_until is not None and time.monotonic() > read_until:
            return None
        digest.update(piece)
        if write:
            write(piece)
    return digest.hexdigest()

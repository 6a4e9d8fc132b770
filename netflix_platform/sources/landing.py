"""A folder of the user's own files as a source: what lies under ``data/landing/<feed>/`` becomes raw days, byte for byte.

A file arrived on the day D of an ``arrival_date=D`` folder above it (the topmost counts), else on the day (UTC) on which it
was last changed. Files are found however deep they lie and copied under a flat name, since the user's own may change later.
Nothing is parsed: a file of an unknown kind is delivered too, and the lake refuses it where everybody can see it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from netflix_platform.contracts import FEEDS
from netflix_platform.contracts.raw_files import NOTE_SUFFIX, is_ignored, raw_suffix
from netflix_platform.settings import Settings
from netflix_platform.sources.base import DayDelivery

_DAY_FOLDER = "arrival_date="
_LONGEST_STEM, _LONGEST_SUFFIX = 100, 30  # characters; file systems take names of 255 bytes
_COPIED_AT_ONCE = 1 << 20  # bytes
_UNSAFE = re.compile(r"[^A-Za-z0-9_=.-]")


class LandingError(ValueError):
    """A landing folder that cannot be read as one. The message names the path and what to do."""


@dataclass(frozen=True)
class _Found:
    """Something that landed. ``problem``: why it cannot be delivered, ``None`` when it can."""

    path: Path
    arrival_date: date
    problem: str | None = None


@dataclass(frozen=True)
class _Place:
    """Where a walk is: ``root``, which links must not leave; the day a folder above names; ``only``: the day looked for."""

    root: Path
    arrival_date: date | None
    only: date | None


class LandingSource:
    """The source ``landing``. A feed without a folder has no files on any day, which is no fault."""

    name = "landing"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def arrival_days(self, feed: str) -> set[date]:
        """The days on which something of ``feed`` arrived, whether or not they are days of the platform.

        Raises ``LandingError`` for an ``arrival_date=`` folder that names no day.
        """
        return {found.arrival_date for found in self._landed(feed)}

    def days_to_collect(self, first: date, last: date) -> set[date]:
        """None: a landed file of a day that is there already is taken when the day is run again."""
        return set()

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

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Copy the files of ``feed`` that arrived on ``day`` into the empty ``folder``.

        A file that cannot be copied leaves a note instead (``NOTE_SUFFIX``), which the lake counts as one unreadable file.
        Raises ``LandingError`` as ``arrival_days`` does.
        """
        for found in self._landed(feed, day):
            self._deliver(found, folder, self._settings.landing_dir / feed)
        return DayDelivery()

    def _deliver(self, found: _Found, folder: Path, root: Path) -> None:
        name = _flat_name(found.path.relative_to(root))
        problem = found.problem
        if problem is None:
            try:
                landed = found.path.open("rb")
            except OSError as error:
                problem = f"cannot be opened ({error.strerror}); make it readable"
            else:
                # An error from here on is no fault of the file (a full disk, say), so the day must fail.
                with landed, (folder / name).open("wb") as copy:
                    shutil.copyfileobj(landed, copy, _COPIED_AT_ONCE)
                return
        text = f"{found.path} {problem}, and run the day again from raw on"
        (folder / f"{name}{NOTE_SUFFIX}").write_text(text, "utf-8", "backslashreplace")

    def _landed(self, feed: str, only: date | None = None) -> Iterator[_Found]:
        root = self._settings.landing_dir / feed
        if root.exists():
            yield from (
                found for found in _walk(root, _Place(root.resolve(), None, only)) if only in (None, found.arrival_date)
            )


def _walk(root: Path, place: _Place) -> Iterator[_Found]:
    """Everything below ``root``, in the order of names; without recursion, since folders may lie thousands deep."""
    waiting = [(root, place, True)]
    while waiting:
        path, inside, is_folder = waiting.pop()
        if is_folder:
            try:
                paths = sorted((path for path in path.iterdir() if not is_ignored(path.name)), reverse=True)
                for entry in paths:
                    entry.lstat()  # a folder may let its names be read and not its files
            except OSError as error:
                yield _found(path, inside, f"cannot be listed ({error.strerror}); make it a readable folder")
                continue
            waiting += [(entry, inside, False) for entry in paths]
        elif path.is_symlink() and not _leads_into(path, place.root):
            # Files can come from outside in an archive, and a link in one could publish any file of this machine.
            yield _found(path, inside, "is a link that leads out of the landing folder; put the file itself there")
        elif path.is_dir() and not path.is_symlink():
            below = dataclasses.replace(inside, arrival_date=inside.arrival_date or _day_of_folder(path))
            if place.only is None or below.arrival_date in (None, place.only):
                waiting.append((path, below, True))
        elif path.is_file():
            yield _found(path, inside)
        else:
            yield _found(path, inside, "is no file (or a link to a folder); put a file in its place, or remove it")


def _leads_into(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except RuntimeError:  # links that lead to each other lead nowhere
        return False


def _found(path: Path, place: _Place, problem: str | None = None) -> _Found:
    return _Found(path, place.arrival_date or _day_of_change(path, follow=problem is None), problem)


def _day_of_change(path: Path, follow: bool) -> date:
    """The day (UTC) on which ``path`` was last changed; what cannot be asked (its path is too long, say) takes its folder's."""
    for asked in (path, *path.parents):
        try:
            changed = asked.stat(follow_symlinks=follow or asked is not path).st_mtime
        except OSError:
            continue
        return datetime.fromtimestamp(changed, UTC).date()
    raise LandingError(f"{path} and no folder above it can be looked at; make them readable")


def _day_of_folder(folder: Path) -> date | None:
    if not folder.name.startswith(_DAY_FOLDER):
        return None
    text = folder.name.removeprefix(_DAY_FOLDER)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise LandingError(
        f"{folder} names no day; rename it to {_DAY_FOLDER}YYYY-MM-DD, for example {_DAY_FOLDER}2026-07-01"
    )


def _flat_name(path: Path) -> str:
    """A file name for ``path`` (relative to the landing folder): plain characters, no folders, its suffix kept.

    A digest of the whole path keeps two files apart whose plain names are the same.
    """
    suffix = raw_suffix(path.name) or path.suffix
    readable = "__".join(part for part in path.parts if not part.startswith(_DAY_FOLDER))
    stem = readable[: len(readable) - len(suffix)][:_LONGEST_STEM] or "file"
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return _UNSAFE.sub("_", f"{stem}-{digest}{suffix[:_LONGEST_SUFFIX].lower()}").lstrip(".")

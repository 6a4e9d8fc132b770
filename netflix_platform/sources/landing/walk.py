"""What lies in the landing folder: files however deep they lie, the day that a folder above names, what cannot be read.

Looks at names and at what the file system says of a file; opens none. Links that lead out of the folder are never followed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from netflix_platform.contracts.raw_files import is_ignored, raw_suffix

_DAY_FOLDER = "arrival_date="
_LONGEST_STEM, _LONGEST_SUFFIX = 100, 30  # characters; file systems take names of 255 bytes
_NAMES_KEPT = 100_000  # a sensor looks at the same files every half minute
_UNSAFE = re.compile(r"[^A-Za-z0-9_=.-]")


class LandingError(ValueError):
    """A landing folder that cannot be read as one. The message names the path and what to do."""


@dataclass(frozen=True)
class Stamp:
    """How a file is known again without reading it: another content comes with another of these (ns since 1970; bytes).

    The time of the change of its entry is part of it, since whoever rewrites a file can set its other time back.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@dataclass(frozen=True)
class Found:
    """Something that landed; ``path`` is relative to the feed's folder.

    ``folder_date``: the day that a folder above it names; ``changed_on``: the day (UTC) on which it was last changed.
    ``stamp``: of a file that may be read; else ``problem`` says why it cannot be delivered.
    """

    file: Path
    path: str
    folder_date: date | None
    changed_on: date
    stamp: Stamp | None = None
    problem: str | None = None


@dataclass(frozen=True)
class _Place:
    """Where a walk is: ``root``, the folder it began in; ``limit``, which links must not leave; the day a folder above names."""

    root: Path
    limit: Path
    folder_date: date | None = None


def walk(root: Path) -> Iterator[Found]:
    """Everything below ``root``, in the order of names; without recursion, since folders may lie thousands deep.

    Raises ``LandingError`` for an ``arrival_date=`` folder that names no day.
    """
    if not root.exists():
        return
    waiting = [(root, _Place(root, root.resolve()), True)]
    while waiting:
        path, inside, is_folder = waiting.pop()
        if is_folder:
            try:
                paths = sorted((path for path in path.iterdir() if not is_ignored(path.name)), reverse=True)
                for entry in paths:
                    entry.lstat()  # a folder may let its names be read and not its files
            except OSError as error:
                yield _refused(path, inside, f"cannot be listed ({error.strerror}); make it a readable folder")
                continue
            waiting += [(entry, inside, False) for entry in paths]
        elif path.is_symlink() and not _leads_into(path, inside.limit):
            # Files can come from outside in an archive, and a link in one could publish any file of this machine.
            yield _refused(path, inside, "is a link that leads out of the landing folder; put the file itself there")
        elif path.is_dir() and not path.is_symlink():
            waiting.append((path, _Place(root, inside.limit, inside.folder_date or _day_of_folder(path)), True))
        elif path.is_file():
            try:
                status = path.stat()
            except OSError:
                continue  # removed since it was listed
            changed_on = datetime.fromtimestamp(status.st_mtime, UTC).date()
            yield Found(path, _relative(path, root), inside.folder_date, changed_on, Stamp.of(status))
        elif os.path.lexists(path):
            yield _refused(path, inside, "is no file (or a link to a folder); put a file in its place, or remove it")


@lru_cache(maxsize=_NAMES_KEPT)
def flat_name(path: str) -> str:
    """A file name for ``path`` (relative to the feed's folder): plain characters, no folders, its suffix kept.

    A digest of the whole path keeps two files apart whose plain names are the same.
    """
    parts = Path(path).parts
    suffix = raw_suffix(parts[-1] if parts else "") or Path(path).suffix
    readable = "__".join(part for part in parts if not part.startswith(_DAY_FOLDER))
    stem = readable[: len(readable) - len(suffix)][:_LONGEST_STEM] or "file"
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
    return _UNSAFE.sub("_", f"{stem}-{digest}{suffix[:_LONGEST_SUFFIX].lower()}").lstrip(".")


def _refused(path: Path, place: _Place, problem: str) -> Found:
    return Found(path, _relative(path, place.root), place.folder_date, _day_of_change(path), problem=problem)


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root))


def _leads_into(link: Path, limit: Path) -> bool:
    try:
        return link.resolve().is_relative_to(limit)
    except RuntimeError:  # links that lead to each other lead nowhere
        return False


def _day_of_change(path: Path) -> date:
    """The day (UTC) on which ``path`` was last changed; what cannot be asked (its path is too long, say) takes its folder's."""
    for asked in (path, *path.parents):
        try:
            changed = asked.lstat() if asked is path else asked.stat()
        except OSError:
            continue
        return datetime.fromtimestamp(changed.st_mtime, UTC).date()
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

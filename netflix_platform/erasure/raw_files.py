"""A user's records in the files that senders delivered: raw days and the landing folder. Each file is replaced in one step.

Titles are about nobody and are left alone. What cannot be read to its end is told as a problem: nobody can say what it holds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netflix_platform.contracts.raw_files import raw_suffix
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.parquet_files import UnreadableParquetError, rows_of, write_without_rows
from netflix_platform.erasure.text_files import TextFile, count_theirs, write_without
from netflix_platform.settings import Settings

FEEDS_ABOUT_USERS = ("events", "users")
# Hidden, so that no source and no lake takes a draft for a file.
_DRAFT = ".erasing-"


# Tells the user's records in a file by number, from 1; ``None`` for a file of which it cannot.
Numbers = Callable[[Path, Identity], Sequence[int] | None]


class FileError(RuntimeError):
    """A file that cannot be read or replaced. The message names it and what to do."""


@dataclass(frozen=True)
class Found:
    """A user's records in one file (count); ``problem``: why more of it could not be read."""

    path: Path
    records: int
    problem: str | None = None


def count_records(path: Path, identity: Identity, numbers: Numbers | None = None) -> Found:
    """Count the user's records in one file: those that ``numbers`` tells, else those that name the user. Raises ``FileError``."""
    try:
        return _count(path, identity, numbers)
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror}); make it readable, then give the command again"
        ) from error


def remove_records(path: Path, identity: Identity, numbers: Numbers | None = None) -> Found:
    """Replace the file by one without the user's records, its time and permissions kept; ``numbers`` as ``count_records``
    takes them. Raises ``FileError``.
    """
    found = count_records(path, identity, numbers)
    if not found.records:
        return found
    draft = path.with_name(f"{_DRAFT}{path.name}")
    try:
        told = numbers(path, identity) if numbers else None
        rows = _parquet_rows(path, identity, told)
        if rows is None:
            with draft.open("wb") as copy:
                write_without(_text_file(path), identity, copy, told)
        else:
            write_without_rows(path, rows, draft)
        with draft.open("rb") as copy:
            os.fsync(copy.fileno())
        shutil.copystat(path, draft)  # the landing folder goes by times
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileError(
            f"{path} cannot be replaced ({error.strerror}); make its folder writable, then give the command again"
        ) from error
    return found


def delivered_files(settings: Settings) -> Iterator[Path]:
    """Files of raw days, of the landing folder and of imports that may hold a user; drafts of a killed erasure are removed.

    A link is not followed: it leads to a file that is listed itself, or out of the data folder.
    """
    folders = [*(settings.raw_dir / feed for feed in FEEDS_ABOUT_USERS), settings.imports_dir]
    landing = settings.landing_dir
    if landing.is_dir():
        folders += [path for path in sorted(landing.iterdir()) if path.name != "titles"]
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.is_symlink() or not path.is_file():
                continue
            if path.name.startswith(_DRAFT):
                path.unlink()
            else:
                yield path


def _count(path: Path, identity: Identity, numbers: Numbers | None) -> Found:
    told = numbers(path, identity) if numbers else None
    rows = _parquet_rows(path, identity, told)
    if rows is not None:
        return Found(path, len(rows))
    file = _text_file(path)
    sifting = count_theirs(file, identity, told)
    problem = sifting.problem
    if raw_suffix(path.name) == ".parquet":
        problem = "is no readable Parquet file"
    return Found(path, sifting.removed, problem)


def _parquet_rows(path: Path, identity: Identity, told: Sequence[int] | None) -> list[int] | None:
    """The user's rows in a Parquet file, from 0; ``None`` for a file that is read as text, a damaged one included."""
    if raw_suffix(path.name) != ".parquet":
        return None
    if told is not None:
        return [number - 1 for number in told]
    try:
        return rows_of(path, identity)
    except UnreadableParquetError:
        return None


def _text_file(path: Path) -> TextFile:
    suffix = raw_suffix(path.name)
    return TextFile(path, None if suffix == ".parquet" else suffix)

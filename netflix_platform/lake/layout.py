"""Where raw and lake files lie, and how a file or a set of files is replaced without a half-written moment."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import TypeVar

from netflix_platform.settings import Settings
from netflix_platform.sources.manifests import manifest_file

Item = TypeVar("Item")

_ABANDONED_SECONDS = 86_400
_LITTLE_SPACE = 32 * 10**6  # bytes; DuckDB and SQLite ask for some MB at once


def raw_day(settings: Settings, feed: str, arrival_date: date) -> Path:
    """Folder of the files that arrived on ``arrival_date``; holds data files only."""
    return settings.raw_dir / feed / f"arrival_date={arrival_date}"


def raw_manifest(settings: Settings, feed: str, arrival_date: date) -> Path:
    """What the source said about the raw day."""
    return manifest_file(settings, feed, arrival_date)


def lake_file(settings: Settings, feed: str, event_date: date, arrival_date: date) -> Path:
    """The rows of event day ``event_date`` that arrived on ``arrival_date``; owned by the raw day of that name."""
    return settings.lake_dir / feed / f"event_date={event_date}" / f"arrival_date={arrival_date}.parquet"


def lake_files_of_event_day(settings: Settings, feed: str, event_date: date) -> list[Path]:
    """All arrivals of one event day, oldest arrival first."""
    return sorted((settings.lake_dir / feed / f"event_date={event_date}").glob("arrival_date=*.parquet"))


def lake_files_of_arrival(
    settings: Settings, feed: str, arrival_date: date, event_days: Iterable[date]
) -> dict[date, Path]:
    """The files of one arrival day that lie under any of ``event_days``, by event day."""
    folder = str(settings.lake_dir / feed)
    # As text: a path object for each of the days that a horizon allows costs more than asking for the file.
    named = {day: f"{folder}/event_date={day}/arrival_date={arrival_date}.parquet" for day in event_days}
    return {day: Path(path) for day, path in named.items() if os.path.exists(path)}  # noqa: PTH110


def quarantine_file(settings: Settings, feed: str, arrival_date: date) -> Path:
    """The refused lines of one arrival day."""
    return settings.lake_dir / "quarantine" / feed / f"arrival_date={arrival_date}.parquet"


def ledger_file(settings: Settings, feed: str, arrival_date: date) -> Path:
    """The account of every row of one arrival day."""
    return settings.lake_dir / "_ledger" / feed / f"arrival_date={arrival_date}.json"


def unverified_mark(settings: Settings, feed: str, arrival_date: date) -> Path:
    """An empty file that stands from before an arrival day is conformed until its ledger has passed the recount."""
    return settings.lake_dir / "_unverified" / feed / f"arrival_date={arrival_date}"


def in_small_groups(
    items: Iterable[Item], size: Callable[[Item], int], most_bytes: int, most_items: int = 250
) -> Iterator[list[Item]]:
    """``items`` in order, in groups of at most ``most_items`` and ``most_bytes`` by ``size``; a larger one stands alone."""
    group: list[Item] = []
    bytes_of_group = 0
    for item in items:
        bytes_of_item = size(item)
        if group and (len(group) == most_items or bytes_of_group + bytes_of_item > most_bytes):
            yield group
            group, bytes_of_group = [], 0
        group.append(item)
        bytes_of_group += bytes_of_item
    if group:
        yield group


def storage_problem(settings: Settings) -> str | None:
    """What keeps the data folder from being written, with what to do; ``None`` when there is nothing."""
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError as error:
        return f"{settings.data_dir} cannot be reached ({error.strerror}). Mend it, then give the same command again."
    if not os.access(settings.data_dir, os.W_OK):
        return f"{settings.data_dir} cannot be written. Mend its permissions or its mount, then give the same command again."
    if free < _LITTLE_SPACE:
        return (
            f"the disk of {settings.data_dir} is full ({free / 1e6:.1f} MB left). Nothing is half written and what is published "
            "stays as it is: free some space (make prune removes old records), then give the same command again."
        )
    return None


@contextmanager
def staging_folder(settings: Settings, name: str) -> Iterator[Path]:
    """A fresh folder on the data folder's own file system, so that a finished file can be moved by rename alone."""
    parent = settings.data_dir / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_staging(settings: Settings) -> None:
    """Remove staged files and folders that a killed process left more than a day ago; a younger one may be in use."""
    parent = settings.data_dir / "tmp"
    for staged in parent.iterdir() if parent.is_dir() else []:
        with suppress(FileNotFoundError):  # somebody's that is done meanwhile
            if time.time() - staged.stat().st_mtime <= _ABANDONED_SECONDS:
                continue
            if staged.is_dir():
                shutil.rmtree(staged, ignore_errors=True)
            else:
                staged.unlink()


def move_into_place(finished: Path, target: Path) -> None:
    """Put a finished file under its final name in one step, over an older one if there is one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    finished.replace(target)


def write_text(settings: Settings, target: Path, text: str) -> None:
    """Write a small file so that a reader sees the old content or the new one, never a part."""
    draft = settings.data_dir / "tmp" / f"text-{uuid.uuid4().hex}"
    draft.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.write_text(text)
        move_into_place(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise

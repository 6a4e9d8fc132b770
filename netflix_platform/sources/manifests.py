"""What raw manifests say of the files that were taken: read here for sources, written by ``lake.raw``.

The manifests are the only memory of what was taken: whatever a source concludes from them survives the loss of everything else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from netflix_platform.settings import Settings
from netflix_platform.sources.base import Content

_PREFIX, _SUFFIX = "arrival_date=", ".json"
_MOST_KEPT = 20_000  # manifests; a process that looks again and again reads those that changed


@dataclass(frozen=True)
class Superseded:
    """A content that lay in raw until a newer version of its path took its place; ``size_bytes``: what it took in raw."""

    content: Content
    size_bytes: int


@dataclass(frozen=True)
class TakenDay:
    """One manifest: sizes (bytes) and contents by file name, and what was superseded, oldest first."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    contents: Mapping[str, Content] = field(default_factory=dict)
    superseded: tuple[Superseded, ...] = ()


def manifest_file(settings: Settings, feed: str, arrival_date: date) -> Path:
    """Where the manifest of a raw day lies."""
    return settings.raw_manifests_dir / feed / f"{_PREFIX}{arrival_date}{_SUFFIX}"


def taken_day(settings: Settings, feed: str, arrival_date: date) -> TakenDay:
    """What the manifest of one raw day says; nothing where there is none, or none that can be read."""
    return _read(manifest_file(settings, feed, arrival_date))


def taken_days(settings: Settings, feed: str) -> dict[date, TakenDay]:
    """All manifests of a feed by arrival day, oldest first."""
    folder = settings.raw_manifests_dir / feed
    paths = sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}")) if folder.is_dir() else []
    return {date.fromisoformat(path.stem.removeprefix(_PREFIX)): _read(path) for path in paths}


def _read(path: Path) -> TakenDay:
    try:
        status = path.stat()
        return _parsed(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return TakenDay()  # the day is run again, which writes it anew


@lru_cache(maxsize=_MOST_KEPT)
def _parsed(path: Path, mtime_ns: int, size: int, inode: int) -> TakenDay:
    content = json.loads(path.read_text())
    files = content["files"]
    return TakenDay(
        {str(file["name"]): int(file["bytes"]) for file in files},
        {str(file["name"]): _content(file) for file in files if "sha256" in file},
        tuple(Superseded(_content(entry), int(entry["bytes"])) for entry in content.get("superseded", ())),
    )


def _content(entry: Mapping[str, Any]) -> Content:
    return Content(str(entry["path"]), str(entry["sha256"]))

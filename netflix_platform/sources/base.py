"""What a source is: something that can write what arrived on one day, byte for byte as it arrived."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Content:
    """What a delivered file is a copy of: its path as the source knows it, and the SHA-256 (hex) of what was copied."""

    path: str
    sha256: str


@dataclass(frozen=True)
class DayDelivery:
    """What a source says about the files that it wrote for one feed and arrival day.

    ``rows``: non-blank lines or records over all files, where the source knows it. ``planted``: for a synthetic source,
    how many rows of each fault it planted and what a correct ledger must say (see ``sources.synthetic``).
    ``contents``: by name of the written file, where the source knows what it is a copy of. ``withdrawn``: names that shall no
    longer lie in raw, everything else that lies there stays; ``None``: exactly what was written shall lie there.
    ``notices``: what a person should know about the day, as sentences.
    """

    rows: int | None = None
    planted: dict[str, Any] = field(default_factory=dict)
    contents: Mapping[str, Content] = field(default_factory=dict)
    withdrawn: frozenset[str] | None = None
    notices: tuple[str, ...] = ()


class Source(Protocol):
    """A source of raw days. The same call must give the same bytes, whichever days are asked for and in what order."""

    name: str

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Write the files of ``feed`` (events, users, titles) that arrived on ``day`` (UTC) into the empty ``folder``.

        Data files only: ``*.ndjson``, ``.ndjson.gz``, ``.ndjson.zst``, ``.parquet`` or ``.csv``. No file at all is a day
        on which nothing arrived. The caller moves the files to their place, so nothing half written is ever seen.
        """
        ...

    def days_to_collect(self, days: Collection[date]) -> set[date]:
        """Days of which raw does not hold what the source would deliver now: of ``days``, and any that were collected before."""
        ...

    def notices(self) -> list[str]:
        """What a person should know that belongs to no day, as sentences; for example files that no day takes."""
        ...

"""What is kept together: a raw day, a lake day, the published version, the folder's own records. A unit changes in one step.

A unit's files are those that lie in the data folder when it is finished. Paths are relative to the data folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from netflix_platform.contracts import FEEDS
from netflix_platform.erasure.tombstones import erasures_dir
from netflix_platform.lake.layout import lake_file, ledger_file, quarantine_file, raw_day, raw_manifest, unverified_mark
from netflix_platform.lake.ledger import read_ledger
from netflix_platform.lake.turns import reading_day
from netflix_platform.serving.publications import publications_file
from netflix_platform.serving.publish import current_file
from netflix_platform.settings import Settings

RAW, LAKE = "raw", "lake"


@dataclass(frozen=True)
class Unit:
    """One of the units: ``layer`` is ``raw``, ``lake``, ``serving`` or ``folder``; only the first two have a feed and a day."""

    layer: str
    feed: str = ""
    day: date | None = None

    @property
    def name(self) -> str:
        """What stands in keys: ``raw/events/arrival_date=2026-07-01``, ``serving``."""
        return f"{self.layer}/{self.feed}/arrival_date={self.day}" if self.day else self.layer

    @classmethod
    def named(cls, name: str) -> Unit:
        """The unit of a name. Raises ``ValueError`` for a name that is none."""
        if name in (SERVING.name, FOLDER.name):
            return cls(name)
        layer, feed, day = name.split("/")
        if layer not in (RAW, LAKE) or feed not in FEEDS or not day.startswith("arrival_date="):
            raise ValueError(f"{name} is no unit of a data folder")
        return cls(layer, feed, date.fromisoformat(day.removeprefix("arrival_date=")))


SERVING = Unit("serving")
FOLDER = Unit("folder")


def files_of(settings: Settings, unit: Unit) -> list[Path]:
    """The unit's files as they lie in the data folder, what vouches for the others last; none of a unit that is not finished."""
    if unit.day is None:
        return _published(settings) if unit == SERVING else _records(settings)
    if unit.layer == RAW:
        manifest = raw_manifest(settings, unit.feed, unit.day)
        return [*_plain_files(raw_day(settings, unit.feed, unit.day)), manifest] if manifest.is_file() else []
    ledger = read_ledger(settings, unit.feed, unit.day)
    if ledger is None or unverified_mark(settings, unit.feed, unit.day).exists():
        return []
    quarantine = quarantine_file(settings, unit.feed, unit.day)
    return [
        *(lake_file(settings, unit.feed, event_date, unit.day) for event_date in sorted(ledger.event_days)),
        *([quarantine] if ledger.quarantined_rows else []),
        ledger_file(settings, unit.feed, unit.day),
    ]


def all_units(settings: Settings) -> list[Unit]:
    """Every unit that the data folder may hold, the folder's records first, raw days before lake days."""
    raw = sorted(settings.raw_manifests_dir.glob("*/arrival_date=*.json"))
    lake = sorted((settings.lake_dir / "_ledger").glob("*/arrival_date=*.json"))
    days = [Unit(layer, path.parent.name, _day(path)) for layer, paths in ((RAW, raw), (LAKE, lake)) for path in paths]
    return [FOLDER, *days, SERVING]


@contextmanager
def standing_still(settings: Settings, units: Sequence[Unit]) -> Iterator[None]:
    """Nobody writes the units' days meanwhile; waits for whoever does."""
    with ExitStack() as turns:
        for unit in units:
            if unit.day:
                turns.enter_context(reading_day(settings, unit.feed, unit.day))
        yield


def _published(settings: Settings) -> list[Path]:
    current = current_file(settings)
    if current is None:
        return []
    history = publications_file(settings)
    return [current, *([history] if history.is_file() else []), settings.serving_dir / "CURRENT"]


def _records(settings: Settings) -> list[Path]:
    """Who was forgotten, what was imported, Netflix's own lists, and, last, the world that the folder belongs to."""
    folders = (erasures_dir(settings), settings.imports_dir, settings.data_dir / "reference")
    files = [path for folder in folders for path in _plain_files(folder, recursive=True)]
    return [*files, settings.platform_file] if settings.platform_file.is_file() else []


def _plain_files(folder: Path, recursive: bool = False) -> list[Path]:
    """Files but hidden ones, which are drafts."""
    paths = folder.rglob("*") if recursive else folder.glob("*")
    return sorted(path for path in paths if path.is_file() and not path.name.startswith("."))


def _day(path: Path) -> date:
    return date.fromisoformat(path.stem.removeprefix("arrival_date="))

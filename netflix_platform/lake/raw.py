"""Raw days: what a source delivers is put in its place, byte for byte, with a manifest beside it. Nothing is parsed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from netflix_platform.lake.intake import RawDayError, raw_files
from netflix_platform.lake.layout import move_into_place, raw_day, raw_manifest, staging_folder, write_text
from netflix_platform.lake.recount import received_rows
from netflix_platform.lake.turns import writing_day
from netflix_platform.settings import Settings
from netflix_platform.sources.base import Source


@dataclass(frozen=True)
class RawDay:
    """What lies in one raw day: file names with their sizes (bytes), rows where the source knows them."""

    files: dict[str, int]
    rows: int | None
    planted: dict[str, Any]

    @property
    def size_bytes(self) -> int:
        return sum(self.files.values())


# Takes out of a folder of freshly delivered files of a feed what must not come in; returns how many records it took.
Screen = Callable[[str, Path], int]


def collect_day(
    settings: Settings, source: Source, feed: str, day: date, screen: Screen = lambda feed, folder: 0
) -> RawDay:
    """Have ``source`` write ``feed`` of arrival day ``day``, ``screen`` it, and put the files in their place.

    Each file appears whole under its name; files that the source no longer delivers are removed. The manifest comes last.
    Raises ``RawDayError`` when the folder cannot be written.
    """
    target = raw_day(settings, feed, day)
    with staging_folder(settings, f"raw-{feed}-{day}") as folder:
        delivery = source.write_day(feed, day, folder)
        removed = screen(feed, folder)
        written = sorted(path for path in folder.iterdir() if path.is_file())
        files = {path.name: path.stat().st_size for path in written}
        try:
            target.mkdir(parents=True, exist_ok=True)
            with writing_day(settings, feed, day):
                for path in written:
                    move_into_place(path, target / path.name)
                for stale in target.iterdir():
                    if stale.name not in files:
                        stale.unlink()
        except OSError as error:
            raise RawDayError(
                f"{target}: cannot be written ({error.strerror}). It must be a folder that you may write, holding files only; "
                f"mend it, then run the day again: make day DAY={day}"
            ) from error
    # What the source planted is no longer what lies there once records were taken out.
    rows = delivery.rows and delivery.rows - removed
    collected = RawDay(files, rows, {} if removed else delivery.planted)
    write_text(settings, raw_manifest(settings, feed, day), _manifest(source.name, feed, day, collected))
    return collected


def recount_manifest(settings: Settings, feed: str, day: date) -> None:
    """Bring the manifest of a raw day whose files were changed on purpose up to date; one that fits stays as it is.

    What the source planted on the day is left out then, since nobody has counted it in what is left.
    """
    path = raw_manifest(settings, feed, day)
    if not path.is_file():
        return
    manifest = read_manifest(path)
    files = {file.path.name: file.path.stat().st_size for file in raw_files(settings, feed, day)}
    if files == {file["name"]: file["bytes"] for file in manifest["files"]}:
        return
    rows = sum(received_rows(settings, feed, day, frozenset()).values()) if manifest["rows"] is not None else None
    write_text(settings, path, _manifest(manifest["source"], feed, day, RawDay(files, rows, {})))


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a raw day as it was written."""
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest


def _manifest(source: str, feed: str, day: date, collected: RawDay) -> str:
    files = [{"name": name, "bytes": size} for name, size in collected.files.items()]
    content = {
        "feed": feed,
        "arrival_date": day.isoformat(),
        "source": source,
        "files": files,
        "rows": collected.rows,
        "planted": collected.planted,
    }
    return json.dumps(content, indent=2) + "\n"

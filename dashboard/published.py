"""Which published version to show: reads ``serving/CURRENT`` and the names beside it; opens no data file.

``serving`` switches CURRENT by rename and keeps a few older versions, so a name that was read can only vanish when several
versions were published since; that is why looking it up is tried twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

POINTER = "CURRENT"
MEND_POINTER = "Run `make rollback` to go back to a version that is kept, or `make demo` to publish anew."
VERSION_FILE = re.compile(r"netflix-(?P<version>[A-Za-z0-9]+)\.duckdb")


class PublishedProblem(Exception):
    """Why nothing, or not all, can be shown. ``headline`` says what is wrong, ``advice`` what to do (both Markdown)."""

    def __init__(self, headline: str, advice: str) -> None:
        super().__init__(f"{headline} {advice}")
        self.headline = headline
        self.advice = advice


class NothingPublished(PublishedProblem):
    """The serving folder holds no CURRENT: the platform has not published yet, or the data folder is another one."""


class BadPointer(PublishedProblem):
    """CURRENT cannot be read, holds no version's name, or names a file that is not there."""


@dataclass(frozen=True)
class Published:
    """One published version: a DuckDB file that nobody changes any more."""

    file: Path

    @property
    def version(self) -> str:
        """The version's name: the time of publishing, as the file bears it."""
        match = VERSION_FILE.fullmatch(self.file.name)
        return match["version"] if match else self.file.stem

    @property
    def named_time(self) -> datetime | None:
        """The UTC time in the version's name, if it is one."""
        try:
            return datetime.strptime(self.version[:15], "%Y%m%dT%H%M%S")
        except ValueError:
            return None

    def megabytes(self) -> float | None:
        """Size of the file in MB (10^6 bytes); None when it was removed since it was listed."""
        try:
            return self.file.stat().st_size / 1e6
        except FileNotFoundError:
            return None


class VersionGone(PublishedProblem):
    """The version's file vanished after CURRENT was read."""

    def __init__(self, published: Published) -> None:
        self.published = published
        super().__init__(f"`{published.file}` is gone although `{POINTER}` names it.", MEND_POINTER)


class UnreadableVersion(PublishedProblem):
    """The version's file is there and is no database that this DuckDB can read."""

    def __init__(self, published: Published, reason: str) -> None:
        super().__init__(f"`{published.file}` cannot be read ({reason}).", MEND_POINTER)


class OutdatedVersion(PublishedProblem):
    """The version lacks a table or a column that the page asks for."""

    def __init__(self, published: Published, lack: str) -> None:
        super().__init__(
            f"The published version cannot show this: {lack}.",
            f"Version {published.version} was published by an older state of the platform. Run `make demo` to bring every layer "
            "up to date and publish anew.",
        )


def pointer_text(serving_dir: Path) -> str | None:
    """What CURRENT holds now, unchecked; None when it cannot be read. Costs one small read."""
    try:
        return (serving_dir / POINTER).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def current(serving_dir: Path) -> Published:
    """The version that CURRENT names. Raises ``NothingPublished`` or ``BadPointer``."""
    for _ in range(2):
        file = serving_dir / _named_file(serving_dir)
        if file.is_file():
            return Published(file)
    raise BadPointer(f"`{serving_dir / POINTER}` names `{file.name}`, which is not there.", MEND_POINTER)


def kept_versions(serving_dir: Path) -> list[Published]:
    """All versions in the serving folder, newest first."""
    files = [file for file in serving_dir.glob("netflix-*.duckdb") if VERSION_FILE.fullmatch(file.name)]
    return [Published(file) for file in sorted(files, reverse=True)]


def _named_file(serving_dir: Path) -> str:
    pointer = serving_dir / POINTER
    try:
        text = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise NothingPublished(
            "Nothing is published yet." if serving_dir.parent.is_dir() else "There is no data folder yet.",
            f"The dashboard looks in `{serving_dir}`. Run `make demo` to build the first days and publish them; if your data "
            "lies elsewhere, set `NETFLIX_DATA_DIR` and start the dashboard again. This page fills itself once there is data.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadPointer(f"`{pointer}` cannot be read ({error}).", MEND_POINTER) from error
    if not VERSION_FILE.fullmatch(text):
        shown = " ".join(text.split())[:60].replace("`", "'") or "nothing"
        raise BadPointer(f"`{pointer}` holds `{shown}`, which is no version's file name.", MEND_POINTER)
    return text

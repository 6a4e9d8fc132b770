"""What a look at the landing folder leaves for the next one: since when a file lies there as it does, its hash, who was first.

A small SQLite file beside the raw manifests. It saves reading files again and keeps two runs from taking one content twice;
when it is lost, the manifests still say what was taken, and the next look makes it anew.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from netflix_platform.sources.landing.walk import LandingError, Stamp

_BUSY_SECONDS = 30.0
# Paths are blobs: file names need be no UTF-8.
_SCHEMA = (
    "create table if not exists sightings (feed text, path blob, size integer, mtime_ns integer, ctime_ns integer, "
    "inode text, since real, sha256 text, primary key (feed, path)) without rowid",
    "create table if not exists claims (feed text, sha256 text, path blob, primary key (feed, sha256)) without rowid",
)


@dataclass(frozen=True)
class Sighting:
    """A file as it was seen: ``since`` when it lies there so (s since 1970), and the hash of its content, once it was read."""

    stamp: Stamp
    since: float
    sha256: str | None = None


class Registry:
    """The opened file; see ``open_registry``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def sightings(self, feed: str) -> dict[str, Sighting]:
        """What was seen last of each path of the feed."""
        rows = self._connection.execute(
            "select path, size, mtime_ns, ctime_ns, inode, since, sha256 from sightings where feed = ?", [feed]
        )
        return {
            os.fsdecode(path): Sighting(Stamp(size, mtime_ns, ctime_ns, int(inode)), since, sha256)
            for path, size, mtime_ns, ctime_ns, inode, since, sha256 in rows
        }

    @contextmanager
    def alone(self) -> Iterator[None]:
        """All that is written within comes into the file at once, and nobody else looks or writes meanwhile."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def note(self, feed: str, before: Mapping[str, Sighting], now: Mapping[str, Sighting]) -> None:
        """Write what differs from what was seen before."""
        gone = [(feed, os.fsencode(path)) for path in before.keys() - now.keys()]
        self._connection.executemany("delete from sightings where feed = ? and path = ?", gone)
        changed = [
            (
                feed,
                os.fsencode(path),
                seen.stamp.size,
                seen.stamp.mtime_ns,
                seen.stamp.ctime_ns,
                str(seen.stamp.inode),  # some file systems number beyond SQLite's integers
                seen.since,
                seen.sha256,
            )
            for path, seen in now.items()
            if before.get(path) != seen
        ]
        self._connection.executemany("insert or replace into sightings values (?, ?, ?, ?, ?, ?, ?, ?)", changed)

    def forget(self, feed: str, path: str) -> None:
        """The file is read anew at the next look: it does not hold what its hash says."""
        self._connection.execute("delete from sightings where feed = ? and path = ?", [feed, os.fsencode(path)])

    def claims(self, feed: str) -> dict[str, str]:
        """By hash of a content that is not taken yet: the path that was first with it."""
        rows = self._connection.execute("select sha256, path from claims where feed = ?", [feed])
        return {sha256: os.fsdecode(path) for sha256, path in rows}

    def replace_claims(self, feed: str, before: Mapping[str, str], now: Mapping[str, str]) -> None:
        """Write what differs from the claims before."""
        gone = [(feed, sha256) for sha256 in before.keys() - now.keys()]
        self._connection.executemany("delete from claims where feed = ? and sha256 = ?", gone)
        changed = [(feed, sha256, os.fsencode(path)) for sha256, path in now.items() if before.get(sha256) != path]
        self._connection.executemany("insert or replace into claims values (?, ?, ?)", changed)


@contextmanager
def open_registry(path: Path) -> Iterator[Registry]:
    """Open the file, and lay it out when it is new. Raises ``LandingError`` for one that is damaged or out of reach."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    except (sqlite3.Error, OSError) as error:
        raise _unusable(path, error) from error
    with closing(connection):
        try:
            connection.execute("pragma synchronous = normal")
            for statement in _SCHEMA:
                connection.execute(statement)
            yield Registry(connection)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error


def _unusable(path: Path, error: Exception) -> LandingError:
    return LandingError(
        f"{path} cannot be used ({error}). If it is damaged, remove it: the next look at the landing folder makes a new one"
    )

"""``tautulli.db`` itself, opened read-only and immutable: nothing is locked, written or copied, and Tautulli may run on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from netflix_platform.sources.history.viewings import HistoryFileError
from netflix_platform.sources.tautulli.fields import Sessions, as_text, sessions_frame

_MAGIC = b"SQLite format 3\0"
_HISTORY, _METADATA, _MEDIA = "session_history", "session_history_metadata", "session_history_media_info"
_TABLES = (_HISTORY, _METADATA, _MEDIA)
# SQLite quotes damaged text in its messages, and the driver cannot decode them.
_DAMAGE = (sqlite3.Error, UnicodeError)
_COPY = "use a backup that Tautulli made (Settings > Import & Backups), or stop Tautulli first"

# Field → table and column. ``ip_address`` is not among them.
_OF_HISTORY = (
    "reference_id",
    "started",
    "stopped",
    "paused_counter",
    "user_id",
    "user",
    "platform",
    "product",
    "player",
    "media_type",
    "view_offset",
    "rating_key",
)
_OF_METADATA = (
    "live",
    "title",
    "full_title",
    "parent_title",
    "grandparent_title",
    "parent_media_index",
    "media_index",
    "year",
    "originally_available_at",
    "guid",
    "content_rating",
)
_COLUMNS = {
    "row_id": (_HISTORY, "id"),
    **{name: (_HISTORY, name) for name in _OF_HISTORY},
    **{name: (_METADATA, name) for name in _OF_METADATA},
    "runtime_ms": (_METADATA, "duration"),
    "transcode_decision": (_MEDIA, "transcode_decision"),
}
_REQUIRED = ("row_id", "started", "user", "media_type", "title")


def is_sqlite(file: Path) -> bool:
    """Whether the file begins like an SQLite database."""
    try:
        with file.open("rb") as stream:
            return stream.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def is_database(file: Path) -> bool:
    """Whether the file is an SQLite database with Tautulli's tables."""
    try:
        with _opened(file) as connection:
            return not _missing_tables(connection)
    except _DAMAGE:
        return False


def read_database(file: Path) -> Sessions:
    """All sessions, in the order of their ids; ``line`` is the id. Raises ``HistoryFileError``."""
    journal, log = file.with_name(f"{file.name}-journal"), file.with_name(f"{file.name}-wal")
    if _size(journal):
        raise HistoryFileError(
            f"{file}: is being written, or its writer was killed ({journal.name} lies beside it); {_COPY}"
        )
    try:
        with _opened(file) as connection:
            if missing := _missing_tables(connection):
                raise HistoryFileError(
                    f"{file}: is an SQLite database, but not Tautulli's: missing tables {', '.join(missing)}"
                )
            selected = _selected(file, connection)
            columns = ", ".join(f'{table}."{column}"' for table, column in selected.values())
            joins = " ".join(f"left join {table} on {table}.id = {_HISTORY}.id" for table in (_METADATA, _MEDIA))
            found = connection.execute(f"select {columns} from {_HISTORY} {joins} order by {_HISTORY}.id").fetchall()
    except _DAMAGE as error:
        raise HistoryFileError(f"{file}: cannot be read as a database ({error}), it may be damaged; {_COPY}") from error
    texts: list[list[str | None]] = [[as_text(row[at]) for row in found] for at in range(len(selected))]
    frame = sessions_frame(dict(zip(selected, texts, strict=True)), _lines(found), [True] * len(found))
    return Sessions(frame, lambda at: _text(selected, found[at]), _notes(log))


def _text(fields: Iterable[str], row: Sequence[Any]) -> str:
    return json.dumps(dict(zip(fields, row, strict=True)), ensure_ascii=False, default=str)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        connection.text_factory = _decoded
        yield connection


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", errors="replace")


def _missing_tables(connection: sqlite3.Connection) -> list[str]:
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    return [name for name in _TABLES if name not in tables]


def _selected(file: Path, connection: sqlite3.Connection) -> dict[str, tuple[str, str]]:
    """The fields that this version of Tautulli has. Raises ``HistoryFileError`` when it lacks one that is needed."""
    there: set[tuple[str, Any]] = {
        (table, row[1]) for table in _TABLES for row in connection.execute(f"pragma table_info({table})")
    }
    if lacking := [".".join(_COLUMNS[name]) for name in _REQUIRED if _COLUMNS[name] not in there]:
        raise HistoryFileError(
            f"{file}: is no Tautulli database that can be read: missing columns {', '.join(lacking)}"
        )
    return {name: place for name, place in _COLUMNS.items() if place in there}


def _lines(found: list[Any]) -> list[int]:
    """The ids; in a database that somebody made by hand they need not be numbers."""
    return [row[0] if isinstance(row[0], int) else at for at, row in enumerate(found, 1)]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _notes(log: Path) -> tuple[str, ...]:
    if not _size(log):
        return ()
    return (f"Tautulli's newest sessions may still be in {log.name}, which is not read; {_COPY} to have them too.",)

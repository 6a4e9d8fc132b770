"""The history as a CSV or TSV file: ``get_history`` or the database's tables, saved by whatever means, with their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netflix_platform.sources.delimited import delimiter_of, first_lines, header_names, header_of, rows_of
from netflix_platform.sources.history.viewings import HistoryFileError
from netflix_platform.sources.tautulli.fields import Sessions, sessions_frame

# Columns of which one must be there, in the order in which they are looked for.
_REQUIRED = (("started", "date"), ("user", "friendly_name", "user_id"), ("media_type",), ("title", "full_title"))
# Columns that no other history has: at least one of them makes a table Tautulli's.
_ONLY_TAUTULLI = {
    "reference_id",
    "paused_counter",
    "grandparent_title",
    "parent_media_index",
    "watched_status",
    "play_duration",
}
_EXPECTED = (
    "expected tautulli.db, an answer of the API's get_history (JSON), or a table with the names that get_history uses"
)


def is_table(file: Path) -> bool:
    """Whether the first line names the columns of such a table."""
    lines = first_lines(file)
    names = header_names(lines[0]) if lines else []
    return not _missing(names) and bool(_ONLY_TAUTULLI & set(names))


def read_table(file: Path, text: str) -> Sessions:
    """The table's rows. Raises ``HistoryFileError`` for one that lacks columns, ``TextFileError`` for one that is unreadable."""
    header = header_of(text)
    if not text.strip():
        raise HistoryFileError(f"{file}: is empty; {_EXPECTED}")
    names = header_names(header)
    if missing := _missing(names):
        raise HistoryFileError(
            f"{file}: is no Tautulli history: missing columns {', '.join(missing)}; {_EXPECTED}; "
            f"found {', '.join(names)[:200]}"
        )
    _, *rows = rows_of(file, text, delimiter_of(header))
    whole = [len(row.values) == len(names) and not row.is_cut for row in rows]
    fields = _fields(names)
    values = {
        name: [row.values[at] if ok else None for row, ok in zip(rows, whole, strict=True)]
        for name, at in fields.items()
    }
    return Sessions(sessions_frame(values, [row.line for row in rows], whole), lambda at: rows[at].text)


def _fields(names: Sequence[str]) -> dict[str, int]:
    """Where each field stands. ``duration`` means two things, and ``view_offset`` tells the database's tables from the API's."""
    found = {name: at for at, name in reversed(list(enumerate(names)))}
    if "id" in found:
        found.setdefault("row_id", found["id"])
    if "duration" in found:
        found.setdefault("runtime_ms" if "view_offset" in found else "play_duration", found["duration"])
    return found


def _missing(names: Sequence[str]) -> list[str]:
    return [" or ".join(choice) for choice in _REQUIRED if not set(choice) & set(names)]

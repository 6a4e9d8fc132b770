"""The format itself: which kind of file it is, and the viewings that it holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from netflix_platform.sources.delimited import TextFileError, read_text
from netflix_platform.sources.history.viewings import HistoryFile, HistoryFileError, with_identity
from netflix_platform.sources.tautulli.answers import is_answer, is_json, read_answer
from netflix_platform.sources.tautulli.database import is_database, is_sqlite, read_database
from netflix_platform.sources.tautulli.fields import Sessions
from netflix_platform.sources.tautulli.mapping import described
from netflix_platform.sources.tautulli.tables import is_table, read_table

NAME = "tautulli"
_DATABASE_SUFFIXES = (".db", ".sqlite", ".sqlite3")


@dataclass(frozen=True)
class TautulliFormat:
    """Tautulli's files. ``time_zone``: an IANA name, for written times without a zone, which only tables made by others have."""

    name: str = NAME
    label: str = "Tautulli (Plex history)"
    time_zone: str = "UTC"

    def recognizes(self, file: Path) -> bool:
        """Whether it is an SQLite database with Tautulli's tables, or begins like an answer of its API or a table of it."""
        return is_database(file) if is_sqlite(file) else is_answer(file) or is_table(file)

    def read(self, file: Path) -> HistoryFile:
        """See ``HistoryFormat``. One row is one viewing; sessions of music, clips, photos and live television are apart."""
        sessions = _sessions(file)
        taken = described(sessions.rows, self.time_zone)
        refused = [at for at, reason in enumerate(taken["refused_field"]) if reason is not None]
        originals = pl.Series([sessions.original(at) for at in refused], dtype=pl.String)
        taken = taken.with_columns(
            original=pl.Series([None] * taken.height, dtype=pl.String).scatter(refused, originals)
        )
        is_viewing = pl.col("apart_as").is_null()
        apart = taken.filter(~is_viewing).group_by("apart_as").len().sort("apart_as").rows()
        viewings = taken.filter(is_viewing)
        notes = (*sessions.notes, *_notes(viewings, self.time_zone))
        return HistoryFile(
            taken.height, with_identity(viewings, NAME, ("started_at", "who", "original")), dict(apart), notes
        )


FORMAT = TautulliFormat()


def _sessions(file: Path) -> Sessions:
    if is_sqlite(file):
        return read_database(file)
    if file.suffix.lower() in _DATABASE_SUFFIXES and file.exists():
        raise HistoryFileError(
            f"{file}: is no SQLite database, though it is called one; it may be damaged or encrypted"
        )
    try:
        text = read_text(file)
        return read_answer(file, text) if is_json(text) else read_table(file, text)
    except TextFileError as error:
        raise HistoryFileError(str(error)) from error


def _notes(viewings: pl.DataFrame, time_zone: str) -> list[str]:
    notes = []
    if groups := viewings.filter(pl.col("group_count").cast(pl.Int64, strict=False) > 1).height:
        notes.append(f"{groups} rows stand for several sessions each; export with grouping=0 to get every session.")
    written = viewings.filter(pl.coalesce("started", "date").str.contains(r"^\d{4}-\d{2}-\d{2}.*\d$"))
    if written.filter(~pl.coalesce("started", "date").str.contains(r"[+-]\d{2}:?\d{2}$")).height:
        notes.append(f"Times without a zone were read as {time_zone}.")
    return notes

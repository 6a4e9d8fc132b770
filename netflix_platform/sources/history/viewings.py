"""What a history file says, whatever its format: one row per viewing, which ``feeds`` turns into rows of the feeds.

A history file holds somebody's viewing of months or years at once: a Netflix export, a media server's records. Each format is
one module beside this package that satisfies ``HistoryFormat``, and one line in ``registry.HISTORY_FORMATS``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import duckdb
import polars as pl

# One row per viewing: a row of the file that tells of somebody watching something.
VIEWINGS: Mapping[str, pl.DataType] = {
    # The viewing's identity within its format, made of what the row says and, for rows that say the same, of their number:
    # identical rows are separate viewings, and the same row in a newer file is the same viewing. See ``with_identity``.
    "viewing_id": pl.String(),
    "line": pl.Int64(),  # in the file, from 1; where the row begins
    "started_at": pl.Datetime("us"),  # UTC; null only in a refused row, and for ``day_only`` midnight of the day
    "watched_ms": pl.Int64(),  # how long was watched; null: the file does not say (unknown, never zero)
    "position_ms": pl.Int64(),  # where in the film or episode it ended; null: unknown
    "profile": pl.String(),  # who watched, as the file names them
    "title_name": pl.String(),  # a film's name, or "Show: Season 1"; the series' name alone where no season is named
    "title_type": pl.String(),  # film or season
    "series_name": pl.String(),
    "season_number": pl.Int64(),
    "episode_number": pl.Int64(),
    "episode_name": pl.String(),
    "runtime_minutes": pl.Int64(),  # of the film or the whole season, where the file says so
    "device_name": pl.String(),  # as the file names it
    "device_type": pl.String(),  # tv, pc, phone, tablet or other
    "country": pl.String(),  # ISO 3166-1 alpha-2
    "details": pl.String(),  # whatever else the row says, as a JSON object; null when nothing
    # A row that cannot be taken. It goes through the contract like any other, which refuses it at this field.
    "refused_field": pl.String(),  # event_ts, watched_seconds, title_id or user_id; null in a good row
    "refused_value": pl.String(),  # what the row has there, as the file has it; null where it has nothing
    "original": pl.String(),  # of a refused row: the row as the file has it
}


class HistoryFileError(ValueError):
    """A file that is not what it was taken for, as a whole. The message names the file, what is wrong and what to do."""


@dataclass(frozen=True)
class HistoryFile:
    """What one file holds.

    ``viewings``: a frame with the columns of ``VIEWINGS``, in the file's order. ``apart``: rows that are no viewings (trailers,
    previews), counted by kind; they are kept in the file and reach no feed. ``notes``: what a person should know, as sentences.
    Every row of the file is in one of the two: ``rows = viewings.height + sum(apart.values())``.
    """

    rows: int
    viewings: pl.DataFrame
    apart: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class HistoryFormat(Protocol):
    """A kind of history file."""

    @property
    def name(self) -> str:
        """The source's name (``NETFLIX_SOURCE``)."""
        ...

    @property
    def label(self) -> str:
        """What a person calls such files."""
        ...

    def recognizes(self, file: Path) -> bool:
        """Whether ``file`` looks like one of these, by its first bytes or its header; never raises for what it holds."""
        ...

    def read(self, file: Path) -> HistoryFile:
        """Read all of it. Raises ``HistoryFileError`` for a file that cannot be read as one; a bad row raises nothing."""
        ...


def with_identity(viewings: pl.DataFrame, source: str, said: Sequence[str]) -> pl.DataFrame:
    """Fill ``viewing_id`` from the columns ``said`` (whatever their types; null differs from empty) and an occurrence number.

    Rows that say the same are numbered in the order of ``started_at`` and ``line``. The id is the source's name and 128 bits of
    SHA-256 in hexadecimal, so that it depends on neither library versions nor the machine. Columns that are not in ``VIEWINGS``
    are dropped.
    """
    texts = ", ".join(f"""coalesce('=' || "{name}"::varchar, '-')""" for name in said)
    rows = viewings.drop("viewing_id", strict=False).with_row_index("row_index").to_arrow()
    with duckdb.connect() as connection:
        connection.register("viewings", rows)
        ids = connection.sql(
            f"""
            with marked as (
                select row_index, line, started_at, to_json([{texts}])::varchar as said from viewings
            ),
            numbered as (
                select row_index, said, row_number() over (partition by said order by started_at nulls last, line) as occurrence
                from marked
            )
            select '{source}-' || left(sha256(said || occurrence), 32) as viewing_id from numbered order by row_index
            """
        ).fetchall()
    return viewings.with_columns(pl.Series("viewing_id", [one for (one,) in ids], pl.String)).select(*VIEWINGS)

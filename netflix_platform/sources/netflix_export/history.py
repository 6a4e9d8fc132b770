"""``NetflixViewingHistory.csv``: what one profile watched on which day, as the website offers it for download.

It says neither when nor how long was watched, nor on what: the watch time is unknown (null), the start is midnight UTC of the
day. It does not say whose it is either. All such files are the profile ``PROFILE``: a name taken from the file's name would
change with it, and every viewing's identity as well. What makes the identity is the day and the title.
"""

from __future__ import annotations

import polars as pl

from netflix_platform.sources.history import HistoryFile, with_identity
from netflix_platform.sources.netflix_export.columns import (
    blank_to_null,
    doubtful_titles,
    empty_viewings_columns,
    title_columns,
)
from netflix_platform.sources.netflix_export.times import read_starts

PROFILE = "Viewing history"
_SAID = ("profile", "said_day", "title", "said_row")


def read_history(table: pl.DataFrame) -> HistoryFile:
    """Read the table: ``line``, ``row`` (its text), ``fits`` (false: not as many fields as the header), Title, Date."""
    rows = table.with_columns(blank_to_null("Title", "Date"))
    starts = read_starts(rows["Date"])
    rows = rows.with_columns(
        starts.at.dt.truncate("1d").alias("started_at"),
        pl.lit(PROFILE).alias("profile"),
        pl.col("Title").alias("title"),
    )
    no_start = pl.col("started_at").is_null()
    field = pl.when(no_start).then(pl.lit("event_ts")).when(pl.col("title").is_null()).then(pl.lit("title_id"))
    rows = title_columns(rows).with_columns(
        field.alias("refused_field"),
        pl.when(no_start).then("Date").alias("refused_value"),
        pl.when(field.is_not_null()).then("row").alias("original"),
        pl.coalesce(pl.col("started_at").dt.strftime("%Y-%m-%d"), "Date").alias("said_day"),
        pl.when(~pl.col("fits")).then("row").alias("said_row"),
    )
    viewings = with_identity(empty_viewings_columns(rows), "nf", _SAID)
    notes = (
        "The file holds days and titles only: how long was watched is unknown. "
        "ViewingActivity.csv from the export of your personal data says it.",
        f"The file does not say whose it is; its viewings are those of the profile {PROFILE!r}.",
    )
    return HistoryFile(table.height, viewings, {}, (*notes, *starts.notes, *doubtful_titles(rows)))

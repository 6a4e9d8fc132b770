"""``ViewingActivity.csv``: the rows as viewings, the trailers and previews apart.

What a row says in its normal form makes the viewing's identity: profile, start to the minute, duration, title, device, country
and bookmark. The minute, because a spreadsheet that saves the file drops the seconds. ``Latest Bookmark`` is left out
altogether: it says whether this was the newest viewing of the title when the export was made, so the same viewing says something
else in the next export. For the same reason ``Attributes`` are kept in ``details`` but are no part of the identity.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import polars as pl

from netflix_platform.sources.history import HistoryFile, with_identity
from netflix_platform.sources.netflix_export.columns import (
    blank_to_null,
    doubtful_titles,
    empty_viewings_columns,
    title_columns,
)
from netflix_platform.sources.netflix_export.countries import country_code
from netflix_platform.sources.netflix_export.devices import device_type
from netflix_platform.sources.netflix_export.times import Starts, minutes_come_first, read_durations, read_starts

# Netflix' own words for "no such thing" in the column that names what kind of trailer a row is.
_NO_SUPPLEMENT = ("N/A",)
_SAID = ("profile", "said_start", "said_duration", "title", "device_name", "said_country", "said_bookmark", "said_row")


def read_activity(table: pl.DataFrame) -> HistoryFile:
    """Read the table: ``line``, ``row`` (its text), ``fits`` (false: not as many fields as the header), and columns.

    Columns that are not the table's own have a plus before their name.
    """
    others = [name for name in table.columns if name.startswith("+")]
    rows = table.with_columns(blank_to_null(*(name for name in table.columns if name not in ("line", "row", "fits"))))
    supplement = pl.col("Supplemental Video Type")
    rows = rows.with_columns(pl.when(~supplement.is_in(_NO_SUPPLEMENT)).then(supplement).alias("supplement"))
    apart = rows.filter(pl.col("supplement").is_not_null())
    rows = rows.filter(pl.col("supplement").is_null())

    starts = read_starts(rows["Start Time"])
    minutes_first = minutes_come_first(rows["Duration"], rows["Bookmark"])
    rows = rows.with_columns(
        # A day without a time is no start: the row would be put at midnight, where nobody watched.
        pl.select(pl.when(starts.with_clock).then(starts.at)).to_series().alias("started_at"),
        read_durations(rows["Duration"], minutes_first).alias("watched_ms"),
        read_durations(rows["Bookmark"], minutes_first).alias("position_ms"),
        pl.col("Profile Name").alias("profile"),
        pl.col("Title").alias("title"),
        pl.col("Device Type").alias("device_name"),
        _by_value(rows["Device Type"], device_type).alias("device_type"),
        _by_value(rows["Country"], country_code).alias("country"),
    )
    rows = _with_refusals(rows)
    rows = rows.with_columns(_details(rows, others).alias("details"))
    rows = _with_what_is_said(title_columns(rows))
    viewings = with_identity(empty_viewings_columns(rows), "nf", _SAID)
    kinds = apart.group_by("supplement").len().sort("supplement")
    notes = (*starts.notes, *_notes(rows, starts), *doubtful_titles(rows))
    return HistoryFile(table.height, viewings, dict(kinds.iter_rows()), notes)


def _by_value(texts: pl.Series, read: Callable[[str], str | None]) -> pl.Series:
    """A column read value by value, each value once."""
    values = texts.drop_nulls().unique().to_list()
    return texts.replace_strict(values, [read(value) for value in values], default=None, return_dtype=pl.String)


def _with_refusals(rows: pl.DataFrame) -> pl.DataFrame:
    """``refused_field``, ``refused_value``, ``original``: the first of a row's faults; the row stays as far as it can be read.

    Where a row has another number of fields than the header, nobody knows which field is which, so that none is read: it has no
    start, and is refused for that.
    """
    no_start = pl.col("started_at").is_null()
    no_duration = pl.col("watched_ms").is_null() & pl.col("Duration").is_not_null()
    field = (
        pl.when(no_start)
        .then(pl.lit("event_ts"))
        .when(no_duration)
        .then(pl.lit("watched_seconds"))
        .when(pl.col("title").is_null())
        .then(pl.lit("title_id"))
        .when(pl.col("profile").is_null())
        .then(pl.lit("user_id"))
    )
    return rows.with_columns(
        field.alias("refused_field"),
        pl.when(no_start).then("Start Time").when(no_duration).then("Duration").alias("refused_value"),
        pl.when(field.is_not_null()).then("row").alias("original"),
    )


def _details(rows: pl.DataFrame, others: list[str]) -> pl.Series:
    """What no column of a viewing takes, as JSON: attributes, an unknown country, a bookmark that is no time, further columns."""
    kept = rows.select(
        pl.col("Attributes") if "Attributes" in rows.columns else pl.lit(None, pl.String).alias("Attributes"),
        pl.when(pl.col("country").is_null()).then("Country").alias("country"),
        pl.when(pl.col("position_ms").is_null()).then("Bookmark").alias("bookmark"),
        *others,
    ).with_row_index("place")
    distinct = kept.unique(kept.columns[1:], maintain_order=True)
    texts = [_as_json(values) for values in distinct.drop("place").iter_rows(named=True)]
    texts_by_values = distinct.drop("place").with_columns(pl.Series("details", texts, pl.String))
    joined = kept.join(texts_by_values, on=kept.columns[1:], how="left", nulls_equal=True, maintain_order="left")
    return joined["details"]


def _as_json(values: dict[str, str | None]) -> str | None:
    attributes = [part.strip() for part in (values.pop("Attributes") or "").split(";") if part.strip()]
    said: dict[str, object] = {"attributes": attributes} if attributes else {}
    said |= {name.removeprefix("+"): value for name, value in values.items() if value is not None}
    return json.dumps(said, ensure_ascii=False) if said else None


def _with_what_is_said(rows: pl.DataFrame) -> pl.DataFrame:
    """The normal form of what a row says; the text itself where it could not be read."""
    return rows.with_columns(
        pl.coalesce(pl.col("started_at").dt.strftime("%Y-%m-%d %H:%M"), "Start Time").alias("said_start"),
        pl.coalesce(pl.col("watched_ms").cast(pl.String), "Duration").alias("said_duration"),
        pl.coalesce(pl.col("position_ms").cast(pl.String), "Bookmark").alias("said_bookmark"),
        pl.coalesce("country", "Country").alias("said_country"),
        pl.when(~pl.col("fits")).then("row").alias("said_row"),
    )


def _notes(rows: pl.DataFrame, starts: Starts) -> list[str]:
    notes = []
    good = rows.filter(pl.col("refused_field").is_null())
    if good.height and not starts.with_seconds.any():
        notes.append(
            "The starts have no seconds: a spreadsheet saved the file. Viewings keep their identity all the same."
        )
    if unknown := good["watched_ms"].null_count():
        notes.append(f"Viewings without a duration: {unknown}; how long was watched is unknown, not zero.")
    if days := (starts.at.is_not_null() & ~starts.with_clock.fill_null(False)).sum():
        notes.append(f"Starts without a time of the day: {days}; they are refused. Import the file as Netflix sent it.")
    two_numbers = pl.col("Duration").str.contains(r"^\d+:\d+$") & (pl.col("refused_field") == "watched_seconds")
    if unsure := rows.filter(two_numbers).height:
        notes.append(
            f"Durations like 0:26, which may be hours and minutes or minutes and seconds: {unsure}; they are refused. "
            "Import the file as Netflix sent it."
        )
    return notes

"""What the two tables share in becoming viewings: cells without blanks, titles taken apart, the columns that stay empty."""

from __future__ import annotations

import polars as pl

from netflix_platform.sources.history import VIEWINGS
from netflix_platform.sources.netflix_export.titles import Title, read_title

_TITLE_COLUMNS = {
    "title_name": pl.String,
    "title_type": pl.String,
    "series_name": pl.String,
    "season_number": pl.Int64,
    "episode_number": pl.Int64,
    "episode_name": pl.String,
}


def blank_to_null(*names: str) -> list[pl.Expr]:
    """The columns with single blanks only and none around; null where nothing is left."""
    cells = (pl.col(name).str.normalize("NFC").str.replace_all(r"\s+", " ").str.strip_chars() for name in names)
    return [pl.when(cell != "").then(cell).alias(name) for name, cell in zip(names, cells, strict=True)]


def title_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with what ``title`` names, each distinct title read once; null where there is no title."""
    titles = rows["title"].drop_nulls().unique()
    read = [read_title(title) for title in titles]
    named = pl.DataFrame([_values(title) for title in read], schema=_TITLE_COLUMNS, orient="row")
    return rows.join(named.with_columns(titles.alias("title")), on="title", how="left", maintain_order="left")


def doubtful_titles(rows: pl.DataFrame) -> tuple[str, ...]:
    """A note on films whose names are as long as an episode's: a season may be named in words that are not known."""
    films = rows.filter((pl.col("title_type") == "film") & (pl.col("title_name").str.count_matches(": ") > 1))
    names = films["title_name"].unique().sort()
    if names.is_empty():
        return ()
    return (
        f"Titles with several colons and no word for a season: {len(names)}; they are taken for films, such as {names[0]!r}.",
    )


def empty_viewings_columns(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with every column of ``VIEWINGS`` in its type; what they do not have is null."""
    return rows.with_columns(
        (pl.col(name).cast(kind) if name in rows.columns else pl.lit(None, kind).alias(name))
        for name, kind in VIEWINGS.items()
        if name != "viewing_id"
    )


def _values(title: Title) -> tuple[str | int | None, ...]:
    return title.name, title.kind, title.series, title.season, title.episode, title.episode_name

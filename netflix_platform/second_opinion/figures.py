"""The figures of the Overview and the Top 10 out of accepted rows, as the metrics are defined, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from netflix_platform.contracts.events import EVENTS, PLAYBACK_TYPES
from netflix_platform.contracts.titles import TITLES
from netflix_platform.second_opinion.reading import accepted_rows, arrival_days
from netflix_platform.settings import Settings

_LISTS = {
    ("film", True): "Films (English)",
    ("film", False): "Films (Non-English)",
    ("season", True): "TV (English)",
    ("season", False): "TV (Non-English)",
}


@dataclass(frozen=True)
class DayFigures:
    """The Overview's figures of one event day. ``watched_ms``: None when no event says how long."""

    plays: int
    active_users: int
    watched_ms: int | None
    timed_plays: int
    buffering_ms: int


def arrivals_of(settings: Settings, days: Sequence[date]) -> list[date]:
    """The arrival days that may hold events of ``days``: on them, or as long after as late data is taken."""
    last = max(days) + timedelta(days=settings.late_horizon_days)
    return [arrival for arrival in arrival_days(settings, EVENTS) if min(days) <= arrival <= last]


def events_of(settings: Settings, days: Sequence[date]) -> pl.DataFrame:
    """The playback events of ``days`` as they count: each id once per event day, its first arrival; in order of time."""
    rows = accepted_rows(settings, EVENTS, arrivals_of(settings, days), about=days).filter(
        pl.col("event_date").is_in(list(days))
    )
    rows = rows.unique(["event_date", "event_id"], keep="first", maintain_order=True)
    return rows.filter(pl.col("event_type").is_in(PLAYBACK_TYPES)).sort("event_ts", "event_id")


def playbacks(events: pl.DataFrame) -> pl.DataFrame:
    """One row per playback and event day: who and what as its first event of the day says, plays, watched_ms (null: unknown)."""
    watched = pl.col("watched_seconds")
    return events.group_by("event_date", "playback_id", maintain_order=True).agg(
        pl.first("user_id", "title_id"),
        plays=(pl.col("event_type") == "play").sum().cast(pl.Int64),
        watched_ms=pl.when(watched.is_not_null().any()).then(watched.sum()),
        buffering_ms=pl.col("buffering_seconds").sum(),
    )


def day_figures(watched: pl.DataFrame) -> DayFigures:
    """The figures of ``playbacks`` of one day."""
    timed = watched.filter(pl.col("watched_ms").is_not_null())
    return DayFigures(
        plays=int(watched["plays"].sum()),
        active_users=watched["user_id"].n_unique() if watched.height else 0,
        # Nothing was played: nothing was watched.
        watched_ms=int(timed["watched_ms"].sum()) if timed.height or not watched.height else None,
        timed_plays=int(timed["plays"].sum()),
        buffering_ms=int(watched["buffering_ms"].sum()),
    )


def title_figures(watched: pl.DataFrame, by: Iterable[str] = ()) -> pl.DataFrame:
    """Plays and watched_ms (null: unknown) of ``playbacks`` by title, and by further columns."""
    ms = pl.col("watched_ms")
    return watched.group_by(*by, "title_id").agg(
        pl.col("plays").sum(), watched_ms=pl.when(ms.is_not_null().any()).then(ms.sum())
    )


def latest_titles(settings: Settings) -> pl.DataFrame:
    """What is known of each title by its latest change: title_name, primary_genre, runtime_ms, top10_list."""
    changes = accepted_rows(settings, TITLES, arrival_days(settings, TITLES))
    changes = changes.unique(["title_id", "changed_ts"], keep="first", maintain_order=True)
    latest = changes.sort("changed_ts").unique("title_id", keep="last").filter(pl.col("title_id") != "unknown")
    is_english = pl.col("language").str.strip_chars(" ").str.to_lowercase() == "english"
    lists = pl.coalesce(
        pl.when((pl.col("title_type") == kind) & (is_english == english)).then(pl.lit(name))
        for (kind, english), name in _LISTS.items()
    )
    genre = pl.col("genres").str.split(",").list.first().str.strip_chars(" ")
    return latest.select(
        "title_id",
        "title_name",
        primary_genre=pl.when(genre != "").then(genre).otherwise(pl.lit("unknown")),
        runtime_ms=pl.col("runtime_minutes") * 60_000,
        top10_list=lists,
    )


def top10(watched: pl.DataFrame, titles: pl.DataFrame) -> pl.DataFrame:
    """The lists of the weeks in ``playbacks``: week_start (Monday), top10_list, rank, title_id, watched_ms, plays, views."""
    weeks = watched.with_columns(week_start=pl.col("event_date").dt.truncate("1w"))
    viewed = (
        title_figures(weeks, ["week_start"])
        .join(titles, on="title_id")
        .filter((pl.col("watched_ms") > 0) & (pl.col("runtime_ms") > 0) & pl.col("top10_list").is_not_null())
    )
    order = ["views", "watched_ms", "plays", "title_id"]
    ranked = viewed.with_columns(views=pl.col("watched_ms") / pl.col("runtime_ms")).sort(
        "week_start", "top10_list", *order, descending=[False, False, True, True, True, False]
    )
    ranked = ranked.with_columns(rank=pl.int_range(1, pl.len() + 1).over("week_start", "top10_list"))
    return ranked.filter(pl.col("rank") <= 10).select(
        "week_start", "top10_list", "rank", "title_id", "watched_ms", "plays", "views"
    )

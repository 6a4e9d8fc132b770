"""A published file held against the recount: what differs, as sentences; nothing when all is equal, to the row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from netflix_platform.contracts.events import EVENTS
from netflix_platform.second_opinion.figures import (
    DayFigures,
    arrivals_of,
    day_figures,
    events_of,
    latest_titles,
    playbacks,
    title_figures,
    top10,
)
from netflix_platform.second_opinion.reading import raw_files
from netflix_platform.settings import Settings

_NAMED = 5


def is_of_contract(settings: Settings) -> bool:
    """Whether raw files have the contract's own columns; of files that a mapping reads there is no second reading."""
    return settings.mapping is None


def bytes_about(settings: Settings, days: Sequence[date]) -> int:
    """How large the raw files are that have to be read for ``days`` (bytes, as they lie there)."""
    files = (file for arrival in arrivals_of(settings, days) for file in raw_files(settings, EVENTS, arrival))
    return sum(file.stat().st_size for file in files)


def day_differences(settings: Settings, published: Path, day: date) -> list[str]:
    """What the Overview tells of an event day and raw files do not: its figures, and plays, hours, name and genre by title."""
    watched = playbacks(events_of(settings, [day]))
    with duckdb.connect(str(published), read_only=True) as connection:
        row = connection.execute(
            "select plays, active_users, cast(watched_seconds * 1000 as bigint), timed_plays, "
            "cast(buffering_seconds * 1000 as bigint) from mart_daily_kpis where event_date = ?",
            [day],
        ).fetchone()
        titles = connection.execute(
            "select title_id, plays, cast(round(watch_hours * 3600000) as bigint), title_name, primary_genre "
            "from mart_title_daily where event_date = ?",
            [day],
        ).fetchall()
    counted = asdict(day_figures(watched))
    told = asdict(DayFigures(*(row or (0, 0, 0, 0, 0))))
    found = [
        f"{day}: {name} is published as {told[name]} and counted as {counted[name]}"
        for name in counted
        if told[name] != counted[name]
    ]
    recounted = (
        title_figures(watched)
        .join(latest_titles(settings), on="title_id", how="left")
        .select(
            "title_id",
            "plays",
            "watched_ms",
            pl.col("title_name").fill_null("Unknown title"),
            pl.col("primary_genre").fill_null("unknown"),
        )
    )
    return found + _row_differences(f"{day}: title", titles, recounted.rows())


def week_differences(settings: Settings, published: Path, week_start: date) -> list[str]:
    """What the Top 10 of the week from Monday ``week_start`` tells and raw files do not, but for the weeks in the list."""
    days = [week_start + timedelta(days=number) for number in range(7)]
    with duckdb.connect(str(published), read_only=True) as connection:
        told = connection.execute(
            "select top10_list, rank, title_id, cast(round(hours_viewed * 3600000) as bigint), plays, views "
            "from mart_top_titles where week_start = ?",
            [week_start],
        ).fetchall()
    counted = top10(playbacks(events_of(settings, days)), latest_titles(settings)).drop("week_start").rows()
    return _row_differences(f"Top 10 from {week_start}: entry", told, counted)


def _row_differences(what: str, told: Sequence[tuple[Any, ...]], counted: Sequence[tuple[Any, ...]]) -> list[str]:
    only_told, only_counted = (
        sorted(set(one) - set(other), key=repr) for one, other in ((told, counted), (counted, told))
    )
    found = [f"{what} {row} is published and not counted so" for row in only_told[:_NAMED]]
    found += [f"{what} {row} is counted and not published so" for row in only_counted[:_NAMED]]
    more = max(0, len(only_told) - _NAMED) + max(0, len(only_counted) - _NAMED)
    return [*found, f"{what}: {more} more rows differ"] if more else found

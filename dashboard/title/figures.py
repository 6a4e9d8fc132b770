"""What the title adds up to in the range, against the range before, and where it stands in the Top 10 and in its genre."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard import definitions, queries, tiles
from dashboard.comparison import NO_CHANGE, comparison_text, tile
from dashboard.formatting import ABSENT, change, day, hours, mean, period, points, share, whole
from dashboard.frame import Opened
from dashboard.periods import Period
from dashboard.title import queries as title_queries
from dashboard.title.queries import RangeFigures, Title

FULL = 7


def draw(opened: Opened, title: Title, chosen: Period, weeks: pd.DataFrame, empty_days: Collection[date]) -> None:
    """Hours, plays, views, rank and share of the genre. ``weeks``: ``title_queries.top10_weeks``."""
    before = chosen.previous()
    now_days, then_days = (queries.figures(opened.published, part, empty_days).days for part in (chosen, before))
    now, then = (
        title_queries.range_figures(opened.published, title.title_id, title.primary_genre, part)
        for part in (chosen, before)
    )
    comparable = now_days == chosen.days and then_days == before.days
    st.caption(comparison_text(chosen, now_days, then_days) + (_new_in(title, chosen) if comparable else ""))
    if not now.plays and not now.watch_hours:
        st.info(
            "**Nobody watched this title in the range.** It was watched on other days: choose a longer range above.",
            icon=":material/visibility_off:",
        )
    places = st.columns(5)
    for place, label, figure, earlier, written, meaning in (
        (places[0], "Watch hours", now.watch_hours, then.watch_hours, hours(now.watch_hours), "title_watch_hours"),
        (places[1], "Plays", now.plays, then.plays, whole(now.plays), "title_plays"),
        (places[2], "Views", views(now, title), views(then, title), mean(views(now, title)), "views"),
    ):
        delta = change(figure, earlier) if comparable else None
        tile(place, label, written, delta, "vs. before", definitions.meaning(meaning))
    _draw_rank(places[3], weeks)
    _draw_share(places[4], opened, title, chosen, now, then if comparable else None)


def views(figures: RangeFigures, title: Title) -> float | None:
    """Hours ÷ runtime; None where either is unknown."""
    if figures.watch_hours is None or not title.runtime_minutes:
        return None
    return figures.watch_hours * 60 / title.runtime_minutes


def rank_now(weeks: pd.DataFrame) -> tuple[int | None, date | None]:
    """Rank in the newest full week and its Monday; None for one that is not in the Top 10, or without a full week."""
    full = weeks[weeks["days_in_data"] == FULL]
    if full.empty:
        return None, None
    last = full.iloc[-1]
    return None if pd.isna(last["rank"]) else int(last["rank"]), last["week_start"].date()


def best_rank(weeks: pd.DataFrame) -> tuple[int, date] | None:
    """Best rank of all weeks and the Monday of the first week with it; None for a title that was never in the Top 10."""
    ranked = weeks.dropna(subset="rank")
    if ranked.empty:
        return None
    best = ranked.loc[ranked["rank"].astype(int).idxmin()]
    return int(best["rank"]), best["week_start"].date()


def _new_in(title: Title, chosen: Period) -> str:
    if title.release_date and chosen.previous().first < title.release_date <= chosen.last:
        return f". Released on {day(title.release_date)}: the two ranges hold different parts of its life"
    return ""


def _draw_rank(place: st.delta_generator.DeltaGenerator, weeks: pd.DataFrame) -> None:
    rank, monday = rank_now(weeks)
    best = best_rank(weeks)
    in_week = f" in {period(monday, monday + timedelta(days=FULL - 1))}" if monday else ""
    with place:
        tiles.tile(
            "Rank in the Top 10",
            f"No. {rank}" if rank else ABSENT,
            f"best: no. {best[0]}, week of {best[1].day} {best[1]:%b}" if best else "never in it",
            delta_color="off",
            delta_arrow="off",
            help=f"Its rank in its weekly list{in_week}, the newest full week, and its best. A dash: not in the list.",
        )


def _draw_share(
    place: st.delta_generator.DeltaGenerator,
    opened: Opened,
    title: Title,
    chosen: Period,
    now: RangeFigures,
    then: RangeFigures | None,
) -> None:
    if title.primary_genre == title_queries.UNKNOWN:
        with place:
            tiles.tile("Share of its genre", ABSENT, help="Its genre is not known.")
        return
    found = title_queries.place_in_genre(opened.published, title.title_id, title.primary_genre, chosen)
    difference = points(now.genre_share, then.genre_share) if then else None
    standing = f"no. {found[0]} of {found[1]}" if found else None
    with place:
        tiles.tile(
            f"Share of {title.primary_genre}",
            share(now.genre_share),
            difference or standing,
            delta_color="off" if difference in (None, *NO_CHANGE) else "normal",
            delta_arrow="off" if difference in (None, *NO_CHANGE) else "auto",
            delta_description=standing if difference else None,
            help="Its part of the hours of all titles with this first genre (of their plays where no hours are known), and its "
            "place among them in the range.",
        )

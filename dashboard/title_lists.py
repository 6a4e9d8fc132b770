"""What the *Overview* tells of titles: the range's most watched, their genres, and the weekly Top 10."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import charts, frame, queries, tables, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import period
from dashboard.frame import Opened
from dashboard.periods import Period
from dashboard.published import OutdatedVersion

TOP_TITLES = 15
GENRES = 12
UNKNOWN = "unknown"
MEASURES = {"Watch hours": queries.WATCH_HOURS, "Plays": queries.PLAYS}
NOTHING_RANKED = (
    "**No title can be ranked.** The lists divide titles by language and rank them by views, hours ÷ runtime; no title that was "
    "watched comes with a language, a runtime and a known watch time. A viewing history only names its titles."
)


def draw(opened: Opened, chosen: Period, is_timed: bool) -> None:
    """Top titles with their genre, and how the range divides into genres, where any title has one."""
    has_genres = _has_genres(opened, chosen)
    left, right = st.columns([3, 2]) if has_genres else (st.container(), None)
    help_text = "Each season of a series is a title of its own, as Netflix lists them."
    caption = None if has_genres else "No title of this range has a genre, so there is nothing to divide it by."
    with left, frame.section("Top titles", help=help_text, caption=caption):
        measure = "Plays"
        if is_timed:
            measure = st.segmented_control(
                "Ranked by",
                list(MEASURES),
                default="Watch hours",
                required=True,
                key="ranked_by",
                bind="query-params",
                label_visibility="collapsed",
            )
        titles = queries.top_titles(opened.published, chosen, MEASURES[measure], TOP_TITLES)
        if titles.empty:
            st.info("Nothing was played in this range.")
        else:
            tables.titles(titles, MEASURES[measure], with_genre=has_genres)
    if right:
        with right, frame.section(f"{measure} by genre", caption="Each title counts for its primary genre."):
            genres = queries.genres(opened.published, chosen, MEASURES[measure], GENRES)
            unit = " h" if MEASURES[measure] == queries.WATCH_HOURS else ""
            draw_chart(
                charts.ranked_bars,
                genres,
                "genre",
                "amount",
                unit,
                theme.HOURS,
                alt=f"{measure} by genre, biggest first",
            )


def draw_top10(opened: Opened, not_after: date) -> None:
    """The four lists of the last full week that ends in or before the range."""
    help_text = (
        "Netflix's weekly lists: Monday to Sunday, ranked by views. Views = hours viewed ÷ runtime, so that a long season and a "
        "short film can be compared."
    )
    with frame.section("Weekly Top 10", help=help_text):
        if not queries.has_top10(opened.published):
            st.info(NOTHING_RANKED, icon=":material/format_list_numbered:")
            return
        week = queries.last_full_week(opened.published, not_after)
        if week is None:
            st.info("No full week (Monday to Sunday) has been published up to the end of this range.")
            return
        sunday = week + pd.Timedelta(days=6).to_pytimedelta()
        st.caption(f"Last full week in the range: {period(week, sunday)}. Views are hours viewed ÷ runtime.")
        lists = queries.top10(opened.published, week)
        for row in (("Films (English)", "TV (English)"), ("Films (Non-English)", "TV (Non-English)")):
            for column, name in zip(st.columns(2), row, strict=True):
                with column:
                    st.markdown(f"**{name}**")
                    listed = lists[lists["top10_list"] == name]
                    if listed.empty:
                        st.caption("No title of this kind was watched that week.")
                    else:
                        tables.top10(listed)
        st.page_link(
            "app_pages/top_10.py",
            label="More on Top 10: other weeks, what moved, and how steep the lists are",
            icon=":material/format_list_numbered:",
            query_params={"week": week.isoformat()},
        )


def _has_genres(opened: Opened, chosen: Period) -> bool:
    """Whether any title of the range has a genre. What an old version lacks is explained where it would be shown."""
    try:
        return set(queries.genres(opened.published, chosen, queries.PLAYS, GENRES)["genre"]) != {UNKNOWN}
    except OutdatedVersion:
        return True

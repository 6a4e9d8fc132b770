"""Which series and films the range was spent on."""

from __future__ import annotations

import streamlit as st

from dashboard import frame, series_queries
from dashboard.frame import Opened
from dashboard.history import tables
from dashboard.history.measures import Measure
from dashboard.periods import Period

MOST = 15


def draw(opened: Opened, chosen: Period, measure: Measure) -> None:
    """Series with all their seasons together beside films."""
    left, right = st.columns(2)
    with left, frame.section("Most watched series", caption="All seasons of a series together."):
        _draw_list(opened, chosen, measure, are_series=True)
    with right, frame.section("Most watched films", caption="All viewings of a film together."):
        _draw_list(opened, chosen, measure, are_series=False)


def _draw_list(opened: Opened, chosen: Period, measure: Measure, are_series: bool) -> None:
    rows = series_queries.most_watched(opened.published, chosen, are_series, measure.column, MOST)
    if rows.empty:
        st.info("No series was watched in this range." if are_series else "No film was watched in this range.")
        return
    after = {"first_day": tables.day("First day"), "last_day": tables.day("Last day")}
    if are_series:
        after = {"seasons": tables.number("Seasons", 62), **after}
    tables.show(
        rows, measure, {"place": tables.number(), "name": tables.name("Series" if are_series else "Film")}, after
    )

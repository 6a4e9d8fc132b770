"""Top 10: what was watched most in a week, by Netflix's four lists; what moved, how steep the lists are, and Netflix's own.

Only the order of the parts; each is a module of ``dashboard.top_10``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import frame
from dashboard.frame import Opened
from dashboard.page_days import open_days
from dashboard.tiles import figures_first
from dashboard.title_lists import NOTHING_RANKED
from dashboard.top_10 import beside_netflix, course, figures, lists, queries, steepness
from dashboard.top_10.week_choice import choose_week, coverage


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Top 10", "The week's most viewed, by Netflix's four lists", opened)
    if open_days(opened) is None:
        return
    with frame.tolerant():
        weeks = queries.weeks(opened.published)
        if weeks.empty:
            st.info(NOTHING_RANKED, icon=":material/format_list_numbered:")
            return
        week = choose_week(weeks)
        st.caption(coverage(week))
        with figures_first():
            figures.draw(opened, week)
        rows = lists.draw(opened, week)
        course.draw(opened, week, rows)
        left, right = st.columns([3, 2])
        with left:
            steepness.draw(opened, week, rows)
        with right:
            lists.draw_came_and_went(opened, week, rows)
        beside_netflix.draw(opened, week)


draw(frame.open_published())

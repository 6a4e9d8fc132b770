"""Title: one film or season, how much it is watched, how it fades since its release, and how many completed it.

Only the order of the parts; each is a module of ``dashboard.title``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import frame, history_queries, page_start
from dashboard.formatting import literal
from dashboard.frame import Opened
from dashboard.period_choice import choose_period, default_preset
from dashboard.pipeline_queries import known_days
from dashboard.title import days, facts, figures, funnel, launch, queries, top10_strip
from dashboard.title.choice import choose_title


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Title", "One film or season: how it is watched, and how it fades", opened)
    known = known_days(opened.published, opened.info)
    whole_span = page_start.published_days(opened, known)
    if whole_span is None:
        return
    with frame.tolerant():
        which, when = st.columns([2, 3], vertical_alignment="bottom")
        with which:
            title = choose_title(opened.published)
        if title is None:
            return
        is_household = history_queries.is_household(opened.published)
        with when:
            chosen = choose_period(whole_span, default_preset(whole_span, is_household))
        st.header(literal(title.title_name), anchor=False)
        weeks = queries.top10_weeks(opened.published, title.title_id)
        figures.draw(opened, title, chosen, weeks, known.empty)
        left, right = st.columns([2, 1])
        with left:
            rows = queries.days(opened.published, title.title_id, chosen, known.empty)
            days.draw(title, chosen, rows, is_household)
        with right:
            facts.draw(title, whole_span.first, whole_span.last)
        launch.draw(opened, title, whole_span.first)
        funnel.draw(opened, title, whole_span.first)
        top10_strip.draw(title, weeks)


draw(frame.open_published())

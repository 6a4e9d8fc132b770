"""Title: one film or season, how much it is watched, how it fades since its release, and how many completed it.

Only the order of the parts; each is a module of ``dashboard.title``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import frame
from dashboard.formatting import literal
from dashboard.frame import Opened
from dashboard.page_days import open_days
from dashboard.period_choice import choose_period, default_preset
from dashboard.tiles import figures_first
from dashboard.title import days, facts, figures, funnel, launch, queries, top10_strip
from dashboard.title.choice import choose_title


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Title", "One film or season: how it is watched, and how it fades", opened)
    there = open_days(opened)
    if there is None:
        return
    with frame.tolerant():
        which, when = st.columns([2, 3], vertical_alignment="bottom")
        with which:
            title = choose_title(opened.published)
        if title is None:
            return
        with when:
            chosen = choose_period(there.whole, default_preset(there.whole, there.is_household))
        with frame.part(literal(title.title_name)):
            weeks = queries.top10_weeks(opened.published, title.title_id)
            with figures_first():
                figures.draw(opened, title, chosen, weeks, there.known.empty)
            left, right = st.columns([2, 1])
            with left:
                rows = queries.days(opened.published, title.title_id, chosen, there.known.empty)
                days.draw(title, chosen, rows, there.is_household)
            with right:
                facts.draw(title, there.whole.first, there.whole.last)
            launch.draw(opened, title, there.whole.first)
            funnel.draw(opened, title, there.whole.first)
            top10_strip.draw(title, weeks)


draw(frame.open_published())

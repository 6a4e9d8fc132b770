"""History: a long span at a glance, by month, year, day and hour of the week, by profile and by series. Made for a household's
viewing of years; it shows any platform.

Only the order of the parts; each is a module of ``dashboard.history``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import frame, history_queries, notices, queries
from dashboard.frame import Opened
from dashboard.history import months, most_watched, overall, rhythm
from dashboard.history.measures import choose_measure
from dashboard.period_choice import choose_period
from dashboard.periods import ALL_DAYS, Period
from dashboard.pipeline_queries import known_days


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("History", "What was watched over the years, when, and by whom", opened)
    whole_span = queries.business_days(opened.published) if opened.info.last_event_date else None
    if whole_span is None:
        frame.notice(notices.held_back(opened.info))
        st.page_link(
            "app_pages/pipeline_health.py", label="See on Pipeline health what failed", icon=":material/health_metrics:"
        )
        return
    known = known_days(opened.published, opened.info)
    chosen = choose_period(
        Period(whole_span.first, max(whole_span.last, notices.newest_day(known) or whole_span.last)), ALL_DAYS
    )
    figures = queries.figures(opened.published, chosen, known.empty)
    days = queries.daily(opened.published, chosen, known.empty)
    measure = choose_measure(figures)
    overall.draw(opened, chosen, days, figures)
    months.draw(opened, chosen, measure, known.empty, history_queries.is_household(opened.published))
    rhythm.draw_calendar(chosen, measure, days)
    most_watched.draw(opened, chosen, measure)
    rhythm.draw_week(opened, chosen, measure)
    rhythm.draw_fullest(opened, chosen, measure)


draw(frame.open_published())

"""Audience: who comes, stays and goes, and when, where, on what and how long people watch.

Only the order of the parts and what all of them are narrowed by; each is a module of ``dashboard.audience``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import frame, notices, queries
from dashboard.audience import content_mix, places, retention, rhythm, sessions, subscribers
from dashboard.audience.shown import Shown
from dashboard.comparison import comparison_text
from dashboard.filters import Dimension, Filters, choose_filters, country_names
from dashboard.frame import Opened
from dashboard.history.measures import choose_measure, untimed_note
from dashboard.page_days import open_days
from dashboard.period_choice import choose_period, default_preset
from dashboard.published import OutdatedVersion, Published


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Audience", "Who comes, stays and goes, and when, where and how long they watch", opened)
    there = open_days(opened)
    if there is None:
        return
    chosen = choose_period(there.whole, default_preset(there.whole, there.is_household))
    filters = _choose_filters(opened.published)
    days = queries.daily(opened.published, chosen, there.known.empty)
    gaps = tuple(value.date() for value in days.loc[~days["has_data"], "event_date"])
    frame.notice(notices.missing_days(gaps))
    now, then = (queries.figures(opened.published, part, there.known.empty) for part in (chosen, chosen.previous()))
    st.caption(comparison_text(chosen, now.days, then.days) + ".")
    with frame.part("Who comes, stays and goes", anchor="who"):
        # The place of these parts is kept until the measure, which stands below them, is known.
        above = st.container()
    with frame.part("When, where and how long they watch", anchor="how"):
        measure = choose_measure(now)
        if note := untimed_note(now):
            st.caption(note.strip())
        shown = Shown(
            opened,
            chosen,
            filters,
            _country_names(opened.published),
            measure,
            now.days == chosen.days and then.days == chosen.days,
            gaps,
        )
        with above:
            if subscribers.draw(shown):
                retention.draw(shown)
        rhythm.draw(shown)
        places.draw(shown)
        sessions.draw(shown)
    with frame.part("What they watch", anchor="what"):
        content_mix.draw(shown)


def _choose_filters(published: Published) -> Filters:
    """Countries, plans and devices; what an old version lacks is explained by the parts that need it."""
    chosen = {}
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    for table, dimensions in (
        ("mart_audience_local", (Dimension.COUNTRY, Dimension.DEVICE)),
        ("mart_subscribers_daily", (Dimension.PLAN,)),
    ):
        try:
            chosen.update(choose_filters(published, table, *dimensions, row=row).chosen)
        except OutdatedVersion:
            continue
    return Filters(chosen)


def _country_names(published: Published) -> dict[str, str]:
    try:
        return country_names(published)
    except OutdatedVersion:
        return {}


draw(frame.open_published())

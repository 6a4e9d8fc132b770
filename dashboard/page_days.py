"""The head of a page about business figures: what is wrong with its days, and which days there are."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard import frame, history_queries, notices, queries
from dashboard.frame import Opened
from dashboard.periods import Period
from dashboard.pipeline_queries import KnownDays, known_days


@dataclass(frozen=True)
class PageDays:
    """The days that a page can show: the whole span, what is known of each, and whether they are those of a household."""

    whole: Period
    known: KnownDays
    is_household: bool


def open_days(opened: Opened) -> PageDays | None:
    """Draws what is wrong with the version's days, if anything. None, with a link to what failed, when there are none."""
    known = known_days(opened.published, opened.info)
    late = notices.freshness(opened.info, known, opened.now, opened.settings.freshness_hours)
    found = [notices.held_back(opened.info), late]
    # Held-back figures are the reason for staleness, so that notice stands alone when there is one.
    frame.notice(next((one for one in found if one.level is not notices.Level.GOOD), None))
    span = queries.business_days(opened.published) if opened.info.last_event_date else None
    if span is None:
        st.page_link(
            "app_pages/pipeline_health.py", label="See on Pipeline health what failed", icon=":material/health_metrics:"
        )
        return None
    newest = notices.newest_day(known)
    return PageDays(
        Period(span.first, max(span.last, newest or span.last)), known, history_queries.is_household(opened.published)
    )

"""Playback quality: is anything wrong, where and since when; and how well it played by device, country and version of the player.

Only the order of the parts; each is a module of ``dashboard.quality``.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import streamlit as st

from dashboard import filters, frame, notices, queries
from dashboard.comparison import comparison_text, is_comparable
from dashboard.frame import Opened
from dashboard.period_choice import choose_period
from dashboard.periods import Period
from dashboard.pipeline_queries import known_days
from dashboard.quality import breakdown, course, hours, startup, tiles, trouble, trouble_queries, verdict
from dashboard.quality import queries as quality_queries
from dashboard.quality.scope import Scope


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Playback quality", "Is anything wrong, where and since when", opened)
    known = known_days(opened.published, opened.info)
    late = notices.freshness(opened.info, known, opened.now, opened.settings.freshness_hours)
    found = [notices.held_back(opened.info), late]
    frame.notice(next((one for one in found if one.level is not notices.Level.GOOD), None))
    whole = queries.business_days(opened.published) if opened.info.last_event_date else None
    if whole is None:
        st.page_link(
            "app_pages/pipeline_health.py", label="See on Pipeline health what failed", icon=":material/health_metrics:"
        )
        return
    with frame.tolerant():
        if not quality_queries.is_measured(opened.published):
            st.info(
                "**Nothing was ever measured here about how well it played**: no event tells of a startup time, of waiting, of "
                "an error or of a bitrate. Histories of viewing do not hold that; a player's own events do.",
                icon=":material/speed:",
            )
            return
        _draw_parts(opened, Period(whole.first, max(whole.last, notices.newest_day(known) or whole.last)), known.empty)


def _draw_parts(opened: Opened, whole: Period, empty_days: Collection[date]) -> None:
    first_look = st.container()
    chosen = choose_period(whole)
    narrowed = filters.choose_filters(opened.published, "mart_qoe_daily", *quality_queries.DIMENSIONS)
    now, before = (queries.figures(opened.published, part, empty_days).days for part in (chosen, chosen.previous()))
    scope = Scope(
        opened,
        chosen,
        trouble_queries.usual_span(chosen, whole),
        narrowed,
        quality_queries.figures(opened.published, chosen, narrowed),
        is_comparable(chosen, now, before),
        filters.country_names(opened.published),
    )
    st.caption(comparison_text(chosen, now, before))
    tiles.draw(scope)
    with frame.tolerant():
        incidents = trouble_queries.incidents(opened.published, scope.usual, scope.usual, narrowed)
        countries = trouble_queries.countries(opened.published, scope.usual, narrowed)
        with first_look:
            frame.notice(verdict.of(scope, incidents, countries, breakdown.sentences(scope)))
        trouble.draw(scope, incidents)
        hours.draw(scope, trouble.in_range(scope, incidents), countries["country"].tolist())
    course.draw(scope)
    breakdown.draw(scope)
    startup.draw(scope)


draw(frame.open_published())

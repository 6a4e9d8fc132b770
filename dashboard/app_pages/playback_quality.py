"""Playback quality: is anything wrong, where and since when; and how well it played by device, country and version of the player.

Only the order of the parts; each is a module of ``dashboard.quality``.
"""

from __future__ import annotations

import streamlit as st

from dashboard import filters, frame, queries
from dashboard.comparison import comparison_text
from dashboard.frame import Opened
from dashboard.page_days import PageDays, open_days
from dashboard.period_choice import choose_period
from dashboard.quality import breakdown, course, hours, startup, tiles, trouble, trouble_queries, verdict
from dashboard.quality import queries as quality_queries
from dashboard.quality.scope import Scope
from dashboard.tiles import figures_first


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Playback quality", "Is anything wrong, where and since when", opened)
    there = open_days(opened)
    if there is None:
        return
    with frame.tolerant():
        if not quality_queries.is_measured(opened.published):
            st.info(
                "**Nothing was ever measured here about how well it played**: no event tells of a startup time, of waiting, of "
                "an error or of a bitrate. Histories of viewing do not hold that; a player's own events do.",
                icon=":material/speed:",
            )
            return
        _draw_parts(opened, there)


def _draw_parts(opened: Opened, there: PageDays) -> None:
    first_look = st.container()
    chosen = choose_period(there.whole)
    narrowed = filters.choose_filters(opened.published, "mart_qoe_daily", *quality_queries.DIMENSIONS)
    now, before = (
        queries.figures(opened.published, part, there.known.empty).days for part in (chosen, chosen.previous())
    )
    scope = Scope(
        opened,
        chosen,
        trouble_queries.usual_span(chosen, there.whole),
        narrowed,
        quality_queries.figures(opened.published, chosen, narrowed),
        now == before == chosen.days,
        filters.country_names(opened.published),
    )
    st.caption(comparison_text(chosen, now, before))
    with figures_first():
        tiles.draw(scope)
    with frame.tolerant():
        incidents = trouble_queries.incidents(opened.published, scope.usual, scope.usual, narrowed)
        countries = trouble_queries.countries(opened.published, scope.usual, narrowed)
        with first_look:
            frame.notice(verdict.of(scope, incidents, countries, breakdown.sentences(scope)))
        trouble.draw(scope, incidents, bool(countries["is_judged"].any()))
        hours.draw(scope, trouble.in_range(scope, incidents), countries["country"].tolist())
    course.draw(scope)
    breakdown.draw(scope)
    startup.draw(scope)


draw(frame.open_published())

"""The widgets that choose the range of event days of a page. What a preset means stands in ``periods``."""

from __future__ import annotations

import streamlit as st

from dashboard.periods import ALL_DAYS, CUSTOM, YEAR_DAYS, Period, preset_period, presets

USUAL = "28 days"


def default_preset(whole_span: Period, is_household: bool) -> str:
    """What a page shows at first: recent days of a service, all of a household's history, whose last weeks say little."""
    return ALL_DAYS if is_household and whole_span.days > YEAR_DAYS else USUAL


def choose_period(whole_span: Period, default: str = USUAL) -> Period:
    """Widgets for the range of days. The choice is kept in the address, so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        preset = st.segmented_control(
            "Event days (UTC)",
            [*presets(whole_span), CUSTOM],
            default=default,
            required=True,
            wrap=True,
            key="range",
            bind="query-params",
            help="The last published days, or a range of your own. The address holds your choice: copy it to share the view.",
        )
        if preset != CUSTOM:
            return preset_period(preset, whole_span)
        # The address leaves a default out, so the default is the range that nobody needs to share as days.
        ends = st.date_input(
            "From – to",
            value=(whole_span.first, whole_span.last),
            min_value=whole_span.first,
            max_value=whole_span.last,
            format="YYYY-MM-DD",
            key="days",
            bind="query-params",
            width=260,
        )
    # While a range is being picked only its first day is known; a written address may name the days in either order.
    return Period(min(ends), max(ends)) if ends else whole_span

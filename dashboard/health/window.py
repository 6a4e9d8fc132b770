"""The range of days that the parts of *Pipeline health* share."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from dashboard.frame import Opened
from dashboard.periods import ALL_DAYS, PRESET_DAYS, Period, preset_period


def choose_window(opened: Opened) -> Period:
    """How far back ledgers, late arrivals, checks and past incidents are shown. Kept in the address."""
    preset = st.segmented_control(
        "Days shown (UTC)",
        [*PRESET_DAYS, ALL_DAYS],
        default="28 days",
        required=True,
        wrap=True,
        key="window",
        bind="query-params",
        help="For the ledgers, late arrivals, failed checks and past incidents, counted back from yesterday.",
    )
    first = min(opened.settings.start_date, opened.info.first_event_date or opened.settings.start_date)
    return preset_period(preset, Period(min(first, opened.yesterday), opened.yesterday))


def window_start(window: Period) -> datetime:
    """The window's first midnight in UTC, without a zone, as time stamps are stored."""
    return datetime.combine(window.first, datetime.min.time())

"""How much was watched by month and by year, and by whom."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pandas as pd
import streamlit as st

from dashboard import frame, history_queries, month_charts, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import period
from dashboard.frame import Opened
from dashboard.history import tables
from dashboard.history.measures import Measure
from dashboard.periods import Period


def draw(opened: Opened, chosen: Period, measure: Measure, empty_days: Collection[date], is_household: bool) -> None:
    """Months as bars, those of a household stacked by profile; below them the years and the profiles."""
    if is_household:
        users = history_queries.profile_months(opened.published, chosen)
        _draw_profiles(chosen, measure, users)
    else:
        users = pd.DataFrame()
        months = history_queries.monthly(opened.published, chosen, empty_days)
        with frame.section(f"{measure.name} by month", caption="Days of the range only."):
            draw_chart(
                month_charts.monthly_bars,
                months,
                measure.column,
                measure.name,
                theme.HOURS,
                measure.write,
                alt=f"{measure.name} by month, {period(chosen.first, chosen.last)}",
            )
    left, right = st.columns(2) if len(users) else (st.container(), None)
    with left, frame.section("Years", caption="Days of the range only."):
        _draw_years(opened, chosen, measure)
    if right:
        with right, frame.section("Profiles", caption="Whole months, as above."):
            _draw_profile_table(measure, users)


def _draw_profiles(chosen: Period, measure: Measure, users: pd.DataFrame) -> None:
    with frame.section(
        f"{measure.name} by month and profile",
        caption="Every month that the range touches, as a whole. Profiles are those of the household, biggest at the bottom.",
    ):
        if users.empty:
            st.info("Nothing was watched in these months.")
            return
        draw_chart(
            month_charts.stacked_months,
            users,
            measure.column,
            measure.name,
            measure.write,
            alt=f"{measure.name} by month and profile, {period(chosen.first, chosen.last)}",
        )


def _draw_years(opened: Opened, chosen: Period, measure: Measure) -> None:
    years = history_queries.years(opened.published, chosen)
    if years.empty:
        st.info("Nothing was watched in this range.")
        return
    tables.show(
        years,
        measure,
        {"year": st.column_config.NumberColumn("Year", format="%d", width=55)},
        {
            "active_days": tables.number("Days", 60, "Days with plays."),
            "titles": tables.number("Titles", 60, "Different films and seasons of the year."),
        },
    )


def _draw_profile_table(measure: Measure, users: pd.DataFrame) -> None:
    totals = (
        users.groupby(["user_id", "profile"], as_index=False, sort=False)
        .agg(
            watch_hours=("watch_hours", lambda known: known.sum(min_count=1)),
            plays=("plays", "sum"),
            active_days=("active_days", "sum"),
            first_month=("month_start", "min"),
            last_month=("month_start", "max"),
        )
        .sort_values([measure.column, "plays"], ascending=False, na_position="last")
    )
    tables.show(
        totals,
        measure,
        {"profile": tables.name("Profile", 120)},
        {
            "active_days": tables.number("Days", 60, "Days on which the profile watched."),
            "first_month": tables.month("From"),
            "last_month": tables.month("To"),
        },
    )

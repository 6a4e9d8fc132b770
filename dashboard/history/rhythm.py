"""When was watched: the calendar, the hours of the week, the fullest days; and on what."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts as shared_charts
from dashboard import frame, history_queries, series_queries, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import period
from dashboard.frame import Opened
from dashboard.history import charts, tables
from dashboard.history.measures import COUNT, Measure
from dashboard.periods import Period

FULLEST = 10


def draw_calendar(chosen: Period, measure: Measure, days: pd.DataFrame) -> None:
    """A cell per day of the range."""
    with frame.section(
        f"{measure.name} by day", caption="A cell is a day (UTC), a row a weekday from Monday down to Sunday."
    ):
        draw_chart(
            charts.calendar, days, measure, alt=f"{measure.name} of every day, {period(chosen.first, chosen.last)}"
        )


def draw_week(opened: Opened, chosen: Period, measure: Measure) -> None:
    """Hours of the week beside devices."""
    left, right = st.columns([3, 2])
    with left:
        _draw_hours(opened, chosen, measure)
    with right, frame.section("Devices"):
        devices = history_queries.devices(opened.published, chosen, measure.column)
        if devices.empty:
            st.info("Nothing was watched in this range.")
        elif set(devices["device"]) == {"unknown"}:
            st.info("No event of this range says what it was watched on.")
        else:
            draw_chart(
                shared_charts.ranked_bars,
                devices,
                "device",
                "amount",
                measure.unit,
                theme.HOURS,
                alt=f"{measure.name} by device, biggest first",
            )


def _draw_hours(opened: Opened, chosen: Period, measure: Measure) -> None:
    """Hours of the week; only its days where the events know no time of the day."""
    counted = (
        "Plays count in the hour of their start."
        if measure.is_count
        else "Time counts in the hour in which it was watched."
    )
    with frame.tolerant():
        hours = history_queries.hours_of_the_week(opened.published, chosen)
        if hours.empty:
            with frame.section("Hours of the week"):
                st.info("Nothing was watched in this range.")
        elif (hours["hour_utc"] == 0).all():
            with frame.section(
                "Days of the week", caption="The events tell the day only: all are dated midnight (UTC)."
            ):
                days = hours.assign(
                    day=[charts.WEEKDAYS[number - 1] for number in hours["weekday"]],
                    share=hours[measure.column] / hours[measure.column].sum(),
                )
                draw_chart(
                    shared_charts.ranked_bars,
                    days,
                    "day",
                    measure.column,
                    measure.unit,
                    theme.HOURS,
                    alt=f"{measure.name} by weekday",
                )
        else:
            with frame.section("Hours of the week", caption=f"All weeks of the range together, in UTC. {counted}"):
                draw_chart(
                    charts.hours_of_the_week, hours, measure, alt=f"{measure.name} by weekday and hour of the day (UTC)"
                )


def draw_fullest(opened: Opened, chosen: Period, measure: Measure) -> None:
    """The fullest days, and the most of one series in a day."""
    left, right = st.columns(2)
    with left, frame.section("Fullest days", caption="With what was watched most on each."):
        rows = series_queries.fullest_days(opened.published, chosen, measure.column, FULLEST)
        _show(rows, measure, {"event_date": tables.day("Day (UTC)")}, {"name": tables.name("Mostly")})
    with (
        right,
        frame.section(
            "Most of one series in a day",
            help="Plays are episodes that were started; one that was started twice counts twice.",
            caption="Each series with its fullest day.",
        ),
    ):
        rows = series_queries.series_in_a_day(opened.published, chosen, FULLEST)
        _show(rows, COUNT, {"name": tables.name("Series")}, {"event_date": tables.day("Day (UTC)")})


def _show(rows: pd.DataFrame, measure: Measure, columns: dict[str, object], after: dict[str, object]) -> None:
    if rows.empty:
        st.info("There is no such day in this range.")
    else:
        tables.show(rows, measure, columns, after)

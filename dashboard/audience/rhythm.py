"""When people watch, by their own clocks: hours of the week, and weekends against weekdays."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboard import frame
from dashboard.audience import viewing_charts as charts
from dashboard.audience import viewing_queries as queries
from dashboard.audience.shown import Shown, caption
from dashboard.audience.viewing_queries import BY
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.filters import Dimension
from dashboard.history.charts import hours_of_the_week as week_map
from dashboard.history.measures import Measure

DAY_NAMES = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
SATURDAY = 6


def draw(shown: Shown) -> None:
    """The map beside the two profiles, with what stands out said above each."""
    measure = shown.measure
    left, right = st.columns([3, 2])
    with left, frame.section(f"{measure.name} by local hour and weekday", help=meaning("local_watch_hours")) as section:
        rows = queries.hours_of_the_week(shown.published, shown.chosen, shown.filters)
        section.offer(rows, "hours_of_the_week")
        if reason := nothing_to_show(rows, measure):
            st.info(reason)
        else:
            countries = queries.divided_by(
                shown.published, shown.chosen, shown.filters, Dimension.COUNTRY, measure.column
            )
            clocks = (
                "No event says where it was, so the hours are those of UTC."
                if set(countries["member"]) <= {"unknown"}
                else "On the clocks of the country in which it was watched."
            )
            st.caption(caption(peak_text(rows, measure), clocks, shown.scope(*BY)))
            draw_chart(
                week_map,
                rows,
                measure,
                "local_hour",
                "local time",
                alt=f"{measure.name} by weekday and local hour of the day",
                height=charts.TALL,
            )
    with right, frame.section("Weekends against weekdays", help=meaning("local_watch_hours")) as section:
        rows = queries.hours_of_the_week(shown.published, shown.chosen, shown.filters)
        profile = by_kind_of_day(rows, shown, measure)
        section.offer(profile, "weekends_against_weekdays")
        if reason := nothing_to_show(rows, measure):
            st.info(reason)
        else:
            st.caption(
                caption(weekend_text(profile, measure), f"{measure.name} by local hour, mean per day of each kind.")
            )
            draw_chart(
                charts.day_profile,
                profile,
                measure,
                alt=f"{measure.name} of an average weekday and an average weekend day, by local hour",
            )


def nothing_to_show(rows: pd.DataFrame, measure: Measure) -> str:
    """Why there are no hours to show; empty when there are."""
    if rows.empty or not rows[measure.column].sum() > 0:
        return "Nothing was watched in this range with what the filters ask for. Choose a longer range, or no filter."
    if rows["local_hour"].nunique() == 1:
        return "The events tell the day only, all at the same hour: what time of the day it was is not known."
    return ""


def peak_text(rows: pd.DataFrame, measure: Measure) -> str:
    """The fullest hour of the week, as a sentence. ``rows``: ``viewing_queries.hours_of_the_week``, at least one."""
    top = rows.loc[rows[measure.column].astype(float).idxmax()]
    part = float(top[measure.column]) / float(rows[measure.column].sum())
    hour, day = int(top["local_hour"]), DAY_NAMES[int(top["weekday"]) - 1]
    return f"**Fullest on {day} from {hour:02d}:00 to {(hour + 1) % 24:02d}:00**, with {part:.1%} of all."


def by_kind_of_day(rows: pd.DataFrame, shown: Shown, measure: Measure) -> pd.DataFrame:
    """Weekday and weekend, hour by hour: kind, local_hour, days (count, those of the range with data), amount (mean per day)."""
    span = [shown.chosen.first + timedelta(days=number) for number in range(shown.chosen.days)]
    known = [day for day in span if day not in shown.gaps]
    weekend_days = sum(day.isoweekday() >= SATURDAY for day in known)
    counted = {charts.WEEKDAY: len(known) - weekend_days, charts.WEEKEND: weekend_days}
    kinds = rows.assign(kind=rows["weekday"].ge(SATURDAY).map({True: charts.WEEKEND, False: charts.WEEKDAY}))
    sums = kinds.groupby(["kind", "local_hour"])[measure.column].sum()
    # What an edge of the range holds of a kind of day that it has no whole day of is no average.
    present = [kind for kind, days in counted.items() if days]
    every = pd.MultiIndex.from_product([present, range(24)], names=["kind", "local_hour"])
    profile = sums.reindex(every, fill_value=0).astype(float).rename("amount").reset_index()
    days = profile["kind"].map(counted)
    return profile.assign(days=days, amount=profile["amount"] / days)


def weekend_text(profile: pd.DataFrame, measure: Measure) -> str:
    """How much fuller a weekend day is than a weekday; empty where one of them is missing."""
    per_day = profile.groupby("kind")["amount"].sum()
    if len(per_day) < 2 or not per_day[charts.WEEKDAY] > 0:
        return ""
    times = per_day[charts.WEEKEND] / per_day[charts.WEEKDAY]
    noun = "plays" if measure.is_count else "hours"
    return f"**A weekend day has {times:.2f} times the {noun} of a weekday.**"

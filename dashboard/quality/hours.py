"""One day in one country by the hour, with what is usual there behind it."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.formatting import day as day_text
from dashboard.quality import charts, trouble_queries
from dashboard.quality.measures import ERROR_RATE, PLAYBACKS, REBUFFER_RATIO, STARTUP_P95
from dashboard.quality.scope import Scope

SHOWN = (ERROR_RATE, REBUFFER_RATIO, STARTUP_P95, PLAYBACKS)
COUNTRY_KEY, DAY_KEY = "hours_country", "hours_day"


def draw(scope: Scope, found: pd.DataFrame, countries: list[str]) -> None:
    """``found``: the range's incidents, newest first, where the view begins; ``countries``: biggest first."""
    with frame.section(
        "A day by the hour",
        help=definitions.meaning("error_rate", "quality_rebuffer_ratio", "startup_time", "playbacks"),
        caption="Line: the day. Grey band: between a tenth and nine tenths of the other days at that hour in that country. "
        f"Diamond: an hour in trouble. A playback counts in the hour of its first event (UTC).{scope.hourly_note}",
    ) as section:
        if not countries:
            st.info("Nothing was played in this range with these filters. Choose more days, or take a filter away.")
            return
        country, day = _choose(scope, found, countries)
        rows = trouble_queries.hours_of_day(scope.opened.published, country, day, scope.usual)
        in_trouble = [f"{hour:02d}:00" for hour in rows.loc[rows["in_trouble"], "hour_utc"]]
        title = f"**{scope.country(country)}, {day_text(day)}**"
        if not rows["playbacks"].any():
            st.info(f"{title}: nothing was played. Choose another day or country.")
            return
        st.markdown(
            f"{title}: " + (f"in trouble from {', '.join(in_trouble)}." if in_trouble else "no hour in trouble.")
        )
        section.offer(rows.assign(country=country, event_date=day), "quality_by_hour")
        of = f"of {scope.country(country)} by hour, {day_text(day)}"
        for pair in (SHOWN[:2], SHOWN[2:]):
            for column, measure in zip(st.columns(2), pair, strict=True):
                with column:
                    draw_chart(charts.hours, rows, measure, alt=f"{measure.name} {of}")


def _choose(scope: Scope, found: pd.DataFrame, countries: list[str]) -> tuple[str, date]:
    """Nothing chosen: the newest trouble, or the last day of the biggest country. So whatever is chosen stands in the address."""
    usual_country = found["country"].iloc[0] if len(found) else countries[0]
    usual_day = max(found["began_at"].iloc[0].date(), scope.chosen.first) if len(found) else scope.chosen.last
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        country = st.selectbox(
            "Country of the hours",
            countries,
            index=None,
            format_func=scope.country,
            placeholder=scope.country(usual_country),
            key=COUNTRY_KEY,
            bind="query-params",
            width=220,
            help="Nothing chosen: where the newest trouble was, or else the country with most playbacks.",
        )
        day = st.date_input(
            "Day of the hours",
            value=None,
            min_value=scope.chosen.first,
            max_value=scope.chosen.last,
            format="YYYY-MM-DD",
            key=DAY_KEY,
            bind="query-params",
            width=180,
            help="Nothing chosen: the day of the newest trouble, or else the last of the range.",
        )
    if country is None and day is None:
        return usual_country, usual_day
    return country or usual_country, day or scope.chosen.last

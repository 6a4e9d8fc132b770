"""How the figures went from day to day, one panel below the other."""

from __future__ import annotations

import streamlit as st

from dashboard import charts as shared
from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.formatting import count, period
from dashboard.quality import charts, queries
from dashboard.quality.measures import ABANDONMENT, ERROR_RATE, REBUFFER_RATIO, STARTUP_P50, STARTUP_P95
from dashboard.quality.scope import Scope

SHOWN = (STARTUP_P50, STARTUP_P95, REBUFFER_RATIO, ERROR_RATE, ABANDONMENT)


def draw(scope: Scope) -> None:
    """Five panels over the days of the range."""
    days = queries.daily(scope.figures, scope.chosen)
    if not scope.is_comparable:
        days[[f"{measure.column}_before" for measure in SHOWN]] = float("nan")
    keys = {
        f"Dashed: the {count(scope.chosen.days, 'day')} before.": scope.is_comparable,
        "Shaded: Saturday and Sunday.": scope.chosen.days <= shared.MOST_BARS,
        "Orange: no data.": not days["has_data"].all(),
    }
    with frame.section(
        "Quality by day",
        help=definitions.meaning("startup_time", "quality_rebuffer_ratio", "error_rate", "abandonment_rate"),
        caption=" ".join(["Each panel has its own axis.", *(text for text, applies in keys.items() if applies)]),
    ) as section:
        if not days["has_data"].any():
            st.info("Nothing was played in this range with these filters. Choose more days, or take a filter away.")
            return
        columns = ["event_date", "playbacks", *(measure.column for measure in SHOWN)]
        section.offer(days[columns + [f"{measure.column}_before" for measure in SHOWN]], "quality_per_day")
        span = period(scope.chosen.first, scope.chosen.last)
        with st.container(gap="xsmall"):
            for measure in SHOWN:
                draw_chart(charts.course, days, measure, alt=f"{measure.name} per day, {span}")

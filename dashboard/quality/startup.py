"""How long it takes to the first picture: the distribution, device against device."""

from __future__ import annotations

import streamlit as st

from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.quality import charts, queries
from dashboard.quality.measures import in_seconds
from dashboard.quality.scope import Scope

# More panels would be too many to compare; the rest is one.
MOST_DEVICES = 6


def draw(scope: Scope) -> None:
    """A histogram per device on one axis."""
    with frame.section(
        "Startup time by device",
        help=definitions.meaning("startup_time"),
        caption="Share of each device's starts by the time to the first picture (s, logarithmic axis), most starts first. "
        "Dashed: median (p50) and 95th percentile (p95).",
    ) as section:
        bins = queries.startup_bins(scope.opened.published, scope.chosen, scope.filters)
        if bins.empty:
            st.info(
                "No start of this range was timed. Players report the time to the first picture as `startup_ms` on their `play` "
                "events; choose more days, or take a filter away."
            )
            return
        section.offer(bins, "startup_time_by_device")
        shown = bins["device_type"].unique()[:MOST_DEVICES]
        most = float(bins["share"].max())
        with st.container(gap="xxsmall"):
            for device in shown:
                rows = bins[bins["device_type"] == device]
                draw_chart(
                    charts.startup_times,
                    rows,
                    most,
                    alt=f"Distribution of the startup time on {device}: p95 {in_seconds(rows['startup_p95_ms'].iloc[0])}",
                    with_axis=device == shown[-1],
                )
        if len(shown) < bins["device_type"].nunique():
            st.caption(f"The {MOST_DEVICES} devices with most starts; the download holds all.")

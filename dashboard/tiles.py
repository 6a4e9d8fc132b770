"""A figure in a frame of its own, with its change and its course: what stands in a row at the top of a page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, theme
from dashboard.drawing import draw_chart

MOST_DAYS = 130


def tile(label: str, value: str, change: str | None = None, course: pd.Series | None = None, **options: Any) -> None:
    """``st.metric`` with ``options``, and below it the line of ``course``, where that has two values or more.

    Streamlit's own line (``chart_data``) has no name that a screen reader could say.
    """
    line = None if course is None else course_of(course)
    with st.container(border=True, height="stretch", gap="small", vertical_alignment="distribute"):
        st.metric(label, value, change, **options)
        if line:
            draw_chart(charts.sparkline, line, theme.PLAYS, alt=f"Course of: {label}")


def course_of(values: pd.Series) -> list[float] | None:
    """Daily numbers for a tile's line: means of weeks, or more, where days would be too many; None when too few for a line."""
    known = values.dropna().astype(float).reset_index(drop=True)
    if len(known) > MOST_DAYS:
        weeks = -(-len(known) // (7 * MOST_DAYS))
        known = known.groupby(known.index // (7 * weeks)).mean()
    return known.tolist() if len(known) > 1 else None

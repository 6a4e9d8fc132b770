"""A figure in a frame of its own, with its change and its course: what stands in a row at the top of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, theme
from dashboard.drawing import draw_chart

MOST_DAYS = 130
# In the session's state: the figures of its first page were drawn, so that every page is drawn whole from now on.
FIGURES_STAND = "figures_stand"
# On the page while the rest of it is still to come.
REST_FOLLOWS = "rest_follows"
# How long a browser that does not say when it has drawn them is waited for.
_LONGEST_WAIT = "3s"
_figures_only: ContextVar[bool] = ContextVar("figures_only", default=False)
# Asks for the rest when a figure is on the screen: two frames after it came into the page.
_TELLS_WHEN_DRAWN = """
export default function({ setTriggerValue }) {
    const then = (go) => requestAnimationFrame(() => requestAnimationFrame(go));
    const look = () => document.querySelector("[data-testid=stMetricValue]")
        ? then(() => setTriggerValue("drawn", true))
        : requestAnimationFrame(look);
    look();
}
"""


@contextmanager
def figures_first() -> Iterator[None]:
    """On the first page of a session the tiles of this part are all that is drawn, until the browser has them.

    Given everything at once, a browser loads and lays out all charts and tables before it shows a single figure, for seconds on
    a slow machine. So the page stops here, and is drawn whole when the browser says that the figures stand.
    """
    if st.session_state.get(FIGURES_STAND):
        yield
        return
    token = _figures_only.set(True)
    try:
        yield
    finally:
        _figures_only.reset(token)
    with st.container(key=REST_FOLLOWS):
        st.components.v2.component("figures_stand", js=_TELLS_WHEN_DRAWN)(on_drawn_change=lambda: None)
        _wait_no_longer()
    st.session_state[FIGURES_STAND] = True
    st.stop()


@st.fragment(run_every=_LONGEST_WAIT)
def _wait_no_longer() -> None:
    """Drawn with the page it does nothing; the browser's clock runs it alone, where nobody has asked for the rest by then."""
    if st.session_state.get(FIGURES_STAND):
        st.rerun()


def tile(label: str, value: str, change: str | None = None, course: pd.Series | None = None, **options: Any) -> None:
    """``st.metric`` with ``options``, and below it the line of ``course``, where that has two values or more.

    Streamlit's own line (``chart_data``) has no name that a screen reader could say.
    """
    line = None if course is None or _figures_only.get() else course_of(course)
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

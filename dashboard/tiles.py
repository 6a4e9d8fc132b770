"""A figure in a frame of its own, with its change and its course: what stands in a row at the top of a page."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, theme
from dashboard.drawing import draw_chart

MOST_DAYS = 130
_HAS_DRAWN = "has_drawn"
# What a browser needs to load the code that draws a figure.
SECONDS_FOR_FIGURES = 0.4
# Lines that wait until the figures of a new visitor stand.
_waiting: ContextVar[list[Callable[[], None]] | None] = ContextVar("lines_that_wait", default=None)


@contextmanager
def figures_first() -> Iterator[None]:
    """Lets the browser of a new visitor draw the tiles of this part before everything else, their lines included.

    All the rest would reach it within a tenth of a second, and it draws nothing before it has loaded and laid out all of that;
    the code that draws lines and charts is larger than all that figures need.
    """
    if st.session_state.get(_HAS_DRAWN):
        yield
        return
    st.session_state[_HAS_DRAWN] = True
    lines: list[Callable[[], None]] = []
    token = _waiting.set(lines)
    try:
        yield
    finally:
        _waiting.reset(token)
    time.sleep(SECONDS_FOR_FIGURES)
    for draw in lines:
        draw()


def tile(label: str, value: str, change: str | None = None, course: pd.Series | None = None, **options: Any) -> None:
    """``st.metric`` with ``options``, and below it the line of ``course``, where that has two values or more.

    Streamlit's own line (``chart_data``) has no name that a screen reader could say.
    """
    line = None if course is None else course_of(course)
    with st.container(border=True, height="stretch", gap="small", vertical_alignment="distribute"):
        st.metric(label, value, change, **options)
        if line:
            _draw_line(line, label)


def _draw_line(values: list[float], label: str) -> None:
    waiting = _waiting.get()
    place = st.empty()

    def draw() -> None:
        with place:
            draw_chart(charts.sparkline, values, theme.PLAYS, alt=f"Course of: {label}")

    if waiting is None:
        draw()
    else:
        waiting.append(draw)


def course_of(values: pd.Series) -> list[float] | None:
    """Daily numbers for a tile's line: means of weeks, or more, where days would be too many; None when too few for a line."""
    known = values.dropna().astype(float).reset_index(drop=True)
    if len(known) > MOST_DAYS:
        weeks = -(-len(known) // (7 * MOST_DAYS))
        known = known.groupby(known.index // (7 * weeks)).mean()
    return known.tolist() if len(known) > 1 else None

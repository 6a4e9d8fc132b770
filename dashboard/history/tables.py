"""The tables of the *History* page. Frames in, ``st.dataframe`` out; no data access. An unknown watch time is a dash."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.formatting import ABSENT
from dashboard.history.measures import COUNT, HOURS, Measure
from dashboard.tables import SHORT_DAY_FORMAT, bar, figures

_DAY_WIDTH = 88


def show(rows: pd.DataFrame, measure: Measure, columns: dict[str, Any], after: dict[str, Any] | None = None) -> None:
    """A table that begins with ``columns``, goes on with the measure as a bar and the other measure, and ends with ``after``.

    Hours stand only where some are known.
    """
    other = COUNT if measure == HOURS else HOURS
    shown = {**columns, measure.column: measure_bar(measure, rows)}
    if rows[other.column].notna().any():
        shown[other.column] = st.column_config.NumberColumn(
            _heading(other), format=figures(rows[other.column], decimals=other == HOURS), width=62
        )
    shown |= after or {}
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_order=list(shown),
        column_config=shown,
        placeholder=ABSENT,
    )


def measure_bar(measure: Measure, rows: pd.DataFrame) -> Any:
    """The measure's column with a bar behind each figure."""
    return bar(_heading(measure), rows[measure.column], width=90, decimals=measure == HOURS)


def number(heading: str = "#", width: int = 34, help: str | None = None) -> Any:
    """A column of counts."""
    return st.column_config.NumberColumn(heading, format="%,.0f" if heading != "#" else "%d", width=width, help=help)


def name(heading: str, width: int = 160) -> Any:
    """A column of names."""
    return st.column_config.TextColumn(heading, width=width)


def day(heading: str) -> Any:
    """A column of days."""
    return st.column_config.DateColumn(heading, format=SHORT_DAY_FORMAT, width=_DAY_WIDTH)


def month(heading: str) -> Any:
    """A column of months, each by its first day."""
    return st.column_config.DateColumn(heading, format="MMM YYYY", width=80)


def _heading(measure: Measure) -> str:
    return "Hours (h)" if measure == HOURS else "Plays"

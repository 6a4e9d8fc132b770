"""The six figures of the range with their change and a line over its days."""

from __future__ import annotations

from math import log2

import pandas as pd
import streamlit as st

from dashboard.formatting import count
from dashboard.quality import queries
from dashboard.quality.measures import MEASURES, STARTUP_P50, STARTUP_P95, Measure
from dashboard.quality.scope import Scope
from dashboard.tiles import tile

# The startup time is read off bins, eight to a doubling: one bin more or less can be no change at all.
_ONE_BIN = 1 / 8 + 1e-9
# A smaller change is told and not colored: it comes and goes from week to week.
_SMALL = 0.05


def draw(scope: Scope) -> None:
    """Two rows of three: six beside each other would be too narrow for their figures."""
    rows = queries.pick(scope.figures)
    days = queries.daily(scope.figures, scope.chosen)
    for row in (MEASURES[:3], MEASURES[3:]):
        for column, measure in zip(st.columns(3), row, strict=True):
            now, before = (_value(rows, f"{measure.column}{side}") for side in ("", "_before"))
            delta = measure.changed(now, before) if scope.is_comparable else None
            within_a_bin = _within_a_bin(measure, now, before)
            is_still = within_a_bin or not now or not before or abs(now / before - 1) < _SMALL
            if delta and within_a_bin and delta != "0.0%":
                delta = f"{delta.split()[0]} (1 step)"
            with column:
                tile(
                    measure.name,
                    measure.write(now),
                    delta,
                    None if now is None else days[measure.column],
                    delta_color="off"
                    if delta is None or is_still
                    else "normal"
                    if measure.more_is_better
                    else "inverse",
                    delta_arrow="off" if delta == "0.0%" else "auto",
                    delta_description=f"vs. previous {count(scope.chosen.days, 'day')}" if delta else None,
                    help=_help(measure),
                )


def _help(measure: Measure) -> str:
    if measure not in (STARTUP_P50, STARTUP_P95):
        return measure.meaning
    return (
        f"{measure.meaning}\n\nIt moves in steps of 9 %, from bin to bin: a change of one step is no better or worse."
    )


def _within_a_bin(measure: Measure, now: float | None, before: float | None) -> bool:
    if measure not in (STARTUP_P50, STARTUP_P95) or not now or not before:
        return False
    return abs(log2(now / before)) <= _ONE_BIN


def _value(rows: pd.DataFrame, column: str) -> float | None:
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else float(rows[column].iloc[0])

"""The six figures of the range with their change and a line over its days."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.formatting import count
from dashboard.quality import members, queries
from dashboard.quality.measures import MEASURES
from dashboard.quality.scope import Scope
from dashboard.tiles import tile

# A smaller change is told and not colored: it comes and goes from week to week.
_SMALL = 0.05


def draw(scope: Scope) -> None:
    """Two rows of three: six beside each other would be too narrow for the figures. A change among few playbacks has no color."""
    rows = queries.pick(scope.figures)
    days = queries.daily(scope.figures, scope.chosen)
    playbacks = [_value(rows, f"playbacks{side}") or 0 for side in ("", "_before")]
    is_thin = scope.is_comparable and min(playbacks) < members.LEAST_PLAYBACKS
    if is_thin and max(playbacks):
        st.caption(
            f"{playbacks[0]:,.0f} playbacks, {playbacks[1]:,.0f} before: with fewer than {members.LEAST_PLAYBACKS} a change is "
            "told and not judged."
        )
    for row in (MEASURES[:3], MEASURES[3:]):
        for column, measure in zip(st.columns(3), row, strict=True):
            now, before = (_value(rows, f"{measure.column}{side}") for side in ("", "_before"))
            delta = measure.changed(now, before) if scope.is_comparable else None
            is_still = is_thin or not now or not before or abs(now / before - 1) < _SMALL
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
                    help=measure.meaning,
                )


def _value(rows: pd.DataFrame, column: str) -> float | None:
    return None if rows.empty or pd.isna(rows[column].iloc[0]) else float(rows[column].iloc[0])

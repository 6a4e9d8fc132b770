"""Figures of a range beside those of the range before: what is compared, why not, and the tile that shows a change."""

from __future__ import annotations

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from dashboard import tiles
from dashboard.formatting import NO_CHANGE, NO_POINTS, count, period
from dashboard.periods import Period


def comparison_text(chosen: Period, days_now: int, days_before: int) -> str:
    """What the figures cover and what they are compared with, or why they are not."""
    before = chosen.previous()
    text = f"**{period(chosen.first, chosen.last)}** ({count(chosen.days, 'day')})"
    if days_now < chosen.days:
        return f"{text}, of which {count(days_now, 'day')} with data; not compared with the period before"
    if days_before < before.days:
        return f"{text}; not compared, since the period before is not fully published"
    note = " (not whole weeks: the two hold different weekdays)" if chosen.days % 7 else ""
    return f"{text}, compared with {period(before.first, before.last)}{note}"


def tile(
    place: DeltaGenerator,
    label: str,
    value: str,
    change: str | None,
    compared_with: str | None,
    meaning: str,
    more_is_better: bool = True,
    course: pd.Series | None = None,
) -> None:
    """A figure with its change, against what (None where it is said nearby), and a line over the days of the range."""
    is_flat = change in (NO_CHANGE, NO_POINTS)
    with place:
        tiles.tile(
            label,
            value,
            change,
            course,
            delta_color="off" if change is None or is_flat else "normal" if more_is_better else "inverse",
            delta_arrow="off" if is_flat else "auto",
            delta_description=compared_with if change else None,
            help=meaning,
        )

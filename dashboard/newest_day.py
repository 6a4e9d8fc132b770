"""What the *Overview* says of the newest day of the range: each figure against the same weekday of the weeks before."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, queries
from dashboard.formatting import change, count, day, duration, mean, summed, whole
from dashboard.frame import Opened
from dashboard.periods import Period
from dashboard.pipeline_queries import KnownDays

WEEKS = 4
FEWEST_WEEKS = 2
# Heading, column of ``queries.weekdays``, how it is written, whether more is better.
FIGURES = (
    ("Plays", "plays", whole, True),
    ("Active users", "active_users", whole, True),
    ("Watch time per play", "avg_watch_seconds", duration, True),
    ("Buffering", "buffering_seconds", summed, False),
)


def draw(opened: Opened, chosen: Period, known: KnownDays) -> None:
    """The newest day of the range, where there is one with data, and at least two such weekdays before it."""
    rows = queries.weekdays(opened.published, chosen.last, WEEKS, known.empty)
    newest, before = rows[rows["weeks_before"] == 0], rows[rows["weeks_before"] > 0]
    if newest.empty or len(before) < FEWEST_WEEKS:
        return
    weekday = f"{chosen.last:%A}"
    with frame.section(
        f"{day(chosen.last)} against the {count(len(before), weekday)} before",
        help=f"The newest day of the range beside the mean of the same weekday in the {count(WEEKS, 'week')} before it, since a "
        "Saturday is no Tuesday. Days without data are left out.",
    ) as section:
        section.offer(rows, "same_weekdays")
        shown = [figure for figure in FIGURES if _is_known(newest[figure[1]])]
        for column, (label, field, write, more_is_better) in zip(st.columns(len(FIGURES)), shown, strict=False):
            figure, usual = float(newest[field].iloc[0]), before[field].astype(float).mean()
            moved = change(figure, usual)
            column.metric(
                label,
                write(figure),
                moved,
                delta_color="off" if moved in (None, "0.0%") else "normal" if more_is_better else "inverse",
                delta_arrow="off" if moved == "0.0%" else "auto",
                delta_description=f"vs. {mean(usual) if write is whole else write(usual)}",
            )


def _is_known(values: pd.Series) -> bool:
    return bool(values.notna().all())

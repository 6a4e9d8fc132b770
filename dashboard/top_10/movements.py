"""How a title's rank moved against the week before: a sign and a number that say so without any color. No drawing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from dashboard import theme

NEW = "new"
BACK = "back"
SAME = "="
UNKNOWN = ""
UP = "▲"
DOWN = "▼"


def movement(rank: int, rank_before: float | None, weeks: int, has_before: bool) -> str:
    """``▲ 3``, ``▼ 2``, ``=``, ``new``, or ``back``: was in the list in an earlier week, not in the last.

    ``weeks``: in the list so far, this one included. Empty where there is no week before to compare with.
    """
    if not has_before:
        return UNKNOWN
    if rank_before is None or pd.isna(rank_before):
        return BACK if weeks > 1 else NEW
    by = int(rank_before) - int(rank)
    return SAME if by == 0 else f"{UP} {by}" if by > 0 else f"{DOWN} {-by}"


def with_movements(rows: pd.DataFrame, has_before: bool) -> pd.DataFrame:
    """``rows`` (``queries.lists``) with ``movement`` of each."""
    columns = (rows["rank"], rows["rank_before"], rows["cumulative_weeks_in_top_10"])
    return rows.assign(movement=[movement(*values, has_before) for values in zip(*columns, strict=True)])


def kind(moved: str) -> str:
    """Which of ``theme.RANK_COLORS`` a movement has."""
    if moved in (NEW, BACK):
        return "new or back"
    return {UP: "up", DOWN: "down"}.get(moved[:1], "same")


def color(moved: Any) -> str:
    """CSS for a cell that holds a movement."""
    return f"color: {theme.RANK_COLORS[kind(moved)]}"

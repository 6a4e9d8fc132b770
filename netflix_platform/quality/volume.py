"""How many rows a day may have, told by the same weekday in recent weeks. The dbt test ``near_same_weekdays`` judges event days
in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from netflix_platform.quality.recent import FEWEST

# Counts scatter by their root whatever happens; three roots are left alone, which matters on small platforms only.
_ROOTS = 3
# So many rows are nobody's replay, even where there mostly are none: a change feed on the day of a release.
_FEW = 10


@dataclass(frozen=True)
class Range:
    """``low`` and ``high``: rows of the days compared with; ``least`` and ``most``: what a day may have."""

    low: int
    high: int
    least: float
    most: float


def usual_range(weekdays: Sequence[int], last: Sequence[int], least_factor: float, most_factor: float) -> Range | None:
    """The range that rows of the same weekday (else of the last days) set; ``None`` when there is too little of either.

    A factor of 0 leaves its side open.
    Days without rows count only where they are the rule: an outage shall not make the next one look usual.
    """
    compared = weekdays if len(weekdays) >= FEWEST else last
    if len(compared) < FEWEST:
        return None
    filled = [rows for rows in compared if rows]
    if 2 * len(filled) > len(compared):
        compared = filled
    low, high = min(compared), max(compared)
    least = least_factor * low - _ROOTS * sqrt(low)
    most = max(_FEW, most_factor * high + _ROOTS * sqrt(high)) if most_factor else inf
    return Range(low, high, least, most)


def volume_problem(rows: int, usual: Range | None, is_never_empty: bool) -> str | None:
    """What is wrong with a day of so many rows. ``is_never_empty``: a day without any is trouble where others have some."""
    if usual is None:
        return None
    between = f"{usual.low:,} to {usual.high:,} on comparable days"
    if not rows and usual.low and is_never_empty:
        return f"no rows at all, {between}"
    if rows < usual.least:
        return f"{rows:,} rows, {between}"
    if rows > usual.most:
        return f"{rows:,} rows, {between}"
    return None

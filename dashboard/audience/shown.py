"""What the parts of the *Audience* page are drawn for: version, range, filters, measure; and which of them a part follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.formatting import count
from dashboard.frame import Opened
from dashboard.history.measures import Measure
from dashboard.periods import MOST_DAILY, Period
from dashboard.published import Published

# A month of bars by day can still be read; for shares, which weekdays sway, a week is the unit unless there are hardly two.
MOST_FLOW_DAYS = 35
MOST_SHARE_DAYS = 14


@dataclass(frozen=True)
class Shown:
    """``country_names``: by code, none in an old version. ``is_comparable``: range and previous range are fully published;
    ``gaps``: days of the range without data.
    """

    opened: Opened
    chosen: Period
    filters: Filters
    country_names: dict[str, str]
    measure: Measure
    is_comparable: bool
    gaps: tuple[date, ...]

    @property
    def published(self) -> Published:
        """The version."""
        return self.opened.published

    @property
    def compared_with(self) -> str:
        """What a change is against, for a tile."""
        return f"vs. previous {count(self.chosen.days, 'day')}"

    def scope(self, *followed: Dimension) -> str:
        """Which of the chosen filters a part follows and which it cannot, as sentences; empty when none is chosen."""
        chosen = self.filters.chosen
        kept = Filters({one: values for one, values in chosen.items() if one in followed})
        left = " and ".join(one.label.lower() for one in chosen if one not in followed)
        said = [f"{kept.said(self.country_names)}."] if kept.chosen else []
        return " ".join([*said, *([f"Not narrowed by {left}."] if left else [])])


def caption(*sentences: str) -> str:
    """The sentences that there are, as one paragraph."""
    return " ".join(sentence for sentence in sentences if sentence)


def step_of(period: Period, most_days: int) -> str:
    """How bars divide a period: ``day``, ``week`` when there would be more than ``most_days``, ``month`` for years."""
    return "day" if period.days <= most_days else "week" if period.days <= MOST_DAILY else "month"


def step_starts(period: Period, step: str) -> list[str]:
    """First day (ISO) of every ``step`` that the period touches, so that one without data keeps its place."""
    first = pd.Timestamp(period.first)
    if step == "week":
        first -= pd.Timedelta(days=first.weekday())
    if step == "month":
        first = first.replace(day=1)
    every = {"day": "D", "week": "7D", "month": "MS"}[step]
    return [f"{start:%Y-%m-%d}" for start in pd.date_range(first, period.last, freq=every)]


def plan_name(plan: str) -> str:
    """``standard_with_ads`` as people write it."""
    return plan.replace("_", " ").capitalize()

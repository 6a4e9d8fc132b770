"""The range of days that a page shows, and the one before it that it is compared with. Dates only; no data, no widgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

ALL_DAYS = "All days"
CUSTOM = "Custom"
# Whole weeks, so that a range and the one before it hold the same weekdays.
PRESET_DAYS = {"7 days": 7, "28 days": 28, "13 weeks": 91}
YEAR = "52 weeks"
YEAR_DAYS = 364
# A span of more days than that is read by the month: more bars would be too thin, and nobody looks for one day among them. Of a
# household, with its few plays a day, that is so much sooner.
MOST_DAILY = 731
MOST_DAILY_OF_A_HOUSEHOLD = 182


@dataclass(frozen=True)
class Period:
    """Event days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days the period holds, with or without data."""
        return (self.last - self.first).days + 1

    def previous(self) -> Period:
        """The period of the same length that ends on the day before this one."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))


def presets(whole: Period) -> list[str]:
    """The presets that make sense for ``whole``, shortest first; a year only where there is more than one."""
    return [*PRESET_DAYS, *([YEAR] if whole.days > YEAR_DAYS else []), ALL_DAYS]


def preset_period(preset: str, whole: Period) -> Period:
    """The last days of ``whole`` that the preset names; never more than there are."""
    if preset == ALL_DAYS:
        return whole
    days = YEAR_DAYS if preset == YEAR else PRESET_DAYS[preset]
    return Period(max(whole.first, whole.last - timedelta(days=days - 1)), whole.last)

"""How figures, dates and ranges are written: rounding is for display, so it happens here and nowhere earlier.

Every function takes ``None`` (or a not-a-number) for a figure that does not exist and writes a dash for it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

ABSENT = "—"
NO_CHANGE = "0.0%"
NO_POINTS = "0.0 points"


def whole(number: float | None) -> str:
    """A count with thousands separators: ``1,234``."""
    return ABSENT if _absent(number) else f"{number:,.0f}"


def mean(number: float | None) -> str:
    """A mean of counts: a whole number, with one decimal below 10, where it would tell nothing without: ``1.6``."""
    return whole(number) if number is None or not number % 1 or number >= 10 else f"{number:.1f}"


def hours(number: float | None) -> str:
    """Hours with their unit, a decimal below 10: ``1,234 h``, ``2.5 h``."""
    if number is None or math.isnan(number):
        return ABSENT
    return f"{number:,.{0 if number >= 10 or number == 0 else 1}f} h"


def seconds(number: float | None, digits: int = 0) -> str:
    """Seconds with their unit: ``1,234 s``."""
    return ABSENT if _absent(number) else f"{number:,.{digits}f} s"


def share(ratio: float | None, digits: int = 1) -> str:
    """A ratio as a percentage: 0.0123 is ``1.2%``."""
    return ABSENT if _absent(ratio) else f"{ratio:.{digits}%}"


def change(now: float | None, before: float | None) -> str | None:
    """Relative change with its sign, ``+3.2%``; None when either figure is missing or there was nothing before."""
    if _absent(now) or _absent(before) or not before:
        return None
    text = f"{float(now or 0) / float(before) - 1:+.1%}"
    return NO_CHANGE if text in ("+0.0%", "-0.0%") else text


def points(now: float | None, before: float | None, digits: int = 1) -> str | None:
    """Change of a ratio in percentage points with its sign, ``+0.4 points``; None when either is missing."""
    if _absent(now) or _absent(before):
        return None
    moved = round(100 * (float(now or 0) - float(before or 0)), digits)
    return f"{moved:+.{digits}f} points" if moved else NO_POINTS


def duration(number: float | None) -> str:
    """A duration given in seconds: ``8.4 s``, ``3 min 20 s``, ``2 h 05 min``, ``3 d 04 h``."""
    if number is None or math.isnan(number):
        return ABSENT
    if number < 59.95:
        return f"{number:.1f} s"
    minutes, rest = divmod(round(number), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours = minutes // 60
    return f"{hours} h {minutes % 60:02d} min" if hours < 24 else f"{hours // 24} d {hours % 24:02d} h"


def summed(number: float | None) -> str:
    """Seconds summed over many plays, in one unit of a size that is read, as watch hours are: ``40 s``, ``12 min``, ``67 h``."""
    if number is None or math.isnan(number):
        return ABSENT
    if number < 59.5:
        return seconds(number)
    return f"{number / 60:.0f} min" if number < 3570 else hours(number / 3600)


def age(number: float | None) -> str:
    """How long ago or how long still, in one unit, rounded down: ``40 s``, ``12 min``, ``3 h``, ``9 days``."""
    if number is None or math.isnan(number):
        return ABSENT
    passed = max(int(number), 0)
    if passed < 60:
        return f"{passed} s"
    if passed < 3600:
        return f"{passed // 60} min"
    return f"{passed // 3600} h" if passed < 2 * 86400 else count(passed // 86400, "day")


def day(value: date) -> str:
    """A day with its weekday: ``Sun 22 Nov 2026``."""
    return f"{value:%a} {value.day} {value:%b %Y}"


def period(first: date, last: date) -> str:
    """A range of days, naming month and year once where both ends share them: ``26 Oct – 22 Nov 2026``."""
    end = f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} {first:%b %Y} – {end}"
    return f"{first.day} – {end}" if first.month == last.month else f"{first.day} {first:%b} – {end}"


def instant(value: datetime | None) -> str:
    """A time stamp, which the platform stores in UTC: ``23 Nov 2026, 06:01 UTC``."""
    return ABSENT if value is None else f"{value.day} {value:%b %Y, %H:%M} UTC"


def literal(text: str) -> str:
    """Text that others wrote, for Markdown: no sign of it means anything but itself."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])", r"\\\1", text)


def count(number: int, noun: str) -> str:
    """A number with its noun in the right form: ``1 day``, ``2 days``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def runs_of_days(days: Iterable[date]) -> list[tuple[date, date]]:
    """Join consecutive days into (first, last) pairs, oldest first."""
    runs: list[tuple[date, date]] = []
    for value in sorted(set(days)):
        if runs and value - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], value)
        else:
            runs.append((value, value))
    return runs


def list_of_days(days: Iterable[date], most: int = 5) -> str:
    """Days as text, consecutive ones as ranges; at most ``most`` ranges, then how many more there are."""
    runs = runs_of_days(days)
    text = ", ".join(period(*run) for run in runs[:most])
    return text if len(runs) <= most else f"{text} and {count(len(runs) - most, 'more range')}"


def _absent(number: float | None) -> bool:
    return number is None or math.isnan(number)

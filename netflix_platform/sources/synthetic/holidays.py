"""Which days are unlike others: holidays by country, and the seasons of the year. Assumptions, all of them.

Nobody publishes what a holiday does to viewing. Planted: on days that families spend together people watch less, on days
after them more, and a day off has the hours of a weekend.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np

# Viewing against an ordinary day of the same weekday.
_EVERYWHERE = {(12, 24): 0.82, (12, 25): 1.00, (12, 26): 1.15, (12, 31): 0.85, (1, 1): 1.18}
_NATIONAL = 1.08
_NATIONAL_DAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "US": ((7, 4), (11, 11)),
    "BR": ((4, 21), (9, 7), (11, 15)),
    "GB": (),
    "DE": ((5, 1), (10, 3)),
    "FR": ((5, 1), (5, 8), (7, 14), (8, 15), (11, 1)),
    "IN": ((1, 26), (8, 15), (10, 2)),
    "MX": ((9, 16), (11, 2)),
    "JP": ((1, 2), (1, 3), (4, 29), (5, 3), (5, 4), (5, 5), (11, 3)),
    "CA": ((7, 1), (9, 30)),
    "ES": ((1, 6), (10, 12), (12, 6), (12, 8)),
    "KR": ((3, 1), (5, 5), (8, 15), (10, 3)),
    "AU": ((1, 26), (4, 25)),
}
_WITH_EASTER = frozenset(("US", "BR", "GB", "DE", "FR", "MX", "CA", "ES", "AU"))
_EASTER = {-2: 1.06, 0: 0.97, 1: 1.10}  # Good Friday, Sunday, Monday, by days from Easter
# (month, which one, weekday, factor): the fourth Thursday of November and the day after it, Mondays off.
_BY_WEEKDAY: dict[str, tuple[tuple[int, int, int, float], ...]] = {
    "US": ((11, 4, 3, 0.90), (5, -1, 0, 1.08), (9, 1, 0, 1.08)),
    "CA": ((10, 2, 0, 0.95), (9, 1, 0, 1.08)),
    "GB": ((5, 1, 0, 1.08), (5, -1, 0, 1.08), (8, -1, 0, 1.08)),
    "JP": ((1, 2, 0, 1.06), (9, 3, 0, 1.06)),
}
_THANKSGIVING_FRIDAY = 1.20
# Long dark evenings: this much more than the mean in the middle of January, as much less in July (south of the equator the
# other way round).
_SEASON = 0.07
_SEASON_PEAK = 15  # day of the year
_SOUTH = frozenset(("BR", "AU"))


@lru_cache(maxsize=4_096)
def holiday(country: str, day: date) -> float | None:
    """Viewing on a holiday of ``country`` against an ordinary day; ``None`` on an ordinary day."""
    for month, which, weekday, factor in _BY_WEEKDAY.get(country, ()):
        if day == _nth(day.year, month, which, weekday):
            return factor
    if country == "US" and day - timedelta(days=1) == _nth(day.year, 11, 4, 3):
        return _THANKSGIVING_FRIDAY
    if (day.month, day.day) in _EVERYWHERE:
        return _EVERYWHERE[day.month, day.day]
    if country in _WITH_EASTER and (day - _easter(day.year)).days in _EASTER:
        return _EASTER[(day - _easter(day.year)).days]
    return _NATIONAL if (day.month, day.day) in _NATIONAL_DAYS[country] else None


def season(country: str, day: date) -> float:
    """Viewing at this time of the year against the year's mean."""
    turn = 2 * np.pi * (day.timetuple().tm_yday - _SEASON_PEAK) / 365.25
    return float(1 + _SEASON * np.cos(turn) * (-1 if country in _SOUTH else 1))


def _nth(year: int, month: int, which: int, weekday: int) -> date:
    """The ``which``-th ``weekday`` of a month; -1 is the last one."""
    if which < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))


@lru_cache(maxsize=64)
def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm, Meeus, "Astronomical Algorithms", 1991)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    h = (19 * a + b - d - (b - f + 1) // 3 + 15) % 30
    i, k = divmod(c, 4)
    last = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * last) // 451
    month, day = divmod(h + last - 7 * m + 114, 31)
    return date(year, month, day + 1)

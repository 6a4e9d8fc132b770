"""When and where people watch: countries with their clocks, the day's and the week's cycle, growth.

Not published by anyone, so assumptions, but for the evening peak between 17 and 22 h local time (Netflix 2017).
"""

from __future__ import annotations

from datetime import date

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rng import stream

DAY_MS = 86_400_000
BINS = 96  # a day's cycle is kept per quarter of an hour, which lets a clock differ by half an hour (India)
BIN_MS = DAY_MS // BINS

# code, share of accounts, hours ahead of UTC (standard time; a country of several zones by its most populous one), languages
_COUNTRIES = (
    ("US", 0.29, -6.0, ("English",)),
    ("BR", 0.09, -3.0, ("Portuguese",)),
    ("GB", 0.09, 0.0, ("English",)),
    ("DE", 0.07, 1.0, ("German",)),
    ("FR", 0.07, 1.0, ("French",)),
    ("IN", 0.07, 5.5, ("Hindi", "Tamil")),
    ("MX", 0.07, -6.0, ("Spanish",)),
    ("JP", 0.06, 9.0, ("Japanese",)),
    ("CA", 0.05, -5.0, ("English", "French")),
    ("ES", 0.05, 1.0, ("Spanish",)),
    ("KR", 0.05, 9.0, ("Korean",)),
    ("AU", 0.04, 10.0, ("English",)),
)
COUNTRY_CODES = tuple(row[0] for row in _COUNTRIES)
COUNTRY_SHARES = np.array([row[1] for row in _COUNTRIES])
COUNTRY_LANGUAGES = tuple(row[3] for row in _COUNTRIES)

# Viewing by local hour, 0 to 23. At weekends people start earlier and go to bed later.
_WEEKDAY_HOURS = (
    *(3.0, 1.7, 0.9, 0.6, 0.5, 0.6, 1.0, 1.5, 1.7, 1.9, 2.1, 2.5),
    *(3.1, 3.1, 2.9, 3.1, 3.8, 5.0, 6.5, 8.1, 9.0, 8.6, 6.9, 4.7),
)
_WEEKEND_HOURS = (
    *(4.2, 2.8, 1.6, 1.0, 0.7, 0.6, 0.8, 1.3, 2.1, 2.9, 3.5, 3.9),
    *(4.3, 4.5, 4.6, 4.8, 5.2, 5.9, 6.8, 7.8, 8.4, 8.2, 7.0, 5.5),
)
_WEEKDAYS = (0.92, 0.91, 0.92, 0.95, 1.05, 1.15, 1.10)  # Monday to Sunday, mean 1

# Net growth of the accounts that are paid for, per day (see users: sign-ups less cancellations plus returns).
_GROWTH_PER_DAY = 0.0006
_GROWTH_CENTRE = 60  # the demo's 120 days are at the scale's events per day on average
_NOISE = 0.025  # weather, football, holidays


def volume(seed: int, day: date, day_number: int) -> float:
    """Viewing on ``day`` against the mean day of the first 120; ``day_number`` counts from the platform's start."""
    noise = np.exp(_NOISE * stream(seed, "volume", day.toordinal()).standard_normal())
    growth = 1 + _GROWTH_PER_DAY * (day_number - _GROWTH_CENTRE)
    return float(_WEEKDAYS[day.weekday()] * growth * noise)


def viewing_by_bin(day: date) -> Array:
    """Share of a country's viewing of ``day`` (UTC) by quarter of an hour (UTC): countries × 96, each row sums to 1."""
    hours = np.array(_WEEKEND_HOURS if day.weekday() >= 5 else _WEEKDAY_HOURS)
    local = np.interp((np.arange(BINS) + 0.5) / 4, np.arange(-0.5, 26), hours[np.arange(-1, 26) % 24])
    rows = [np.roll(local, -round(4 * row[2])) for row in _COUNTRIES]
    return np.stack(rows) / local.sum()

"""When and where people watch: places with their clocks, the day's, the week's and the year's cycle.

Not published by anyone, so assumptions, but for the evening peak between 17 and 22 h local time (Netflix 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.holidays import holiday, season
from netflix_platform.sources.synthetic.rng import stream

DAY_MS = 86_400_000
BINS = 96  # a day's cycle is kept per quarter of an hour, which lets a clock differ by half an hour (India)
BIN_MS = DAY_MS // BINS

# code, share of accounts, languages, time zones with their shares of the country's accounts
_COUNTRIES = (
    ("US", 0.29, ("English",), {"New_York": 0.47, "Chicago": 0.29, "Denver": 0.07, "Los_Angeles": 0.17}),
    ("BR", 0.09, ("Portuguese",), {"Sao_Paulo": 1.0}),
    ("GB", 0.09, ("English",), {"London": 1.0}),
    ("DE", 0.07, ("German",), {"Berlin": 1.0}),
    ("FR", 0.07, ("French",), {"Paris": 1.0}),
    ("IN", 0.07, ("Hindi", "Tamil"), {"Kolkata": 1.0}),
    ("MX", 0.07, ("Spanish",), {"Mexico_City": 1.0}),
    ("JP", 0.06, ("Japanese",), {"Tokyo": 1.0}),
    ("CA", 0.05, ("English", "French"), {"Toronto": 0.66, "Edmonton": 0.19, "Vancouver": 0.15}),
    ("ES", 0.05, ("Spanish",), {"Madrid": 1.0}),
    ("KR", 0.05, ("Korean",), {"Seoul": 1.0}),
    ("AU", 0.04, ("English",), {"Sydney": 0.69, "Brisbane": 0.20, "Perth": 0.11}),
)
_CONTINENTS = {"GB": "Europe", "DE": "Europe", "FR": "Europe", "ES": "Europe", "IN": "Asia", "JP": "Asia", "KR": "Asia"}
_CONTINENTS |= {"AU": "Australia"}
COUNTRY_CODES = tuple(row[0] for row in _COUNTRIES)
COUNTRY_SHARES = np.array([row[1] for row in _COUNTRIES])
COUNTRY_LANGUAGES = tuple(row[2] for row in _COUNTRIES)


def clock(name: str) -> ZoneInfo:
    """A zone of the locked tz database, so that the world does not depend on the machine's: past years are corrected too."""
    with (resources.files("tzdata") / "zoneinfo" / name).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)


@dataclass(frozen=True)
class Place:
    """A country's accounts that share a clock. ``country``: position in ``COUNTRY_CODES``; ``share`` of all accounts."""

    country: int
    zone: ZoneInfo
    share: float


PLACES = tuple(
    Place(number, clock(f"{_CONTINENTS.get(code, 'America')}/{city}"), share * within)
    for number, (code, share, _, zones) in enumerate(_COUNTRIES)
    for city, within in zones.items()
)
PLACE_COUNTRIES = np.array([place.country for place in PLACES], np.int8)
PLACE_SHARES = np.array([place.share for place in PLACES]) / sum(place.share for place in PLACES)

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
_NOISE = 0.025  # weather, football


@dataclass(frozen=True)
class Cycle:
    """A day (UTC), places × quarters of an hour (UTC). ``rate``: viewing, 1 being a mean day's sum; ``hour``: on local clocks."""

    rate: Array
    hour: Array


@lru_cache(maxsize=64)
def cycle(seed: int, day: date) -> Cycle:
    """How much is watched when on ``day``, place by place: clocks (daylight saving included), weekdays, holidays, seasons."""
    rates, hours = [], []
    noise = np.exp(_NOISE * stream(seed, "volume", day.toordinal()).standard_normal())
    for place in PLACES:
        local = (np.arange(BINS) + 0.5) / 4 + _ahead(place.zone, day)
        days_on, hour = np.divmod(local, 24)
        rate = np.zeros(BINS)
        for day_on in np.unique(days_on):
            on = days_on == day_on
            rate[on] = _rates(COUNTRY_CODES[place.country], day + timedelta(days=int(day_on)), hour[on])
        rates.append(rate * noise)
        hours.append(hour.astype(np.int8))
    return Cycle(np.stack(rates), np.stack(hours))


def _rates(country: str, local_day: date, hour: Array) -> Array:
    off = holiday(country, local_day)
    curve = np.array(_WEEKEND_HOURS if off is not None or local_day.weekday() >= 5 else _WEEKDAY_HOURS)
    at = np.interp(hour, np.arange(-0.5, 25), curve[np.arange(-1, 25) % 24])
    factor = _WEEKDAYS[local_day.weekday()] * season(country, local_day) * (1.0 if off is None else off)
    return at / (4 * curve.sum()) * factor


def _ahead(zone: ZoneInfo, day: date) -> Array:
    """Hours by which the zone's clocks are ahead of UTC, by quarter of an hour; they change at most once a day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)

    def at(moment: datetime) -> float:
        offset = moment.astimezone(zone).utcoffset()
        assert offset is not None
        return offset / timedelta(hours=1)

    first, last = at(midnight), at(midnight + timedelta(days=1, minutes=-15))
    if first == last:
        return np.full(BINS, first)
    return np.array([at(midnight + timedelta(minutes=15 * number)) for number in range(BINS)])

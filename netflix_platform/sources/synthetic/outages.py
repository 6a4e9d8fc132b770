"""Outages: an hour or so in one country with errors, long startups and rebuffering. Planted, so that there is something to find.

About one in three weeks has one, at a time at which people watch. A pure function of the seed and the week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES, COUNTRY_SHARES, PLACES
from netflix_platform.sources.synthetic.rng import stream

# Assumptions: nobody publishes how often a service fails, or how badly.
_PER_WEEK = 1 / 3
_MINUTES = (50, 110)
_LOCAL_HOURS = (18.0, 22.0)  # of the beginning
ERRORS = 0.30  # of the playbacks that begin within it
SLOWER = 5.0  # times to the first picture
STALLS = 5.0  # interruptions between two reports


@dataclass(frozen=True)
class Outage:
    """``country``: position in ``COUNTRY_CODES``; ``begin`` and ``end`` in UTC."""

    country: int
    begin: datetime
    end: datetime

    def as_dict(self) -> dict[str, str]:
        """As the manifest holds it."""
        return {
            "country": COUNTRY_CODES[self.country],
            "begin": self.begin.isoformat().replace("+00:00", "Z"),
            "end": self.end.isoformat().replace("+00:00", "Z"),
        }


def outages_on(seed: int, day: date) -> tuple[Outage, ...]:
    """The outages that are on at some moment of ``day`` (UTC)."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    weeks = {(day.toordinal() + shift) // 7 for shift in (-1, 0, 1)}
    found = (_of_week(seed, week) for week in sorted(weeks))
    return tuple(one for one in found if one and one.begin < begin + timedelta(days=1) and one.end > begin)


def struck(outages: tuple[Outage, ...], start_ms: int, at: Array, country: Array) -> Array:
    """Which of the playbacks that begin ``at`` (ms since the day's midnight at ``start_ms``) an outage hits."""
    hit = np.zeros(len(at), bool)
    for outage in outages:
        begin, end = (round(moment.timestamp() * 1000) - start_ms for moment in (outage.begin, outage.end))
        hit |= (country == outage.country) & (at >= begin) & (at < end)
    return hit


def _of_week(seed: int, week: int) -> Outage | None:
    rng = stream(seed, "outage", week)
    if rng.random() >= _PER_WEEK:
        return None
    country = int(rng.choice(len(COUNTRY_CODES), p=COUNTRY_SHARES / COUNTRY_SHARES.sum()))
    zone = next(place.zone for place in PLACES if place.country == country)
    local_day = date.fromordinal(7 * week + int(rng.integers(7)))
    local = datetime(local_day.year, local_day.month, local_day.day, tzinfo=zone)
    begin = local.astimezone(UTC) + timedelta(minutes=int(60 * rng.uniform(*_LOCAL_HOURS)))
    return Outage(country, begin, begin + timedelta(minutes=int(rng.integers(*_MINUTES))))

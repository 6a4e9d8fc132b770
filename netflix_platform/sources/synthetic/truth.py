"""What is true of the world by construction, for the manifest: what a correct analysis of a day or of a cohort must find.

Expectations, not counts: what was drawn scatters around them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.accounts import Cohort
from netflix_platform.sources.synthetic.habits import DEVICE_SHARES, DEVICES, FADING
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES, PLACE_COUNTRIES
from netflix_platform.sources.synthetic.world import World

_MOST_POPULAR = 10
_FOLLOWED = 0.88  # of the hours of series, those of profiles that follow them (as `make realism` counts them)
_TENURES = (30, 60, 90)  # days after sign-up
COHORT_DAYS = 30


def truth_of_day(world: World, number: int) -> dict[str, Any]:
    """Of day ``number``: how many visits, their countries, devices, the titles with most hours, and outages that are on.

    ``popularity``: by type, the first titles with their expected share of the type's hours.
    """
    day = world.day(number)
    visits = np.bincount(PLACE_COUNTRIES, weights=np.diff(day.place_visits), minlength=len(COUNTRY_CODES))
    hours = expected_hours(world, number)
    ids = day.titles["title_id"]
    popularity = {}
    for name, of_type in (("film", ~day.shelf.is_season), ("season", day.shelf.is_season)):
        shares = np.where(of_type, hours, 0) / max(hours[of_type].sum(), 1e-300)
        first = np.argsort(-shares, kind="stable")[:_MOST_POPULAR]
        popularity[name] = {ids[int(title)]: round(float(shares[title]), 5) for title in first if shares[title] > 0}
    return {
        "visits": int(visits.sum()),
        "country_shares": _shares(COUNTRY_CODES, visits),
        "device_shares_of_hours": _shares(DEVICES, np.array(DEVICE_SHARES)),
        "popularity": popularity,
        "outages": [outage.as_dict() for outage in day.outages],
    }


def truth_of_signups(world: World, number: int) -> dict[str, Any]:
    """Of the accounts that sign up in the 30 days from day ``number`` on: how many, and how many must be expected to stay.

    ``retention``: by days after sign-up, the share that has not cancelled until then. ``monthly_churn``: of the first 30 days.
    Empty when no 30 days begin on that day.
    """
    if number % COHORT_DAYS:
        return {}
    cohort = world.accounts.cohort(number // COHORT_DAYS + 1)
    first = world.start + timedelta(days=number)
    return {
        "cohort": {
            "first_day": first.isoformat(),
            "last_day": (first + timedelta(days=COHORT_DAYS - 1)).isoformat(),
            "accounts": len(cohort.hazard),
            "monthly_churn": round(1 - _retention(cohort, COHORT_DAYS), 5),
            "retention": {str(days): round(_retention(cohort, days), 5) for days in _TENURES},
        }
    }


def expected_hours(world: World, number: int) -> Array:
    """The share of each title of the hours that its type has on day ``number``.

    Of what is chosen on the day, and of the series that were begun on it or in the two weeks before.
    """
    day = world.day(number)
    hours = day.choices.hours.copy()
    followed = np.zeros(len(hours))
    for back, outlook in enumerate(day.outlooks):
        begun = outlook.choices.begun
        followed[: len(begun)] += FADING[back] / len(day.outlooks) * begun
    is_season = day.shelf.is_season
    for of_type in (is_season, ~is_season):
        hours[of_type] /= max(hours[of_type].sum(), 1e-300)
    return np.where(is_season, _FOLLOWED * followed + (1 - _FOLLOWED) * hours, hours)


def _retention(cohort: Cohort, days: int) -> float:
    return float(np.exp(-cohort.hazard.astype(np.float64) * days).mean()) if len(cohort.hazard) else 1.0


def _shares(names: tuple[str, ...], weights: Array) -> dict[str, float]:
    return {
        name: round(float(weight / max(weights.sum(), 1e-300)), 4) for name, weight in zip(names, weights, strict=True)
    }

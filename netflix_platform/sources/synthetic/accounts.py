"""Accounts: who has signed up by when, on which plan, and when they change it, leave and come back.

Every account's life is drawn as a whole when its cohort is built, so that any later day is a look-up. Cohort 0 are the
accounts that exist at the start, cohort k those that sign up in the k-th 30 days after it. Times are whole seconds since the
start day's midnight (UTC), negative before it, ``NEVER`` when something does not happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from netflix_platform.contracts.users import AGE_BANDS, PLANS
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES, PLACE_COUNTRIES, PLACE_SHARES, PLACES
from netflix_platform.sources.synthetic.rng import monthly_count, monthly_total, salt, scrambled, stream

NEVER = np.iinfo(np.int32).max
_DAY = 86_400
_MONTH = 30 * _DAY

# 90 % of the scale's accounts exist at the start, the rest sign up within its first 120 days and go on at that pace.
_PRESENT_AT_START = 0.9
_SIGNUP_DAYS = 120
_MEAN_TENURE_DAYS = 400  # of the accounts at the start; assumption
_LONGEST_TENURE_DAYS = 1_800
# Gross churn 1.8 % a month, net 1.0 % (Antenna 2024): of those who leave 45 % come back, after four months on average. Who
# watches little and who pays least leaves sooner (assumption), so those who have stayed for long leave less than new ones; the
# base is set so that the accounts of a platform's first months leave at the published rate altogether.
_HAZARD_PER_DAY = 0.018 / 30.4
_HAZARD_BASE = 0.855
_ACTIVITY_ON_HAZARD = -0.4  # power of the activity against the mean account's
_PLAN_ON_HAZARD = (1.25, 1.0, 0.75)
_RETURNING = 0.45
_MEAN_PAUSE_DAYS = 120
_MEAN_PLAN_DAYS = 1_500  # assumption
_PLAN_SHARES = (0.35, 0.40, 0.25)  # with ads, standard, premium; assumption
AGE_SHARES = (0.13, 0.24, 0.22, 0.18, 0.13, 0.10)  # assumption
_PROFILE_SHARES = (0.34, 0.28, 0.19, 0.13, 0.06)  # 1 to 5 profiles; assumption
_ACTIVITY_SIGMA = 0.75  # log-normal: the busiest tenth watch about 30 % of all hours in the long run; assumption
_ROWS_PER_FRAME = 250_000


@dataclass(frozen=True)
class Cohort:
    """Accounts that signed up in one period, as arrays of equal length; see the module for the times.

    ``turns``: n × 4, cancellation, return, cancellation, return. ``plan_times``: n × 3, ``plans``: n × 4, the plan before the
    first and after each change. ``place``: position in ``PLACES``; ``activity``: how much an account watches, the mean one 1;
    ``hazard``: its chance to leave, per day, for as long as it is paid for.
    """

    first_number: int
    signup: Array
    turns: Array
    plan_times: Array
    plans: Array
    place: Array
    age_band: Array
    profiles: Array
    activity: Array
    hazard: Array

    @cached_property
    def changes(self) -> Array:
        """The moments at which an account's record changes: n × 8, sign-up, turns, plan changes."""
        return np.concatenate([self.signup[:, None], self.turns, self.plan_times], axis=1)


@dataclass(frozen=True)
class Population:
    """All accounts of some cohorts, ordered by place: those who may watch. ``key``: what an account's hashes are made from."""

    number: Array
    key: Array
    activity: Array
    profiles: Array
    age_band: Array
    spells: tuple[tuple[Array, Array], ...]  # begin and end (s) of each time in which the account is paid for
    place_starts: Array  # where each place begins in the arrays, and at last their length

    def paid_within(self, begin: int, end: int) -> Array:
        """Which accounts are paid for at some moment of [begin, end) (s)."""
        return np.logical_or.reduce([(start < end) & (stop > begin) for start, stop in self.spells])

    def paid_at(self, accounts: Array, moments: Array) -> Array:
        """Whether each of ``accounts`` (positions) is paid for at its moment (s)."""
        return np.logical_or.reduce([(s[accounts] <= moments) & (moments < e[accounts]) for s, e in self.spells])


class Accounts:
    """The accounts of one world. Days are numbered from the platform's start (0)."""

    def __init__(self, seed: int, users: int, start: date) -> None:
        self._seed = seed
        self._start = datetime(start.year, start.month, start.day, tzinfo=UTC)
        self._at_start = max(1, round(users * _PRESENT_AT_START))
        self._signups_per_day = users * (1 - _PRESENT_AT_START) / _SIGNUP_DAYS
        self._cohorts: dict[int, Cohort] = {}
        self._population = lru_cache(maxsize=2)(self._join)  # a day and the day before may lie in two months

    def population(self, day_number: int) -> Population:
        """Everyone who has signed up by the end of the day's month; ask ``paid_within`` who may watch on the day."""
        return self._population(_months(day_number))

    def active_at_start(self) -> float:
        """The activity of the accounts that are paid for when the platform starts, summed."""
        cohort = self._until(0)[0]
        paid = (cohort.turns <= 0).sum(axis=1) % 2 == 0
        return float(cohort.activity[paid].sum(dtype=np.float64))

    def cohort(self, number: int) -> Cohort:
        """The accounts that exist at the start (0), or that sign up in the ``number``-th 30 days after it."""
        return self._until(number)[number]

    def frames(self, day_number: int) -> Iterator[pl.DataFrame]:
        """The users feed's rows of a day, in the contract's columns, ordered by time within a frame.

        On day 0 a snapshot of the accounts that exist at its beginning comes first, each with the moment of its last change.
        """
        begin, end = day_number * _DAY, (day_number + 1) * _DAY
        for cohort in self._until(_months(day_number)):
            for first in range(0, len(cohort.signup), _ROWS_PER_FRAME):
                moments = cohort.changes[first : first + _ROWS_PER_FRAME]
                if day_number == 0:
                    past = np.where(moments < begin, moments, np.iinfo(np.int32).min).max(axis=1)
                    known = np.flatnonzero(moments[:, 0] < begin)
                    yield self._frame(cohort, first + known, past[known])
                rows, columns = np.nonzero((moments >= begin) & (moments < end))
                yield self._frame(cohort, first + rows, moments[rows, columns])

    def _frame(self, cohort: Cohort, rows: Array, moments: Array) -> pl.DataFrame:
        order = np.lexsort((rows, moments))
        rows, moments = rows[order], moments[order].astype(np.int64)
        plan = cohort.plans[rows, (cohort.plan_times[rows] <= moments[:, None]).sum(axis=1)]
        cancelled = (cohort.turns[rows] <= moments[:, None]).sum(axis=1) % 2 == 1
        start_ms = int(self._start.timestamp()) * 1000
        millisecond = (cohort.first_number + rows) * 7_919 % 1_000  # any fixed scatter will do
        changed = pl.from_epoch(pl.Series(start_ms + moments * 1000 + millisecond), "ms")
        signup = pl.from_epoch(pl.Series(start_ms // 1000 + cohort.signup[rows].astype(np.int64)), "s")
        return pl.DataFrame(
            {
                "user_id": account_ids(cohort.first_number + rows),
                "changed_ts": changed.dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ"),
                "signup_date": signup.dt.to_string("%Y-%m-%d"),
                "plan": pl.Series(PLANS).gather(plan),
                "country": pl.Series(COUNTRY_CODES).gather(PLACE_COUNTRIES[cohort.place[rows]]),
                "age_band": pl.Series(AGE_BANDS).gather(cohort.age_band[rows]),
                "status": pl.Series(("active", "cancelled")).gather(cancelled.astype(np.uint32)),
            }
        )

    def _until(self, months: int) -> list[Cohort]:
        for number in range(months + 1):
            if number not in self._cohorts:
                self._cohorts[number] = self._draw(number)
        return [self._cohorts[number] for number in range(months + 1)]

    def _draw(self, number: int) -> Cohort:
        rng = stream(self._seed, "accounts", number)
        if number == 0:
            first, size = 1, self._at_start
            tenure = np.minimum(
                rng.exponential(_MEAN_TENURE_DAYS, size), _LONGEST_TENURE_DAYS * rng.random(size) ** 0.5
            )
            signup = -np.maximum(1, tenure * _DAY).astype(np.int64)
        else:
            first = 1 + self._at_start + monthly_total(self._signups_per_day, number - 1)
            size = monthly_count(self._signups_per_day, number - 1)
            signup = np.sort(rng.integers((number - 1) * _MONTH, number * _MONTH, size))
        activity = np.exp(_ACTIVITY_SIGMA * rng.standard_normal(size) - _ACTIVITY_SIGMA**2 / 2)
        first_plan = rng.choice(len(PLANS), size, p=_PLAN_SHARES)
        hazard = _HAZARD_BASE * _HAZARD_PER_DAY * activity**_ACTIVITY_ON_HAZARD * np.array(_PLAN_ON_HAZARD)[first_plan]
        returning = rng.random((size, 2)) < _RETURNING
        stays = rng.exponential(_DAY / hazard[:, None], (size, 2))
        pauses = np.where(returning, rng.exponential(_MEAN_PAUSE_DAYS * _DAY, (size, 2)) + _DAY, np.inf)
        turns = _times(signup, np.stack([stays[:, 0], pauses[:, 0], stays[:, 1], pauses[:, 1]], axis=1))
        plan_times = _times(signup, rng.exponential(_MEAN_PLAN_DAYS * _DAY, (size, 3)) + _DAY)
        away = (turns[:, None, :] <= plan_times[:, :, None]).sum(axis=2) % 2 == 1
        plan_times = np.sort(
            np.where(away, NEVER, plan_times), axis=1
        )  # nobody changes the plan of a cancelled account
        steps = rng.integers(1, len(PLANS), (size, 3))
        plans = np.cumsum(np.column_stack([first_plan, steps]), axis=1) % len(PLANS)
        return Cohort(
            first_number=first,
            signup=signup.astype(np.int32),
            turns=turns.astype(np.int32),
            plan_times=plan_times.astype(np.int32),
            plans=plans.astype(np.int8),
            place=rng.choice(len(PLACES), size, p=PLACE_SHARES).astype(np.int8),
            age_band=rng.choice(len(AGE_BANDS), size, p=AGE_SHARES).astype(np.int8),
            profiles=(1 + rng.choice(len(_PROFILE_SHARES), size, p=_PROFILE_SHARES)).astype(np.int8),
            activity=activity.astype(np.float32),
            hazard=hazard.astype(np.float32),
        )

    def _join(self, months: int) -> Population:
        cohorts = self._until(months)
        place = np.concatenate([cohort.place for cohort in cohorts])
        order = np.argsort(place, kind="stable")

        def joined(*parts: Array) -> Array:
            return np.concatenate(parts)[order]

        turns = [joined(*(cohort.turns[:, turn] for cohort in cohorts)) for turn in range(4)]
        never = np.full(len(order), NEVER, np.int32)
        number = joined(*(np.arange(len(c.signup), dtype=np.int32) + c.first_number for c in cohorts))
        return Population(
            number=number,
            key=scrambled(number.astype(np.uint32) + salt(self._seed, "account")),
            activity=joined(*(cohort.activity for cohort in cohorts)),
            profiles=joined(*(cohort.profiles for cohort in cohorts)),
            age_band=joined(*(cohort.age_band for cohort in cohorts)),
            spells=(
                (joined(*(cohort.signup for cohort in cohorts)), turns[0]),
                (turns[1], turns[2]),
                (turns[3], never),
            ),
            place_starts=np.searchsorted(place[order], np.arange(len(PLACES) + 1)),
        )


def account_ids(numbers: Array) -> pl.Series:
    """The ids of accounts by number, for example ``u00000012``."""
    return "u" + pl.Series(numbers).cast(pl.String).str.zfill(8)


def _times(signup: Array, waits: Array) -> Array:
    """Moments (s) after sign-up, each the given wait (s) after the one before; ``NEVER`` beyond what int32 holds."""
    return np.minimum(signup[:, None] + np.cumsum(waits, axis=1), NEVER).astype(np.int64)


def _months(day_number: int) -> int:
    return day_number // 30 + 1

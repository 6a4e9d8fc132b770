"""One day of the world: who watches, when, and what, as tables to draw from. Built alone, whatever the day.

A day's cost does not depend on how many days came before it: accounts and titles are look-ups, nothing is carried on. What a
spell's earlier days need to be known of is asked from ``Outlook``, which is cheap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.accounts import Population
from netflix_platform.sources.synthetic.choices import Choice, Choices
from netflix_platform.sources.synthetic.habits import FADING, SPELL_DAYS
from netflix_platform.sources.synthetic.outages import Outage, outages_on
from netflix_platform.sources.synthetic.rhythm import BIN_MS, BINS, PLACES, cycle
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.shelf import Shelf
from netflix_platform.sources.synthetic.spells import day_salts, paces, spells_of, visit_counts

_DAY_SECONDS = 86_400
# Launches bring people: so much more is watched when all hours were theirs, against when a usual share is. Assumption.
_LAUNCHES_ON_VOLUME = 0.25
_USUAL_LAUNCHES = 0.10
_MOST_BY_LAUNCHES = 0.06
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Outlook:
    """What is known of a day without drawing it. ``rates``: visits per place against a mean day's, sum over the day."""

    choices: Choices
    rates: Array


@dataclass(frozen=True)
class Day:
    """What the visits of one day are drawn from. ``titles``: see ``Titles.known``; positions in it are the title numbers.

    ``visits``: cumulated visits of the accounts, by position in the population, with a leading 0; ``place_visits``: the same at
    each place's beginning, and at last all; ``strides`` to ``place_offsets``: the order of a place's visits.
    ``reached``: per place, the share of the day's visits before each quarter of an hour (UTC), with a trailing 1; ``hour``: the
    local hour then. ``outlooks``: this day and those of a spell before it, by days back; ``followed``: what may be followed since
    each of those days, one table after the other. ``activity``: visits of each account on a mean day.
    """

    seed: int
    number: int
    ordinal: int
    start_ms: int
    population: Population
    visits: Array
    place_visits: Array
    reached: Array
    hour: Array
    titles: pl.DataFrame
    shelf: Shelf
    outlooks: tuple[Outlook, ...]
    followed: Choice
    activity: Array
    count_salts: Array
    visit_salts: Array
    strides: Array
    inverses: Array
    shifts: Array
    place_offsets: Array
    outages: tuple[Outage, ...]

    @property
    def choices(self) -> Choices:
        """The tables of this day."""
        return self.outlooks[0].choices

    def visits_between(
        self, rng: np.random.Generator, after: float, share: float, first_bin: int, last_bin: int
    ) -> tuple[Array, Array, Array, Array]:
        """The day's visits that belong to a part of it: (place, order, position in the order of accounts, begin in ms).

        A place's visits have an order, in which neighbours are any accounts. The part takes ``share`` of it from ``after`` on,
        and of this the stretch that falls into the quarter hours [first_bin, last_bin). Parts that do not overlap share no
        visit, and together they have all. Within a place the positions ascend.
        """
        count = np.diff(self.place_visits)
        first, last = self.reached[:, first_bin], self.reached[:, last_bin]
        begin = np.floor(count * (after + share * first) + self.place_offsets + 1e-9).astype(np.int64)
        end = np.floor(count * (after + share * last) + self.place_offsets + 1e-9).astype(np.int64)
        number = end - begin
        place = np.repeat(np.arange(len(count)), number)
        order = np.arange(len(place)) - np.repeat(np.cumsum(number) - number - begin, number)
        position = (order * self.strides[place] + self.shifts[place]) % count[place] + self.place_visits[place]
        position.sort()
        order = self._order(place, position)
        share_of_part = (order - begin[place] + rng.random(len(place))) / number[place]
        wanted = first[place] + share_of_part * (last - first)[place]
        ends = (self.reached[:, 1:] + np.arange(len(count))[:, None]).ravel()
        bins = np.clip(np.searchsorted(ends, place + wanted, side="right") - place * BINS, first_bin, last_bin - 1)
        low, high = self.reached[place, bins], self.reached[place, bins + 1]
        at = ((bins + np.clip((wanted - low) / (high - low), 0, 1)) * BIN_MS).astype(np.int64)
        return place, order, position, np.minimum(at, last_bin * BIN_MS - 1)

    def order_of(self, account: Array, place: Array, visit: Array) -> Array:
        """The place in the order of the visits ``visit`` of accounts."""
        return self._order(place, self.visits[account] + visit)

    def _order(self, place: Array, position: Array) -> Array:
        within = position - self.place_visits[place] - self.shifts[place]
        order: Array = within * self.inverses[place] % np.diff(self.place_visits)[place]
        return order

    @cached_property
    def is_season(self) -> Array:
        return (self.titles["title_type"] == "season").to_numpy()


def build_outlook(seed: int, start: date, number: int, choices: Choices) -> Outlook:
    """What is known of day ``number`` (0 is ``start``); nobody watches where nothing has been released yet."""
    rates = cycle(seed, date.fromordinal(start.toordinal() + number)).rate.sum(axis=1)
    more = _LAUNCHES_ON_VOLUME * (choices.launches - _USUAL_LAUNCHES)
    launches = 1 + min(max(more, -_MOST_BY_LAUNCHES), _MOST_BY_LAUNCHES)
    return Outlook(choices, rates * launches * bool(choices.hours.any()))


def build_day(
    seed: int,
    start: date,
    number: int,
    population: Population,
    base: float,
    titles: pl.DataFrame,
    shelf: Shelf,
    outlook: Callable[[int], Outlook],
) -> Day:
    """The tables of day ``number``. ``base``: visits of the mean account on the mean day."""
    day = date.fromordinal(start.toordinal() + number)
    outlooks = tuple(outlook(number - back) for back in range(SPELL_DAYS))
    count_salts, visit_salts = day_salts(seed, day.toordinal())
    activity = population.activity * np.float32(base)
    paid = population.paid_within(number * _DAY_SECONDS, (number + 1) * _DAY_SECONDS)
    visits = np.zeros(len(activity) + 1, np.int64)
    for place in range(len(PLACES)):
        begin, end = population.place_starts[place], population.place_starts[place + 1]
        for first in range(begin, end, _BLOCK):
            block = slice(first, min(first + _BLOCK, end))
            keys = population.key[block]
            spell, elapsed = spells_of(keys, day.toordinal())
            rate = FADING * np.float32(outlooks[0].rates[place])
            expected = paces(seed, keys, spell, activity[block]) * rate[elapsed]
            visits[1:][block] = visit_counts(count_salts[0], keys, expected) * paid[block]
    np.cumsum(visits, out=visits)
    place_visits = visits[population.place_starts]
    rng = stream(seed, "order", day.toordinal())
    strides = [_stride(int(count)) for count in np.diff(place_visits)]
    of_day = cycle(seed, day)
    reached = np.cumsum(of_day.rate, axis=1) / of_day.rate.sum(axis=1, keepdims=True)
    return Day(
        seed=seed,
        number=number,
        ordinal=day.toordinal(),
        start_ms=int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000,
        population=population,
        visits=visits,
        place_visits=place_visits,
        reached=np.concatenate([np.zeros((len(PLACES), 1)), reached[:, : BINS - 1], np.ones((len(PLACES), 1))], axis=1),
        hour=of_day.hour,
        titles=titles,
        shelf=shelf,
        outlooks=outlooks,
        followed=Choice.joined([outlook.choices.followed for outlook in outlooks]),
        activity=activity,
        count_salts=count_salts,
        visit_salts=visit_salts,
        strides=np.array([stride for stride, _ in strides]),
        inverses=np.array([inverse for _, inverse in strides]),
        shifts=rng.integers(0, np.maximum(np.diff(place_visits), 1)),
        place_offsets=rng.random(len(PLACES)),
        outages=outages_on(seed, day),
    )


def _stride(count: int) -> tuple[int, int]:
    """A number near the golden section of ``count`` without a common divisor with it, and its inverse modulo ``count``.

    Steps of this length visit every one of ``count`` once, and neighbours in time are far apart.
    """
    stride = max(1, round(count * 0.6180339887498949))
    while math.gcd(stride, count) > 1:
        stride += 1
    return stride, pow(stride, -1, count) if count > 1 else 0

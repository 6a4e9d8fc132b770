"""What is chosen on a day: tables from which titles are drawn, by language, taste and hour.

A choice takes two steps: a kind of title (film or season of a family), which depends on the taste and on the hour, then one
title of it. So the tables stay small, and a title's share of the hours stays what its popularity and its age say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netflix_platform.sources.published import Array, audience
from netflix_platform.sources.synthetic.habits import mean_followed_ms, mean_watched_ms
from netflix_platform.sources.synthetic.shelf import LANGUAGE_GROUPS, Shelf
from netflix_platform.sources.synthetic.tastes import FAMILIES, affinity, by_hour

# Of what people choose for once, weekday and weekend; films rather at weekends (assumption). Together with the series that are
# followed it gives series against films 3 to 1 (engagement report 2025).
_FILM_SHARE = (0.74, 0.80)
# Non-English over a third (engagement report 2025); below, what own-language viewing adds to English is left out.
_ENGLISH_SHARE = 0.55
# How far English is drawn to this share on a day; what is left lets a great launch move it. Assumption.
_PULL = 0.9
# A series that is begun is watched for some days, so its hours fade later than its beginnings do: those are ahead.
_AHEAD = 0.9  # of its age
_MOST_AHEAD_DAYS = 7
_BUCKETS = 1 << 14
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True)
class Choice:
    """What titles are drawn from, of kinds as the shelf has them.

    ``kinds``: cumulated shares of the kinds, row r from r to r + 1; ``bounds``: language groups × (kinds + 1), the cumulated
    share of the titles at which each kind begins; ``order``: titles by kind, those with the greatest share first; ``starts``:
    language groups × (kinds + 1), where each kind begins in it; ``guide``: language groups × (buckets + 1), the place in it at
    each step of the share.

    A search in many tables of many titles is bound by memory, so a title is found through the bucket that its share falls into.
    Where a bucket holds several titles, they are alike in share and each is as likely.
    """

    kinds: Array
    bounds: Array
    order: Array
    starts: Array
    guide: Array

    def pick(self, row: Array, group: Array, first: Array, second: Array) -> Array:
        """Titles (positions) for viewers in ``row`` of the kinds and of a language ``group``; two uniform numbers each."""
        kinds = self.bounds.shape[1] - 1
        kind = np.searchsorted(self.kinds, row + first, side="right") - row * kinds
        np.minimum(np.maximum(kind, 0, out=kind), kinds - 1, out=kind)
        begin = self.bounds[group, kind]
        bucket = (begin + second * (self.bounds[group, kind + 1] - begin)) * _BUCKETS
        whole = bucket.astype(np.int32)
        entry = group * (_BUCKETS + 1) + np.minimum(whole, _BUCKETS - 1)
        low, high = self.guide[entry], self.guide[entry + 1]
        place = low + ((bucket - whole) * (high - low + (high == low))).astype(np.int32)
        np.minimum(np.maximum(place, self.starts[group, kind]), self.starts[group, kind + 1] - 1, out=place)
        return self.order[place]

    @staticmethod
    def joined(choices: Sequence[Choice]) -> Choice:
        """Several tables as one: the rows and the groups of the second follow on those of the first, and so on."""
        rows = np.cumsum([0, *(len(one.kinds) // (one.bounds.shape[1] - 1) for one in choices)])
        places = np.cumsum([0, *(len(one.order) for one in choices)])[:-1].astype(np.int32)
        return Choice(
            kinds=np.concatenate([one.kinds + row for one, row in zip(choices, rows[:-1], strict=True)]),
            bounds=np.concatenate([one.bounds for one in choices]),
            order=np.concatenate([one.order for one in choices]),
            starts=np.concatenate([one.starts + place for one, place in zip(choices, places, strict=True)]),
            guide=np.concatenate([one.guide + place for one, place in zip(choices, places, strict=True)]),
        )


@dataclass(frozen=True)
class Choices:
    """The tables of one day.

    ``hours``: expected share of each title of the day's hours, sum 1 (0 when nothing is out); ``begun``: of the hours that
    will come of the series begun on this day. ``once``: rows by language group, taste and hour; ``followed``: seasons to be
    followed from this day on, rows by language group and taste. ``launches``: share of the hours that goes to titles of the
    last two weeks.
    """

    hours: Array
    begun: Array
    once: Choice
    followed: Choice
    launches: float


def build_choices(shelf: Shelf, number: int, weekend: bool) -> Choices:
    """The tables of day ``number``."""
    jitter = number * _GOLDEN % 1
    age = number - shelf.release_day
    hours = _expected_hours(shelf, age)
    once = hours / mean_watched_ms(shelf.unit_ms, shelf.is_season)
    films = _FILM_SHARE[weekend]
    for seasons, share in ((False, films), (True, 1 - films)):
        of_type = shelf.is_season == seasons
        once[of_type] *= share / max(once[of_type].sum(), 1e-300)
    begun = np.where(shelf.is_season, _expected_hours(shelf, age + np.clip(_AHEAD * age, 0, _MOST_AHEAD_DAYS)), 0.0)
    begun /= max(begun.sum(), 1e-300)
    followed = begun / mean_followed_ms(shelf.total_ms)
    new = shelf.release_day > number - 14
    return Choices(
        hours=hours,
        begun=begun,
        once=_choice(shelf, once, by_hour(), jitter),
        followed=_choice(shelf, followed, np.ones((1, len(FAMILIES))), jitter),
        launches=float(hours[new].sum()),
    )


def _expected_hours(shelf: Shelf, age: Array) -> Array:
    hours = audience(shelf.popularity, len(age), age, shelf.is_season, shelf.push)
    if not hours.any():
        return hours
    english = hours[shelf.is_english].sum() / hours.sum()
    if 0 < english < 1:
        hours = hours * np.where(
            shelf.is_english, (_ENGLISH_SHARE / english) ** _PULL, ((1 - _ENGLISH_SHARE) / (1 - english)) ** _PULL
        )
    return hours / hours.sum()


def _choice(shelf: Shelf, weights: Array, hour_factors: Array, jitter: float) -> Choice:
    """A table of titles by ``weights``; ``hour_factors``: hours × families. ``jitter``: where in a step of the share the
    buckets begin, another every day, so that over the days each title has its share."""
    chosen = np.flatnonzero(weights > 0)
    order = chosen[np.lexsort((-weights[chosen], shelf.kind[chosen]))]
    starts = np.searchsorted(shelf.kind[order], np.arange(2 * len(FAMILIES) + 1))
    reached = np.zeros((len(LANGUAGE_GROUPS), len(order) + 1))
    np.cumsum((weights * shelf.own)[:, order], axis=1, out=reached[:, 1:])
    reached /= np.maximum(reached[:, -1:], 1e-300)
    bounds = reached[:, starts]
    liked = np.tile(affinity()[:, None, :] * hour_factors[None, :, :], 2).reshape(-1, 2 * len(FAMILIES))
    kinds = np.diff(bounds, axis=1)[:, None, :] * liked[None, :, :]
    kinds = np.cumsum(kinds, axis=2).reshape(-1, 2 * len(FAMILIES))
    kinds /= np.maximum(kinds[:, -1:], 1e-300)
    steps = (np.arange(_BUCKETS + 1) + jitter) / _BUCKETS
    guide = np.stack([np.searchsorted(of_group[1:], steps, side="right") for of_group in reached])
    return Choice(
        kinds=(kinds + np.arange(len(kinds))[:, None]).ravel(),
        bounds=bounds,
        order=order,
        starts=np.tile(starts.astype(np.int32), (len(LANGUAGE_GROUPS), 1)),
        guide=np.minimum(guide, max(len(order) - 1, 0)).astype(np.int32).ravel(),
    )

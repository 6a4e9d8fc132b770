"""What the viewers of a day set out to see, before lines, devices and failures have their say.

Some things are tried for a short while; then a series is gone on with where it was left, or a film or an episode is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.following import Viewers, series_followed
from netflix_platform.sources.synthetic.habits import short_views_ms, stayed_ms

# Views of what is not stayed with, before something is: chances of at least one, two, ... when a series is gone on with, and
# when something is chosen.
_SHORT_FOLLOWING = (0.55, 0.25)
_SHORT_CHOOSING = (0.80, 0.55, 0.30)
_FOUND_NOTHING = 0.20  # of those who choose: they leave after the short views
_AUTOPLAY_MS = 12_000
_MEAN_BROWSING_MS = 70_000
_FIRST_EPISODE = 0.6  # of the episodes that are chosen for once; the others are any, as a series well known is seen


@dataclass(frozen=True)
class Plan:
    """What the viewers set out to see, one row per film or episode, ordered by ``session`` (position in the visits), then time.

    ``begin`` and ``watched``: ms within the film or episode; ``gap``: ms before it.
    """

    session: Array
    title: Array
    episode: Array
    begin: Array
    watched: Array
    gap: Array


def plan_visits(day: Day, rng: np.random.Generator, viewers: Viewers, row: Array) -> Plan:
    """What each session sets out to see: some things tried, then a series gone on with, or a film or an episode or none."""
    count, shelf = len(row), day.shelf
    followed = series_followed(day, viewers)
    chooses = np.ones(count, bool)
    chooses[followed.rows] = False
    drawn = rng.random((2, count), np.float32)
    shorts = np.zeros(count, np.int8)
    for choosing, following in zip(_SHORT_CHOOSING, (*_SHORT_FOLLOWING, 0.0), strict=True):
        shorts += drawn[0] < np.where(chooses, np.float32(choosing), np.float32(following))
    finds = np.flatnonzero(chooses & ((drawn[1] >= _FOUND_NOTHING) | (shorts == 0)))

    tries = np.repeat(np.arange(count), shorts)
    seekers = np.concatenate([tries, finds])
    found = day.choices.once.pick(row[seekers], viewers.group[seekers], *rng.random((2, len(seekers))))
    tried, once = found[: len(tries)], found[len(tries) :]
    is_season = shelf.is_season[once]
    begin, stay = stayed_ms(rng, shelf.unit_ms[once], is_season)
    first = np.where(is_season, _any_episode(rng, shelf.episodes[once]), 0)
    chain = _episodes(
        unit=np.concatenate([shelf.unit_ms[followed.title], shelf.unit_ms[once]]),
        session=np.concatenate([followed.rows, finds]),
        title=np.concatenate([followed.title, once]),
        begin=np.concatenate([followed.position, first.astype(np.int64) * shelf.unit_ms[once] + begin]),
        stay=np.concatenate([followed.sitting, stay]),
    )
    short = short_views_ms(rng, len(tries))
    gap = (5_000 + _MEAN_BROWSING_MS * rng.standard_exponential(len(tries), np.float32)).astype(np.int32)
    tried_plan = Plan(
        session=tries,
        title=tried,
        episode=np.ones(len(tries), np.int32),
        begin=np.zeros(len(tries), np.int32),
        watched=np.minimum(short, shelf.unit_ms[tried]),
        gap=gap,
    )
    searched = chain.gap < 0
    chain.gap[searched] = (5_000 + _MEAN_BROWSING_MS * rng.standard_exponential(int(searched.sum()))).astype(np.int32)
    joined = Plan(*(np.concatenate([getattr(part, f.name) for part in (tried_plan, chain)]) for f in fields(Plan)))
    order = np.argsort(joined.session, kind="stable")
    return Plan(*(getattr(joined, field.name)[order] for field in fields(Plan)))


def _any_episode(rng: np.random.Generator, episodes: Array) -> Array:
    drawn = rng.random((2, len(episodes)), np.float32)
    return np.where(drawn[0] < _FIRST_EPISODE, 0, (drawn[1] * episodes).astype(np.int32))


def _episodes(unit: Array, session: Array, title: Array, begin: Array, stay: Array) -> Plan:
    """Stretches of seasons (or films), each from ``begin`` for ``stay`` ms, cut into episodes. ``gap`` is -1 at the first."""
    end = begin + stay
    first, last = begin // unit, (end - 1) // unit
    count = last - first + 1
    which = np.repeat(np.arange(len(unit)), count)
    number = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    episode = first[which] + number
    of_unit = unit[which]
    opens = np.maximum(begin[which] - episode * of_unit, 0)
    closes = np.minimum(end[which] - episode * of_unit, of_unit)
    return Plan(
        session=session[which],
        title=title[which],
        episode=(episode + 1).astype(np.int32),
        begin=opens.astype(np.int32),
        watched=(closes - opens).astype(np.int32),
        gap=np.where(number == 0, -1, _AUTOPLAY_MS).astype(np.int32),
    )

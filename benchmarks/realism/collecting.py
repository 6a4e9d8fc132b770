"""Draws days straight from the world, without files or a pipeline, and keeps what the measures need. Sums, and two samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.habits import DEVICES, lines
from netflix_platform.sources.synthetic.playback_events import expand
from netflix_platform.sources.synthetic.rhythm import BIN_MS, BINS, COUNTRY_CODES, PLACES
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.tastes import FAMILIES
from netflix_platform.sources.synthetic.viewing import Visits, draw_visits
from netflix_platform.sources.synthetic.world import World

_ONE_ACCOUNT_IN = 8  # is followed from day to day
_PLAYBACK_DAYS = 7  # the last days' playbacks are kept one by one
_QUARTERS = 4  # parts of a day drawn at once, to bound memory
LINE_CLASSES = 12


@dataclass
class Collected:
    """What was watched in a number of days. Times in ms unless they say otherwise.

    ``hours``: titles × days; ``devices``: by device; ``clock``: country × local hour; ``families``: local hour × family;
    ``lines``: class of line × (watched, waited, playbacks); ``events``: of the last days; ``followed``: playbacks of a share of
    the accounts over all days (account, profile, title, episode, day, session, start, position, watched); ``playbacks``: of the
    last days (watched, length, startup, stalls, is_season).
    """

    world: World
    hours: Array
    devices: Array = field(default_factory=lambda: np.zeros(len(DEVICES)))
    clock: Array = field(default_factory=lambda: np.zeros((len(COUNTRY_CODES), 24)))
    families: Array = field(default_factory=lambda: np.zeros((24, len(FAMILIES))))
    lines: Array = field(default_factory=lambda: np.zeros((LINE_CLASSES, 3)))
    events: int = 0
    parts_followed: list[pl.DataFrame] = field(default_factory=list)
    parts_playbacks: list[pl.DataFrame] = field(default_factory=list)

    @property
    def followed(self) -> pl.DataFrame:
        return pl.concat(self.parts_followed)

    @property
    def playbacks(self) -> pl.DataFrame:
        return pl.concat(self.parts_playbacks)


def collect(world: World, days: int, told: Callable[[int], None] = lambda day: None) -> Collected:
    """Draw days 0 to ``days`` - 1 of ``world``; ``told`` is called with each one that is done."""
    titles = len(world.titles.shelf(days - 1).release_day)
    collected = Collected(world, np.zeros((titles, days)))
    for number in range(days):
        day = world.day(number)
        for part in range(_QUARTERS):
            bounds = (part * BINS // _QUARTERS, (part + 1) * BINS // _QUARTERS)
            rng = stream(world.seed, f"realism {part}", day.ordinal)
            visits = draw_visits(day, rng, 0.0, 1.0, *bounds)
            _add(collected, day, visits, part)
            if number >= days - _PLAYBACK_DAYS:
                _add_playbacks(collected, day, visits, rng)
        told(number)
    return collected


def _add(collected: Collected, day: Day, visits: Visits, part: int) -> None:
    p, s = visits.playbacks, visits.sessions
    watched = p.watched.astype(np.float64)
    collected.hours[: len(day.shelf.release_day), day.number] += np.bincount(
        p.title, weights=watched, minlength=len(day.shelf.release_day)
    )
    collected.devices += np.bincount(p.device, weights=watched, minlength=len(DEVICES))
    place = np.searchsorted(day.population.place_starts, s.account, side="right") - 1
    hour = day.hour[np.minimum(place, len(PLACES) - 1)[p.session], p.start // BIN_MS % BINS]
    country = s.country[p.session]
    cells = np.bincount(country * 24 + hour, weights=watched, minlength=collected.clock.size)
    collected.clock += cells.reshape(collected.clock.shape)
    family = day.shelf.kind[p.title] % len(FAMILIES)
    cells = np.bincount(
        hour.astype(np.int64) * len(FAMILIES) + family, weights=watched, minlength=collected.families.size
    )
    collected.families += cells.reshape(collected.families.shape)
    number = day.population.number[s.account]
    rows = np.flatnonzero((number % _ONE_ACCOUNT_IN == 0)[p.session])
    collected.parts_followed.append(
        pl.DataFrame(
            {
                "account": number[p.session[rows]],
                "profile": s.profile[p.session[rows]],
                "title": p.title[rows].astype(np.int32),
                "episode": p.episode[rows],
                "day": np.full(len(rows), day.number, np.int32),
                "session": (day.number * _QUARTERS + part) * 10_000_000 + p.session[rows].astype(np.int64),
                "start": p.start[rows] + day.start_ms,
                "position": p.position[rows],
                "watched": p.watched[rows],
            }
        )
    )


def _add_playbacks(collected: Collected, day: Day, visits: Visits, rng: np.random.Generator) -> None:
    p, s = visits.playbacks, visits.sessions
    events = expand(p, rng)
    waited = np.bincount(events.playback, weights=events.waiting, minlength=len(p.start))
    watched = np.bincount(events.playback, weights=events.watched, minlength=len(p.start))
    rank = np.log(lines(day.population.key[s.account]))[p.session]
    of_class = np.clip(((rank / 0.7 + 2) / 4 * LINE_CLASSES).astype(int), 0, LINE_CLASSES - 1)
    for column, weights in enumerate((watched, waited, np.ones(len(watched)))):
        collected.lines[:, column] += np.bincount(of_class, weights=weights, minlength=LINE_CLASSES)
    collected.events += len(events.kind) + len(visits.asides.kind)
    collected.parts_playbacks.append(
        pl.DataFrame(
            {
                "watched": p.watched,
                "length": day.shelf.unit_ms[p.title],
                "startup": p.startup,
                "stalls": p.stalls,
                "is_season": day.shelf.is_season[p.title],
            }
        )
    )

"""One day of the world: who may watch, when, and what, as tables to draw from. Built alone, whatever the day.

A day's cost does not depend on how many days came before it: accounts and titles are look-ups, nothing is carried on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array, audience
from netflix_platform.sources.synthetic.accounts import Accounts, Population
from netflix_platform.sources.synthetic.cumulated import Cumulated
from netflix_platform.sources.synthetic.habits import mean_watched_ms
from netflix_platform.sources.synthetic.rhythm import COUNTRY_LANGUAGES, viewing_by_bin, volume
from netflix_platform.sources.synthetic.titles import Titles

_DAY_SECONDS = 86_400
# Shares of the hours. Series against films 3 to 1, non-English over a third (engagement report 2025); films rather at
# weekends (assumption).
_FILM_SHARE = (0.20, 0.27)  # of what people choose, weekday and weekend: a series chosen goes on with its next episodes
_ENGLISH_SHARE = 0.575
# How far the four groups are drawn to these shares on a day; what is left lets a great launch move them. Assumption.
_PULL = 0.8
_OWN_LANGUAGE = 2.0  # how much more readily a title in the account's own language is watched; assumption


@dataclass(frozen=True)
class Day:
    """What the visits of one day are drawn from. ``titles``: see ``Titles.known``; positions in it are the title numbers.

    ``viewers``: cumulated activity of the accounts that may watch, by position in the population, with a leading 0.
    ``cells``: share of the visits by country and quarter of an hour (UTC), sum 1. ``choices``: cumulated shares of the
    titles for every country c, from c to c + 1, one after the other.
    """

    number: int
    ordinal: int
    start_ms: int
    volume: float
    population: Population
    viewers: Array
    cells: Array
    titles: pl.DataFrame
    choices: Array
    unit_ms: Array
    episodes: Array

    @cached_property
    def is_season(self) -> Array:
        return (self.titles["title_type"] == "season").to_numpy()

    @cached_property
    def viewer_table(self) -> Cumulated:
        return Cumulated(self.viewers)

    @cached_property
    def choice_table(self) -> Cumulated:
        return Cumulated(self.choices)


def build_day(seed: int, start: date, number: int, accounts: Accounts, titles: Titles) -> Day:
    """The tables of day ``number`` (0 is ``start``)."""
    day = date.fromordinal(start.toordinal() + number)
    population = accounts.population(number)
    may_watch = population.paid_within(number * _DAY_SECONDS, (number + 1) * _DAY_SECONDS)
    viewers = np.concatenate([[0.0], np.cumsum(np.where(may_watch, population.activity, 0), dtype=np.float64)])
    of_country = np.diff(viewers[population.country_starts])
    known = titles.known(number)
    # Where nothing has been released yet (a small catalogue), nobody watches.
    cells = of_country[:, None] * viewing_by_bin(day) * bool((known["release_day"] <= number).any())
    episodes = known["episode_count"].fill_null(1).to_numpy()
    unit_ms = known["runtime_minutes"].to_numpy() * 60_000 // episodes
    return Day(
        number=number,
        ordinal=day.toordinal(),
        start_ms=int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000,
        volume=volume(seed, day, number),
        population=population,
        viewers=viewers,
        cells=cells / max(cells.sum(), 1e-300),
        titles=known,
        choices=_choices(known, number, day.weekday() >= 5, mean_watched_ms(unit_ms)),
        unit_ms=unit_ms,
        episodes=episodes,
    )


def _choices(titles: pl.DataFrame, number: int, weekend: bool, mean_watched: Array) -> Array:
    age = number - titles["release_day"].to_numpy()
    is_season = (titles["title_type"] == "season").to_numpy()
    hours = audience(titles["popularity"].to_numpy(), titles.height, age, is_season)
    is_english = (titles["language"] == "English").fill_null(False).to_numpy()
    films = _FILM_SHARE[weekend]
    pull = np.ones(len(hours))
    for seasons, of_type in ((False, films), (True, 1 - films)):
        for english, of_language in ((True, _ENGLISH_SHARE), (False, 1 - _ENGLISH_SHARE)):
            group = (is_season == seasons) & (is_english == english)
            now = hours[group].sum() / max(hours.sum(), 1e-300)
            pull[group] = (of_type * of_language / now) ** _PULL if now > 0 else 0.0
    playbacks = pull * hours / mean_watched
    rows = []
    for country, spoken in enumerate(COUNTRY_LANGUAGES):
        own = titles["language"].is_in(list(spoken)).fill_null(False).to_numpy()
        reached = np.cumsum(playbacks * np.where(own, _OWN_LANGUAGE, 1.0))
        rows.append(country + reached / max(reached[-1], 1e-300))
    return np.concatenate(rows)

"""What is published about titles and their audience, as numbers that the synthetic world and the catalogue draw from.

Figures only, each with where it comes from; what is not published is called an assumption. Nothing is drawn here at
random: the functions turn a uniform number in [0, 1) into a value, so that the caller decides what it is drawn by.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)
# Netflix weekly Top 10 lists, 2021-07 to 2026-07: p10, p50, p90 of the runtimes. The two ends are an assumption.
_FILM_HOURS = (1.2, 1.483, 1.783, 2.333, 3.1)
_SEASON_HOURS = (0.75, 1.817, 4.917, 9.3, 18.0)

# Assumption: an episode lasts from 22 minutes (comedy, animation) to 60 (drama).
_SHORTEST_EPISODE_MINUTES = 22
_LONGEST_EPISODE_MINUTES = 60

# Concentration of hours over half a year ("What We Watched", H1 2023, 18,214 titles): a curve, not a power law. The slope of log
# hours over log (rank / titles) that a title is given, at the given shares of the catalogue; what comes out is steeper at the
# head and flatter in the middle, since the hours of a half year depend on when a title came out too (`make realism` tells).
_RANK_SHARES = (3e-5, 0.001, 0.0055, 0.02, 0.1, 0.27, 0.55, 1.0)
_RANK_SLOPES = (0.4, 0.4, 0.4, 0.55, 0.85, 1.7, 3.8, 8.0)
# In a small catalogue the law alone would give the first title a tenth of all hours; a shift of the ranks (as in the
# Zipf-Mandelbrot law) flattens the first few and does not touch the rest. Assumption.
_RANK_SHIFT = 10

# Hours of a calendar week against the week before, by week in the list, from the second on (Top 10 lists, median). Titles come
# out in the middle of a week, so the first week counts half its days: hours per day fall by half that ratio, from the first
# days' middle to the second week's. Beyond the tenth week the curve falls by a power of the age (assumption).
_FILM_WEEK_RATIOS = (0.988, 0.384, 0.552, 0.70, 0.729, 0.806, 0.921, 0.917, 0.93)
_SEASON_WEEK_RATIOS = (1.125, 0.526, 0.628, 0.711, 0.769, 0.858, 0.813, 0.825, 0.797)
_FIRST_WEEK = 0.5
_TAIL_POWER = 0.42
_HALF_YEAR_DAYS = 182
_LASTING_FROM = np.array(63)  # days: where the published weeks end
# A launch cannot fill every screen, which matters in a small catalogue: a title's launch (not its lasting audience) levels
# off as its popularity nears this share of the number of titles. Assumption.
_LAUNCH_LIMIT = 0.006
# Much is made of some launches and little of others, so that in a week's list the first is far ahead of the rest. Assumption,
# mean about 1.
_PUSH_QUANTILES = (0.0, 0.5, 0.9, 0.98, 1.0)
_PUSHES = (0.1, 0.3, 1.6, 7.0, 18.0)


def film_minutes(uniform: Array) -> Array:
    """Runtime of a film (min, int64) at each quantile of ``uniform``."""
    return np.rint(60 * np.interp(uniform, _QUANTILES, _FILM_HOURS)).astype(np.int64)


def season_minutes(uniform: Array) -> Array:
    """Runtime of a season, the sum over its episodes (min, int64), at each quantile of ``uniform``."""
    return np.rint(60 * np.interp(uniform, _QUANTILES, _SEASON_HOURS)).astype(np.int64)


def episode_counts(runtime_minutes: Array, uniform: Array) -> Array:
    """Episodes (count, int64) of seasons of the given runtimes, where ``uniform`` says how long an episode is."""
    span = _LONGEST_EPISODE_MINUTES - _SHORTEST_EPISODE_MINUTES
    episodes = np.rint(runtime_minutes / (_SHORTEST_EPISODE_MINUTES + span * uniform))
    return np.maximum(episodes, 1).astype(np.int64)


def popularity(quantiles: Array, titles: int) -> Array:
    """Expected hours over half a year, relative to the mean title, by a title's quantile in the order of popularity.

    ``quantiles``: 0 is the most watched title, 1 the least. ``titles``: how many there are, which sets how steep the head is.
    """
    grid = np.linspace(np.log(0.5 / 20_000), 0, 2_000)
    slopes = np.interp(grid, np.log(_RANK_SHARES), _RANK_SLOPES)
    fall = np.concatenate([[0.0], np.cumsum((slopes[1:] + slopes[:-1]) / 2 * np.diff(grid))])
    shift = _RANK_SHIFT / max(titles, 1)
    every = (np.arange(titles) + 0.5) / max(titles, 1)

    def law(quantile: Array) -> Array:
        return np.exp(-np.interp(np.log((quantile + shift) / (1 + shift)), grid, fall))

    return law(quantiles) / law(every).mean()


def audience(popularities: Array, titles: int, days_since_release: Array, is_season: Array, uniform: Array) -> Array:
    """Expected hours on a day, relative to the mean title's mean day: a launch that fades into a lasting audience.

    ``popularities``: as ``popularity`` gives them for a catalogue of ``titles``; ``uniform`` says how much is made of each
    launch. 0 before the release.
    """
    age = np.maximum(days_since_release, 0)
    level = np.where(is_season, _by_age(age, _SEASON_WEEK_RATIOS), _by_age(age, _FILM_WEEK_RATIOS))
    films, seasons = _by_age(_LASTING_FROM, _FILM_WEEK_RATIOS), _by_age(_LASTING_FROM, _SEASON_WEEK_RATIOS)
    lasting = np.minimum(level, np.where(is_season, seasons, films))
    pushed = popularities * np.interp(uniform, _PUSH_QUANTILES, _PUSHES)
    launch = pushed / (1 + pushed / (_LAUNCH_LIMIT * titles))
    hours = popularities * lasting + launch * (level - lasting)
    return np.where(days_since_release < 0, 0.0, hours)


def _by_age(age: Array, ratios: tuple[float, ...]) -> Array:
    """Hours per day by days since the release, 1 being the mean over the first half year."""
    second = np.log(_FIRST_WEEK * ratios[0])
    levels = np.concatenate([[0.0, second], second + np.cumsum(np.log(ratios[1:]))])
    middles = np.concatenate([[1.75], 7.0 * np.arange(1, len(levels))])

    def level(days: Array) -> Array:
        tail = _TAIL_POWER * np.log(np.maximum(days, middles[-1]) / middles[-1])
        return np.exp(np.interp(days, middles, levels) - tail)

    return level(age) / level(np.arange(_HALF_YEAR_DAYS)).mean()

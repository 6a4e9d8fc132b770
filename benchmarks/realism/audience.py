"""Measures of how hours spread over titles: concentration, weekly Top 10 lists, decay after release. Arrays in, figures out."""

from __future__ import annotations

import itertools

import numpy as np

from netflix_platform.sources.published import Array

LISTS = ("Films (English)", "Films (Non-English)", "TV (English)", "TV (Non-English)")
LENGTH = 10
_WEEKS_BEFORE = 4  # a title that was not in a list for so long enters it newly
_WEEKS_AFTER = 10  # so long a title's weeks are counted


def concentration(hours: Array) -> dict[str, float]:
    """Shares (%) of the first titles, Gini coefficient, and slopes of log hours over log rank. ``hours``: by title."""
    ranked = np.sort(hours[hours > 0])[::-1]
    reached = np.cumsum(ranked) / ranked.sum()
    count = len(ranked)

    def first(titles: float) -> float:
        return float(100 * reached[max(round(titles), 1) - 1])

    def slope(begin: int, end: int) -> float:
        ranks = np.arange(begin, min(end, count) + 1)
        # One point per equal step of the logarithm, so that each stretch of the curve counts alike.
        at = np.unique(np.round(np.geomspace(ranks[0], ranks[-1], 60)).astype(int))
        return float(np.polyfit(np.log(at), np.log(ranked[at - 1]), 1)[0])

    return {
        "top 1": first(1),
        "top 10": first(10),
        "top 100": first(100),
        "top 1 %": first(count / 100),
        "top 10 %": first(count / 10),
        "top 20 %": first(count / 5),
        "gini": float(2 * reached.mean() - 1 - 1 / count),
        "slope 1-100": slope(1, 100),
        "slope 100-5000": slope(100, 5_000),
        "slope 1000-10000": slope(1_000, 10_000),
    }


def weekly(hours: Array) -> Array:
    """Titles × days to titles × whole weeks."""
    weeks = hours.shape[1] // 7
    return hours[:, : 7 * weeks].reshape(len(hours), weeks, 7).sum(axis=2)


def lists_of(is_season: Array, is_english: Array) -> Array:
    """The list (position in ``LISTS``) that each title belongs to."""
    return 2 * is_season.astype(int) + ~is_english


def top10(weeks: Array, lists: Array) -> Array:
    """The titles (positions) of each list in each week, by hours: lists × weeks × 10; -1 where there are fewer."""
    tops = np.full((len(LISTS), weeks.shape[1], LENGTH), -1)
    for number in range(len(LISTS)):
        members = np.flatnonzero(lists == number)
        for week in range(weeks.shape[1]):
            order = members[np.argsort(-weeks[members, week], kind="stable")[:LENGTH]]
            order = order[weeks[order, week] > 0]
            tops[number, week, : len(order)] = order
    return tops


def against_first(weeks: Array, tops: Array) -> Array:
    """Hours of each rank against rank 1, all lists and weeks: (lists × weeks) × 10."""
    hours = np.take_along_axis(weeks.T[None, :, :], tops, axis=2)
    return (hours / hours[:, :, :1]).reshape(-1, LENGTH)


def week_ratios(weeks: Array, tops: Array, seasons: bool) -> dict[int, Array]:
    """Hours against the week before by the cumulative week in the list (2, 3, ...), where a title is in it in both weeks."""
    ratios: dict[int, list[float]] = {}
    for of_list in tops[2:] if seasons else tops[:2]:
        for title, run in _runs(of_list):
            for number, (before, week) in enumerate(itertools.pairwise(run), start=2):
                if week == before + 1:
                    ratios.setdefault(number, []).append(weeks[title, week] / weeks[title, before])
    return {number: np.array(values) for number, values in sorted(ratios.items())}


def weeks_in_list(tops: Array, seasons: bool) -> Array:
    """For how many weeks each title was in its list, of those that enter newly and can be watched for ten weeks."""
    return np.array([len(run) for of_list in (tops[2:] if seasons else tops[:2]) for _, run in _runs(of_list)])


def _runs(of_list: Array) -> list[tuple[int, list[int]]]:
    """(title, weeks in the list) of those that enter newly."""
    weeks = len(of_list)
    at: dict[int, list[int]] = {}
    for week, titles in enumerate(of_list):
        for title in titles[titles >= 0]:
            at.setdefault(int(title), []).append(week)
    return [
        (title, [week for week in run if week < run[0] + _WEEKS_AFTER])
        for title, run in at.items()
        if _WEEKS_BEFORE <= run[0] <= weeks - _WEEKS_AFTER
    ]

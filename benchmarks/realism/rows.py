"""Every published property beside what the world gives: one row per figure, with its tolerance and a verdict.

The published values are those that this project was given to calibrate against; a tolerance says how far a world that is drawn
at random, by mechanisms and not by the figures themselves, may be from them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.realism import audience, viewers
from benchmarks.realism.collecting import Collected
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.habits import DEVICES
from netflix_platform.sources.synthetic.tastes import FAMILIES

HALF_YEAR = 182
CONCENTRATION = {
    "top 1": ("Most watched title, share of hours", 0.87, 0.45, "%"),
    "top 10": ("First 10 titles", 5.3, 1.2, "%"),
    "top 100": ("First 100 titles", 19.6, 3.5, "%"),
    "top 1 %": ("First 1 % of the titles", 26.7, 4.0, "%"),
    "top 10 %": ("First 10 % of the titles", 71.1, 3.0, "%"),
    "top 20 %": ("First 20 % of the titles", 85.6, 2.5, "%"),
    "gini": ("Gini coefficient", 0.81, 0.03, ""),
    "slope 1-100": ("Slope of log hours over log rank, ranks 1 to 100", -0.49, 0.10, ""),
    "slope 100-5000": ("Slope, ranks 100 to 5,000", -1.0, 0.20, ""),
    "slope 1000-10000": ("Slope, ranks 1,000 to 10,000", -1.68, 0.25, ""),
}
WHAT_WE_WATCHED = "What We Watched, H1 2023"
LISTS = "Top 10 lists, 2021 to 2026"
AGAINST_FIRST = (1.0, 0.564, 0.416, 0.321, 0.258, 0.223, 0.193, 0.170, 0.155, 0.139)  # medians, rank by rank
_RANK_TOLERANCES = {2: 0.11, 3: 0.06, 5: 0.05, 10: 0.04}
# Median, and the quartiles, of hours against the week before, for weeks 2, 3, 4, 5 in the list.
FADING = {
    False: ((0.988, 0.664, 1.362), (0.384, 0.316, 0.501), (0.552, 0.460, 0.703), (0.700, 0.594, 0.857)),
    True: ((1.125, 0.811, 1.574), (0.526, 0.443, 0.715), (0.628, 0.578, 0.831), (0.711, 0.638, 0.967)),
}
_WEEKS = {False: (2.449, 37.3), True: (3.137, 31.1)}
DEVICE_SHARES = {"tv": 70.0, "pc": 15.0, "phone": 10.0, "tablet": 5.0}
RUNTIMES = {False: (1.483, 1.783, 2.333), True: (1.817, 4.917, 9.3)}  # hours: p10, p50, p90
EVENING = (17, 22)


@dataclass(frozen=True)
class Row:
    """``published`` and ``allowed`` as text; ``generated`` a figure in ``unit``; ``source``: who published it."""

    what: str
    published: str
    generated: float
    allowed: str
    is_met: bool
    source: str
    unit: str = ""

    @property
    def shown(self) -> str:
        """The generated figure as text."""
        return f"{self.generated:.3g}{self.unit and ' ' + self.unit}"

    @property
    def verdict(self) -> str:
        return "met" if self.is_met else "MISSED"


def all_rows(collected: Collected) -> list[Row]:
    """Every row, in the order of the list of what is published."""
    return [*title_rows(collected), *viewer_rows(collected)]


def title_rows(collected: Collected) -> list[Row]:
    """How hours spread over titles: needs half a year and a catalogue of the published size."""
    shelf = collected.world.titles.shelf(collected.hours.shape[1] - 1)
    return [
        *_concentration(collected.hours),
        *_lists(audience.weekly(collected.hours), shelf.is_season, shelf.is_english),
    ]


def viewer_rows(collected: Collected) -> list[Row]:
    """How people watch: some weeks of a small world show it."""
    shelf = collected.world.titles.shelf(collected.hours.shape[1] - 1)
    return [
        *_shares(collected, shelf.is_season, shelf.is_english),
        *_churn(collected),
        *_binge(collected),
        *_quality(collected),
        *_completion(collected),
        *_clock(collected),
        *_runtimes(shelf.is_season, shelf.total_ms),
    ]


def near(what: str, published: float, generated: float, tolerance: float, source: str, unit: str = "") -> Row:
    """A row that is met when the figure lies within ``tolerance`` of the published one."""
    text = f"{published:g}{unit and ' ' + unit}"
    return Row(what, text, generated, f"± {tolerance:g}", abs(generated - published) <= tolerance, source, unit)


def between(what: str, published: str, generated: float, low: float, high: float, source: str, unit: str = "") -> Row:
    """A row that is met when the figure lies in [low, high]."""
    return Row(what, published, generated, f"{low:g} to {high:g}", low <= generated <= high, source, unit)


def _concentration(hours: Array) -> list[Row]:
    found = audience.concentration(hours[:, :HALF_YEAR].sum(axis=1))
    rows = [
        near(what, published, found[name], tolerance, WHAT_WE_WATCHED, unit)
        for name, (what, published, tolerance, unit) in CONCENTRATION.items()
    ]
    rows.append(between("Share of the most watched title", "below 1 %", found["top 1"], 0, 1, "later editions", "%"))
    return rows


def _lists(weeks: Array, is_season: Array, is_english: Array) -> list[Row]:
    tops = audience.top10(weeks, audience.lists_of(is_season, is_english))
    shape = np.median(audience.against_first(weeks, tops), axis=0)
    rows = [
        near(f"Weekly list, rank {rank} against rank 1", AGAINST_FIRST[rank - 1], shape[rank - 1], tolerance, LISTS)
        for rank, tolerance in _RANK_TOLERANCES.items()
    ]
    for seasons, kind in ((False, "Films"), (True, "TV")):
        ratios = audience.week_ratios(weeks, tops, seasons)
        for number, (median, low, high) in enumerate(FADING[seasons], start=2):
            found = float(np.median(ratios[number])) if number in ratios else float("nan")
            what = f"{kind}, week {number} in the list against the week before (allowed: published quartiles, at least ± 20 %)"
            rows.append(between(what, f"{median:g}", found, *_around(median, low, high), LISTS))
        counts = audience.weeks_in_list(tops, seasons)
        mean, one = _WEEKS[seasons]
        rows.append(near(f"{kind}, weeks in the list, mean", mean, float(counts.mean()), 0.7, LISTS))
        rows.append(
            near(f"{kind}, in the list for one week only", one, float(100 * (counts == 1).mean()), 17, LISTS, "%")
        )
    return rows


def _around(median: float, low: float, high: float) -> tuple[float, float]:
    """The quartiles, or 20 % of the median where they lie closer to it."""
    return round(min(low, 0.8 * median), 3), round(max(high, 1.2 * median), 3)


def _shares(collected: Collected, is_season: Array, is_english: Array) -> list[Row]:
    hours = collected.hours.sum(axis=1)
    devices = 100 * collected.devices / collected.devices.sum()
    engagement = "engagement report 2025"
    return [
        near(
            "Hours of series against hours of films",
            3,
            hours[is_season].sum() / hours[~is_season].sum(),
            0.4,
            engagement,
        ),
        between(
            "Non-English titles, share of hours",
            "over 33.3 %",
            100 * hours[~is_english].sum() / hours.sum(),
            33.4,
            45,
            engagement,
            "%",
        ),
        *(
            near(f"Hours on {device}", DEVICE_SHARES[device], float(devices[number]), 1.5, "Netflix 2018", "%")
            for number, device in enumerate(DEVICES)
        ),
    ]


def _churn(collected: Collected) -> list[Row]:
    found = viewers.churn(collected.world.accounts, collected.hours.shape[1])
    return [
        near("Gross churn a month", 1.8, found["gross"], 0.1, "Antenna 2024", "%"),
        near("Net churn a month (less those who return within a year)", 1.0, found["net"], 0.1, "Antenna 2024", "%"),
    ]


def _binge(collected: Collected) -> list[Row]:
    found = viewers.seasons_completed(collected)
    nobody = "definitions: UK parliament 2019; no figure is published"
    return [
        near("Days to complete a season, median", 5, found["days to complete"], 1, "Netflix 2016", "days"),
        near("Time a day among completers, median", 130, 60 * found["hours a day"], 20, "Netflix 2016", "min"),
        between("Starters of a season who watch 70 % of an episode", "-", 100 * found["watchers"], 30, 95, nobody, "%"),
        between(
            "Starters who complete (90 %) within 7 days", "-", 100 * found["completed in 7 days"], 5, 50, nobody, "%"
        ),
        between("Starters who complete within 28 days", "-", 100 * found["completed in 28 days"], 10, 70, nobody, "%"),
    ]


def _quality(collected: Collected) -> list[Row]:
    startup = viewers.startup_loss(collected)
    study = "Krishnan, Sitaraman 2012"
    return [
        near("Given up per second of startup beyond 2 s", 5.8, startup["per second from 2 s"], 1.0, study, "%"),
        near("Given up per second of startup below 2 s", 0, startup["per second below 2 s"], 0.5, study, "%"),
        near("Time watched lost to 1 % of rebuffering", 5, viewers.rebuffering_loss(collected), 1.5, study, "%"),
    ]


def _completion(collected: Collected) -> list[Row]:
    found = viewers.completion(collected)
    head, tail, power = viewers.shape_of_views(collected)
    studies = "540M video-on-demand sessions; PPLive 2014"
    return [
        near("Viewings that complete (95 % in one go)", 20, 100 * found["complete"], 3, studies, "%"),
        between("Viewings shorter than 10 minutes", "many", 100 * found["below 10 min"], 35, 65, studies, "%"),
        between("Head: fit of an exponential, R²", "exponential", head, 0.97, 1, studies),
        between("Tail: fit of a truncated power law, R²", "truncated power law", tail, 0.97, 1, studies),
        between("Tail: fit of a power law that is not truncated, R²", "worse", power, 0, 0.95, studies),
    ]


def _clock(collected: Collected) -> list[Row]:
    peaks = viewers.peak_hours(collected)
    within = (peaks >= EVENING[0]) & (peaks <= EVENING[1])
    source = "Netflix 2017"
    assert {"comedy", "thriller"} <= set(FAMILIES)
    return [
        near("Countries with their peak between 17 and 22 h local", 12, float(within.sum()), 0, source),
        near("Comedies' hour (local)", 6, viewers.family_peak(collected, "comedy"), 1, source, "h"),
        near("Thrillers' hour (local)", 21, viewers.family_peak(collected, "thriller"), 1, source, "h"),
    ]


def _runtimes(is_season: Array, total_ms: Array) -> list[Row]:
    rows = []
    for seasons, kind in ((False, "film"), (True, "season")):
        found = np.quantile(total_ms[is_season == seasons] / 3_600_000, (0.1, 0.5, 0.9))
        for name, published, value in zip(("p10", "median", "p90"), RUNTIMES[seasons], found, strict=True):
            what = f"Runtime of a {kind}, {name} (views = hours / runtime)"
            rows.append(near(what, published, float(value), round(0.06 * published, 2), LISTS, "h"))
    return rows

"""A season of days on given cores: whether it keeps up when days vary, rows come late, a worker is lost and a month is run again
beside it.

Time goes in steps of ten minutes. Each midnight a day's work and that of the days its late rows touch are queued; days go first,
oldest first, then late rows, then the month that is run again. On a cluster a day that arrives is worked on at once and the rest
waits (``shared``); with one writer what has begun is finished first. As the platform has it, a day that is done while a month
is run again beside it is published when the run that is at work has ended. Everything random comes from one seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.quantities import InputError
from benchmarks.capacity.sizing import DAYS_A_MONTH, Sizing

STEP_SECONDS = 600
_STEPS_A_DAY = 86_400 // STEP_SECONDS
_WEEK = (0.92, 0.91, 0.92, 0.95, 1.05, 1.15, 1.10)  # Monday to Sunday, as the synthetic world has them, mean 1
_DAY, _LATE, _BACKFILL = 0, 1, 2


@dataclass(frozen=True)
class Season:
    """What happens: ``days`` long; day ``lost_on`` a worker is lost for the repair time, on top of failures by chance; on day
    ``backfill_on`` the last ``backfill_days`` days are asked for again, one job per ``chunk_days``. None: never.
    """

    days: int = 90
    seed: int = 7
    lost_on: int | None = 30
    backfill_on: int | None = 45
    backfill_days: int = 30
    chunk_days: int = 10

    def __post_init__(self) -> None:
        if not 14 <= self.days <= 730:
            raise InputError(f"--sim-days {self.days}: at least 14 (less shows no trend) and at most 730")


@dataclass(frozen=True)
class Outcome:
    """``delays``: hours from a day's end to its publication, by day, NaN if it was not published; ``backlog``: hours of work
    that waited at each midnight; ``busy``: share of the available core time used; ``lost_hours``: nodes' hours lost;
    ``backfill_hours``: from its request to its end, None if there was none or it did not end.
    """

    cores: float
    window_hours: float
    delays: np.ndarray
    backlog: np.ndarray
    busy: float
    lost_hours: float
    backfill_hours: float | None

    @property
    def in_time(self) -> int:
        """Days published within the window."""
        return int(np.sum(self.delays <= self.window_hours))

    @property
    def grows(self) -> bool:
        """Whether the last quarter's mean backlog is over a day and rose by over an hour a week since the one before."""
        quarter = len(self.backlog) // 4
        before, last = self.backlog[-2 * quarter : -quarter], self.backlog[-quarter:]
        rise = (float(np.mean(last)) - float(np.mean(before))) / quarter * 7
        return rise > 1 and float(np.mean(last)) > 24

    @property
    def verdict(self) -> str:
        """``keeps up``: the backlog does not grow and nine days of ten are in time; ``late``; or ``falls behind``."""
        if self.grows:
            return "falls behind"
        return "keeps up" if self.in_time >= 0.9 * len(self.delays) else "late"


@dataclass
class _Job:
    """Work in core seconds; ``is_begun`` matters where what has begun is not interrupted."""

    kind: int
    day: int
    remaining: float
    work: float = field(init=False)
    is_begun: bool = False

    def __post_init__(self) -> None:
        self.work = self.remaining


def simulate(sizing: Sizing, season: Season, assumptions: Assumptions, cores: float | None = None) -> Outcome:
    """Play the season on ``cores`` (default: those of the sizing's nodes, or of DuckDB's machine)."""
    shared = sizing.engine == "spark"
    per_node = assumptions.node_cores if shared else assumptions.machine_cores
    cores = cores or (sizing.nodes * per_node if shared else per_node)
    random = np.random.default_rng(season.seed)
    grown, late_work = _works(sizing, season, random, assumptions)
    # What does not vary with the day's events is done once by each run, however many days it has.
    fixed = sizing.cpu["fixed"] + sizing.cpu["dimensions"] + sizing.cpu["history"]
    available = _available(cores, per_node, season, random, assumptions)
    queue: list[_Job] = []
    unpublished: list[int] = []
    delays = np.full(season.days, np.nan)
    backlog = np.zeros(season.days)
    used = 0.0
    backfill_ends: int | None = None
    for step in range(season.days * _STEPS_A_DAY):
        day, in_day = divmod(step, _STEPS_A_DAY)
        if in_day == 0:
            queue += _asked_at_midnight(day, grown, late_work, fixed, season)
            backlog[day] = sum(job.remaining for job in queue) / (cores * assumptions.utilisation) / 3_600
        capacity = available[step] * assumptions.utilisation * STEP_SECONDS
        if available[step] < available[step - 1] and step:
            _lose_work(queue, 1.0 if not shared else per_node / cores)
        while capacity > 0 and queue:
            job = _next(queue, shared)
            job.is_begun = True
            done = min(capacity, job.remaining)
            job.remaining -= done
            capacity -= done
            used += done
            if job.remaining <= 0:
                queue.remove(job)
                if job.kind == _DAY:
                    unpublished.append(job.day)
                elif job.kind == _BACKFILL:
                    backfill_ends = step + 1
                if unpublished and not any(other.is_begun and other.kind == _BACKFILL for other in queue):
                    share = 1 - capacity / (available[step] * assumptions.utilisation * STEP_SECONDS)
                    for done_day in unpublished:
                        delays[done_day] = (step + share - done_day * _STEPS_A_DAY) * STEP_SECONDS / 3_600
                    unpublished.clear()
    waits = any(job.kind == _BACKFILL for job in queue)
    begun = season.backfill_on
    ended = None if waits or backfill_ends is None or begun is None else backfill_ends - begun * _STEPS_A_DAY
    return Outcome(
        cores=cores,
        window_hours=sizing.inputs.window_hours,
        delays=delays,
        backlog=backlog,
        busy=used / float(np.sum(available) * assumptions.utilisation * STEP_SECONDS),
        lost_hours=float(np.sum(cores - available)) * STEP_SECONDS / 3_600 / per_node,
        backfill_hours=None if ended is None else ended * STEP_SECONDS / 3_600,
    )


def _works(
    sizing: Sizing, season: Season, random: np.random.Generator, assumptions: Assumptions
) -> tuple[np.ndarray, np.ndarray]:
    """Core seconds that grow with the events of each day, and those that its late rows cause."""
    grows = sizing.cpu["conform"] + sizing.cpu["load and models"]
    week = np.array([_WEEK[day % 7] for day in range(season.days)])
    noise = np.exp(random.normal(0, assumptions.daily_variation, season.days))
    return grows * week * noise, sizing.cpu["late rows"] * week * noise


def _available(
    cores: float, per_node: float, season: Season, random: np.random.Generator, assumptions: Assumptions
) -> np.ndarray:
    """Cores by step: nodes are lost by chance and on the day that the season says, and come back when they are repaired."""
    steps = season.days * _STEPS_A_DAY
    nodes = max(1, round(cores / per_node))
    chance = assumptions.node_failures_a_month / DAYS_A_MONTH / _STEPS_A_DAY
    lost = random.binomial(nodes, min(1.0, chance), steps)
    if season.lost_on is not None and season.lost_on < season.days:
        lost[season.lost_on * _STEPS_A_DAY + 3] += 1  # half an hour into the day's work
    repair = max(1, round(assumptions.node_repair_hours * 3_600 / STEP_SECONDS))
    missing = np.convolve(lost, np.ones(repair))[:steps]
    return np.asarray(np.maximum(0.0, cores - missing * cores / nodes))


def _asked_at_midnight(
    day: int, grown: np.ndarray, late_work: np.ndarray, fixed: float, season: Season
) -> Iterator[_Job]:
    yield _Job(_DAY, day, fixed + float(grown[day]))
    if late_work[day] > 0:
        yield _Job(_LATE, day, float(late_work[day]))
    if day == season.backfill_on:
        past = np.arange(day - season.backfill_days, day)
        for chunk in np.array_split(past, max(1, -(-season.backfill_days // season.chunk_days))):
            # Days before the season look like its first ones.
            yield _Job(_BACKFILL, day, fixed + float(sum(grown[one % season.days] for one in chunk)))


def _next(queue: list[_Job], shared: bool) -> _Job:
    """What has begun, where one writer finishes it first; else the most urgent."""
    return min(queue, key=lambda job: (shared or not job.is_begun, job.kind, job.day))


def _lose_work(queue: list[_Job], share: float) -> None:
    """What a lost worker had done of the jobs at work is done again: all of it on one machine, its share of it on a cluster."""
    for job in queue:
        if job.is_begun:
            job.remaining += (job.work - job.remaining) * min(1.0, share)

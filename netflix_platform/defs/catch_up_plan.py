"""What the sensor ``catch_up`` asks for next, decided from facts alone: nothing here reads a clock, a file or Dagster."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from netflix_platform.settings import Settings

# The schedule asks for a day at 02:00 UTC the day after; an hour later it had its chance.
_DUE_AFTER = timedelta(days=1, hours=3)
# A person who cancels a run is at work on the cause: the next attempt waits.
CANCELED_PAUSE = timedelta(hours=1)


class Need(StrEnum):
    """From which layer on a day has to be built."""

    COLLECT = "raw"
    CONFORM = "the lake"
    REBUILD = "the warehouse"


class Outcome(StrEnum):
    """How a finished run ended."""

    SUCCESS = "success"
    FAILURE = "failed"
    CANCELED = "cancelled"


@dataclass(frozen=True)
class Work:
    """Why a day has to be built, and from where on."""

    need: Need
    why: str


@dataclass(frozen=True)
class PastRun:
    """A finished run over the days ``first`` to ``last``; ``is_own``: this sensor asked for it."""

    run_id: str
    first: date
    last: date
    outcome: Outcome
    ended_at: datetime
    is_own: bool = False


@dataclass(frozen=True)
class History:
    """What the newest runs over a day say: attempts in a row that did not make it well, and the newest run itself."""

    attempts: int = 0
    newest: PastRun | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether somebody cancelled the newest run over the day within the hour."""
        run = self.newest
        return bool(run and run.outcome is Outcome.CANCELED and now - run.ended_at < CANCELED_PAUSE)


@dataclass(frozen=True)
class Bounds:
    """How much may be asked for: days in a run, runs at once, attempts for a day."""

    days_per_run: int
    runs: int
    attempts: int

    @classmethod
    def of(cls, settings: Settings) -> "Bounds":
        longest = settings.catch_up_days_per_run
        return cls(
            # With a single attempt nothing may go together: one day that fails would give up all the others.
            days_per_run=min(longest, settings.days_per_run or longest) if settings.catch_up_attempts > 1 else 1,
            runs=settings.catch_up_runs,
            attempts=settings.catch_up_attempts,
        )


@dataclass(frozen=True)
class Request:
    """One run to ask for. ``attempt`` counts from 1; ``after``: id of the newest run over these days, if there is one."""

    first: date
    last: date
    work: Work
    attempt: int
    after: str | None


@dataclass(frozen=True)
class Plan:
    """The runs to ask for now, oldest days first; days not to be tried again; days that wait, for a run or for the hour."""

    requests: list[Request]
    given_up: list[date]
    waiting: list[date]


def due_days(settings: Settings, now: datetime) -> list[date]:
    """Days from the platform's first to the newest that the schedule should have asked for by ``now``."""
    last = (now - _DUE_AFTER).astimezone(UTC).date()
    return [settings.start_date + timedelta(days=n) for n in range((last - settings.start_date).days + 1)]


def histories(days: Iterable[date], runs: Iterable[PastRun]) -> dict[date, History]:
    """The history of each of ``days``; ``runs``: finished runs, newest first.

    A success over a day ends the count of what failed before it, whoever started it. Only when this sensor's own success is
    the newest run and the day is not well even so is it an attempt too, since otherwise it would be repeated for ever.
    """
    found = {day: History() for day in days}
    counting = set(found)
    for run in runs:
        for day in [day for day in counting if run.first <= day <= run.last]:
            history = found[day]
            goes_on = history.newest is None or (
                (history.newest.outcome is Outcome.SUCCESS) == (run.outcome is Outcome.SUCCESS)
            )
            counts = goes_on and (run.outcome is not Outcome.SUCCESS or run.is_own)
            found[day] = History(history.attempts + counts, history.newest or run)
            if not counts:
                counting.discard(day)
    return found


def plan(
    work: Mapping[date, Work],
    busy: Collection[date],
    past: Mapping[date, History],
    own_runs: int,
    bounds: Bounds,
    now: datetime,
) -> Plan:
    """The next requests for the days of ``work``, of which none in ``busy`` (queued or running) is ever asked for.

    Days without a failure go together as long as they follow each other and need the same; after a failure each is tried
    alone, so that one day cannot drag the others down. ``own_runs`` of this sensor are unfinished.
    """
    given_up = sorted(day for day in work if day not in busy and past[day].attempts >= bounds.attempts)
    waiting = sorted(day for day in work if day in busy or (day not in given_up and past[day].is_paused(now)))
    left = sorted(work.keys() - set(given_up) - set(waiting))
    requests: list[Request] = []
    while left and own_runs + len(requests) < bounds.runs:
        batch = _first_batch(left, work, past, bounds.days_per_run)
        newest = max((run for day in batch if (run := past[day].newest)), key=lambda run: run.ended_at, default=None)
        requests.append(
            Request(batch[0], batch[-1], work[batch[0]], past[batch[0]].attempts + 1, newest.run_id if newest else None)
        )
        left = left[len(batch) :]
    return Plan(requests, given_up, waiting)


def _first_batch(days: list[date], work: Mapping[date, Work], past: Mapping[date, History], longest: int) -> list[date]:
    batch = days[:1]
    for day in days[1:longest]:
        follows = day == batch[-1] + timedelta(days=1)
        untried = past[day].attempts == 0 and past[batch[0]].attempts == 0
        if not (follows and untried and work[day].need is work[batch[0]].need):
            break
        batch.append(day)
    return batch

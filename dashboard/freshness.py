"""What "fresh" means: every event day that is due is published. Decides only; texts belong to ``notices``.

An event day D is due on D + 1 day at ``NETFLIX_FRESHNESS_HOURS`` UTC. Every due day since the first built one counts, and
the oldest that is not published says since when the platform is late: building an old day makes nothing look fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dashboard.pipeline_queries import KnownDays
from netflix_platform.settings import NEVER_DUE

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Freshness:
    """``complete_until``: the last day before the first gap (None when the first built day is not published). ``late`` and
    ``pending``: days that are over and not published, due and not yet due, oldest first. ``is_built``: whether any day was.
    """

    is_built: bool
    complete_until: date | None = None
    late: tuple[date, ...] = ()
    pending: tuple[date, ...] = ()


def due_time(day: date, hours: int) -> datetime:
    """When ``day`` must be published (UTC)."""
    return datetime.combine(day + ONE_DAY, datetime.min.time(), UTC) + timedelta(hours=hours)


def judge(known: KnownDays, now: datetime, hours: int) -> Freshness:
    """How fresh the published days are at ``now`` (UTC, with its zone)."""
    if known.first_built is None:
        return Freshness(is_built=False)
    yesterday = now.astimezone(UTC).date() - ONE_DAY
    over = [known.first_built + number * ONE_DAY for number in range((yesterday - known.first_built).days + 1)]
    absent = [day for day in over if day not in known.published]
    complete = absent[0] - ONE_DAY if absent else max([yesterday, *known.published])
    return Freshness(
        is_built=True,
        complete_until=complete if complete >= known.first_built else None,
        late=tuple(day for day in absent if due_time(day, hours) <= now),
        pending=tuple(day for day in absent if due_time(day, hours) > now) if hours < NEVER_DUE else (),
    )

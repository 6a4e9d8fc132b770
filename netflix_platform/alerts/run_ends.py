"""What a finished run tells whoever watches: its failed steps and checks, and what it has done well. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

NO_DAYS: frozenset[date] = frozenset()


@dataclass(frozen=True)
class CheckResult:
    """The last evaluation of an asset check in a run.

    ``by_day``: the asset is stored by day, so that a pass speaks of the run's days only. ``failed_days``: the days that the
    check itself names (empty: it names none).
    """

    asset: str
    name: str
    step: str
    passed: bool
    severity: str
    description: str
    by_day: bool
    failed_days: frozenset[date] = NO_DAYS

    @property
    def mark(self) -> str:
        """What an incident of this check waits for."""
        return f"check:{self.asset}:{self.name}"


@dataclass(frozen=True)
class FailedStep:
    """A step that failed. ``by_check``: only because a blocking check of it failed, which is told as such.

    ``refused_days``: the days for which publishing was refused; the step did its work, the days are the trouble.
    """

    name: str
    message: str
    by_check: bool = False
    refused_days: frozenset[date] = NO_DAYS


@dataclass(frozen=True)
class RunEnd:
    """A run that has ended, with the days it was asked for (none: a run without partitions).

    ``steps``: every step of its plan, and whether it is stored by day. ``left_undone``: steps that had begun and did not
    end; those that were not reached where none had begun. ``published``: whether it published a version; ``refused_days``:
    the days for which the business marts stayed as they were in it. ``waived_day``: the day that it let through.
    """

    run_id: str
    job: str
    ended_at: datetime
    failed: bool
    days: frozenset[date] = NO_DAYS
    message: str = ""
    steps: Mapping[str, bool] = field(default_factory=dict)
    succeeded: frozenset[str] = frozenset()
    failed_steps: tuple[FailedStep, ...] = ()
    left_undone: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    published: bool = False
    refused_days: frozenset[date] = NO_DAYS
    waived_day: date | None = None


@dataclass(frozen=True)
class Tick:
    """One evaluation of a sensor or schedule; ``error`` is null when it went well."""

    instigator: str
    is_sensor: bool
    ended_at: datetime
    error: str | None

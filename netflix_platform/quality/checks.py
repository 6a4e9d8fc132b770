"""The checks of an arrival day: each with its severity beside it, and with the thresholds (settings) that it goes by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.ledger import Ledger
from netflix_platform.quality.drift import drift_problems, version_problems
from netflix_platform.quality.recent import Recent, last_days, same_weekdays
from netflix_platform.quality.shares import null_problems, share_problem, unreadable_problem
from netflix_platform.quality.volume import usual_range, volume_problem
from netflix_platform.settings import Settings, Thresholds

_MOST_PROBLEMS = 10  # of one day, in words; a sender that renames everything needs no more to be found


@dataclass(frozen=True)
class DayCheck:
    """One check. ``thresholds``: names of those it goes by; ``problems``: what is wrong with a day, nothing when all is well.

    ``severity`` (WARN or ERROR) and ``blocks``: statistics can be wrong about a day that is right, so these warn and stop
    nothing; whether a day that looks odd is published is for a person to say.
    """

    name: str
    description: str
    problems: Callable[[Ledger, Recent, Thresholds], Sequence[str | None]]
    thresholds: tuple[str, ...] = ()
    severity: str = "WARN"
    blocks: bool = False


def judged_days(settings: Settings, check: DayCheck, ledgers: Iterable[Ledger], recent: Recent) -> dict[date, str]:
    """The days that ``check`` finds fault with, and what it is."""
    found: dict[date, str] = {}
    for ledger in ledgers:
        problems = [problem for problem in check.problems(ledger, recent, settings.thresholds) if problem]
        if problems:
            more = f"; and {len(problems) - _MOST_PROBLEMS} more" if len(problems) > _MOST_PROBLEMS else ""
            found[ledger.arrival_date] = "; ".join(problems[:_MOST_PROBLEMS]) + more
    return found


def _volume(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> list[str | None]:
    weekdays, last = (
        [earlier.received_rows for earlier in recent.of(days(ledger.arrival_date))]
        for days in (same_weekdays, last_days)
    )
    usual = usual_range(weekdays, last, thresholds.min_volume_factor, thresholds.max_volume_factor)
    # A change feed may well bring nothing on a day; a service whose events stop is down.
    is_never_empty = FEEDS[ledger.feed].event_time is not None and thresholds.min_volume_factor > 0
    return [volume_problem(ledger.received_rows, usual, is_never_empty)]


def _quarantined(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> list[str | None]:
    return [
        share_problem(ledger.quarantined_rows, ledger.received_rows, thresholds.max_quarantined_share, "refused"),
    ]


def _unreadable(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> list[str | None]:
    return [unreadable_problem(ledger)]


def _repeated(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> list[str | None]:
    return [share_problem(ledger.repeated_rows, ledger.received_rows, thresholds.max_repeated_share, "repeated")]


def _nulls(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> Sequence[str | None]:
    retired = {column.name for column in FEEDS[ledger.feed].columns if column.retired}
    return null_problems(ledger, recent.of(last_days(ledger.arrival_date)), thresholds.max_null_share, retired)


def _drift(ledger: Ledger, recent: Recent, thresholds: Thresholds) -> Sequence[str | None]:
    before = recent.of(last_days(ledger.arrival_date))
    feed = FEEDS[ledger.feed]
    columns = {column.name: column for column in feed.columns}
    return [
        *version_problems(ledger, before, feed),
        *drift_problems(ledger.profile, [day.profile for day in before], columns),
    ]


DAY_CHECKS = (
    DayCheck(
        "volume",
        "Rows received, against the same weekday in the last 8 weeks (else the last 7 days).",
        _volume,
        ("min_volume_factor", "max_volume_factor"),
    ),
    DayCheck(
        "quarantine_share",
        "Share of the rows received that the contract refused.",
        _quarantined,
        ("max_quarantined_share",),
    ),
    DayCheck(
        "unreadable_files",
        "Files that cannot be read, or not to their end: what they held is lost to the day.",
        _unreadable,
    ),
    DayCheck(
        "repeated_share",
        "Share of the rows received whose key came before on the same day.",
        _repeated,
        ("max_repeated_share",),
    ),
    DayCheck(
        "null_share",
        "Optional columns that are missing more often than on the last 7 days.",
        _nulls,
        ("max_null_share",),
    ),
    DayCheck(
        "schema_drift",
        "Raw fields that are new, gone, or of another type than on the last 7 days, in a sample of the day's records; and "
        "rows of a later version of the contract than is known here.",
        _drift,
    ),
)

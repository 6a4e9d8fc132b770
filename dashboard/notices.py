"""What the dashboard says about the state of the data, and what to do about it. Decides only; ``frame`` draws.

Text is Markdown. Commands are the project's ``make`` targets, with the days filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from dashboard.formatting import age, count, day, instant, list_of_days, runs_of_days
from dashboard.freshness import Freshness, due_time, judge
from dashboard.pipeline_queries import KnownDays
from dashboard.queries import Info


class Level(Enum):
    """How urgent a notice is."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"


@dataclass(frozen=True)
class Notice:
    """One finding: a headline of a few words, the facts, and what to do (empty when there is nothing to do)."""

    level: Level
    headline: str
    facts: str
    advice: str = ""


def commands_for(days: Sequence[date]) -> str:
    """The commands that build exactly these days anew: ``make day`` for a lone day, ``make backfill`` for a range."""
    runs = runs_of_days(days)
    commands = [
        f"`make day DAY={first}`" if first == last else f"`make backfill FROM={first} TO={last}`"
        for first, last in runs[:3]
    ]
    return ", then ".join(commands) + (f", and so on for {count(len(runs) - 3, 'more range')}" if len(runs) > 3 else "")


def freshness(info: Info, known: KnownDays, now: datetime, hours: int) -> Notice:
    """Whether every event day that is due at ``now`` (UTC) is published; ``hours``: ``Settings.freshness_hours``."""
    found = judge(known, now, hours)
    if not known.published:
        return Notice(
            Level.BAD,
            "No event day is published",
            "The published version holds audit tables only: no day has passed its audit yet.",
            "Mend what failed and build those days again, or run `make demo`.",
        )
    newest = max(known.published)
    if found.late:
        return _late(info, known, found, hours)
    if found.pending:
        due = due_time(found.pending[0], hours)
        complete = f"Everything up to {day(found.complete_until)} is here; " if found.complete_until else ""
        return Notice(
            Level.GOOD,
            "On time",
            f"{complete}{day(found.pending[0])} is due at {instant(due)}, in {age((due - now).total_seconds())}.",
        )
    without = ", a day without events" if newest in known.empty else ""
    return Notice(
        Level.GOOD,
        "Fresh",
        f"The newest event day is {day(newest)}{without}: everything up to yesterday (UTC) is here.",
    )


def _late(info: Info, known: KnownDays, found: Freshness, hours: int) -> Notice:
    oldest = found.late[0]
    facts = (
        f"{list_of_days(found.late)} {'is' if len(found.late) == 1 else 'are'} not published; "
        f"the oldest was due at {instant(due_time(oldest, hours))}."
    )
    headline = f"{count(len(found.late), 'day')} late"
    # One refused day holds back the days that passed as well.
    if info.refused_days and set(found.late) <= known.passed.union(info.refused_days):
        return Notice(Level.BAD, headline, f"{facts} What is missing is held back.")
    return Notice(Level.BAD, headline, facts, f"Run {commands_for(found.late)}.")


def newest_day(known: KnownDays) -> date | None:
    """The newest published day; one that passed its audit without any event counts. None when nothing is published."""
    return max(known.published, default=None)


def held_back(info: Info) -> Notice:
    """Whether the business marts stand still because some days did not pass their audit."""
    published = info.business_published_at
    if not info.refused_days:
        facts = f"The figures are those of {instant(published)}." if published else "No figures were published yet."
        return Notice(Level.GOOD if published else Level.WATCH, "Nothing is held back", facts)
    days = sorted(info.refused_days)
    since = f"stand still since {instant(published)}" if published else "were never published"
    return Notice(
        Level.BAD,
        "Figures held back",
        f"The business figures {since}: {count(len(days), 'day')} did not pass the audit ({list_of_days(days)}).",
        f'Mend the cause and run {commands_for(days)}; or accept a day as it is with `make waive DAY={days[0]} REASON="…"`.',
    )


def missing_days(days: Sequence[date]) -> Notice | None:
    """Days of the chosen range for which nothing is published."""
    if not days:
        return None
    verb = "has" if len(days) == 1 else "have"
    return Notice(
        Level.WATCH,
        f"{count(len(days), 'day')} in this range {verb} no data",
        f"{list_of_days(days)}. Sums leave these days out, and the range is not compared with the one before.",
        f"Run {commands_for(days)}.",
    )

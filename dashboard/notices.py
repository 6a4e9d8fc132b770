"""What the dashboard says about the state of the data, and what to do about it. Decides only; ``frame`` draws.

Text is Markdown. Commands are the project's ``make`` targets, with the days filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

import pandas as pd

from dashboard.formatting import count, day, instant, list_of_days, runs_of_days
from dashboard.pipeline_queries import PassedDays
from dashboard.queries import Info

# Hour (UTC) until which yesterday may be missing without anything being wrong: the daily run starts at 02:00.
DAILY_RUN_IS_OVER = 3


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


def complete_until(info: Info, passed: PassedDays, expected: date) -> date | None:
    """The newest event day up to which nothing is missing after the figures' newest one: a day that passed its audit without
    any event has no figures and is here all the same. None when nothing is published.
    """
    newest = info.last_event_date
    if newest is None:
        if info.business_published_at is None or not passed.empty:
            return None
        newest = min(passed.empty)
    while newest < expected and newest + timedelta(days=1) in passed.empty:
        newest += timedelta(days=1)
    return newest


def freshness(info: Info, now: datetime, passed: PassedDays) -> Notice:
    """Whether every event day is here up to the last one that is over at ``now`` (UTC)."""
    expected = now.date() - timedelta(days=1)
    newest = complete_until(info, passed, expected)
    if newest is None:
        return Notice(
            Level.BAD,
            "No event day is published",
            "The published version holds audit tables only: no day has passed its audit yet.",
            "Mend what failed and build those days again, or run `make demo`.",
        )
    if newest >= expected:
        without = ", a day without events" if newest in passed.empty else ""
        return Notice(
            Level.GOOD,
            "Fresh",
            f"The newest event day is {day(newest)}{without}: everything up to yesterday (UTC) is here.",
        )
    after = [newest + timedelta(days=number + 1) for number in range((expected - newest).days)]
    missing = [value for value in after if value not in passed.empty]
    facts = f"The newest event day is {day(newest)}; it should be {day(expected)}, yesterday in UTC."
    # One refused day holds back the days that passed as well.
    if info.refused_days and set(missing) <= passed.all.union(info.refused_days):
        return Notice(Level.BAD, f"Stale by {count(len(missing), 'day')}", f"{facts} What is missing is held back.")
    if len(missing) == 1 and now.hour < DAILY_RUN_IS_OVER:
        return Notice(Level.WATCH, "Yesterday is still to come", f"{facts} The daily run at 02:00 UTC builds it.")
    return Notice(Level.BAD, f"Stale by {count(len(missing), 'day')}", facts, f"Run {commands_for(missing)}.")


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


def ledgers(rows: pd.DataFrame, day_column: str, name: str, identity: str) -> Notice:
    """Whether a ledger balances on all of its rows; ``rows`` needs ``day_column``, feed and is_balanced.

    Where it has the day's state, a failed day is no good news however well its rows add up.
    """
    wrong = rows[~rows["is_balanced"].astype(bool)]
    size = f"{count(rows[day_column].nunique(), 'day')} × {count(rows['feed'].nunique(), 'feed')}"
    facts = f"{identity} holds for {len(rows) - len(wrong):,} of {len(rows):,} entries ({size})."
    if rows.empty:
        return Notice(Level.WATCH, f"{name} is empty", "No day was accounted for in this range.", "Run `make demo`.")
    failed = (
        sorted({value.date() for value in rows.loc[rows["state"] == "failed", day_column]}) if "state" in rows else []
    )
    if failed:
        facts += f" {count(len(failed), 'day')} failed the audit: {list_of_days(failed)}."
    if wrong.empty and failed:
        return Notice(
            Level.BAD,
            f"{name} balances, but {count(len(failed), 'day')} failed",
            facts,
            "The reasons stand below the calendar.",
        )
    if wrong.empty:
        return Notice(Level.GOOD, f"{name} balances", facts)
    days = [value.date() for value in wrong[day_column]]
    return Notice(
        Level.BAD,
        f"{name} does not balance",
        f"{facts} Off: {list_of_days(days)} ({', '.join(sorted(wrong['feed'].unique()))}).",
        f"Rows were lost or counted twice. Build the days again: {commands_for(days)}; if it stays, keep the files and say so.",
    )


def event_day_states(rows: pd.DataFrame) -> Notice:
    """Whether every event day has passed; ``rows`` needs event_date and state as ``pipeline_queries.event_days`` gives them."""
    by_state = {str(state): [value.date() for value in part["event_date"]] for state, part in rows.groupby("state")}
    open_days = sorted(
        value for state, days in by_state.items() if state not in ("audited", "waived") for value in days
    )
    facts = f"{len(by_state.get('audited', [])):,} of {count(len(rows), 'event day')} audited" + "".join(
        f", {len(days):,} {state}" for state, days in by_state.items() if state != "audited"
    )
    if not open_days:
        return Notice(Level.GOOD, "Every event day passed", f"{facts}.")
    return Notice(
        Level.BAD if "failed" in by_state else Level.WATCH,
        f"{count(len(open_days), 'event day')} to look at",
        f"{facts}. The reasons stand below the calendar.",
        f"Mend the cause and run {commands_for(open_days)}.",
    )


def failed_checks(rows: pd.DataFrame, window: str) -> Notice:
    """Whether checks failed and did not pass since, each counted once for the days that it was about; ``rows`` as
    ``pipeline_queries.failed_checks`` gives them.
    """
    standing = rows[~rows["passed_later"].astype(bool)]
    errors = int((standing["severity"] == "ERROR").sum())
    if rows.empty:
        return Notice(Level.GOOD, "No failed checks", f"Nothing failed in {window}.")
    facts = (
        f"{count(len(rows), 'check')} failed in {window} (one per range of event days), "
        f"{len(rows) - len(standing)} of which passed when those days were checked again."
    )
    if standing.empty:
        return Notice(Level.GOOD, "No check is failing now", facts)
    return Notice(
        Level.BAD if errors else Level.WATCH,
        f"{count(len(standing), 'check')} failing" if errors else f"{count(len(standing), 'warning')}",
        facts,
        "The table of failed checks below says what each one found.",
    )

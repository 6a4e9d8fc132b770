"""The findings of *Pipeline health*, one per question of the person on call. Decides only; ``verdicts`` draws."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from dashboard.formatting import age, count, instant, list_of_days
from dashboard.notices import Level, Notice, commands_for


def open_incidents(rows: pd.DataFrame, now: datetime) -> Notice:
    """Whether an incident is open at ``now`` (UTC); ``rows`` as ``operations_queries.open_incidents`` gives them."""
    if rows.empty:
        return Notice(Level.GOOD, "No open incident", "Nothing that an alert was raised for is still wrong.")
    errors = int((rows["severity"] == "ERROR").sum())
    oldest = rows["opened_at"].min()
    facts = (
        f"{errors:,} of severity ERROR, {len(rows) - errors:,} of severity WARN; the oldest has been open since "
        f"{instant(oldest)} ({age((now.replace(tzinfo=None) - oldest).total_seconds())})."
    )
    return Notice(
        Level.BAD if errors else Level.WATCH,
        f"{count(len(rows), 'open incident')}",
        facts,
        "The inbox below says what to do first.",
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

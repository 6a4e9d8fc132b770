"""The four figures at the top: freshness, what the newest arrival day brought, and how the last run ended."""

from __future__ import annotations

from datetime import UTC

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, pipeline_queries
from dashboard.formatting import ABSENT, change, count, duration, share, whole
from dashboard.frame import Opened
from dashboard.freshness import Freshness, due_time, judge
from dashboard.health.runs import FINISHED, RUN_WORDS
from dashboard.periods import Period
from dashboard.pipeline_queries import KnownDays
from dashboard.tiles import tile

RUNS_SHOWN = 10
# Runs that wait or work may stand before the last finished one.
RUNS_LOOKED_AT = 100


def draw(opened: Opened, window: Period, known: KnownDays) -> None:
    """Each tile stands alone, in case an old version lacks its table."""
    first, second, third, fourth = st.columns(4)
    with first:
        _draw_freshness(opened, known)
    with second, frame.tolerant():
        _draw_received(_ledger(opened, window))
    with third, frame.tolerant():
        _draw_set_aside(_ledger(opened, window))
    with fourth, frame.tolerant():
        _draw_last_run(opened)


def _draw_freshness(opened: Opened, known: KnownDays) -> None:
    hours = opened.settings.freshness_hours
    found = judge(known, opened.now, hours)
    complete = found.complete_until
    tile(
        "Complete up to",
        f"{complete:%a} {complete.day} {complete:%b}" if complete else ABSENT,
        due_text(found, hours),
        delta_color="red" if found.late or not found.is_built else "green",
        delta_arrow="off",
        delta_description="no events on this day" if complete in known.empty else None,
        help="Every event day from the first built one to this one is published. An event day is due on the next day at "
        f"{_hour(hours)}; the oldest one that is due and not published says since when the platform is late.",
    )


def due_text(found: Freshness, hours: int) -> str:
    """How the days stand against their due time, in a few words."""
    if not found.is_built:
        return "no day is built"
    if found.late:
        since = due_time(found.late[0], hours).astimezone(UTC)
        return f"{count(len(found.late), 'day')} late since {since.day} {since:%b %H:%M} UTC"
    if found.pending:
        due = due_time(found.pending[0], hours)
        return f"on time · {found.pending[0]:%a} {found.pending[0].day} {found.pending[0]:%b} is due at {due:%H:%M} UTC"
    return "on time"


def _hour(hours: int) -> str:
    days, hour = divmod(hours, 24)
    return f"{hour:02d}:00 UTC" + (f", {count(days, 'day')} later" if days else "")


def _ledger(opened: Opened, window: Period) -> pd.DataFrame:
    return pipeline_queries.row_ledger(opened.published, "events", window.first).sort_values("arrival_date")


def _draw_received(ledger: pd.DataFrame) -> None:
    newest = ledger.iloc[-1] if len(ledger) else None
    tile(
        "Event rows received" + (f", {newest['arrival_date']:%a %-d %b}" if newest is not None else ""),
        whole(newest["received_rows"]) if newest is not None else ABSENT,
        week_change(ledger),
        delta_color="off",
        delta_description="vs. a week before" if week_change(ledger) else None,
        help="Lines or records in the raw event files that arrived on that UTC day.",
        course=ledger["received_rows"],
    )


def _draw_set_aside(ledger: pd.DataFrame) -> None:
    received = ledger["received_rows"].where(ledger["received_rows"] > 0)
    aside = (ledger["repeated_rows"] + ledger["quarantined_rows"]) / received
    tile(
        "Event rows set aside",
        share(aside.iloc[-1], 2) if len(aside) else ABSENT,
        help="Repeated and quarantined rows as a share of the rows received on that UTC day.",
        course=aside,
    )


def _draw_last_run(opened: Opened) -> None:
    """How the run that finished last ended, which job it was, how long it took and when it was over."""
    runs = operations_queries.last_runs(opened.published, RUNS_LOOKED_AT)
    runs = runs[runs["status"].isin(FINISHED)].sort_values("ended_at", na_position="first").tail(RUNS_SHOWN)
    last = runs.iloc[-1] if len(runs) else None
    facts = []
    if last is not None:
        ended = [f"{last['ended_at'].day} {last['ended_at']:%b %H:%M}"] if pd.notna(last["ended_at"]) else []
        facts = [last["job_name"], duration(last["duration_seconds"]), *ended]
    tile(
        "Last finished run",
        RUN_WORDS[last["status"]] if last is not None else ABSENT,
        " · ".join(facts) or None,
        delta_color="off" if last is None or last["status"] == "SUCCESS" else "red",
        delta_arrow="off",
        help=f"How it ended, its job, how long it took and when it ended (UTC); the line shows how long the last "
        f"{count(len(runs), 'run')} took.",
        course=runs["duration_seconds"],
    )


def week_change(ledger: pd.DataFrame) -> str | None:
    """Change of the newest day's received rows against the same weekday a week before; None when that day is not there."""
    by_day = ledger.set_index("arrival_date")["received_rows"]
    if by_day.empty:
        return None
    return change(by_day.iloc[-1], by_day.get(by_day.index[-1] - pd.Timedelta(days=7)))

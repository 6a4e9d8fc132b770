"""The state of every event day: the calendar, the days that are not simply audited, and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, pipeline_queries, tables, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import count, day
from dashboard.frame import Opened
from dashboard.health import runs
from dashboard.health.day_charts import day_calendar

CALENDAR_WEEKS = 53


def draw(opened: Opened) -> None:
    """The state of every event day, and the days that need a person."""
    with frame.section(
        "Event days",
        help="**audited**: passed every check, may be published. **loaded**: in the warehouse, checks still to come. **failed**: "
        "a blocking check failed; the business figures wait for it. **waived**: failed, and accepted by a person with a reason. "
        "**not loaded**: its events arrived and are not in the warehouse. **missing**: nothing is known of it.",
    ):
        days = pipeline_queries.event_days(opened.published, opened.yesterday)
        if days.empty:
            st.info("No event day was loaded yet. Run `make demo`.")
            return
        shown = days.tail(7 * CALENDAR_WEEKS)
        if len(shown) < len(days):
            st.caption(f"The last {CALENDAR_WEEKS} weeks of {count(len(days), 'day')}.")
        draw_chart(day_calendar, shown, alt="State of every event day, by week and weekday")
        unusual = days[days["state"] != "audited"].sort_values("event_date", ascending=False)
        if not unusual.empty:
            _table(unusual)
            _draw_reasons(unusual)


def _table(rows: pd.DataFrame) -> None:
    """Event days that are not simply audited (``pipeline_queries.event_days``), newest first."""
    st.dataframe(
        rows.assign(
            state=rows["state"].map(signed_state),
            reason=rows["reason"].fillna(""),
            last_run_status=runs.outcome(rows["last_run_status"]),
        ),
        hide_index=True,
        height=tables.height(rows, most_rows=8),
        column_order=["event_date", "state", "reason", "changed_at", "last_run_status"],
        column_config={
            "event_date": st.column_config.DateColumn("Event day", format=tables.SHORT_DAY_FORMAT, width=92),
            "state": st.column_config.TextColumn("State", width=76),
            "reason": st.column_config.TextColumn("Reason", width="large"),
            "changed_at": st.column_config.DatetimeColumn("Since (UTC)", format=tables.TIME_FORMAT, width=140),
            "last_run_status": st.column_config.TextColumn("Last run", width=100),
        },
    )


def signed_state(state: str) -> str:
    """A state with its sign, for a cell."""
    return f"{theme.STATE_SIGNS.get(state, '')} {state}".strip()


def _draw_reasons(days: pd.DataFrame) -> None:
    """Why days failed or were waived, in full and as it was written: a cell of the table shows only the beginning."""
    told = days[days["state"].isin(["failed", "waived"])]
    if told.empty:
        return
    parts = zip(told["event_date"], told["state"], told["reason"], strict=True)
    lines = [
        f"{day(value)}, {state}: {reason or 'no reason was recorded; see the run'}" for value, state, reason in parts
    ]
    with st.expander(f"Reasons in full ({count(len(lines), 'day')})", expanded=bool((told["state"] == "failed").any())):
        frame.literally("\n".join(lines))

"""The two ledgers: where the rows of every arrival day went, and whether the warehouse holds what the lake does."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, frame, pipeline_queries, tables, theme
from dashboard.drawing import draw_chart
from dashboard.formatting import day, whole
from dashboard.frame import Opened
from dashboard.health.event_days import signed_state
from dashboard.periods import Period

FEEDS = ("events", "users", "titles")
LEDGER_PARTS = {
    "accepted_rows": ("Accepted", theme.ACCEPTED),
    "repeated_rows": ("Repeated", theme.REPEATED),
    "quarantined_rows": ("Quarantined", theme.QUARANTINED),
}


def draw_rows(opened: Opened, window: Period) -> None:
    """Where the rows of every arrival day went."""
    with frame.section(
        "Row ledger, by arrival day",
        caption="Numbers of rows. Received = accepted + repeated + quarantined, for every UTC day on which rows reached the "
        "platform.",
        help="**Received**: lines or records in the raw files. **Repeated**: the same key as an earlier row of that day. "
        "**Quarantined**: refused with a reason and kept with file and line number.",
    ):
        feed = st.segmented_control("Feed", FEEDS, default="events", required=True, key="feed", bind="query-params")
        rows = pipeline_queries.row_ledger(opened.published, feed, window.first)
        if rows.empty:
            st.info(f"No {feed} rows were received since {day(window.first)}.")
            return
        left, right = st.columns(2)
        with left:
            st.markdown("**All rows received**, count per day")
            draw_chart(charts.stacked_days, rows, "arrival_date", LEDGER_PARTS, alt="Rows received per arrival day")
        with right:
            st.markdown("**Rows set aside**, count per day, on a scale of their own")
            aside = {column: part for column, part in LEDGER_PARTS.items() if column != "accepted_rows"}
            draw_chart(charts.stacked_days, rows, "arrival_date", aside, alt="Rows set aside per arrival day")
        _table(
            rows,
            {
                "arrival_date": "Arrival day",
                "received_rows": "Received",
                "accepted_rows": "Accepted",
                "repeated_rows": "Repeated",
                "quarantined_rows": "Quarantined",
            },
        )


def draw_warehouse(opened: Opened, window: Period) -> None:
    """Whether what lies in the lake for an event day is in the warehouse."""
    with frame.section(
        "Warehouse ledger, by event day",
        caption="Numbers of rows. Lake = warehouse + repeats across arrivals, for every UTC day on which the events happened. A "
        "day that failed its audit is marked however well its rows add up.",
    ):
        rows = pipeline_queries.warehouse_ledger(opened.published, "events", window.first)
        if rows.empty:
            st.info(f"No event day since {day(window.first)} was loaded.")
            return
        _table(
            rows,
            {
                "event_date": "Event day",
                "lake_rows": "Lake",
                "warehouse_rows": "Warehouse",
                "repeated_rows": "Repeats",
            },
        )


def _table(rows: pd.DataFrame, names: dict[str, str]) -> None:
    """A ledger of rows, unbalanced and failed days first; ``names``: column → heading, the day's column first; also off_by,
    is_balanced, and where the ledger knows of it the day's state and reason.
    """
    day_column, *numbers = names
    has_state = "state" in rows
    states = rows["state"] if has_state else pd.Series("", index=rows.index)
    facts = zip(rows["is_balanced"], rows["off_by"], states, strict=True)
    shown = rows.assign(
        verdict=[_verdict(balanced, off_by, state) for balanced, off_by, state in facts],
        is_good=rows["is_balanced"].astype(bool) & (states != "failed"),
        state=states.map(signed_state),
        reason=rows["reason"].fillna("") if has_state else "",
    ).sort_values(["is_good", day_column], ascending=[True, False])
    st.dataframe(
        shown,
        hide_index=True,
        height=tables.height(shown, most_rows=8),
        column_order=[day_column, "verdict", *numbers, *(["state", "reason"] if has_state else [])],
        column_config={
            day_column: st.column_config.DateColumn(names[day_column], format=tables.SHORT_DAY_FORMAT, width=92),
            "verdict": st.column_config.TextColumn("Verdict", width=92),
            **{column: st.column_config.NumberColumn(names[column], format="%,d", width=84) for column in numbers},
            "state": st.column_config.TextColumn("State of the day", width=110),
            "reason": st.column_config.TextColumn("Reason"),
        },
    )


def _verdict(is_balanced: bool, off_by: float, state: str) -> str:
    if is_balanced:
        return "✕ failed" if state == "failed" else "✓ balanced"
    return f"✕ off by {whole(off_by)}"

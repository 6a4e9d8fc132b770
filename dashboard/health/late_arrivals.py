"""Late arrivals: what reached the platform on another day than it happened, and after how long."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, pipeline_queries, tables
from dashboard.drawing import draw_chart
from dashboard.formatting import count, day, duration, period, share, whole
from dashboard.frame import Opened
from dashboard.health.day_charts import late_map, lateness
from dashboard.periods import Period

MOST_ROWS = 2_000


def draw(opened: Opened, window: Period) -> None:
    """The map of arrival days by lateness, and the delays behind each of its cells."""
    horizon = opened.settings.late_horizon_days
    with frame.section(
        "Late arrivals, by arrival day",
        caption=f"Numbers of event rows that reached the platform on another UTC day than the one on which they happened. Event "
        f"days that they touch are built again. What is more than {count(horizon, 'day')} late goes to quarantine and is not "
        "counted here.",
        help="**Delay**: from when an event happened until it was received. **p50**: half of the late rows of that day took "
        "no longer; **p95**: nineteen of twenty.",
    ):
        rows = operations_queries.late_arrivals(opened.published, window.first)
        if rows.empty:
            st.markdown(
                f":green[:material/check_circle:] Since {day(window.first)} every event arrived on the day on which it happened."
            )
            return
        with frame.tolerant():
            st.markdown(_summary(opened, window, rows))
        newest = max(rows["arrival_date"].max(), pd.Timestamp(window.last))
        oldest = pd.Timestamp(window.first) if window.days <= 31 else rows["arrival_date"].min()
        draw_chart(
            late_map,
            rows,
            oldest,
            newest,
            alt=f"Late rows by arrival day and days late, {period(oldest.date(), newest.date())}",
        )
        _table(rows.head(MOST_ROWS))
        if len(rows) > MOST_ROWS:
            st.caption(f"The newest {MOST_ROWS:,} of {len(rows):,}.")


def _summary(opened: Opened, window: Period, rows: pd.DataFrame) -> str:
    """How many, how big a part of all, and the worst."""
    late = int(rows["rows"].sum())
    ledger = pipeline_queries.row_ledger(opened.published, "events", window.first)
    received = int(ledger["received_rows"].sum())
    part = f" ({share(late / received, 2)} of all that were received)" if received else ""
    longest = f" The longest delay was **{duration(float(rows['delay_max_seconds'].max()))}**."
    touched = rows["event_date"].nunique()
    return f"**{whole(late)}** late rows{part}, for {count(touched, 'event day')}.{longest}"


def _table(rows: pd.DataFrame) -> None:
    """Late rows by arrival day and event day (``operations_queries.late_arrivals``), newest arrival first."""
    st.dataframe(
        rows.assign(
            lateness=rows["days_late"].map(lateness),
            **{name: rows[f"delay_{name}_seconds"].map(duration) for name in ("p50", "p95", "max")},
        ),
        hide_index=True,
        height=tables.height(rows, most_rows=8),
        column_order=["arrival_date", "event_date", "rows", "lateness", "p50", "p95", "max"],
        column_config={
            "arrival_date": st.column_config.DateColumn("Arrival day", format=tables.SHORT_DAY_FORMAT, width=92),
            "event_date": st.column_config.DateColumn("Event day", format=tables.SHORT_DAY_FORMAT, width=92),
            "rows": tables.bar("Rows", rows["rows"], width=100),
            "lateness": st.column_config.TextColumn("Lateness", width=92),
            "p50": st.column_config.TextColumn("Delay p50", width=100),
            "p95": st.column_config.TextColumn("Delay p95", width=100),
            "max": st.column_config.TextColumn("Longest delay", width=110),
        },
    )

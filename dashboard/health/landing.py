"""Files of the landing folder: what became of each, those that need somebody first."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, tables
from dashboard.formatting import count
from dashboard.frame import Opened
from dashboard.published import OutdatedVersion

# Order and words of the states; a state that is not known here stands at the end under its own name.
STATES = {
    "unreadable": "✕ unreadable",
    "too_early": "✕ before the first day",
    "ready": "next run takes it",
    "waiting": "its day is not over",
    "growing": "still written",
    "superseded": "newer version taken",
    "repeated": "same content taken",
    "taken": "✓ taken",
}
NEEDS_SOMEBODY = ("unreadable", "too_early")
MOST_ROWS = 500


def draw(opened: Opened) -> None:
    """One line and the table; nothing at all where no files were delivered."""
    try:
        rows = operations_queries.landing_files(opened.published)
    except OutdatedVersion:
        # A version from before there was a landing folder has no file of one.
        return
    if rows.empty:
        return
    with frame.section(
        "Landing files",
        help="Every file and version that was seen in the landing folder, and what became of it. A content that was delivered "
        "twice counts once.",
    ) as section:
        section.offer(rows, "landing_files")
        known = {state: place for place, state in enumerate(STATES)}
        rows = rows.assign(place=rows["state"].map(known).fillna(len(STATES)))
        rows = rows.sort_values(["place", "arrival_date", "path"], ascending=[True, False, True])
        bad = int(rows["state"].isin(NEEDS_SOMEBODY).sum())
        taken = int((rows["state"] == "taken").sum())
        st.markdown(
            f"**{count(taken, 'file')}** taken of {len(rows):,}"
            + (f"; :red[**{count(bad, 'file')}**] cannot be taken: the table says why." if bad else ".")
        )
        _table(rows.head(MOST_ROWS))


def _table(rows: pd.DataFrame) -> None:
    st.dataframe(
        rows.assign(state=rows["state"].map(STATES).fillna(rows["state"])),
        hide_index=True,
        height=tables.height(rows, most_rows=8),
        column_order=[
            "path",
            "state",
            "arrival_date",
            "received_rows",
            "accepted_rows",
            "event_days",
            "feed",
            "reason",
        ],
        column_config={
            "path": st.column_config.TextColumn("File", width=150),
            "state": st.column_config.TextColumn("State", width=130),
            "arrival_date": st.column_config.DateColumn("Arrived (UTC)", format=tables.SHORT_DAY_FORMAT, width=100),
            "received_rows": st.column_config.NumberColumn("Received", format="%,d", width=84),
            "accepted_rows": st.column_config.NumberColumn("Accepted", format="%,d", width=84),
            "event_days": st.column_config.NumberColumn("Event days", format="%,d", width=84),
            "feed": st.column_config.TextColumn("Feed", width=70),
            "reason": st.column_config.TextColumn("Why", width="large"),
        },
    )

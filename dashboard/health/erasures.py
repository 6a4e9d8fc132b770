"""Erasures: how often a person's records were removed, when last, and how many rows. Never whose."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, tables
from dashboard.formatting import count, instant, whole
from dashboard.frame import Opened
from dashboard.published import OutdatedVersion

LAYERS = ("raw_rows", "lake_rows", "quarantine_rows", "warehouse_rows")
MOST_ROWS = 500


def draw(opened: Opened) -> None:
    """One line and the table; nothing at all when nobody's records were erased."""
    try:
        rows = operations_queries.erasures(opened.published)
    except OutdatedVersion:
        # A version from before there were erasures has none to tell of.
        return
    if rows.empty:
        return
    with frame.section("Erasures"):
        removed = int(rows[list(LAYERS)].fillna(0).sum().sum())
        st.markdown(
            f"**{count(len(rows), 'erasure')}**, last on {instant(rows['erased_at'].iloc[0])}; **{whole(removed)}** rows removed "
            "from all layers."
        )
        _table(rows.head(MOST_ROWS))


def _table(rows: pd.DataFrame) -> None:
    st.dataframe(
        rows,
        hide_index=True,
        height=tables.height(rows, most_rows=5),
        column_order=["erased_at", *LAYERS, "reason"],
        column_config={
            "erased_at": st.column_config.DatetimeColumn("Erased (UTC)", format=tables.TIME_FORMAT, width=140),
            "raw_rows": st.column_config.NumberColumn("Raw", format="%,d", width=84),
            "lake_rows": st.column_config.NumberColumn("Lake", format="%,d", width=84),
            "quarantine_rows": st.column_config.NumberColumn("Quarantine", format="%,d", width=92),
            "warehouse_rows": st.column_config.NumberColumn("Warehouse", format="%,d", width=92),
            "reason": st.column_config.TextColumn("Reason", width="large"),
        },
    )

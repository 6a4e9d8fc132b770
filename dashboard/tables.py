"""What the dashboard's tables share (heights, formats, bars), and the tables of titles. Frames in, ``st.dataframe`` out; no data
access. The tables of *Pipeline health* stand with their parts in ``health``.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.formatting import ABSENT
from dashboard.queries import PLAYS, WATCH_HOURS

ROW_HEIGHT = 35
# Short enough for tables that have to fit a phone with their first figures.
SHORT_DAY_FORMAT = "D MMM YYYY"
TIME_FORMAT = "D MMM YYYY, HH:mm"
MEASURE_HEADINGS = {WATCH_HOURS: "Watch hours (h)", PLAYS: "Plays"}


def titles(rows: pd.DataFrame, ranked_by: str, with_genre: bool = True) -> None:
    """Ranked titles (``queries.top_titles``); the bar shows what they are ranked by. An unknown watch time is a dash."""
    other = PLAYS if ranked_by == WATCH_HOURS else WATCH_HOURS
    columns = ["place", "title_name", ranked_by, "primary_genre", "share", other]
    if not with_genre:
        columns.remove("primary_genre")
    if rows[other].isna().all():
        columns.remove(other)
    st.dataframe(
        rows.assign(share=rows["share"] * 100),
        hide_index=True,
        height="content",
        placeholder=ABSENT,
        column_order=columns,
        column_config={
            "place": st.column_config.NumberColumn("#", width=34),
            # As wide as leaves the bar on a phone.
            "title_name": st.column_config.TextColumn("Title", width=184),
            ranked_by: bar(MEASURE_HEADINGS[ranked_by], rows[ranked_by], width=100, decimals=ranked_by == WATCH_HOURS),
            "primary_genre": st.column_config.TextColumn("Genre", width=110),
            "share": st.column_config.NumberColumn(
                "Share", format="%.1f%%", help="Of all titles in the range.", width=60
            ),
            other: st.column_config.NumberColumn(MEASURE_HEADINGS[other], format="%,.0f", width=70),
        },
    )


def top10(rows: pd.DataFrame) -> None:
    """One Top 10 list (rows of one list of ``queries.top10``)."""
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_order=["rank", "title_name", "views", "hours_viewed", "cumulative_weeks_in_top_10"],
        column_config={
            "rank": st.column_config.NumberColumn("#", width=34),
            "title_name": st.column_config.TextColumn("Title", width=194),
            "views": bar("Views", rows["views"], width=90),
            "hours_viewed": st.column_config.NumberColumn("Hours (h)", format="%,.0f", width=75),
            "cumulative_weeks_in_top_10": st.column_config.NumberColumn(
                "Weeks", help="Weeks in this list so far, this one included.", format="%d", width=55
            ),
        },
    )


def days_text(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """A range of days for a cell: one ISO day or two."""
    if pd.isna(first):
        return ABSENT
    return f"{first:%Y-%m-%d}" if pd.isna(last) or first == last else f"{first:%Y-%m-%d} … {last:%Y-%m-%d}"


def bar(heading: str, values: pd.Series, width: int, decimals: bool = False) -> Any:
    """A column of figures with a bar behind each, as long as its share of the biggest. ``decimals``: one where all are small."""
    most = values.max()
    top = float(most) if pd.notna(most) and most > 0 else 1.0
    return st.column_config.ProgressColumn(
        heading, format=figures(values, decimals), min_value=0, max_value=top, width=width
    )


def figures(values: pd.Series, decimals: bool = False) -> str:
    """Format of a column of figures; ``decimals``: with one decimal where all are below 100."""
    return "%,.1f" if decimals and not values.max() >= 100 else "%,.0f"


def height(rows: pd.DataFrame, most_rows: int) -> int:
    """Height (px) of a table that shows all rows up to ``most_rows`` and scrolls beyond."""
    # One row more than the data for the heading; beyond the limit half a row shows that the table goes on.
    shown = len(rows) + 1 if len(rows) <= most_rows else most_rows + 1.5
    return int(shown * ROW_HEIGHT) + 3

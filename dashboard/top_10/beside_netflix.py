"""Our lists beside those that Netflix publishes itself, where somebody put them there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import frame, tables
from dashboard.formatting import ABSENT, period
from dashboard.frame import Opened
from dashboard.top_10 import queries
from dashboard.top_10.lists import LISTS
from dashboard.top_10.week_choice import Week

SIX_DAYS = pd.Timedelta(days=6)


def draw(opened: Opened, week: Week) -> None:
    """One list side by side, and how far all four agree; or where Netflix's lists come from."""
    with frame.section(
        "Beside Netflix's own Top 10",
        help="A title is the same in both when its name is, whatever its case. Netflix's figures are of all its members, ours of "
        "our data: compare ranks, not sizes.",
    ) as section:
        weeks = queries.published_weeks(opened.published)
        if weeks.empty:
            st.info(
                "**Netflix's lists are not here.** Netflix publishes its weekly lists as a file, `all-weeks-global`. Take it in "
                "with `make import FILE=all-weeks-global.tsv`; the next run sets it beside ours.",
                icon=":material/upload_file:",
            )
            return
        if not (weeks["week_start"] == pd.Timestamp(week.monday)).any():
            newest, oldest = weeks["week_start"].iloc[0], weeks["week_start"].iloc[-1]
            st.info(
                f"Netflix's lists of {week.name} are not here: those that are cover {period(oldest, newest + SIX_DAYS)}. "
                "Choose a week of them above, or take in a newer file with `make import FILE=all-weeks-global.tsv`.",
                icon=":material/event_busy:",
            )
            return
        both = queries.beside_published(opened.published, week.monday)
        section.offer(both, f"top_10_{week.monday}_beside_netflix")
        names = [name for pair in LISTS for name in pair]
        chosen = st.segmented_control(
            "List beside Netflix's",
            names,
            default=names[0],
            required=True,
            wrap=True,
            key="beside",
            bind="query-params",
            label_visibility="collapsed",
        )
        listed = both[both["top10_list"] == chosen]
        st.caption(agreement(listed))
        if len(listed):
            _table(listed)


def agreement(rows: pd.DataFrame) -> str:
    """How far the two rankings of one list agree, in words. ``rows``: of ``queries.beside_published``."""
    if rows["published_rank"].isna().all():
        return "Netflix's file holds no such list for this week."
    if rows["rank"].isna().all():
        return "We have no such list for this week."
    shared = rows[rows["is_in_both"]]
    ours = int(rows["rank"].notna().sum())
    if shared.empty:
        return f"None of our {ours} titles is in Netflix's list: the two are of different catalogues."
    apart = (shared["rank"].astype(float) - shared["published_rank"].astype(float)).abs()
    return (
        f"{len(shared)} of our {ours} titles are in both lists; their ranks are {apart.mean():.1f} apart on average, "
        f"{int((apart == 0).sum())} of them on the same rank."
    )


def _table(rows: pd.DataFrame) -> None:
    st.dataframe(
        rows,
        hide_index=True,
        height=tables.height(rows, 20),
        placeholder=ABSENT,
        column_order=["title_name", "rank", "published_rank", "views", "published_views"],
        column_config={
            "title_name": st.column_config.TextColumn("Title", width=160),
            "rank": _rank("Our #"),
            "published_rank": _rank("Netflix #"),
            "views": st.column_config.NumberColumn("Our views", format="%,.0f", width=90),
            "published_views": st.column_config.NumberColumn("Netflix's views", format="%,.0f", width=110),
        },
    )


def _rank(heading: str) -> Any:
    return st.column_config.NumberColumn(heading, format="%d", width=70)

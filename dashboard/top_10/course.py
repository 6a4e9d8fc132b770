"""How the titles of one list came to their ranks, over the last weeks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame
from dashboard.drawing import draw_chart
from dashboard.formatting import count, period
from dashboard.frame import Opened
from dashboard.top_10 import charts, queries
from dashboard.top_10.lists import LISTS
from dashboard.top_10.week_choice import Week

MOST_WEEKS = 8


def draw(opened: Opened, week: Week, rows: pd.DataFrame) -> None:
    """A bump chart of a chosen list. ``rows``: all lists of the week with their movements."""
    names = [name for pair in LISTS for name in pair]
    with frame.section(
        f"Ranks over the last {MOST_WEEKS} weeks",
        help="A line per title that is in the list now, ended by its name. Where a line breaks the title was not in the list.",
    ) as section:
        chosen = st.segmented_control(
            "List",
            names,
            default=names[0],
            required=True,
            wrap=True,
            key="list",
            bind="query-params",
            label_visibility="collapsed",
        )
        ranks = queries.course(opened.published, week.monday, chosen, MOST_WEEKS)
        if ranks.empty:
            st.info(f"{chosen} has no title in this week.")
            return
        section.offer(ranks.dropna(subset="rank"), f"top_10_{week.monday}_ranks")
        weeks = ranks["week_start"].nunique()
        if weeks == 1:
            st.caption("The lists begin with this week: there is no course yet.")
        elif weeks < MOST_WEEKS:
            first = ranks["week_start"].min()
            st.caption(f"The lists begin with the week of {period(first, first)}: {count(weeks, 'week')} so far.")
        moved = rows.loc[rows["top10_list"] == chosen, ["title_id", "movement"]]
        draw_chart(
            charts.bumps,
            ranks.merge(moved, on="title_id", how="left"),
            alt=f"Ranks in {chosen} by week, up to {week.name}: {_in_words(rows, chosen)}",
        )


def _in_words(rows: pd.DataFrame, chosen: str) -> str:
    listed = rows[rows["top10_list"] == chosen]
    return ", ".join(
        f"{rank}. {name} {moved}".strip()
        for rank, name, moved in zip(listed["rank"], listed["title_name"], listed["movement"], strict=True)
    )

"""How steep each list is: whether its first stands alone."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame
from dashboard.drawing import draw_chart
from dashboard.formatting import ABSENT, share
from dashboard.frame import Opened
from dashboard.top_10 import charts, queries
from dashboard.top_10.week_choice import FULL, Week


def draw(opened: Opened, week: Week, rows: pd.DataFrame) -> None:
    """Views by rank as a share of the first's, a line per list, and what is usual of the first."""
    steep = queries.steepness(opened.published, week.monday)
    with frame.section(
        "How steep the lists are",
        help="Views of each rank ÷ views of the list's first. A steep line: the list lives of its first titles.",
        caption=_steepest(steep),
    ) as section:
        section.offer(steep, f"top_10_{week.monday}_steepness")
        draw_chart(
            charts.steepness, rows, alt=f"Views by rank as a share of the list's first, {week.name}. {_steepest(steep)}"
        )
        shown = steep.assign(
            first_share=steep["first_share"] * 100,
            usual_first_share=steep["usual_first_share"] * 100,
            last_ratio=steep["last_ratio"] * 100,
        )
        st.dataframe(
            shown,
            hide_index=True,
            height="content",
            placeholder=ABSENT,
            column_order=["top10_list", "first_share", "usual_first_share", "last_ratio"],
            column_config={
                "top10_list": st.column_config.TextColumn("List", width=130),
                "first_share": st.column_config.NumberColumn(
                    "No. 1", format="%.0f%%", width=60, help="The first's part of its list's views."
                ),
                "usual_first_share": st.column_config.NumberColumn(
                    "Usual",
                    format="%.0f%%",
                    width=60,
                    help=f"Median of the whole weeks before, at most {queries.USUAL_WEEKS}.",
                ),
                "last_ratio": st.column_config.NumberColumn(
                    "Last ÷ first",
                    format="%.0f%%",
                    width=90,
                    help="Views of the list's last as a share of the first's.",
                ),
            },
        )
        if week.days < FULL:
            st.caption("The week is not whole, and the first days of a launch count more in it.")


def _steepest(steep: pd.DataFrame) -> str:
    first = steep.sort_values("first_share", ascending=False).iloc[0]
    usual = "" if pd.isna(first["usual_first_share"]) else f", usually {share(first['usual_first_share'], 0)}"
    return f"{first['top10_list']} is the steepest: its first has {share(first['first_share'], 0)} of the list's views{usual}."

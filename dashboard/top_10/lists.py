"""The four lists of the week side by side, and what came and went."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import definitions, frame, tables
from dashboard.address import title_link
from dashboard.formatting import ABSENT
from dashboard.frame import Opened
from dashboard.top_10 import movements, queries
from dashboard.top_10.week_choice import Week

LISTS = (("Films (English)", "TV (English)"), ("Films (Non-English)", "TV (Non-English)"))
SHOWN_NAME = "#(.*)$"


def draw(opened: Opened, week: Week) -> pd.DataFrame:
    """Two rows of two lists; returns all of them, with their movements."""
    rows = movements.with_movements(queries.lists(opened.published, week.monday), week.has_before)
    help_text = definitions.meaning("views", "hours_viewed", "weeks_in_top_10")
    for names in LISTS:
        for column, name in zip(st.columns(2), names, strict=True):
            with column, frame.section(name, help=help_text) as section:
                listed = rows[rows["top10_list"] == name]
                if listed.empty:
                    st.info("No title of this kind was watched that week and has a runtime.")
                    continue
                section.offer(
                    listed.assign(week_start=week.monday.isoformat()),
                    f"top_10_{week.monday}_{name.lower().replace(' ', '_').replace('(', '').replace(')', '')}",
                )
                _list(listed)
    return rows


def _list(rows: pd.DataFrame) -> None:
    """One list. The title is a link to its page."""
    shown = rows.assign(link=links(rows)).drop(columns=["title_id", "rank_before", "top10_list"])
    st.dataframe(
        shown.style.map(movements.color, subset=["movement"]),
        hide_index=True,
        height="content",
        placeholder=ABSENT,
        column_order=["rank", "movement", "link", "views", "hours_viewed", "cumulative_weeks_in_top_10"],
        column_config={
            "rank": st.column_config.NumberColumn("#", width=30),
            "movement": movement_column(),
            "link": title_column(),
            "views": tables.bar("Views", rows["views"], width=80),
            "hours_viewed": st.column_config.NumberColumn("Hours (h)", format="%,.0f", width=70),
            "cumulative_weeks_in_top_10": st.column_config.NumberColumn(
                "Weeks", help="Weeks in this list so far, this one included; they need not be consecutive.", width=55
            ),
        },
    )


def draw_came_and_went(opened: Opened, week: Week, rows: pd.DataFrame) -> None:
    """Titles that are in a list and were not the week before, and those that are not any more."""
    caption = "▲ ▼ in the lists tell of those that stayed."
    with frame.section("Came and went", caption=caption) as section:
        if not week.has_before:
            st.info("There is no list of the week before, so nobody knows what is new.")
            return
        came = rows[rows["movement"].isin([movements.NEW, movements.BACK])].assign(what=lambda frame: frame["movement"])
        gone = queries.left(opened.published, week.monday).assign(what="left")
        moved = pd.concat([came.sort_values(["rank", "top10_list"]), gone], ignore_index=True)
        if moved.empty:
            st.info("The same titles as in the week before, in all four lists.")
            return
        shown = moved[
            ["what", "title_id", "title_name", "top10_list", "rank", "rank_before", "cumulative_weeks_in_top_10"]
        ]
        section.offer(shown, f"top_10_{week.monday}_came_and_went")
        st.dataframe(
            shown.assign(link=links(shown), place=shown["rank"].fillna(shown["rank_before"])),
            hide_index=True,
            height=tables.height(shown, 12),
            column_order=["what", "link", "place", "top10_list", "cumulative_weeks_in_top_10"],
            column_config={
                "what": st.column_config.TextColumn(
                    "What", width=50, help="Back: in this list before, not in the last week."
                ),
                "link": title_column(),
                "place": st.column_config.NumberColumn(
                    "Rank", format="%d", width=50, help="Of one that left: its last."
                ),
                "top10_list": st.column_config.TextColumn("List", width=140),
                "cumulative_weeks_in_top_10": st.column_config.NumberColumn("Weeks", format="%d", width=55),
            },
        )


def links(rows: pd.DataFrame) -> list[str]:
    """The address of each row's title."""
    return [title_link(*pair) for pair in zip(rows["title_id"], rows["title_name"], strict=True)]


def title_column() -> Any:
    """A column of ``links`` that shows the titles' names."""
    return st.column_config.LinkColumn(
        "Title",
        display_text=SHOWN_NAME,
        width=160,
        alignment="left",
        help="A click opens the title's own page in a new tab.",
    )


def movement_column() -> Any:
    """A column of movements."""
    return st.column_config.TextColumn(
        "±", width=44, help="Change of rank against the week before. Back: in this list before, not in the last week."
    )

"""The weeks that the title was in its Top 10 list, and when not."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.formatting import count
from dashboard.title import charts
from dashboard.title.queries import Title

MOST_WEEKS = 26


def draw(title: Title, weeks: pd.DataFrame) -> None:
    """A bar per week, the taller the better the rank. ``weeks``: ``queries.top10_weeks``."""
    with frame.section("Weeks in the Top 10", help=definitions.meaning("weeks_in_top_10")) as section:
        ranked = weeks.dropna(subset="rank")
        if ranked.empty:
            st.info(_never(title, weeks), icon=":material/format_list_numbered:")
            return
        shown = weeks.tail(MOST_WEEKS)
        earlier = len(ranked) - len(shown.dropna(subset="rank"))
        newest = ranked.iloc[-1]
        st.caption(
            f"In **{newest['top10_list']}** for {count(len(ranked), 'week')} of {len(weeks)}."
            + (f" {count(earlier, 'week')} of them before those shown." if earlier else "")
            + (" Hollow: a week that is not whole." if (shown["days_in_data"] < 7).any() else "")
        )
        section.offer(ranked, f"{title.title_id}_weeks_in_top_10")
        draw_chart(
            charts.strip,
            shown,
            alt=f"Rank in {newest['top10_list']} by week, at last {newest['rank']:.0f} (week of {newest['week_start']:%Y-%m-%d})",
        )
        st.page_link(
            "app_pages/top_10.py",
            label="See the list of its last week",
            icon=":material/format_list_numbered:",
            query_params={"week": f"{newest['week_start']:%Y-%m-%d}", "list": newest["top10_list"]},
        )


def _never(title: Title, weeks: pd.DataFrame) -> str:
    if weeks.empty:
        return (
            "**There are no lists.** No title that was watched comes with a language, a runtime and a known watch time."
        )
    if not title.is_known:
        return "**It cannot be ranked:** the lists need a language and a runtime, and its record has not come."
    if title.is_recorded and not (title.language and title.runtime_minutes):
        return "**It cannot be ranked:** the lists need a language and a runtime, and its record lacks one."
    return f"**Never in the Top 10** of the {count(len(weeks), 'week')} with lists."

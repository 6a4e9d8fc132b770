"""How the title fades since its release, beside what is usual for its type."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import definitions, frame
from dashboard.drawing import draw_chart
from dashboard.formatting import count, share
from dashboard.frame import Opened
from dashboard.title import charts, launch_queries
from dashboard.title.facts import launch_lack
from dashboard.title.queries import Title

HOURS, VIEWS = "Hours", "Views"
COLUMNS = {HOURS: "hours_viewed", VIEWS: "views"}
# So many weeks of what is usual are shown at least, so that one sees where a young title is heading.
FEWEST_WEEKS = 8


def draw(opened: Opened, title: Title, first_day: date) -> None:
    """Hours or views by week since the release, and the share of the first week that is left."""
    left, right = st.columns(2)
    lack = launch_lack(title, first_day)
    with left, frame.section("Launch curve", help=definitions.meaning("launch_hours", "launch_views")) as curve:
        weeks = launch_queries.weeks(opened.published, title.title_id)
        if lack or weeks.empty:
            text = lack or "No day since its release is published."
            st.info(f"**No launch to show.** {text}", icon=":material/rocket_launch:")
        else:
            usual = _usual(opened, title, weeks)
            curve.offer(weeks, f"{title.title_id}_weeks_since_release")
            _draw_curve(title, weeks, usual)
    with (
        right,
        frame.section(
            "How it fades",
            help="Hours of each week ÷ hours of the first, whole weeks only. The band holds the middle half of the other titles.",
        ) as fading,
    ):
        if lack or weeks.empty:
            st.info("What is left of a first week can only be told of titles that were released within the data.")
            return
        st.caption(verdict(title, weeks, usual))
        known = weeks.dropna(subset="share_of_first_week")
        fading.offer(usual, f"{title.kind}s_usual_weeks_since_release")
        if known.empty:
            return
        draw_chart(
            charts.fading,
            known,
            usual,
            f"This {title.kind}",
            usual_name(title, usual),
            alt=f"Share of the first week by week since release: {verdict(title, weeks, usual)}",
        )


def usual_name(title: Title, usual: pd.DataFrame) -> str:
    """What the medians are of, for a legend."""
    most = int(usual["titles"].max()) if len(usual) else 0
    return f"Median of up to {count(most, f'other {title.kind}')}"


def verdict(title: Title, weeks: pd.DataFrame, usual: pd.DataFrame) -> str:
    """Whether the title fades faster than is usual, in its last whole week that others have too."""
    first = weeks[weeks["week_number"] == 1]
    if not first["is_complete"].any():
        return "Its first week is not over, or not all of it is published: nothing to measure against yet."
    if first["share_of_first_week"].isna().all():
        return "Nothing of its first week is known to have been watched, so there is nothing to measure against."
    both = weeks[weeks["week_number"] > 1].merge(usual, on="week_number", suffixes=("", "_usual"))
    both = both.dropna(subset=["share_of_first_week", "share_of_first_week_usual"])
    if both.empty:
        return "Too young, or too few others to compare with: no week after the first can be compared yet."
    last = both.iloc[-1]
    held = f"In week {last['week_number']} it drew {share(last['share_of_first_week'], 0)} of its first week's hours"
    others = f"{share(last['share_of_first_week_usual'], 0)} is the median of {count(int(last['titles']), f'other {title.kind}')}"
    if last["share_of_first_week"] < last["low"]:
        return f"**Fades faster than most.** {held}; {others}."
    if last["share_of_first_week"] > last["high"]:
        return f"**Holds better than most.** {held}; {others}."
    return f"**Fades as most do.** {held}; {others}."


def _usual(opened: Opened, title: Title, weeks: pd.DataFrame) -> pd.DataFrame:
    usual = launch_queries.usual_weeks(opened.published, title.title_id, title.title_type)
    return usual[usual["week_number"] <= max(int(weeks["week_number"].max()), FEWEST_WEEKS)]


def _draw_curve(title: Title, weeks: pd.DataFrame, usual: pd.DataFrame) -> None:
    counted = HOURS
    if weeks["views"].notna().any():
        counted = st.segmented_control(
            "Launch counted in",
            list(COLUMNS),
            default=HOURS,
            required=True,
            key="launch_in",
            bind="query-params",
            label_visibility="collapsed",
        )
    else:
        st.caption("Its runtime is not known, so there are hours and no views.")
    column = COLUMNS[counted]
    if weeks[column].isna().all():
        st.info("No event of its weeks says how long it was watched.")
        return
    if not weeks["is_complete"].iloc[-1]:
        st.caption(f"Hollow: a week of which {count(int(weeks['days_in_data'].iloc[-1]), 'day')} of 7 are there.")
    draw_chart(
        charts.launch_curve,
        weeks,
        usual,
        column,
        f"This {title.kind}",
        usual_name(title, usual),
        alt=f"{counted} of {title.title_name} by week since release, beside the {usual_name(title, usual).lower()}",
    )

"""The charts of the *Title* page: frames in, Altair charts out. No data access, no widgets, no Streamlit."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import LayeredChart, date_label, layered
from dashboard.formatting import ABSENT, mean, share, whole

# With the room of a legend of two lines.
LAUNCH_HEIGHT = 310
STAGES = ["Viewers", "Starters", "Watchers", "Completers"]
_WEEKS = alt.Axis(labelAngle=0, labelOverlap="greedy", grid=False, ticks=False)


def launch_curve(weeks: pd.DataFrame, usual: pd.DataFrame, column: str, name: str, usual_name: str) -> LayeredChart:
    """``column`` by week since release, hollow where a week is not whole, and the median of others dashed.

    ``weeks``: week_number, is_complete, ``column``; ``usual``: week_number, titles, ``column``.
    """
    frame = weeks.assign(
        line=name, shown=weeks[column].map(mean), of=weeks["is_complete"].map({True: "7", False: "not all"})
    )
    others = usual.assign(line=usual_name, shown=usual[column].map(mean), of=usual["titles"].map("{:,}".format))
    y = alt.Y(f"{column}:Q", title=None, axis=_amounts(",.0f"), scale=alt.Scale(zero=True))
    return _beside(frame, others, y, name, usual_name)


def fading(weeks: pd.DataFrame, usual: pd.DataFrame, name: str, usual_name: str) -> LayeredChart:
    """Share of the first week by week, in a band of the middle half of others. ``usual``: with low and high."""
    column = "share_of_first_week"
    frame = weeks.assign(line=name, shown=weeks[column].map(lambda part: share(part, 0)), of="7")
    others = usual.assign(
        line=usual_name, shown=usual[column].map(lambda part: share(part, 0)), of=usual["titles"].map("{:,}".format)
    )
    y = alt.Y(f"{column}:Q", title=None, axis=_amounts(".0%"), scale=alt.Scale(zero=True))
    band = (
        alt.Chart(others)
        .mark_area(color=theme.SHADE, opacity=0.18)
        .encode(x=_week(frame, others), y=alt.Y("low:Q", title=None), y2="high:Q")
    )
    return alt.layer(band, *_beside(frame, others, y, name, usual_name).layer).properties(height=LAUNCH_HEIGHT)


def funnel(rows: pd.DataFrame, noun: str) -> LayeredChart:
    """A bar per stage with count and rate at its end; a tick where the median of others would end.

    ``rows``: stage, profiles, rate, usual_rate, usual_profiles; null where unknown.
    """
    frame = rows.assign(
        written=[
            whole(profiles) + ("" if pd.isna(rate) else f" · {share(rate, 0)}")
            for profiles, rate in zip(rows["profiles"], rows["rate"], strict=True)
        ],
        shown_usual=rows["usual_rate"].map(lambda rate: ABSENT if pd.isna(rate) else share(rate, 0)),
        bar=rows["profiles"].fillna(0),
    )
    frame["end"] = frame[["bar", "usual_profiles"]].max(axis=1)
    longest = max(float(frame["end"].max()), 1.0)
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "stage:N",
            sort=STAGES,
            title=None,
            axis=alt.Axis(ticks=False, domain=False, labelPadding=8, labelFontSize=13),
        ),
        tooltip=[
            alt.Tooltip("stage:N", title="Profiles"),
            alt.Tooltip("written:N", title=f"This {noun}"),
            alt.Tooltip("shown_usual:N", title="Median rate of others"),
        ],
    )
    # The scale ends beyond the longest bar, so that its text fits.
    scale = alt.Scale(domain=[0, longest * 1.3])
    bars = base.mark_bar(color=theme.PLAYS, cornerRadiusEnd=2, height=alt.RelativeBandSize(0.62)).encode(
        x=alt.X("bar:Q", axis=None, scale=scale)
    )
    words = base.mark_text(align="left", dx=8, color=theme.QUIET_TEXT, fontSize=13).encode(
        x=alt.X("end:Q", axis=None, scale=scale), text="written:N"
    )
    ticks = (
        base.transform_filter("isValid(datum.usual_profiles)")
        .mark_tick(color=theme.NO_DATA, thickness=4, size=40, opacity=1)
        .encode(x=alt.X("usual_profiles:Q", axis=None, scale=scale))
    )
    has_usual = frame["usual_profiles"].notna().any()
    return layered(bars, ticks if has_usual else None, words).properties(height=210)


def strip(weeks: pd.DataFrame) -> LayeredChart:
    """A bar per week, the taller the better the rank that is written above; a line for weeks out of the list.

    ``weeks``: week_start, days_in_data, rank (null: not in the list), top10_list, views.
    """
    week = pd.to_datetime(weeks["week_start"])
    frame = weeks.assign(
        week=week.dt.strftime("%Y-%m-%d"),
        tall=(11 - weeks["rank"].astype(float)).fillna(0.25),
        written=["" if pd.isna(rank) else f"{rank:.0f}" for rank in weeks["rank"]],
        shown_rank=["not in the list" if pd.isna(rank) else f"{rank:.0f}" for rank in weeks["rank"]],
        shown_week="from " + week.dt.strftime("%a ") + week.dt.day.astype(str) + week.dt.strftime(" %b %Y"),
        shown_views=weeks["views"].map(whole),
        is_in=weeks["rank"].notna(),
        opacity=[1.0 if days == 7 else 0.35 for days in weeks["days_in_data"]],
    )
    base = alt.Chart(frame).encode(
        x=alt.X(
            "week:O",
            title=None,
            scale=alt.Scale(paddingInner=0.15, paddingOuter=0.1),
            axis=alt.Axis(labelExpr=date_label("%-d %b"), labelAngle=0, labelOverlap="greedy", grid=False, ticks=False),
        ),
        y=alt.Y("tall:Q", axis=None, scale=alt.Scale(domain=[0, 12])),
        tooltip=[
            alt.Tooltip("shown_week:N", title="Week"),
            alt.Tooltip("shown_rank:N", title="Rank"),
            alt.Tooltip("shown_views:N", title="Views"),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=2, stroke=theme.HOURS).encode(
        color=alt.condition("datum.is_in", alt.value(theme.HOURS), alt.value(theme.NOTHING)),
        stroke=alt.condition("datum.is_in", alt.value(theme.HOURS), alt.value(theme.SHADE)),
        fillOpacity=alt.FillOpacity("opacity:Q", scale=None),
    )
    ranks = base.mark_text(dy=-8, color=theme.QUIET_TEXT, fontWeight="bold").encode(text="written:N")
    return alt.layer(bars, ranks).properties(height=150)


def _beside(frame: pd.DataFrame, others: pd.DataFrame, y: alt.Y, name: str, usual_name: str) -> LayeredChart:
    shown = [name, usual_name] if len(others) else [name]
    color = alt.Color(
        "line:N",
        title=None,
        scale=alt.Scale(domain=shown, range=[theme.PLAYS, theme.PREVIOUS_PERIOD][: len(shown)]),
        legend=alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=3, labelLimit=260, columns=1),
    )
    tooltip = [
        alt.Tooltip("line:N", title="Whose"),
        alt.Tooltip("week_number:O", title="Week since release"),
        alt.Tooltip("shown:N", title="Figure"),
    ]
    x = _week(frame, others)
    theirs = (
        alt.Chart(others)
        .mark_line(strokeDash=[5, 3], strokeWidth=2)
        .encode(x=x, y=y, color=color, tooltip=[*tooltip, alt.Tooltip("of:N", title="Other titles")])
    )
    ours = alt.Chart(frame).encode(x=x, y=y, color=color, tooltip=[*tooltip, alt.Tooltip("of:N", title="Days")])
    line = ours.mark_line(strokeWidth=2.5)
    whole_weeks = ours.transform_filter("datum.is_complete").mark_point(filled=True, size=60, opacity=1, aria=False)
    open_weeks = ours.transform_filter("!datum.is_complete").mark_point(
        filled=False, size=60, strokeWidth=2, opacity=1, aria=False
    )
    return alt.layer(theirs, line, whole_weeks, open_weeks).properties(height=LAUNCH_HEIGHT)


def _week(frame: pd.DataFrame, others: pd.DataFrame) -> alt.X:
    last = int(max([*frame["week_number"], *others["week_number"]]))
    return alt.X(
        "week_number:O",
        title="Week since release",
        scale=alt.Scale(domain=list(range(1, last + 1)), padding=0.3),
        axis=_WEEKS,
    )


def _amounts(form: str) -> Any:
    return alt.Axis(format=form, tickCount=5, domain=False, ticks=False)

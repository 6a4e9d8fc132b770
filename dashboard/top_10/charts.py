"""The charts of the *Top 10* page: frames in, Altair charts out. No data access, no widgets, no Streamlit."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import LayeredChart, date_label
from dashboard.formatting import ABSENT, whole
from dashboard.top_10.movements import kind

RANKS = list(range(1, 11))
# Of a name, in px: on a phone the lines need the rest.
LONGEST_NAME = 150
DASHES = {
    "Films (English)": [1, 0],
    "TV (English)": [6, 3],
    "Films (Non-English)": [2, 2],
    "TV (Non-English)": [8, 3, 2, 3],
}


def bumps(rows: pd.DataFrame) -> LayeredChart:
    """A line per title over the weeks, rank 1 on top, broken where the title was not in the list, ended by its name.

    ``rows``: week_start, title_id, title_name, rank, views, movement, a row per title and week; the last week has all titles.
    """
    week = pd.to_datetime(rows["week_start"])
    frame = rows.assign(
        week=week.dt.strftime("%Y-%m-%d"),
        rank=rows["rank"].astype(float),
        kind=rows["movement"].fillna("").map(kind),
        shown_week=("from " + week.dt.strftime("%a ") + week.dt.day.astype(str) + week.dt.strftime(" %b %Y")),
        shown_rank=[ABSENT if pd.isna(rank) else f"{rank:.0f}" for rank in rows["rank"]],
        shown_views=rows["views"].map(whole),
    )
    last = frame[frame["week"] == frame["week"].max()]
    names = {
        int(rank): f"{moved} {name}".removeprefix("= ").strip()
        for rank, name, moved in zip(last["rank"], last["title_name"], last["movement"], strict=True)
    }
    x = alt.X(
        "week:O",
        title=None,
        scale=alt.Scale(padding=0.3),
        axis=alt.Axis(
            labelExpr=date_label("%-d %b"),
            labelAngle=0,
            labelOverlap="greedy",
            labelFlush=False,
            grid=False,
            ticks=False,
        ),
    )
    ranks = alt.Scale(domain=[10.5, 0.5], nice=False, zero=False)
    bare: dict[str, Any] = {"values": RANKS, "grid": False, "ticks": False, "domain": False}
    left = alt.Y("rank:Q", title=None, scale=ranks, axis=alt.Axis(format="d", **bare))
    right = alt.Y(
        "rank:Q",
        title=None,
        scale=ranks,
        axis=alt.Axis(
            orient="right",
            labelExpr=f"{json.dumps([names.get(rank, '') for rank in RANKS])}[datum.value - 1]",
            labelLimit=LONGEST_NAME,
            labelPadding=8,
            **bare,
        ),
    )
    kinds = [one for one in theme.RANK_COLORS if (frame["kind"] == one).any()]
    color = alt.Color(
        "kind:N",
        title=None,
        scale=alt.Scale(domain=kinds, range=[theme.RANK_COLORS[one] for one in kinds]),
        legend=alt.Legend(orient="top", symbolType="stroke", symbolStrokeWidth=3),
    )
    tooltip = [
        alt.Tooltip("title_name:N", title="Title"),
        alt.Tooltip("shown_week:N", title="Week"),
        alt.Tooltip("shown_rank:N", title="Rank"),
        alt.Tooltip("shown_views:N", title="Views"),
    ]
    lines = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.5, interpolate="monotone")
        .encode(x=x, y=left, color=color, detail="title_id:N")
    )
    points = alt.Chart(frame).mark_circle(size=110, opacity=1).encode(x=x, y=left, color=color, tooltip=tooltip)
    ends = alt.Chart(last).mark_circle(size=110, opacity=1).encode(x=x, y=right, color=color, tooltip=tooltip)
    return alt.layer(alt.layer(lines, points), ends).resolve_scale(y="independent").properties(height=380)


def steepness(rows: pd.DataFrame) -> LayeredChart:
    """A line per list: views by rank as a share of the first's. ``rows``: top10_list, rank, title_name, views."""
    first = rows.groupby("top10_list")["views"].transform("max")
    frame = rows.assign(
        rank=rows["rank"].astype(int), part=rows["views"] / first, shown_views=rows["views"].map(whole)
    )[["top10_list", "rank", "part", "title_name", "shown_views"]]
    names = [name for name in theme.LIST_COLORS if (frame["top10_list"] == name).any()]
    legend = alt.Legend(
        orient="bottom",
        columns=2,
        symbolType="stroke",
        symbolStrokeWidth=3,
        symbolSize=250,
        labelFontSize=11,
        columnPadding=8,
    )
    base = alt.Chart(frame).encode(
        x=alt.X("rank:O", title="Rank", axis=alt.Axis(labelAngle=0, grid=False, ticks=False)),
        y=alt.Y(
            "part:Q",
            title=None,
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5, domain=False, ticks=False),
        ),
        color=alt.Color(
            "top10_list:N",
            title=None,
            scale=alt.Scale(domain=names, range=[theme.LIST_COLORS[name] for name in names]),
            legend=legend,
        ),
        tooltip=[
            alt.Tooltip("top10_list:N", title="List"),
            alt.Tooltip("rank:O", title="Rank"),
            alt.Tooltip("title_name:N", title="Title"),
            alt.Tooltip("shown_views:N", title="Views"),
            alt.Tooltip("part:Q", title="Of the first's views", format=".0%"),
        ],
    )
    lines = base.mark_line(strokeWidth=2.5).encode(
        strokeDash=alt.StrokeDash(
            "top10_list:N", scale=alt.Scale(domain=names, range=[DASHES[name] for name in names]), legend=legend
        )
    )
    return alt.layer(lines, base.mark_circle(size=45, opacity=1)).properties(height=340)

"""Charts by month, for spans in which a day is too thin to be seen: frames in, Altair charts out, as in ``charts``.

Months are an ordinal axis of ISO dates, one band per calendar month. All charts accept no rows, zeros and nulls.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import HEIGHT, date_label

# Of so many users each has a color of its own; the rest are one.
MOST_USERS = len(theme.USER_COLORS)
OTHERS = "Others"


def monthly_bars(rows: pd.DataFrame, column: str, name: str, color: str, shown: Any) -> alt.Chart:
    """A bar per month. ``rows``: month_start and ``column`` for every calendar month; ``shown`` writes a figure."""
    frame = _with_months(rows).assign(shown=rows[column].map(shown))
    return _bars(frame, color=color).encode(
        x=_month_axis(frame),
        y=_amount_axis(column),
        tooltip=[alt.Tooltip("shown_month:N", title="Month"), alt.Tooltip("shown:N", title=name)],
    )


def stacked_months(rows: pd.DataFrame, column: str, name: str, shown: Any) -> alt.Chart:
    """A bar per month, stacked by user. ``rows``: month_start, profile, place and ``column``; place 1 is at the bottom.

    A user's color goes by the place, whoever else is there; those beyond ``MOST_USERS`` are one.
    """
    place = rows["place"].clip(upper=MOST_USERS + 1)
    joined = rows.assign(place=place, profile=rows["profile"].where(place <= MOST_USERS, OTHERS))
    sums = joined.groupby(["place", "profile", "month_start"])[[column]].sum(min_count=1).reset_index()
    frame = _with_months(sums).assign(shown=sums[column].map(shown))
    users = frame[["place", "profile"]].drop_duplicates()
    names = users["profile"].tolist()
    colors = [(*theme.USER_COLORS, theme.SHADE)[number - 1] for number in users["place"]]
    return _bars(frame).encode(
        x=_month_axis(frame),
        y=_amount_axis(column),
        color=alt.Color(
            "profile:N",
            title=None,
            scale=alt.Scale(domain=names, range=colors),
            legend=alt.Legend(orient="bottom", columns=3, labelLimit=110),
        ),
        order="place:O",
        tooltip=[
            alt.Tooltip("shown_month:N", title="Month"),
            alt.Tooltip("profile:N", title="Profile"),
            alt.Tooltip("shown:N", title=name),
        ],
    )


def _with_months(rows: pd.DataFrame) -> pd.DataFrame:
    month = pd.to_datetime(rows["month_start"])
    return rows.assign(month=month, date=month.dt.strftime("%Y-%m-%d"), shown_month=month.dt.strftime("%b %Y"))


def _bars(frame: pd.DataFrame, **style: Any) -> alt.Chart:
    months = frame["date"].nunique()
    width = alt.RelativeBandSize(0.8) if months > 5 else 56
    return alt.Chart(frame).mark_bar(width=width, **style).properties(height=HEIGHT + 60)


def _month_axis(frame: pd.DataFrame) -> alt.X:
    """Every month between the first and the last has its place; with many of them only years are named."""
    known = sorted(frame["month"].unique())
    months = pd.date_range(known[0], known[-1], freq="MS") if known else pd.DatetimeIndex([])
    if len(months) <= 14:
        marked, pattern = list(months), "%b %Y"
    else:
        marked, pattern = [month for month in months if month.month == 1], "%Y"
        if len(marked) < 4:
            marked, pattern = [month for month in months if month.month in (1, 7)], "%b %Y"
    axis = alt.Axis(
        values=[f"{month:%Y-%m-%d}" for month in marked],
        labelExpr=date_label(pattern),
        labelAngle=0,
        labelFlush=False,
        labelOverlap="greedy",
        grid=False,
    )
    domain = [f"{month:%Y-%m-%d}" for month in months]
    return alt.X("date:O", title=None, scale=alt.Scale(domain=domain, paddingInner=0, paddingOuter=0), axis=axis)


def _amount_axis(column: str) -> alt.Y:
    axis = alt.Axis(format=",.0f", tickMinStep=1, tickCount=5, domain=False, ticks=False)
    return alt.Y(f"{column}:Q", title=None, axis=axis, scale=alt.Scale(zero=True))

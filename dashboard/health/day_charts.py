"""Two charts by day that only *Pipeline health* draws, the calendar of event days and the map of late arrivals: frames in, Altair
charts out. What both pages draw by day stands in ``dashboard.charts``.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import LayeredChart, date_label, with_days
from dashboard.formatting import count, duration

# Up to so many weeks a cell of the calendar is wide enough for the day of the month.
LABELED_WEEKS = 27
FEWEST_WEEKS = 13
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
# Beyond so many arrival days a cell would be thinner than a few pixels: then a column is a week.
MOST_ARRIVAL_DAYS = 98
FEWEST_ARRIVALS = 14
# Height (px) that the axis and the legend below the map take.
AROUND_MAP = 130


def day_calendar(rows: pd.DataFrame) -> LayeredChart:
    """A cell per event day, weeks from left to right and Monday to Sunday downward, colored and signed by state.

    ``rows``: event_date, state, reason as ``pipeline_queries.event_days`` gives them.
    """
    frame = with_days(rows)
    frame["week"] = (frame["day"] - pd.to_timedelta(frame["day"].dt.weekday, unit="D")).dt.strftime("%Y-%m-%d")
    frame["weekday"] = frame["day"].dt.strftime("%a")
    frame["reason"] = frame["reason"].fillna("")
    frame["sign"] = frame["state"].map(theme.STATE_SIGNS).fillna("")
    weeks = sorted(frame["week"].unique())
    if len(weeks) <= LABELED_WEEKS:
        numbers = frame["day"].dt.day.astype(str)
        both = numbers + " " + frame["sign"] if len(weeks) <= FEWEST_WEEKS else frame["sign"]
        frame["sign"] = numbers.where(frame["sign"] == "", both)
    # A young platform has few weeks: empty columns keep its cells from growing into walls.
    columns = weeks + [
        f"{pd.Timestamp(weeks[-1]) + pd.Timedelta(weeks=extra + 1):%Y-%m-%d}"
        for extra in range(FEWEST_WEEKS - len(weeks))
    ]
    month_starts = [week for place, week in enumerate(weeks) if place == 0 or week[:7] != weeks[place - 1][:7]]
    month_axis = alt.Axis(
        values=month_starts,
        labelExpr=date_label("%b %Y"),
        labelAngle=0,
        labelAlign="left",
        labelOverlap="greedy",
        orient="top",
        ticks=False,
        domain=False,
        grid=False,
    )
    base = alt.Chart(frame).encode(
        x=alt.X(
            "week:O", title=None, scale=alt.Scale(domain=columns, paddingInner=0.08, paddingOuter=0), axis=month_axis
        ),
        y=alt.Y(
            "weekday:O",
            title=None,
            scale=alt.Scale(domain=WEEKDAYS, paddingInner=0.12, paddingOuter=0),
            axis=alt.Axis(ticks=False, domain=False, grid=False, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("shown_date:N", title="Event day (UTC)"),
            alt.Tooltip("state:N", title="State"),
            alt.Tooltip("reason:N", title="Reason"),
        ],
    )
    states = set(frame["state"])
    present = [*(state for state in theme.STATE_COLORS if state in states), *sorted(states - set(theme.STATE_COLORS))]
    colors = alt.Scale(domain=present, range=[theme.STATE_COLORS.get(state, theme.SHADE) for state in present])
    legend = alt.Legend(orient="bottom", direction="horizontal")
    cells = base.mark_rect(cornerRadius=3).encode(color=alt.Color("state:N", title=None, scale=colors, legend=legend))
    signs = base.mark_text(color=theme.ON_COLOR, fontSize=11, fontWeight=600).encode(text="sign:N")
    return alt.layer(cells, signs).properties(height=270)


def late_map(rows: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> alt.Chart:
    """Arrival day (or the Monday of its week, over a long time) by days late, a cell's color by how many rows there are.

    ``rows``: arrival_date, days_late, rows, delay_max_seconds as ``operations_queries.late_arrivals`` gives them, at least one;
    ``first`` and ``last``: the arrival days that the chart spans, so that days without late rows keep their place.
    """
    by_week = (last - first).days + 1 > MOST_ARRIVAL_DAYS
    arrived = pd.to_datetime(rows["arrival_date"])
    if by_week:
        arrived, first, last = arrived.dt.to_period("W").dt.start_time, _monday(first), _monday(last)
    cells = (
        rows.assign(date=arrived.dt.strftime("%Y-%m-%d"))
        .groupby(["date", "days_late"], as_index=False)
        .agg(rows=("rows", "sum"), longest=("delay_max_seconds", "max"))
    )
    cells["size"] = pd.cut(cells["rows"], [0, 9, 99, 999, float("inf")], labels=list(theme.LATE_CLASSES)).astype(str)
    cells["arrived"] = pd.to_datetime(cells["date"]).dt.strftime("week of %d %b %Y" if by_week else "%a %d %b %Y")
    cells["lateness"] = cells["days_late"].map(lateness)
    cells["longest"] = cells["longest"].map(duration)
    columns = [f"{value:%Y-%m-%d}" for value in pd.date_range(first, last, freq="7D" if by_week else "D")]
    # A young platform has few days: empty columns keep its cells from growing into walls.
    shown = list(columns)
    columns += [f"{last + pd.Timedelta(days=extra + 1):%Y-%m-%d}" for extra in range(FEWEST_ARRIVALS - len(columns))]
    latest = max(int(cells["days_late"].max()), 3)
    levels = list(range(latest, min(int(cells["days_late"].min()), 1) - 1, -1))
    marked = levels if len(levels) <= 8 else [level for level in levels if level == 1 or level % 5 == 0]
    axis = alt.Axis(
        values=shown,
        labelExpr=date_label("%-d %b"),
        labelAngle=0,
        labelFlush=False,
        labelOverlap="greedy",
        grid=False,
        ticks=False,
        domain=False,
    )
    return (
        alt.Chart(cells)
        .mark_rect(stroke=theme.LATE, strokeWidth=1, cornerRadius=2)
        .encode(
            x=alt.X(
                "date:O",
                title="Arrival week (Monday, UTC)" if by_week else "Arrival day (UTC)",
                scale=alt.Scale(domain=columns, paddingInner=0.15, paddingOuter=0),
                axis=axis,
            ),
            y=alt.Y(
                "days_late:O",
                title="Days late",
                scale=alt.Scale(domain=levels, paddingInner=0.15, paddingOuter=0),
                axis=alt.Axis(values=marked, ticks=False, domain=False, grid=False, labelOverlap=False),
            ),
            color=alt.Color(
                "size:O",
                scale=alt.Scale(domain=list(theme.LATE_CLASSES), range=list(theme.LATE_CLASSES.values())),
                legend=alt.Legend(
                    title="Rows",
                    orient="bottom",
                    columns=2,
                    symbolType="square",
                    symbolStrokeColor=theme.LATE,
                    symbolStrokeWidth=1,
                ),
            ),
            tooltip=[
                alt.Tooltip("arrived:N", title="Arrived (UTC)"),
                alt.Tooltip("lateness:N", title="For the event day"),
                alt.Tooltip("rows:Q", title="Rows", format=",.0f"),
                alt.Tooltip("longest:N", title="Longest delay"),
            ],
        )
        .properties(height=AROUND_MAP + (16 if len(levels) > 10 else 30) * len(levels))
    )


def lateness(days: int) -> str:
    """Days late in words; an event may be dated after the day on which it arrived."""
    return f"{count(days, 'day')} late" if days >= 0 else f"{count(-days, 'day')} early"


def _monday(day: pd.Timestamp) -> pd.Timestamp:
    return day - pd.Timedelta(days=day.weekday())

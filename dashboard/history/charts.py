"""The charts of the *History* page: frames in, Altair charts out. No data access, no widgets. No rows, zeros and
nulls are all accepted."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import date_label, with_days
from dashboard.history.levels import levels
from dashboard.history.measures import Measure

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# Up to so many days the calendar is one band of weeks; more are a band for each year.
ONE_BAND_DAYS = 371
FEWEST_WEEKS = 27
CELL = 11


def calendar(rows: pd.DataFrame, measure: Measure) -> alt.Chart:
    """A cell per day, weeks from left to right and Monday to Sunday downward, newest year first; more is stronger.

    ``rows``: event_date, has_data and the measure's column, for every calendar day; days without data have no cell.
    """
    frame = with_days(rows[rows["has_data"]])
    by_year = len(rows) > ONE_BAND_DAYS
    weekday = frame["day"].dt.weekday
    if by_year:
        years = frame["day"].dt.year
        january = pd.to_datetime(years.astype(str) + "-01-01").dt.weekday
        frame["week"] = (frame["day"].dt.dayofyear - 1 + january) // 7
        frame["band"] = years.astype(str) + " " + weekday.astype(str)
        named = sorted({int(year) for year in pd.to_datetime(rows["event_date"]).dt.year}, reverse=True)
        # An eighth row without cells keeps the years apart.
        bands = [f"{year} {row}" for year in named for row in range(8)][:-1]
        weeks: list[Any] = list(range(54))
        # The column in which a month begins differs by a week at most from year to year.
        starts = [round((30.44 * month + 3) / 7) for month in range(12)]
        x_axis = alt.Axis(
            values=starts, labelExpr=f"{MONTHS}[indexof({starts}, datum.value)]", labelAlign="left", **_TOP
        )
        y_axis = alt.Axis(values=[f"{year} 3" for year in named], labelExpr="split(datum.value, ' ')[0]", **_BARE)
    else:
        monday = frame["day"] - pd.to_timedelta(weekday, unit="D")
        frame["week"] = monday.dt.strftime("%Y-%m-%d")
        frame["band"] = weekday.map(dict(enumerate(WEEKDAYS)))
        bands = WEEKDAYS
        known = sorted(frame["week"].unique())
        first = pd.Timestamp(known[0]) if known else pd.Timestamp("2000-01-03")
        # A short range has few weeks: empty columns keep its cells from growing into walls.
        columns = pd.date_range(first, periods=max(FEWEST_WEEKS, _weeks_between(known)), freq="7D")
        weeks = [f"{week:%Y-%m-%d}" for week in columns]
        month_starts = [week for place, week in enumerate(known) if place == 0 or week[:7] != known[place - 1][:7]]
        x_axis = alt.Axis(values=month_starts, labelExpr=date_label("%b %Y"), labelAlign="left", **_TOP)
        y_axis = alt.Axis(labelOverlap=False, **_BARE)
    return _heat_map(
        frame,
        measure,
        x=alt.X("week:O", title=None, scale=alt.Scale(domain=weeks, paddingInner=0.12, paddingOuter=0), axis=x_axis),
        y=alt.Y("band:O", title=None, scale=alt.Scale(domain=bands, paddingInner=0.12, paddingOuter=0), axis=y_axis),
        tooltip=[alt.Tooltip("shown_date:N", title="Day (UTC)")],
    ).properties(height=80 + (CELL if by_year else 2 * CELL) * len(bands))


def hours_of_the_week(
    rows: pd.DataFrame, measure: Measure, hour_column: str = "hour_utc", clock: str = "UTC"
) -> alt.Chart:
    """A cell per weekday and hour of the day. ``rows``: weekday, ``hour_column`` and the measure's column; hours without any."""
    every = pd.MultiIndex.from_product([range(1, 8), range(24)], names=["weekday", hour_column])
    # An hour that nobody watched in has 0, one of unknown watch time stays unknown.
    there = rows.set_index(["weekday", hour_column])[measure.column]
    frame = there.reindex(every).reset_index()
    empty = ~pd.MultiIndex.from_frame(frame[["weekday", hour_column]]).isin(there.index)
    frame.loc[empty, measure.column] = 0
    frame["day_name"] = frame["weekday"].map(dict(enumerate(WEEKDAYS, start=1)))
    frame["hour"] = frame[hour_column].map("{:02d}:00".format)
    return _heat_map(
        frame,
        measure,
        x=alt.X(
            f"{hour_column}:O",
            title=None,
            scale=alt.Scale(domain=list(range(24)), paddingInner=0.1, paddingOuter=0),
            axis=alt.Axis(values=[0, 6, 12, 18, 23], labelAngle=0, labelOverlap=False, **_BARE),
        ),
        y=alt.Y(
            "day_name:O",
            title=None,
            scale=alt.Scale(domain=WEEKDAYS, paddingInner=0.1, paddingOuter=0),
            axis=alt.Axis(labelOverlap=False, **_BARE),
        ),
        tooltip=[alt.Tooltip("day_name:N", title="Weekday"), alt.Tooltip("hour:N", title=f"From ({clock})")],
    ).properties(height=270)


_BARE: dict[str, Any] = {"labelFlush": False, "ticks": False, "domain": False, "grid": False}
_TOP: dict[str, Any] = {**_BARE, "orient": "top", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8}


def _weeks_between(mondays: list[str]) -> int:
    return (pd.Timestamp(mondays[-1]) - pd.Timestamp(mondays[0])).days // 7 + 1 if mondays else 0


def _heat_map(frame: pd.DataFrame, measure: Measure, x: alt.X, y: alt.Y, tooltip: list[alt.Tooltip]) -> alt.Chart:
    """Cells in the shade of their class; one of unknown watch time is only outlined."""
    classes = levels(frame[measure.column], measure.noun, measure.is_count)
    frame = frame.assign(
        level=frame[measure.column].map(classes.of).fillna("unknown"), shown=frame[measure.column].map(measure.write)
    )
    colors = classes.scale
    if (frame["level"] == "unknown").any():
        colors = {**colors, "unknown": theme.UNKNOWN}
    return (
        alt.Chart(frame)
        .mark_rect(cornerRadius=2)
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "level:O",
                title=None,
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                legend=alt.Legend(
                    orient="bottom",
                    columns=2 if measure.is_count else 3,
                    symbolType="square",
                    symbolStrokeWidth=0,
                    labelLimit=200,
                ),
            ),
            tooltip=[*tooltip, alt.Tooltip("shown:N", title=measure.name)],
        )
    )

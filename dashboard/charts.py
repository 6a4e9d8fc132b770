"""The dashboard's charts: frames in, Altair charts out. No data access, no widgets, no Streamlit.

Days are an ordinal axis of ISO dates, one band per calendar day: no time zone of a browser can move a day, and a day without
data keeps its place. All charts accept a single row, columns that are all null, zeros, and no rows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.formatting import ABSENT, mean

# What alt.layer returns, by its own annotation.
LayeredChart: TypeAlias = alt.LayerChart | alt.FacetChart

HEIGHT = 250
SPARKLINE_HEIGHT = 52
# With more days bars and weekends would be too thin to be seen.
MOST_BARS = 130


def daily_bars(
    rows: pd.DataFrame, column: str, name: str, color: str, marked: tuple[date, str] | None = None
) -> LayeredChart:
    """A bar per day (a filled outline beyond ``MOST_BARS``), the previous period as a dashed line; shaded weekends and gaps.

    ``rows``: event_date, has_data, ``column`` and ``<column>_before`` for every calendar day. ``name`` is for the tooltip;
    ``marked``: a day and what happened on it, as a line.
    """
    frame = with_days(rows)
    chart = _day_layers(frame, _bars(alt.Chart(frame), len(frame), color=color), column, name)
    return _with_marked_day(chart, frame, *marked) if marked else chart


def daily_line(
    rows: pd.DataFrame,
    column: str,
    name: str,
    color: str,
    write: Callable[[float | None], str] = mean,
    axis_format: str | None = None,
) -> LayeredChart:
    """A line with a point per day, broken where there is no data; otherwise as ``daily_bars``.

    What is no count says how its figures are written and the axis's format (d3).
    """
    frame = with_days(rows)
    point = alt.OverlayMarkDef(color=color, size=30 if len(frame) <= 60 else 8)
    width = 2.5 if len(frame) <= MOST_BARS else 1.2
    line = alt.Chart(frame).mark_line(color=color, strokeWidth=width, point=point)
    return _day_layers(frame, line, column, name, write, axis_format)


def stacked_days(
    rows: pd.DataFrame, day_column: str, parts: dict[str, tuple[str, str]], part: str = "Kind", counted: str = "Rows"
) -> alt.Chart:
    """Stacked bars per calendar day. ``parts``: column → (name in the legend, color), bottom first. ``part``, ``counted``: what a
    part and its amount are, for the tooltip.
    """
    frame = with_days(_every_day(rows.rename(columns={day_column: "event_date"})))
    long = frame.melt(["date", "shown_date"], list(parts), "column", "amount")
    long["part"] = long["column"].map({column: name for column, (name, _) in parts.items()})
    long["position"] = long["column"].map({column: position for position, column in enumerate(parts)})
    names = [name for name, _ in parts.values()]
    colors = alt.Scale(domain=names, range=[color for _, color in parts.values()])
    # One row of long names would be cut off on a phone.
    legend = alt.Legend(orient="bottom", columns=2 if sum(map(len, names)) > 30 else alt.Undefined)
    return (
        _bars(alt.Chart(long), len(frame))
        .encode(
            x=_day_axis(frame),
            y=_amount_axis("amount"),
            color=alt.Color("part:N", title=None, scale=colors, legend=legend),
            order="position:O",
            tooltip=[
                alt.Tooltip("shown_date:N", title="Day (UTC)"),
                alt.Tooltip("part:N", title=part),
                alt.Tooltip("amount:Q", title=counted, format=",.0f"),
            ],
        )
        .properties(height=HEIGHT)
    )


def ranked_bars(rows: pd.DataFrame, label: str, amount: str, unit: str, color: str) -> LayeredChart:
    """Horizontal bars, biggest first, with amount and share written at their ends (``rows``: label, amount, share), and how they
    changed where there is a column ``change`` (text, null where that is not known).
    """
    pairs = zip(rows[amount].fillna(0), rows["share"].fillna(0), strict=True)
    written = pd.Series([f"{value:,.0f}{unit} · {share:.0%}" for value, share in pairs], index=rows.index, dtype=object)
    has_change = "change" in rows and rows["change"].notna().any()
    if has_change:
        written += (" · " + rows["change"].astype(object)).fillna("")
    frame = rows.assign(written=written)
    longest = float(frame[amount].fillna(0).max()) if len(frame) else 0.0
    base = alt.Chart(frame).encode(
        y=alt.Y(
            f"{label}:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=150, ticks=False, domain=False, labelPadding=8),
        ),
        # The scale ends beyond the longest bar, so that its text fits.
        x=alt.X(f"{amount}:Q", axis=None, scale=alt.Scale(domain=[0, max(longest * (2.4 if has_change else 1.6), 1)])),
        tooltip=[
            alt.Tooltip(f"{label}:N", title=label.capitalize()),
            alt.Tooltip("written:N", title="Total, share and change" if has_change else "Total and share"),
        ],
    )
    bars = base.mark_bar(color=color, cornerRadiusEnd=2, height=alt.RelativeBandSize(0.66))
    words = base.mark_text(align="left", dx=6, color=theme.QUIET_TEXT).encode(text="written:N")
    return alt.layer(bars, words).properties(height=min(62 * len(frame), 540) or 60)


def sparkline(values: list[float], color: str) -> LayeredChart:
    """The course of ``values`` and nothing else, its last value as a point; as high as it needs to be, not from zero."""
    rows = pd.DataFrame({"place": range(len(values)), "value": values})
    x = alt.X("place:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(values) - 0.5], nice=False))
    y = alt.Y("value:Q", axis=None, scale=alt.Scale(zero=False, padding=4))
    line = alt.Chart(rows).mark_line(color=color, strokeWidth=2).encode(x=x, y=y)
    end = alt.Chart(rows.tail(1)).mark_point(color=color, filled=True, size=45, opacity=1).encode(x=x, y=y)
    return alt.layer(line, end).properties(height=SPARKLINE_HEIGHT).configure_view(strokeWidth=0)


def layered(*layers: alt.Chart | None) -> LayeredChart:
    """Layers one upon the other; None for one that would be without any mark, a picture that a screen reader cannot name."""
    return alt.layer(*(layer for layer in layers if layer is not None))


# --- what the charts by day share ------------------------------------------------------------------------------------


def with_days(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds day (datetime), date (ISO text, the axis) and shown_date (for people)."""
    day = pd.to_datetime(rows["event_date"])
    return rows.assign(day=day, date=day.dt.strftime("%Y-%m-%d"), shown_date=day.dt.strftime("%a %d %b %Y"))


def _every_day(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per calendar day from the first to the last, null where there was none."""
    if rows.empty:
        return rows
    by_day = rows.set_index(pd.to_datetime(rows["event_date"])).drop(columns="event_date")
    calendar = pd.date_range(by_day.index.min(), by_day.index.max(), freq="D", name="event_date")
    return by_day.reindex(calendar).reset_index()


def _bars(chart: alt.Chart, days: int, **style: Any) -> alt.Chart:
    """A bar per day where there is room for one; an outline where bars would be thinner than a pixel or two."""
    if days > MOST_BARS:
        return chart.mark_area(interpolate="step", **style)
    # A share of the day's band, except where a band is so wide that the bar would look like a wall.
    width = alt.RelativeBandSize(0.76) if days > 5 else 56
    return chart.mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2, width=width, **style)


def _day_axis(frame: pd.DataFrame) -> alt.X:
    days = sorted(frame["day"])
    if len(days) <= 10:
        marked, pattern = days, "%a %-d"
    elif len(days) <= 100:
        marked, pattern = [day for day in days if day.weekday() == 0], "%-d %b"
    else:
        marked, pattern = [day for day in days if day.day == 1], "%b %Y"
    axis = alt.Axis(
        values=[f"{day:%Y-%m-%d}" for day in marked],
        labelExpr=date_label(pattern),
        labelAngle=0,
        labelFlush=False,
        labelOverlap="greedy",
        grid=False,
    )
    return alt.X("date:O", title=None, scale=alt.Scale(paddingInner=0, paddingOuter=0), axis=axis)


def _amount_axis(column: str, axis_format: str | None = None) -> alt.Y:
    counted: dict[str, Any] = {"format": ",.0f", "tickMinStep": 1, "tickCount": 5}
    axis = alt.Axis(**({"format": axis_format, "tickCount": 3} if axis_format else counted), domain=False, ticks=False)
    return alt.Y(f"{column}:Q", title=None, axis=axis, scale=alt.Scale(zero=True))


def date_label(pattern: str) -> str:
    """Vega expression that writes an axis value, an ISO date, in d3's ``pattern``."""
    return f"utcFormat(utcParse(datum.value, '%Y-%m-%d'), '{pattern}')"


def _day_layers(
    frame: pd.DataFrame,
    marks: alt.Chart,
    column: str,
    name: str,
    write: Callable[[float | None], str] = mean,
    axis_format: str | None = None,
) -> LayeredChart:
    frame = frame.assign(
        shown_now=[
            _shown(value, write) if known else "no data"
            for value, known in zip(frame[column], frame["has_data"], strict=True)
        ],
        shown_before=[_shown(value, write) for value in frame[f"{column}_before"]],
    )
    x = _day_axis(frame)
    is_shaded = (frame["day"].dt.weekday >= 5) & (len(frame) <= MOST_BARS)
    weekend, no_data = (
        alt.Chart(rows).mark_rect(color=color, opacity=opacity).encode(x=x) if len(rows) else None
        for rows, color, opacity in (
            (frame[is_shaded], theme.SHADE, 0.13),
            (frame[~frame["has_data"]], theme.NO_DATA, 0.35),
        )
    )
    before = (
        alt.Chart(frame)
        .mark_line(color=theme.PREVIOUS_PERIOD, strokeDash=[4, 3], strokeWidth=1.5, interpolate="monotone")
        .encode(x=x, y=alt.Y(f"{column}_before:Q"))
    )
    has_before = frame[f"{column}_before"].notna().any()
    hovered = alt.selection_point(on="pointerover", fields=["date"], empty=False, clear="pointerout")
    # An unseen column over the whole height, so that the pointer need not hit the bar or the line.
    # A name of its own saves Altair from making one of all its rows.
    targets = (
        alt.Chart(frame, name="targets")
        .mark_rect(color=theme.SHADE)
        .encode(
            x=x,
            opacity=alt.condition(hovered, alt.value(0.25), alt.value(0.0)),
            tooltip=[
                alt.Tooltip("shown_date:N", title="Day (UTC)"),
                alt.Tooltip("shown_now:N", title=name),
                alt.Tooltip("shown_before:N", title=_PLACE_BEFORE),
            ],
        )
        .add_params(hovered)
    )
    front = marks.encode(x=x, y=_amount_axis(column, axis_format))
    return layered(weekend, no_data, front, before if has_before else None, targets).properties(height=HEIGHT)


def _with_marked_day(chart: LayeredChart, frame: pd.DataFrame, marked: date, words: str) -> LayeredChart:
    """``chart`` with a line at a day and what happened on it."""
    place = alt.Chart(pd.DataFrame({"date": [marked.isoformat()], "words": [words]})).encode(x=_day_axis(frame))
    is_late = (pd.Timestamp(marked) - frame["day"].min()) > (frame["day"].max() - frame["day"].min()) / 2
    side: dict[str, Any] = {"align": "right", "dx": -6} if is_late else {"align": "left", "dx": 6}
    line = place.mark_rule(color=theme.MARKED_DAY, strokeWidth=2)
    text = place.mark_text(baseline="top", y=2, color=theme.MARKED_DAY, fontWeight="bold", **side).encode(
        text="words:N"
    )
    return alt.layer(chart, line, text).properties(height=HEIGHT)


_PLACE_BEFORE = "Previous period"


def _shown(value: float, write: Callable[[float | None], str]) -> str:
    return ABSENT if pd.isna(value) else write(value)

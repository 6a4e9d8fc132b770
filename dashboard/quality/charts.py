"""The charts of *Playback quality*: frames in, Altair charts out. No data access, no widgets. Zeros and nulls are accepted."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from dashboard import charts as shared
from dashboard import theme
from dashboard.charts import LayeredChart, layered
from dashboard.formatting import share, whole
from dashboard.quality.measures import Measure, in_seconds

# With title and axis, which Streamlit counts in.
PANEL = 150
DEVICE_PANEL = 92
AXIS_HEIGHT = 22
# The same for all panels, so that they begin in one line.
AXIS_WIDTH = 40
# What a start takes outside of that is drawn at the edge: nobody looks for a device among them.
SHORTEST_MS, LONGEST_MS = 100, 32_000


def course(days: pd.DataFrame, measure: Measure) -> LayeredChart:
    """A low panel of one measure by day, as ``charts.daily_line``; several stand one below the other with their days in line.

    ``days``: ``queries.daily``.
    """
    scaled = {f"amount{side}": days[f"{measure.column}{side}"].astype(float) for side in ("", "_before")}
    rows = days.assign(**{name: values / measure.per_axis_unit for name, values in scaled.items()})

    def write(value: float | None) -> str:
        return measure.write(None if value is None else value * measure.per_axis_unit)

    return _panel(shared.daily_line(rows, "amount", measure.name, theme.QUALITY, write, measure.axis_format), measure)


def hours(rows: pd.DataFrame, measure: Measure) -> LayeredChart:
    """A low panel of one figure over the 24 hours of a day: its line, the usual band behind it, hours in trouble marked.

    ``rows``: ``trouble_queries.hours_of_day``.
    """
    frame = rows.assign(
        hour=rows["hour_utc"].map("{:02d}:00".format),
        state=["in trouble" if found else "as usual" for found in rows["in_trouble"]],
    )
    column = measure.column
    sides = {"now": column, "low": f"{column}_low", "high": f"{column}_high"}
    part = frame[["hour", "state", "playbacks"]].assign(
        **{name: frame[side].astype(float) / measure.per_axis_unit for name, side in sides.items()},
        shown_now=[measure.write(None if pd.isna(value) else value) for value in frame[column]],
        shown_usual=[
            "—" if pd.isna(low) else f"{measure.write(low)} – {measure.write(high)}"
            for low, high in zip(frame[sides["low"]], frame[sides["high"]], strict=True)
        ],
    )
    axis = alt.Axis(
        values=[f"{hour:02d}:00" for hour in (0, 6, 12, 18, 23)],
        labelAngle=0,
        labelOverlap=False,
        labelFlush=False,
        grid=False,
        ticks=False,
    )
    x = alt.X("hour:O", title=None, axis=axis, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    base = alt.Chart(part).encode(x=x)
    y_axis = alt.Axis(format=measure.axis_format, tickCount=3, domain=False, ticks=False)
    band = base.mark_area(color=theme.USUAL, opacity=0.3, interpolate="monotone").encode(
        y=alt.Y("low:Q", title=None, axis=y_axis), y2="high:Q"
    )
    line = base.mark_line(color=theme.QUALITY, strokeWidth=2).encode(y=alt.Y("now:Q", title=None, axis=y_axis))
    points = base.mark_point(size=34, filled=True, opacity=1, color=theme.QUALITY).encode(y="now:Q")
    # Another shape and a color of its own: the mark is seen without the color too.
    in_trouble = part[part["state"] == "in trouble"]
    diamonds = alt.Chart(in_trouble).mark_point(shape="diamond", size=130, filled=True, opacity=1, color=theme.TROUBLE)
    trouble = diamonds.encode(x=x, y="now:Q") if len(in_trouble) else None
    hovered = alt.selection_point(on="pointerover", fields=["hour"], empty=False, clear="pointerout")
    targets = (
        base.properties(name="targets")
        .mark_rect(color=theme.SHADE)
        .encode(
            opacity=alt.condition(hovered, alt.value(0.25), alt.value(0.0)),
            tooltip=[
                alt.Tooltip("hour:N", title="From (UTC)"),
                alt.Tooltip("shown_now:N", title=measure.name),
                alt.Tooltip("shown_usual:N", title="Usual"),
                alt.Tooltip("playbacks:Q", title="Playbacks", format=",.0f"),
                alt.Tooltip("state:N", title="Hour"),
            ],
        )
        .add_params(hovered)
    )
    return _panel(layered(band, line, points, trouble, targets), measure)


def startup_times(rows: pd.DataFrame, most: float, with_axis: bool) -> LayeredChart:
    """A low histogram of one device's startup time on a logarithmic axis, with median and 95th percentile marked and written.

    ``rows``: the device's of ``queries.startup_bins``, one at least. ``most``: the highest share of all devices, so that their
    panels have one scale. ``with_axis``: whether the times are written below.
    """
    first = rows.iloc[0]
    shown = rows.assign(
        **{side: rows[f"{side}_ms"].clip(SHORTEST_MS, LONGEST_MS) / 1000 for side in ("from", "to")},
        range=[
            f"{low / 1000:.2f} – {high / 1000:.2f} s" for low, high in zip(rows["from_ms"], rows["to_ms"], strict=True)
        ],
        shown_share=rows["share"].map(share),
    )
    axis = alt.Axis(
        values=[0.1, 0.3, 1, 3, 10, 30],
        format="~g",
        labelExpr="datum.label + ' s'",
        grid=True,
        gridOpacity=0.5,
        labels=with_axis,
        ticks=False,
        domain=True,
        labelOverlap=False,
    )
    x = alt.X(
        "from:Q", title=None, axis=axis, scale=alt.Scale(type="log", domain=[SHORTEST_MS / 1000, LONGEST_MS / 1000])
    )
    y = alt.Y("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, most * 1.45]))
    bars = (
        alt.Chart(shown)
        .mark_rect(color=theme.QUALITY, stroke=None)
        .encode(
            x=x,
            x2="to:Q",
            y=y,
            y2=alt.Y2Datum(0),
            tooltip=[
                alt.Tooltip("device_type:N", title="Device"),
                alt.Tooltip("range:N", title="Startup time"),
                alt.Tooltip("shown_share:N", title="Share of its starts"),
                alt.Tooltip("starts:Q", title="Starts", format=",.0f"),
            ],
        )
    )
    marks = pd.DataFrame(
        {
            "at": [first["startup_p50_ms"] / 1000, first["startup_p95_ms"] / 1000],
            "text": [f"p50 {in_seconds(first['startup_p50_ms'])}", f"p95 {in_seconds(first['startup_p95_ms'])}"],
        }
    )
    rules = alt.Chart(marks).mark_rule(color=theme.TROUBLE, strokeWidth=1.5, strokeDash=[4, 2]).encode(x=alt.X("at:Q"))
    # Outward, so that two that lie close can still be read.
    left: dict[str, Any] = {"align": "right", "dx": -4}
    right: dict[str, Any] = {"align": "left", "dx": 4}
    words = [
        alt.Chart(one)
        .mark_text(baseline="top", color=theme.QUIET_TEXT, fontSize=12, **side)
        .encode(x=alt.X("at:Q"), y=alt.value(1), text="text:N")
        for one, side in ((marks[:1], left), (marks[1:], right))
    ]
    title = f"{first['device_type']} · {whole(first['device_starts'])} starts"
    return alt.layer(bars, rules, *words).properties(
        height=DEVICE_PANEL + AXIS_HEIGHT * with_axis, title=_titled(title)
    )


def members(rows: pd.DataFrame, measure: Measure) -> LayeredChart:
    """A bar per member of a breakdown in the order of ``rows``, its figure at the end, and a tick where it was before.

    ``rows``: name, the measure's column and ``<column>_before``, is_worse, is_thin (too few playbacks to say much).
    """
    column = measure.column
    frame = pd.DataFrame(
        {
            "name": rows["name"],
            "now": rows[column].astype(float) / measure.per_axis_unit,
            "before": rows[f"{column}_before"].astype(float) / measure.per_axis_unit,
            "written": [
                measure.write(None if pd.isna(value) else value)
                + (" ▲ worse" if is_worse else " · few" if is_thin else "")
                for value, is_worse, is_thin in zip(rows[column], rows["is_worse"], rows["is_thin"], strict=True)
            ],
            "shown_before": [measure.write(None if pd.isna(value) else value) for value in rows[f"{column}_before"]],
            "state": [
                "worse" if is_worse else "few" if is_thin else "as usual"
                for is_worse, is_thin in zip(rows["is_worse"], rows["is_thin"], strict=True)
            ],
        }
    )
    longest = frame[["now", "before"]].max().max()
    tooltip = [
        alt.Tooltip("name:N", title="Of"),
        alt.Tooltip("written:N", title=measure.name),
        alt.Tooltip("shown_before:N", title="Previous period"),
    ]
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "name:N", sort=None, title=None, axis=alt.Axis(labelLimit=120, ticks=False, domain=False, labelPadding=8)
        ),
        x=alt.X("now:Q", axis=None, scale=alt.Scale(domain=[0, float(longest) * 1.5 if longest > 0 else 1.0])),
        tooltip=tooltip,
    )
    colors = alt.Scale(domain=["as usual", "worse", "few"], range=[theme.QUALITY, theme.TROUBLE, theme.SHADE])
    bars = base.mark_bar(cornerRadiusEnd=2, height=alt.RelativeBandSize(0.6)).encode(
        color=alt.Color("state:N", scale=colors, legend=None)
    )
    ticks = base.mark_tick(color=theme.PREVIOUS_PERIOD, thickness=3, height=alt.RelativeBandSize(0.86)).encode(
        x="before:Q"
    )
    words = (
        base.transform_calculate(end="max(datum.now, datum.before || 0)")
        .mark_text(align="left", dx=7, color=theme.QUIET_TEXT)
        .encode(x="end:Q", text="written:N")
    )
    has_before = frame["before"].notna().any()
    return layered(bars, ticks if has_before else None, words).properties(height=max(34 * len(frame), 70))


def _panel(chart: LayeredChart, measure: Measure) -> LayeredChart:
    title = _titled(measure.name + (" (s)" if measure.per_axis_unit == 1000 else ""))
    return chart.properties(height=PANEL, title=title).configure_axisY(minExtent=AXIS_WIDTH)


def _titled(text: str) -> alt.TitleParams:
    return alt.TitleParams(text, anchor="start", fontSize=13, fontWeight=600, offset=4)

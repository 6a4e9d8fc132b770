"""Charts of how and what people watch: frames in, Altair charts out. No data access, no Streamlit. No rows, zeros and nulls are
all accepted.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.audience.subscriber_charts import starts_axis
from dashboard.charts import LayeredChart, layered
from dashboard.formatting import share
from dashboard.history.measures import Measure

# Room for a legend of two rows below.
TALL = 330
WEEKDAY, WEEKEND = "Monday – Friday", "Saturday and Sunday"


def day_profile(rows: pd.DataFrame, measure: Measure) -> LayeredChart:
    """An average weekday beside an average weekend day, hour by hour. ``rows``: kind, local_hour, amount (mean per day)."""
    frame = rows.assign(
        shown=rows["amount"].map(measure.write), hour=rows["local_hour"].map(lambda hour: f"{hour:02d}:00")
    )
    base = alt.Chart(frame).encode(
        x=alt.X(
            "local_hour:Q",
            title=None,
            scale=alt.Scale(domain=[0, 23], nice=False),
            axis=alt.Axis(
                values=[0, 6, 12, 18, 23], labelExpr="(datum.value < 10 ? '0' : '') + datum.value + ':00'", grid=False
            ),
        ),
        y=alt.Y("amount:Q", title=None, axis=alt.Axis(format=",.2~f", tickCount=4, domain=False, ticks=False)),
        color=alt.Color(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=[WEEKDAY, WEEKEND], range=[theme.WEEKDAYS, theme.WEEKENDS]),
            legend=alt.Legend(orient="bottom", symbolType="stroke"),
        ),
        tooltip=[
            alt.Tooltip("kind:N", title="Days"),
            alt.Tooltip("hour:N", title="From (local time)"),
            alt.Tooltip("shown:N", title=f"{measure.name} per day"),
        ],
    )
    is_weekend = alt.FieldEqualPredicate(field="kind", equal=WEEKEND)
    lines = base.mark_line(strokeWidth=2.5).encode(
        strokeDash=alt.condition(is_weekend, alt.value([5, 3]), alt.value([1, 0]))
    )
    return alt.layer(lines, base.mark_circle(size=40, opacity=1)).properties(height=TALL)


def session_lengths(rows: pd.DataFrame) -> LayeredChart:
    """A bar per class of length with its share of the sessions; a dash marks that of the previous period, where there is one.

    ``rows``: length (name of the class), sessions, share, share_before.
    """
    frame = rows.assign(
        written=rows["share"].map(lambda value: share(value, 0)),
        shown_share=rows["share"].map(share),
        shown_before=rows["share_before"].map(share),
        top=rows[["share", "share_before"]].max(axis=1),
    )
    most = float(frame[["share", "share_before"]].max().max()) if len(frame) else 0.0
    base = alt.Chart(frame).encode(
        x=alt.X(
            "length:N",
            title="Minutes from the first to the last event",
            sort=None,
            axis=alt.Axis(labelAngle=0, ticks=False, titleFontWeight="normal", labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("length:N", title="Minutes"),
            alt.Tooltip("sessions:Q", title="Sessions", format=",d"),
            alt.Tooltip("shown_share:N", title="Share"),
            alt.Tooltip("shown_before:N", title="Previous period"),
        ],
    )
    y = alt.Y(
        "share:Q",
        title=None,
        # Room above the longest bar for what is written there.
        scale=alt.Scale(domain=[0, max(most * 1.12, 0.01)], nice=False),
        axis=alt.Axis(format=".0%", tickCount=4, domain=False, ticks=False),
    )
    bars = base.mark_bar(
        color=theme.HOURS, cornerRadiusTopLeft=2, cornerRadiusTopRight=2, width=alt.RelativeBandSize(0.7)
    ).encode(y=y)
    before = (
        base.transform_filter("isValid(datum.share_before)")
        .mark_tick(color=theme.PREVIOUS_PERIOD, thickness=3, width=alt.RelativeBandSize(0.86))
        .encode(y="share_before:Q")
    )
    words = base.mark_text(dy=-9, color=theme.QUIET_TEXT).encode(y="top:Q", text="written:N")
    has_before = frame["share_before"].notna().any()
    return layered(bars, before if has_before else None, words).properties(height=TALL)


def shares_over_time(
    rows: pd.DataFrame, starts: list[str], colors: dict[str, str], step: str, measure: Measure
) -> alt.Chart:
    """Bars of equal height, divided by kind. ``rows``: start (ISO day), name, place (order, first at the bottom), amount, share;
    ``colors``: by name, in that order.
    """
    frame = rows.assign(
        shown_share=rows["share"].map(share),
        shown=rows["amount"].map(measure.write),
        when=pd.to_datetime(rows["start"]).dt.strftime("%a %d %b %Y"),
    )
    return (
        alt.Chart(frame)
        .mark_bar(width=alt.RelativeBandSize(0.84) if len(starts) > 5 else 72)
        .encode(
            x=starts_axis(starts),
            y=alt.Y(
                "share:Q",
                title=None,
                stack="zero",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color(
                "name:N",
                title=None,
                scale=alt.Scale(domain=list(colors), range=list(colors.values())),
                # Three beside each other are cut off on a phone.
                legend=alt.Legend(orient="bottom", columns=2, labelLimit=170),
            ),
            order="place:O",
            tooltip=[
                alt.Tooltip("when:N", title={"day": "Day (UTC)", "week": "Week from", "month": "Month from"}[step]),
                alt.Tooltip("name:N", title="Kind"),
                alt.Tooltip("shown_share:N", title="Share"),
                alt.Tooltip("shown:N", title=measure.name),
            ],
        )
    )

"""Charts of subscribers and cohorts: frames in, Altair charts out. No data access, no Streamlit. No rows, zeros and nulls are
all accepted.
"""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import HEIGHT, LayeredChart, date_label
from dashboard.formatting import share

# With the legend below.
COURSE_HEIGHT = HEIGHT + 60
ROW = 26
MOVEMENTS = {
    "sign_ups": "Sign-ups",
    "returns": "Returns",
    "first_seen": "First seen",
    "cancellations": "Cancellations",
}
ALL = "All"
# Narrower cells, on a phone, have room for no figure: color and tooltip are left.
_FIGURE_FITS = "bandwidth('x') >= 19"


def movements(rows: pd.DataFrame, starts: list[str], step: str) -> LayeredChart:
    """Who came above zero and who left below, a bar for each of ``starts`` (ISO days).

    ``rows``: start (ISO day) and the counts of ``MOVEMENTS``; returns and first seen are left out where there are none.
    """
    present = [name for name in MOVEMENTS if name in ("sign_ups", "cancellations") or rows[name].sum()]
    signed = rows.assign(cancellations=-rows["cancellations"])
    long = signed.melt(["start"], present, "kind", "amount")
    long["name"] = long["kind"].map(MOVEMENTS)
    colors = alt.Scale(
        domain=[MOVEMENTS[name] for name in present], range=[theme.MOVEMENT_COLORS[name] for name in present]
    )
    x = starts_axis(starts)
    bars = (
        alt.Chart(long)
        .mark_bar(width=alt.RelativeBandSize(0.76) if len(starts) > 5 else 56)
        .encode(
            x=x,
            y=alt.Y(
                "amount:Q",
                title=None,
                axis=alt.Axis(format=",.0f", tickMinStep=1, tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color("name:N", title=None, scale=colors, legend=alt.Legend(orient="bottom", columns=4)),
        )
    )
    when = {"day": "Day (UTC)", "week": "Week from", "month": "Month from"}[step]
    net = rows["sign_ups"] + rows["returns"] + rows["first_seen"] - rows["cancellations"]
    frame = rows.assign(net=net.map("{:+,d}".format), shown=pd.to_datetime(rows["start"]).dt.strftime("%a %d %b %Y"))
    targets = (
        alt.Chart(frame)
        .mark_rect(opacity=0)
        .encode(
            x=x,
            tooltip=[
                alt.Tooltip("shown:N", title=when),
                *[alt.Tooltip(f"{name}:Q", title=MOVEMENTS[name], format=",d") for name in present],
                alt.Tooltip("net:N", title="Net"),
            ],
        )
    )
    zero = alt.Chart(pd.DataFrame({"amount": [0]})).mark_rule(color=theme.QUIET_TEXT).encode(y="amount:Q")
    return alt.layer(bars, zero, targets).properties(height=COURSE_HEIGHT)


def cohort_map(rows: pd.DataFrame, column: str, step: str, meaning: str) -> LayeredChart:
    """A row per cohort, oldest on top, a cell per period since the sign-up with its share in percent; none where it is not over.

    ``rows``: cohort_start, period_number, cohort_size and ``column`` (counts; null where not over).
    """
    pattern = "%-d %b" if step == "week" else "%b %Y"
    started = pd.to_datetime(rows["cohort_start"])
    newest_size = rows.groupby("cohort_start")["cohort_size"].transform("max")
    frame = rows.assign(
        cohort=started.dt.strftime(pattern) + " · " + newest_size.map("{:,d}".format),
        began=started.dt.strftime("%-d %b %Y"),
        rate=rows[column].astype(float) / rows["cohort_size"],
    )
    names = frame.drop_duplicates("cohort")["cohort"].tolist()
    cells = frame[frame["rate"].notna()]
    cells = cells.assign(
        percent=(cells["rate"] * 100).round().astype(int).astype(str),
        written=[
            f"{part:,.0f} of {size:,d} ({share(rate)})"
            for part, size, rate in zip(cells[column], cells["cohort_size"], cells["rate"], strict=True)
        ],
    )
    low, high = (float(cells["rate"].min()), float(cells["rate"].max())) if len(cells) else (0.0, 1.0)
    numbers = list(range(int(frame["period_number"].max() if len(frame) else 0) + 1))
    base = alt.Chart(cells).encode(
        x=alt.X(
            "period_number:O",
            title=f"{step.capitalize()}s since the {step} of the sign-up",
            scale=alt.Scale(domain=numbers, paddingInner=0.06, paddingOuter=0),
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                labelFlush=False,
                ticks=False,
                domain=False,
                grid=False,
                titleFontWeight="normal",
                titlePadding=8,
            ),
        ),
        y=alt.Y(
            "cohort:N",
            title=None,
            sort=None,
            scale=alt.Scale(domain=names, paddingInner=0.08, paddingOuter=0),
            axis=alt.Axis(ticks=False, domain=False, grid=False, labelOverlap=False, labelFlush=False, labelLimit=130),
        ),
        tooltip=[
            alt.Tooltip("began:N", title=f"Sign-up in the {step} from"),
            alt.Tooltip("period_number:O", title=f"{step.capitalize()} since"),
            alt.Tooltip("written:N", title=meaning),
        ],
    )
    squares = base.mark_rect(cornerRadius=2).encode(
        color=alt.Color(
            "rate:Q",
            # Equal shares, all of 100 % mostly, are the strong end.
            scale=alt.Scale(domain=[min(low, high - 0.02), high], range=list(theme.FIGURE_SHADES)),
            legend=alt.Legend(
                orient="bottom", title=None, format=".0%", tickCount=2, gradientLength=160, gradientThickness=8
            ),
        )
    )
    figures = base.mark_text(
        color=theme.ON_COLOR,
        fontSize=alt.ExprRef(f"{_FIGURE_FITS} ? 11 : 1"),
        opacity=alt.ExprRef(f"{_FIGURE_FITS} ? 1 : 0"),
    ).encode(text="percent:N")
    return alt.layer(squares, figures).properties(height=map_height(len(names)))


def map_height(cohorts: int) -> int:
    """Height (px) of a map of so many cohorts, with its axis and legend."""
    return max(ROW * cohorts + 130, 220)


def retention_curves(rows: pd.DataFrame, colors: dict[str, str], step: str, meaning: str) -> LayeredChart:
    """A line per plan over the periods since the sign-up, and a dashed one of all. ``rows``: name, period_number, rate, written;
    ``colors``: by name, those of ``rows`` only, ``ALL`` among them.
    """
    names = list(colors)
    base = alt.Chart(rows).encode(
        x=alt.X(
            "period_number:Q",
            title=f"{step.capitalize()}s since the {step} of the sign-up",
            scale=alt.Scale(nice=False, zero=True),
            axis=alt.Axis(tickMinStep=1, format="d", grid=False, titleFontWeight="normal"),
        ),
        y=alt.Y(
            "rate:Q",
            title=None,
            scale=alt.Scale(zero=False, nice=True),
            axis=alt.Axis(format=".0%", tickCount=5, domain=False, ticks=False),
        ),
        color=alt.Color(
            "name:N",
            title=None,
            scale=alt.Scale(domain=names, range=list(colors.values())),
            legend=alt.Legend(orient="bottom", columns=2, symbolType="stroke"),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Plan at sign-up"),
            alt.Tooltip("period_number:Q", title=f"{step.capitalize()} since"),
            alt.Tooltip("written:N", title=meaning),
        ],
    )
    is_all = alt.FieldEqualPredicate(field="name", equal=ALL)
    lines = base.mark_line(strokeWidth=2.5).encode(
        strokeDash=alt.condition(is_all, alt.value([5, 3]), alt.value([1, 0]))
    )
    return alt.layer(lines, base.mark_circle(size=36, opacity=1))


def starts_axis(starts: list[str]) -> alt.X:
    """A band for each of ``starts`` (ISO days), labelled where there is room."""
    is_long = bool(starts) and starts[0][:4] != starts[-1][:4] and len(starts) > 60
    days = pd.to_datetime(pd.Series(starts, dtype=object))
    is_daily = len(starts) > 1 and (days.iloc[1] - days.iloc[0]).days == 1
    mondays = [start for start, day in zip(starts, days, strict=True) if day.weekday() == 0]
    axis = alt.Axis(
        values=mondays if is_daily and len(starts) > 10 else starts,
        labelExpr=date_label("%b %Y" if is_long else "%-d %b"),
        labelAngle=0,
        labelFlush=False,
        labelOverlap="greedy",
        labelSeparation=6,
        grid=False,
    )
    return alt.X("start:O", title=None, scale=alt.Scale(domain=starts, paddingInner=0, paddingOuter=0), axis=axis)

"""Where the time of runs goes, as charts: by layer over many runs, by step within one. Frames in, Altair charts out."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard import theme
from dashboard.charts import HEIGHT, LayeredChart
from dashboard.formatting import duration, whole

STEP_HEIGHT = 24
# Height (px) that the axis and the legend below the steps take.
AROUND_STEPS = 110


def layer_seconds(rows: pd.DataFrame) -> LayeredChart:
    """A stacked bar per run of the seconds that each layer took, oldest run left; failed runs bear a sign.

    ``rows``: one per run and layer: run_id, job_name, started_at, status, layer, seconds.
    """
    # Two runs may begin in the same second: the id tells them apart.
    order = rows.sort_values(["started_at", "run_id"])
    frame = order.assign(
        run=order["started_at"].dt.strftime("%Y-%m-%d %H:%M:%S ") + order["run_id"].str[:8],
        began=order["started_at"].dt.strftime("%a %d %b %Y, %H:%M"),
        took=order["seconds"].map(duration),
        place=order["layer"].map({layer: place for place, layer in enumerate(theme.LAYER_COLORS)}),
    )
    present = [layer for layer in theme.LAYER_COLORS if layer in set(frame["layer"])]
    x = alt.X(
        "run:O",
        sort=None,
        title="Run, by its start (UTC)",
        axis=alt.Axis(
            # In two lines, so that more of them fit a phone.
            labelExpr="[utcFormat(utcParse(slice(datum.value, 0, 10), '%Y-%m-%d'), '%-d %b'), slice(datum.value, 11, 16)]",
            labelAngle=0,
            labelOverlap="greedy",
            grid=False,
            ticks=False,
        ),
        scale=alt.Scale(paddingInner=0.24, paddingOuter=0.1),
    )
    runs = frame["run"].nunique()
    bars = (
        alt.Chart(frame)
        .mark_bar(width=alt.RelativeBandSize(1) if runs > 5 else 56)
        .encode(
            x=x,
            y=alt.Y("seconds:Q", title="Seconds", axis=alt.Axis(tickCount=5, domain=False, ticks=False, format=",.0f")),
            color=alt.Color(
                "layer:N",
                title=None,
                scale=alt.Scale(domain=present, range=[theme.LAYER_COLORS[layer] for layer in present]),
                legend=alt.Legend(orient="bottom", columns=3),
            ),
            order="place:O",
            tooltip=[
                alt.Tooltip("began:N", title="Began (UTC)"),
                alt.Tooltip("job_name:N", title="Job"),
                alt.Tooltip("layer:N", title="Layer"),
                alt.Tooltip("took:N", title="Took"),
            ],
        )
    )
    failed = frame[frame["status"] == "FAILURE"].groupby("run", as_index=False)["seconds"].sum()
    signs = (
        alt.Chart(failed)
        .mark_text(text="✕", dy=-8, color=theme.STATE_COLORS["failed"], fontWeight=700)
        .encode(x=x, y="seconds:Q")
    )
    return alt.layer(bars, signs).properties(height=HEIGHT + 40)


def run_steps(rows: pd.DataFrame, began: pd.Timestamp) -> LayeredChart:
    """The steps of one run as bars on the run's own clock, from above in the order in which they began.

    ``rows``: step_key, outcome (a key of ``theme.STEP_COLORS``), started_at, ended_at, duration_seconds, rows_written,
    rows_per_second, retries; ``began``: when the run did.
    """
    start = (rows["started_at"] - began).dt.total_seconds().clip(lower=0)
    frame = rows.assign(
        start=start,
        end=start + rows["duration_seconds"].fillna(0).astype(float),
        took=rows["duration_seconds"].map(duration),
        written=rows["rows_written"].map(whole),
        again=rows["retries"].map(whole),
    ).dropna(subset=["start"])
    end = max(float(frame["end"].max()), 1.0) if len(frame) else 1.0
    present = [outcome for outcome in theme.STEP_COLORS if outcome in set(frame["outcome"])]
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "step_key:N",
            sort=None,
            title=None,
            axis=alt.Axis(labelLimit=140, ticks=False, domain=False, labelPadding=8, labelOverlap=False),
        ),
        tooltip=[
            alt.Tooltip("step_key:N", title="Step"),
            alt.Tooltip("outcome:N", title="Outcome"),
            alt.Tooltip("took:N", title="Took"),
            alt.Tooltip("written:N", title="Rows written"),
            alt.Tooltip("again:N", title="Retries"),
        ],
    )
    bars = base.mark_bar(cornerRadius=2, height=alt.RelativeBandSize(0.62)).encode(
        # The scale ends beyond the last bar, so that its text fits.
        x=alt.X(
            "start:Q",
            title="Seconds since the run began",
            scale=alt.Scale(domain=[0, end * 1.25]),
            axis=alt.Axis(tickCount=6, domain=False, ticks=False, format=",.0f" if end > 10 else ",.1f"),
        ),
        x2="end:Q",
        color=alt.Color(
            "outcome:N",
            title=None,
            scale=alt.Scale(domain=present, range=[theme.STEP_COLORS[outcome] for outcome in present]),
            legend=alt.Legend(orient="bottom", direction="horizontal"),
        ),
    )
    words = base.mark_text(align="left", dx=6, color=theme.QUIET_TEXT).encode(x="end:Q", text="took:N")
    return alt.layer(bars, words).properties(height=AROUND_STEPS + STEP_HEIGHT * len(frame))

"""Whose playback is worse: devices, countries or versions of the player side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import definitions, frame, tables
from dashboard.drawing import draw_chart
from dashboard.filters import Dimension
from dashboard.formatting import ABSENT, count
from dashboard.quality import charts, members
from dashboard.quality.measures import BITRATE, ERROR_RATE, MEASURES, STARTUP_P50, STARTUP_P95, Measure
from dashboard.quality.scope import Scope

CHOICES = {"Device": Dimension.DEVICE, "Country": Dimension.COUNTRY, "App version": Dimension.APP_VERSION}
MOST_BARS = 20
MOST_ROWS = 15


def sentences(scope: Scope) -> list[str]:
    """What is worse among devices, countries and versions of the range, a sentence each; for the verdict."""
    found = []
    for label, dimension in CHOICES.items():
        rows = members.of(scope, dimension)
        worse = rows.assign(worse=members.worse_in(rows))
        yardstick = "all others" if dimension is Dimension.APP_VERSION else "the period before"
        found += [
            f"{label} {name}: {text}, against {yardstick}."
            for name, text in zip(worse["name"], worse["worse"], strict=True)
            if text
        ]
    return found[:4] + ([f"{len(found) - 4} more in the breakdown."] if len(found) > 4 else [])


def draw(scope: Scope) -> None:
    """A choice of what to compare and by which figure, a chart and a table."""
    with frame.section(
        "Breakdown",
        help=definitions.meaning(*dict.fromkeys(name for one in MEASURES for name in one.metrics)) + members.RULE,
    ) as section:
        dimension, measure = _choose()
        rows = members.ordered(members.of(scope, dimension), dimension, measure)
        if rows.empty:
            st.info("Nothing was played in this range with these filters. Choose more days, or take a filter away.")
            return
        rows = rows.assign(worse=members.worse_in(rows), is_worse=rows[f"times_{measure.column}"].notna())
        rows["change"] = rows[measure.column].astype(float) / rows[f"{measure.column}_before"].astype(float) - 1
        section.offer(_download(rows, dimension), f"quality_by_{dimension.key}")
        st.caption(_caption(scope, rows, dimension, measure))
        shown = rows.head(MOST_BARS)
        left, right = st.columns([2, 3], vertical_alignment="center")
        with left:
            draw_chart(charts.members, shown, measure, alt=f"{measure.name} by {dimension.label.lower()}")
        with right:
            _table(rows, dimension, measure)


def _choose() -> tuple[Dimension, Measure]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = st.segmented_control(
            "By", list(CHOICES), default="Device", required=True, key="quality_by", bind="query-params", wrap=True
        )
        names = {measure.name: measure for measure in MEASURES}
        compared = st.selectbox(
            "Compared in",
            list(names),
            index=list(names).index(ERROR_RATE.name),
            key="quality_measure",
            bind="query-params",
            width=240,
        )
    return CHOICES[chosen or "Device"], names[compared or ERROR_RATE.name]


def _caption(scope: Scope, rows: pd.DataFrame, dimension: Dimension, measure: Measure) -> str:
    order = (
        "Newest version first, the rare ones together as “other”."
        if dimension is Dimension.APP_VERSION
        else "Worst first."
    )
    parts = [order]
    if scope.is_comparable:
        parts.append(f"Grey tick: {measure.name.lower()} of the previous {count(scope.chosen.days, 'day')}.")
    else:
        parts.append("Not compared: this range and the one before it are not both published whole.")
    if rows["is_thin"].any():
        parts.append(f"Fewer than {members.LEAST_PLAYBACKS} playbacks: last, and not judged.")
    if len(rows) > MOST_BARS:
        parts.append(f"The chart shows the first {MOST_BARS} of {len(rows)}.")
    return " ".join(parts)


def _download(rows: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    columns = ["playbacks", "failed_playbacks", *(measure.column for measure in MEASURES)]
    return rows[["key", "name", *columns, *(f"{column}_before" for column in columns), "worse"]].rename(
        columns={"key": dimension.column}
    )


def _table(rows: pd.DataFrame, dimension: Dimension, measure: Measure) -> None:
    shares = [one for one in MEASURES if one not in (STARTUP_P50, STARTUP_P95, BITRATE)]
    shown = rows.assign(
        **{one.column: rows[one.column].astype(float) * 100 for one in shares},
        **{one.column: rows[one.column].astype(float) / 1000 for one in (STARTUP_P50, STARTUP_P95)},
        change=rows["change"] * 100,
    )
    headings = {
        STARTUP_P50.column: ("p50 (s)", "%.2f", 62),
        STARTUP_P95.column: ("p95 (s)", "%.2f", 62),
        "rebuffer_ratio": ("Rebuffer", "%.2f%%", 74),
        "error_rate": ("Errors", "%.2f%%", 66),
        "abandonment_rate": ("Abandoned", "%.1f%%", 84),
        BITRATE.column: ("Bitrate (kbit/s)", "%,.0f", 105),
    }
    # The figure that is compared stands beside the name, so that a phone shows both.
    columns = [measure.column, "change", *(one.column for one in MEASURES if one is not measure)]
    st.dataframe(
        shown,
        hide_index=True,
        height=tables.height(shown, MOST_ROWS),
        placeholder=ABSENT,
        column_order=["name", *columns[:2], *(["worse"] if rows["worse"].any() else []), "playbacks", *columns[2:]],
        column_config={
            "name": st.column_config.TextColumn({v: k for k, v in CHOICES.items()}[dimension], width=110),
            "playbacks": st.column_config.NumberColumn("Playbacks", format="%,.0f", width=80),
            "change": st.column_config.NumberColumn(
                "Change", format="%+.1f%%", width=72, help=f"Of {measure.name.lower()}, against the period before."
            ),
            "worse": st.column_config.TextColumn("Worse in", width=220, help=members.RULE),
            **{
                name: st.column_config.NumberColumn(heading, format=form, width=width)
                for name, (heading, form, width) in headings.items()
            },
        },
    )

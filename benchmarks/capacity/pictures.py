"""The pictures of ``docs/scale.md``: up to which size each decision holds, and how the work that waits grows on too few cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import altair as alt
import numpy as np

from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.decisions import judge
from benchmarks.capacity.parameters import Parameters
from benchmarks.capacity.simulation import Season, simulate
from benchmarks.capacity.sizing import Inputs, size

_RED, _DARK, _GREY = "#c8102e", "#22262b", "#b3b3b3"
_LEAST, _MOST = 1e6, 1e12
_LABELS = {1e6: "1M", 1e7: "10M", 1e8: "100M", 1e9: "1B", 1e10: "10B", 1e11: "100B", 1e12: "1T"}
_SHARES = (1.0, 0.5, 0.25, 0.125)


def draw_pictures(parameters: Parameters, assumptions: Assumptions, folder: Path) -> list[Path]:
    """Write ``scale_*.png`` into ``folder``; their paths. Needs ``vl-convert-python``."""
    folder.mkdir(parents=True, exist_ok=True)
    charts = {"limits": _limits(parameters, assumptions), "backlog": _backlog(parameters, assumptions)}
    written = []
    for name, chart in charts.items():
        path = folder / f"scale_{name}.png"
        chart.configure(background="white", font="DejaVu Sans").configure_view(stroke=None).save(path, scale_factor=1.5)
        written.append(path)
    return written


def _limits(parameters: Parameters, assumptions: Assumptions) -> Any:
    """A bar by decision, as long as it holds."""
    rows: list[dict[str, Any]] = []
    for verdict in judge(Inputs(events=1e9), parameters, assumptions):
        at = verdict.breaks_at
        until = _MOST if at is None else min(max(at, _LEAST), _MOST)
        holds = at is None or at > _MOST
        rows.append({"decision": verdict.decision.name, "from": _LEAST, "until": until, "holds": holds})
    order = [row["decision"] for row in sorted(rows, key=lambda row: row["until"])]
    ticks = ", ".join(f"datum.value == {value:.0f} ? '{text}'" for value, text in _LABELS.items()).replace(", ", " : ")
    events = alt.X(
        "from:Q",
        title="events a day",
        scale=alt.Scale(type="log", domain=[_LEAST, _MOST]),
        axis=alt.Axis(values=list(_LABELS), labelExpr=f"{ticks} : ''", gridColor="#e8e8e8"),
    )
    colour = alt.Color(
        "holds:N",
        title=None,
        scale=alt.Scale(domain=[True, False], range=[_GREY, _RED]),
        legend=None,
    )
    bars = (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(height=13)
        .encode(
            events,
            alt.X2("until:Q"),
            alt.Y("decision:N", sort=order, title=None, axis=alt.Axis(labelLimit=420, labelFontSize=12)),
            colour,
        )
    )
    title = alt.TitleParams(
        "Up to which size each decision holds",
        subtitle="a year kept; red: it breaks where the bar ends, grey: it holds at 1T",
        anchor="start",
    )
    return bars.properties(width=520, height=alt.Step(21), title=title)


def _backlog(parameters: Parameters, assumptions: Assumptions) -> Any:
    """Work that waits at midnight over a season, by share of the cores that the day was sized with."""
    sizing = size(Inputs(events=1e10), parameters, assumptions)
    sized = sizing.nodes * assumptions.node_cores
    rows = []
    for share in _SHARES:
        outcome = simulate(sizing, Season(), assumptions, sized * share)
        waiting = outcome.backlog / 24
        rows += [
            {"day": day, "days": float(value), "cores": f"{sized * share:,.0f} cores ({share:.1%} of those sized)"}
            for day, value in enumerate(waiting)
            if np.isfinite(value)
        ]
    lines = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2)
        .encode(
            alt.X("day:Q", title="day", scale=alt.Scale(domain=[0, 90], nice=False)),
            alt.Y(
                "days:Q", title="work that waits at midnight (days of all cores)", axis=alt.Axis(gridColor="#e8e8e8")
            ),
            alt.Color(
                "cores:N",
                title=None,
                sort=None,
                legend=alt.Legend(labelLimit=300, orient="top"),
                scale=alt.Scale(range=[_DARK, "#46617f", "#e87c03", _RED]),
            ),
        )
    )
    title = alt.TitleParams(
        "10B events a day on ever fewer cores",
        subtitle="a worker is lost on day 30, the month before is run again from day 45 on",
        anchor="start",
    )
    return lines.properties(width=620, height=300, title=title)

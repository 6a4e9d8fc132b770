"""The pictures of ``docs/benchmarks.md``: where the CPU seconds go beside the floor, and how they grow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

_LAYERS = ["conform", "load", "models", "rest"]
_COLORS = ["#b20710", "#e87c03", "#46617f", "#b3b3b3"]
_WIDTH = 640


def draw_pictures(results: Mapping[str, Any], folder: Path) -> list[str]:
    """Draw what was measured as ``bench_*.png`` into ``folder``; the names of the files."""
    charts = {
        "bench_pipeline.png": _pipeline(results["parts"]["pipeline"] or {}),
        "bench_growth.png": _growth((results["parts"]["growth"] or {}).get("volumes", {})),
    }
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for name, chart in charts.items():
        if chart is not None:
            chart.save(folder / name, scale_factor=2)
            drawn.append(name)
    return drawn


def _pipeline(part: Mapping[str, Any]) -> alt.Chart | None:
    """Stacked CPU seconds by layer: floor, run, and the run on empty days."""
    names = {"floor": "floor", "pipeline": "pipeline", "empty": "pipeline, empty days"}
    rows = [
        {"what": f"{shape}: {text}", "layer": layer, "seconds": seconds, "order": _LAYERS.index(layer)}
        for shape, figures in part.items()
        for name, text in names.items()
        for layer, seconds in figures[name]["layers"].items()
    ]
    if not rows:
        return None
    bars = (
        alt.Chart(pd.DataFrame(rows))
        .mark_bar()
        .encode(
            alt.X("sum(seconds):Q", title="CPU seconds"),
            alt.Y("what:N", title=None, sort=None, axis=alt.Axis(labelLimit=300)),
            alt.Color("layer:N", title=None, scale=alt.Scale(domain=_LAYERS, range=_COLORS)),
            alt.Order("order:Q"),
        )
    )
    return bars.properties(width=_WIDTH, title="Pipeline against floor: CPU seconds by layer")


def _growth(volumes: Mapping[str, Any]) -> alt.Chart | None:
    """CPU seconds per million events against the events of a day, on a logarithmic axis."""
    rows = [
        {
            "events": figures["events"],
            "what": what,
            "seconds": figures[what]["cpu_seconds"] / figures["events"] * 1e6,
        }
        for figures in volumes.values()
        for what in ("generation", "floor", "pipeline")
    ]
    if not rows:
        return None
    lines = (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=True)
        .encode(
            alt.X("events:Q", title="events in one day", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s")),
            alt.Y("seconds:Q", title="CPU seconds per million events"),
            alt.Color("what:N", title=None, scale=alt.Scale(domain=["generation", "floor", "pipeline"], range=_COLORS)),
        )
    )
    return lines.properties(width=_WIDTH, height=260, title="One day in one run, everything included")

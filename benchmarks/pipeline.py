"""The pipeline against the floor: one Dagster run with everything on, the same run on empty days, and the hand-written script."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.measuring import Cost, in_turns, median
from benchmarks.plan import Session
from benchmarks.platforms import Platform, scale_of

LAYERS = ("conform", "load", "models")
_STEPS = {"lake": "conform", "warehouse": "load", "dbt_business": "models"}


def measure_pipeline(session: Session) -> dict[str, Any]:
    """By shape (``10 x 1,000,000``): costs of floor, run and run on empty days, CPU seconds by layer, and their ratio."""
    results: dict[str, Any] = {}
    for days, events in session.plan.shapes:
        shape = f"{days} x {events:,}"
        if session.has_time_for(f"pipeline at {shape}") and session.has_room_for(f"pipeline at {shape}", days * events):
            platform = Platform(session.platform_folder, days, scale_of(events), prepared=session.prepared_folder)
            results[shape] = _against_floor(session, platform)
    return results


def layers_of(run: Cost) -> dict[str, float]:
    """CPU seconds of a Dagster run by the floor's layers; ``rest``: everything that the floor does not have."""
    seconds = dict.fromkeys(LAYERS, 0.0)
    for step, of_step in run.told["steps"].items():
        layer = next((layer for prefix, layer in _STEPS.items() if step.startswith(prefix)), None)
        if layer:
            seconds[layer] += of_step
    return {**seconds, "rest": run.cpu_seconds - sum(seconds.values())}


def floor_layers(floor: Cost) -> dict[str, float]:
    """CPU seconds of the floor by layer; ``rest``: Python's start and the end of the database."""
    seconds = {layer: float(floor.told[layer]) for layer in LAYERS}
    return {**seconds, "rest": floor.cpu_seconds - sum(seconds.values())}


def median_layers(layers: list[dict[str, float]]) -> dict[str, float]:
    """Medians layer by layer."""
    return {name: round(statistics.median(of_run[name] for of_run in layers), 2) for name in layers[0]}


def _against_floor(session: Session, platform: Platform) -> dict[str, Any]:
    session.tell(f"writing {platform.days} raw days of {platform.scale} ...")
    generated = platform.generate()
    subjects: dict[str, Callable[[], Cost]] = {
        "floor": platform.floor,
        "pipeline": platform.first_run,
        "pipeline on empty days": lambda: platform.first_run(with_raw=False),
    }
    measured = in_turns(subjects, session.plan.runs, session.tell)
    shutil.rmtree(platform.folder)
    floor, run, empty = (median(costs) for costs in measured.values())
    return {
        "events": generated.told["rows"],
        "floor": _figures(floor, median_layers([floor_layers(cost) for cost in measured["floor"]])),
        "pipeline": _figures(run, median_layers([layers_of(cost) for cost in measured["pipeline"]])),
        "empty": _figures(empty, median_layers([layers_of(cost) for cost in measured["pipeline on empty days"]])),
        "pipeline_over_floor_cpu": round((run.cpu_seconds - empty.cpu_seconds) / floor.cpu_seconds, 3),
    }


def _figures(cost: Cost, layers: Mapping[str, float]) -> dict[str, Any]:
    return {**cost.as_dict(), "layers": dict(layers)}

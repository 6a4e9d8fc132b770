"""``latest.json``: the figures of the last run and what they were measured on. Its keys never depend on the plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, commit, machine

LATEST = ROOT / "benchmarks" / "latest.json"
WEEK = "7"
PARTS = ("generation", "pipeline", "overhead", "growth", "dashboard")


def results_of(
    parts: Mapping[str, Mapping[str, Any]],
    failed: Mapping[str, str],
    skipped: list[str],
    is_quick: bool,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of ``latest.json``; a headline whose part was not measured is null.

    ``earlier``: results whose parts stay where this run has none; ``measured`` says of each part when and at which commit.

    ``pipeline_over_floor_cpu``: CPU seconds of a Dagster run of ten days, less those of the same run on empty days, over the
    floor's; ``…_one_large_day``: the same at one day of as many events; ``pipeline_fixed_cpu_seconds``: of the run on empty days;
    ``generator_million_events_per_cpu_second``: of the synthetic source, to Parquet; ``one_day_run_cpu_seconds``: a whole
    ``make day`` at demo scale with one day there; ``span_cpu_ratio``: CPU seconds of the longest over the shortest span;
    ``history_cpu_ratio``: of a day with the longest history over one with ``WEEK``, since shorter ones have fewer late days to
    rebuild.
    """
    now = {"date": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit()}
    measured = dict.fromkeys(parts, now)
    for name in PARTS if earlier else ():
        if earlier and name not in {*parts, *failed} and earlier["parts"].get(name):
            parts = {**parts, name: earlier["parts"][name]}
            measured[name] = earlier["measured"][name]
    shapes = list(parts.get("pipeline", {}).values())
    generated = parts.get("generation", {}).get("platform, Parquet")
    growth = parts.get("growth", {})
    histories = growth.get("histories", {})
    days = list(histories.values())
    return {
        **now,
        "quick": is_quick,
        "machine": machine(),
        "pipeline_over_floor_cpu": shapes[0]["pipeline_over_floor_cpu"] if shapes else None,
        "pipeline_over_floor_cpu_one_large_day": shapes[1]["pipeline_over_floor_cpu"] if len(shapes) > 1 else None,
        "pipeline_fixed_cpu_seconds": shapes[0]["empty"]["cpu_seconds"] if shapes else None,
        "generator_million_events_per_cpu_second": (
            round(generated["rows_per_cpu_second"] / 1e6, 3) if generated else None
        ),
        "one_day_run_cpu_seconds": days[0]["cpu_seconds"] if days else None,
        "history_cpu_ratio": _ratio(days[list(histories).index(WEEK) :]) if WEEK in histories else None,
        "span_cpu_ratio": _ratio(list(growth.get("spans", {}).values())),
        "parts": {name: parts.get(name) for name in PARTS},
        "measured": {name: measured.get(name) for name in PARTS},
        "failed": dict(failed),
        "skipped": skipped,
    }


def write_results(results: Mapping[str, Any], file: Path = LATEST) -> None:
    """Write the file in one step."""
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps(results, indent=2) + "\n")
    draft.replace(file)


def earlier_results(is_quick: bool, file: Path = LATEST) -> dict[str, Any] | None:
    """The last results, whose parts may stand beside new ones; None where there are none, or of the other form."""
    if not file.exists():
        return None
    results = read_results(file)
    return results if results["quick"] == is_quick and "measured" in results else None


def read_results(file: Path = LATEST) -> dict[str, Any]:
    """Read what ``write_results`` wrote. Raises ``FileNotFoundError`` before the first run."""
    results: dict[str, Any] = json.loads(file.read_text())
    return results


def _ratio(costs: list[Mapping[str, float]]) -> float | None:
    return round(costs[-1]["cpu_seconds"] / costs[0]["cpu_seconds"], 3) if len(costs) > 1 else None

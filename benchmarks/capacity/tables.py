"""Sizings, decisions and simulations as rows of text: the terminal and ``docs/scale.md`` show the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.decisions import Verdict
from benchmarks.capacity.parameters import Parameters
from benchmarks.capacity.quantities import as_bytes, as_cpu_hours, as_duration, as_money, short
from benchmarks.capacity.simulation import Outcome, Season, simulate
from benchmarks.capacity.sizing import Inputs, Sizing, size

SIZES = (1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12)
SHARES = (1.0, 0.5, 0.25, 0.125)
Rows = list[tuple[str, ...]]

SIZE_COLUMNS = (
    "events a day",
    "raw a day",
    "lake a day",
    "lake files a day",
    "of all days",
    "kept",
    "published file",
    "events a second",
)
COST_COLUMNS = (
    "events a day",
    "engine",
    "CPU a day",
    "between",
    "machine",
    "nodes",
    "memory",
    "shuffle",
    "compute",
    "storage",
)
DECISION_COLUMNS = ("decision", "what is counted", "here", "limit", "breaks from", "then")
SEASON_COLUMNS = (
    "events a day",
    "engine",
    "cores",
    "of what was sized",
    "busy",
    "in time",
    "median",
    "worst",
    "backfill of a month",
    "verdict",
)


def size_row(sizing: Sizing) -> tuple[str, ...]:
    """What a day weighs, in ``SIZE_COLUMNS``."""
    return (
        short(sizing.inputs.events),
        as_bytes(sizing.raw_bytes),
        as_bytes(sizing.lake_bytes),
        short(sizing.lake_files),
        short(sizing.kept_files),
        as_bytes(sizing.kept_bytes),
        as_bytes(sizing.published_bytes),
        short(sizing.events_a_second),
    )


def cost_row(sizing: Sizing) -> tuple[str, ...]:
    """What a day costs, in ``COST_COLUMNS``; dollars are a month's."""
    on_one = sizing.engine == "duckdb"
    low, high = sizing.cpu_seconds / sizing.error, sizing.cpu_seconds * sizing.error
    return (
        short(sizing.inputs.events),
        sizing.engine,
        as_cpu_hours(sizing.cpu_seconds),
        "as measured" if sizing.error == 1 else f"{as_cpu_hours(low)} to {as_cpu_hours(high)}",
        as_duration(sizing.machine_hours * 3_600) if on_one else "–",
        "–" if on_one else short(sizing.nodes),
        as_bytes(sizing.memory_bytes),
        "–" if on_one else as_bytes(sizing.shuffle_bytes),
        as_money(sizing.compute_month),
        as_money(sizing.storage_month),
    )


def decision_row(verdict: Verdict) -> tuple[str, ...]:
    """One decision at one size, in ``DECISION_COLUMNS``."""
    show, at = verdict.decision.show, verdict.breaks_at
    return (
        verdict.decision.name,
        verdict.decision.counts,
        show(verdict.counted),
        show(verdict.limit),
        "never" if at is None else "always" if at <= 1 else short(float(f"{at:.2g}")),
        verdict.decision.change if not verdict.holds else "holds",
    )


def season_row(sizing: Sizing, outcome: Outcome, share: float) -> tuple[str, ...]:
    """One simulated season, in ``SEASON_COLUMNS``; delays are hours from a day's end to its publication."""
    there = outcome.delays[~np.isnan(outcome.delays)]
    return (
        short(sizing.inputs.events),
        sizing.engine,
        short(outcome.cores),
        f"{share:.0%}" if share >= 0.2 else f"{share:.1%}",
        f"{outcome.busy:.0%}",
        f"{outcome.in_time} of {len(outcome.delays)} days",
        as_duration(float(np.median(there)) * 3_600) if len(there) else "–",
        as_duration(float(np.max(there)) * 3_600) if len(there) else "–",
        "not done" if outcome.backfill_hours is None else as_duration(outcome.backfill_hours * 3_600),
        outcome.verdict,
    )


def all_sizes(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> list[Sizing]:
    """The seven sizes of the plan."""
    return [size(replace(inputs, events=events), parameters, assumptions) for events in SIZES]


def seasons(sizing: Sizing, season: Season, assumptions: Assumptions, shares: Sequence[float] = SHARES) -> Rows:
    """A season on the cores that the sizing asks for, and on ever fewer of them. A machine's cores are what DuckDB has."""
    rows = []
    for share in shares:
        sized = sizing.nodes * assumptions.node_cores if sizing.engine == "spark" else assumptions.machine_cores
        rows.append(season_row(sizing, simulate(sizing, season, assumptions, sized * share), share))
    return rows


def season_figures(outcome: Outcome) -> dict[str, Any]:
    """One simulated season as plain values; delays and backlog in hours, a day that was not published as null."""
    return {
        "verdict": outcome.verdict,
        "cores": outcome.cores,
        "busy": round(outcome.busy, 4),
        "days_in_time": outcome.in_time,
        "backfill_hours": outcome.backfill_hours,
        "lost_node_hours": round(outcome.lost_hours, 2),
        "delay_hours": [None if np.isnan(delay) else round(float(delay), 3) for delay in outcome.delays],
        "backlog_hours": [round(float(hours), 3) for hours in outcome.backlog],
    }


def sizing_figures(sizing: Sizing) -> dict[str, Any]:
    """A sizing as plain values, with its properties."""
    figures = asdict(sizing)
    return figures | {
        "cpu_seconds": sizing.cpu_seconds,
        "cpu_seconds_low": sizing.cpu_seconds / sizing.error,
        "cpu_seconds_high": sizing.cpu_seconds * sizing.error,
        "kept_files": sizing.kept_files,
    }


def verdict_figures(verdict: Verdict) -> dict[str, Any]:
    """A decision at one size as plain values."""
    return {
        "decision": verdict.decision.name,
        "counts": verdict.decision.counts,
        "counted": verdict.counted,
        "limit": verdict.limit,
        "holds": verdict.holds,
        "breaks_at_events_a_day": verdict.breaks_at,
        "change": verdict.decision.change,
    }

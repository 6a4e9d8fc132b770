"""``make capacity EVENTS_PER_DAY=1B``: what a day of that size takes, which design decisions stand, and whether it keeps up."""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.capacity import tables
from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.decisions import judge
from benchmarks.capacity.parameters import read_parameters
from benchmarks.capacity.quantities import InputError, as_bytes, as_cpu_hours, as_duration, parse_number, short
from benchmarks.capacity.simulation import Outcome, Season, simulate
from benchmarks.capacity.sizing import ENGINES, FORMATS, REWORKS, Inputs, Sizing, size


def main(arguments: Sequence[str] | None = None) -> int:
    """Print, or write as JSON or CSV; 2 for what cannot be understood, 1 when the simulation falls behind."""
    options = _parser().parse_args(arguments)
    try:
        inputs, season, assumptions, nodes = _read(options)
        if options.csv and not options.csv.parent.is_dir():
            raise InputError(f"--csv {options.csv}: the folder {options.csv.parent} is not there; make it first")
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    parameters = read_parameters()
    sizing = size(inputs, parameters, assumptions)
    if nodes and nodes > 1 and sizing.engine == "duckdb":
        print(
            f"--nodes {options.nodes}: DuckDB runs on one machine; give at most 1, or --engine spark", file=sys.stderr
        )
        return 2
    per_node = assumptions.node_cores if sizing.engine == "spark" else assumptions.machine_cores
    outcome = simulate(sizing, season, assumptions, nodes * per_node if nodes else None)
    verdicts = judge(inputs, parameters, assumptions)
    if options.csv:
        _write_csv(options.csv, outcome)
    if options.json:
        figures = {
            "sizing": tables.sizing_figures(sizing),
            "decisions": [tables.verdict_figures(verdict) for verdict in verdicts],
            "simulation": tables.season_figures(outcome),
        }
        print(json.dumps(figures, indent=1))
    else:
        _print(sizing, [tables.decision_row(verdict) for verdict in verdicts], outcome, _told(sizing, outcome, season))
    return 1 if outcome.verdict == "falls behind" else 0


def _print(sizing: Sizing, decisions: tables.Rows, outcome: Outcome, verdict: str) -> None:
    console = Console(width=None if sys.stdout.isatty() else 190)
    kept = f"{short(sizing.inputs.events)} events a day, {short(sizing.inputs.days_kept)} days kept, {sizing.engine}"
    facts = Table(title=kept, title_justify="left", show_header=False)
    for name, value in (
        *zip(tables.SIZE_COLUMNS[1:], tables.size_row(sizing)[1:], strict=True),
        *((f"CPU of {layer}", as_cpu_hours(seconds)) for layer, seconds in sizing.cpu.items()),
        ("viewers by title, counted exactly", as_bytes(sizing.distinct_bytes)),
        ("the same in sketches", as_bytes(sizing.sketch_bytes)),
        *zip(tables.COST_COLUMNS[2:], tables.cost_row(sizing)[2:], strict=True),
    ):
        facts.add_row(name, value)
    console.print(facts)
    table = Table(*tables.DECISION_COLUMNS, title="Design decisions", title_justify="left")
    for row in decisions:
        table.add_row(*row, style="" if row[-1] == "holds" else "bold yellow")
    console.print(table)
    console.print(verdict, style={"keeps up": "green", "late": "yellow"}.get(outcome.verdict, "red"))


def _told(sizing: Sizing, outcome: Outcome, season: Season) -> str:
    row = dict(zip(tables.SEASON_COLUMNS, tables.season_row(sizing, outcome, 1.0), strict=True))
    machines = f"{row['cores']} cores" if sizing.engine == "spark" else "the machine"
    last = season.days - 1
    lines = [
        f"{outcome.verdict.upper()}: {season.days} simulated days on {machines}, busy {row['busy']}; {row['in time']} published "
        f"within {sizing.inputs.window_hours:g} h of their end (median {row['median']}, worst {row['worst']}); "
        f"backlog at the last midnight {as_duration(float(outcome.backlog[last]) * 3_600)} of work.",
    ]
    if season.backfill_on is not None and season.backfill_on < season.days:
        lines.append(f"A month run again beside it from day {season.backfill_on} on: {row['backfill of a month']}.")
    return " ".join(lines)


def _read(options: argparse.Namespace) -> tuple[Inputs, Season, Assumptions, float | None]:
    assumptions = Assumptions().with_changes(options.set)
    late = None
    if options.late is not None and options.late.strip().rstrip("%") not in ("0", "0.0"):
        is_percent = options.late.strip().endswith("%")
        late = parse_number(options.late.strip().rstrip("%"), "--late") / (100 if is_percent else 1)
        if late > 0.5:
            raise InputError(f"--late {options.late}: a share of events, at most 0.5; write it like 0.02 or 2%")
    elif options.late is not None:
        late = 0.0
    inputs = Inputs(
        events=parse_number(options.events, "EVENTS_PER_DAY"),
        days_kept=parse_number(options.days_kept, "--days-kept", 36_500),
        late=late,
        engine=options.engine,
        raw_format=options.raw_format,
        window_hours=parse_number(options.window_hours, "--window-hours", 24),
        rework=options.rework,
        whole=not options.by_day,
    )
    nodes = None if options.nodes is None else parse_number(options.nodes, "--nodes", 1e7)
    return inputs, Season(days=options.sim_days, seed=options.seed), assumptions, nodes


def _write_csv(file: Path, outcome: Outcome) -> None:
    figures = tables.season_figures(outcome)
    draft = file.with_suffix(file.suffix + ".tmp")
    with draft.open("w", newline="") as output:
        rows = csv.writer(output)
        rows.writerow(("day", "delay_hours", "backlog_hours"))
        rows.writerows(
            (day, "" if delay is None else delay, hours)
            for day, (delay, hours) in enumerate(zip(figures["delay_hours"], figures["backlog_hours"], strict=True))
        )
    draft.replace(file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make capacity",
        description="What a number of events a day takes, by what was measured here (benchmarks/capacity/measured.json) and "
        "by assumptions that are named. Figures beyond the measured sizes are straight lines; the range says how wide.",
        epilog="python -m benchmarks.capacity EVENTS [options]; with make: make capacity EVENTS_PER_DAY=1B OPTIONS='--nodes 12'. "
        "The assumptions and their reasons stand in benchmarks/capacity/assumptions.py. The exit code is 1 when the simulation "
        "falls behind.",
    )
    parser.add_argument("events", help="events a day: 1000000, 1M, 2.5B, 1T")
    parser.add_argument("--days-kept", default="365", help="days of raw, lake and warehouse (default 365)")
    parser.add_argument(
        "--late", help="share of events that arrive after their day: 0.02 or 2%% (default: as measured)"
    )
    parser.add_argument(
        "--engine", choices=ENGINES, default="auto", help="default: DuckDB as long as one machine does it"
    )
    parser.add_argument("--raw-format", choices=FORMATS, default="parquet", help="default parquet")
    parser.add_argument("--window-hours", default="4", help="hours after its end until which a day is done (default 4)")
    parser.add_argument(
        "--rework", choices=REWORKS, default="rebuild", help="what late rows cause (default: what the platform does)"
    )
    parser.add_argument("--by-day", action="store_true", help="as if no model read the whole history any more")
    parser.add_argument("--nodes", help="nodes (or machines) to simulate in place of those that the day needs")
    parser.add_argument("--sim-days", type=int, default=90, help="days to simulate (default 90)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the simulation (default 7)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change an assumption; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="every figure as JSON")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="delay and backlog of each simulated day")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())

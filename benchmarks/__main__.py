"""``make bench``: everything that is measured, one table, and ``benchmarks/latest.json``.

Each part runs what it compares in turns, in processes of their own. Figures are medians; quote CPU seconds and ratios, since wall
seconds depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.dashboard import measure_dashboard
from benchmarks.generation import measure_generation
from benchmarks.growth import measure_growth
from benchmarks.overhead import measure_overhead
from benchmarks.pipeline import measure_pipeline
from benchmarks.plan import FULL, QUICK, Session
from benchmarks.results import PARTS, earlier_results, results_of, write_results
from benchmarks.tables import COLUMNS, rows_of

_MEASURES: Mapping[str, Callable[[Session], dict[str, Any]]] = {
    "generation": measure_generation,
    "pipeline": measure_pipeline,
    "overhead": measure_overhead,
    "growth": measure_growth,
    "dashboard": measure_dashboard,
}


def main() -> int:
    """Measure, print, write; the exit code is 1 when a part failed."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a request to end removes the working folder too
    plan = QUICK if options.quick else FULL
    begun = time.monotonic()

    def tell(text: str) -> None:
        print(f"[{time.monotonic() - begun:6.0f} s] {text}", flush=True)

    parts: dict[str, Any] = {}
    failed: dict[str, str] = {}
    earlier = earlier_results(options.quick) if options.only != PARTS else None
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="netflix-benchmark-", dir=options.folder) as folder:
        session = Session(plan, Path(folder), tell)
        free = shutil.disk_usage(folder).free
        tell(f"working in {folder}: needs up to {plan.room_needed / 1e9:.0f} GB, {free / 1e9:.0f} GB are free")
        results = results_of(parts, failed, session.skipped, plan.is_quick, earlier)
        for name in PARTS:
            if name not in options.only or not session.has_time_for(name):
                continue
            tell(f"{name} ...")
            try:
                parts[name] = _MEASURES[name](session)
            except Exception as error:
                # The other parts' figures stand on their own.
                failed[name] = f"{type(error).__name__}: {error}"
                tell(f"{name} FAILED: {failed[name]}")
            session.clean()
            results = results_of(parts, failed, session.skipped, plan.is_quick, earlier)
            write_results(results)  # after each part: whoever interrupts keeps what there is
    _print(results)
    return 1 if failed else 0


def _print(results: Mapping[str, Any]) -> None:
    table = Table(title="What it costs", title_justify="left")
    for number, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if 0 < number < len(COLUMNS) - 1 else "left")
    part = ""
    for row in rows_of(results):
        if row.part != part:
            table.add_section()
            table.add_row(f"[bold]{row.part}[/bold]")
            part = row.part
        table.add_row(*row.cells())
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for name, value in results.items():
        if isinstance(value, float):
            console.print(f"{name}: {value}")
    for name, error in results["failed"].items():
        console.print(f"[red]{name} failed:[/red] {error.splitlines()[0]}")
    if results["skipped"]:
        console.print(f"left out: {', '.join(results['skipped'])}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description="Measure what the platform costs. "
        f"The full form needs {FULL.room_needed / 1e9:.0f} GB of disk and hours, the quick one 10 minutes.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        default=os.environ.get("QUICK", "") not in ("", "0"),
        help="small sizes and single runs (or QUICK=1)",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=PARTS,
        metavar="PART",
        help=f"{', '.join(PARTS)}; the others keep their last figures",
    )
    parser.add_argument("--folder", type=Path, help="where to work (default: the system's temporary folder)")
    return parser


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())

"""``make realism``: draws half a year of the synthetic world, holds it against what is published, writes docs/realism.md."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.realism.collecting import Collected, collect
from benchmarks.realism.pictures import draw_pictures
from benchmarks.realism.report import write_report
from benchmarks.realism.rows import Row, all_rows
from netflix_platform.settings import Scale, Settings
from netflix_platform.sources.synthetic.world import World

ROOT = Path(__file__).resolve().parents[2]
START = date(2026, 1, 5)  # a Monday, so that the weeks of the lists are whole
DAYS = 210  # thirty weeks: half a year, and a month to follow the last releases
LEAST_DAYS = 182
TITLES = 17_300  # with the releases of half a year as many as the 18,214 of the published report


def main() -> int:
    """Draw, compare, print and write; the exit code."""
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 150)
    scale = Scale(arguments.events, round(arguments.events * 0.4), TITLES)
    begun = time.process_time()
    collected = _collected(World(Settings(ROOT, START, seed=arguments.seed, scale=scale)), arguments.days, console)
    rows = all_rows(collected)
    console.print(_table(rows))
    missed = [row.what for row in rows if not row.is_met]
    seconds = time.process_time() - begun
    console.print(
        f"{len(rows) - len(missed)} of {len(rows)} met; {seconds:.0f} CPU s, {arguments.days} days of {scale}"
    )
    if not arguments.no_report:
        write_report(arguments.docs / "realism.md", rows, collected, seconds)
        console.print(f"written: {arguments.docs / 'realism.md'}")
        if find_spec("vl_convert"):
            for path in draw_pictures(collected, arguments.docs / "pictures"):
                console.print(f"written: {path}")
        else:
            console.print("the pictures stay as they are: drawing them needs vl-convert-python (make setup)")
    return 1 if missed else 0


def _collected(world: World, days: int, console: Console) -> Collected:
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("drawing days", total=days)
        return collect(world, days, lambda day: progress.update(task, completed=day + 1))


def _table(rows: list[Row]) -> Table:
    table = Table("property", "published", "generated", "allowed", "verdict", "source")
    for row in rows:
        style = "" if row.is_met else "bold red"
        table.add_row(row.what, row.published, row.shown, row.allowed, row.verdict, row.source, style=style)
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.realism",
        description="Draws a synthetic world day by day, without files or a pipeline, and compares it with published figures. "
        "Prints published value, generated value, tolerance and verdict; the exit code is 1 when one is missed. About a minute "
        "at the default scale.",
    )
    parser.add_argument(
        "--events", type=int, default=400_000, help="events a day (default 400,000); 2 accounts for 5 events"
    )
    parser.add_argument("--days", type=int, default=DAYS, help=f"days to draw, at least {LEAST_DAYS} (default {DAYS})")
    parser.add_argument("--seed", type=int, default=7, help="seed of the world (default 7)")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where realism.md and pictures/ are written")
    parser.add_argument("--no-report", action="store_true", help="print the table only")
    arguments = parser.parse_args()
    if arguments.days < LEAST_DAYS or arguments.events < 10_000:
        parser.error(f"--days must be at least {LEAST_DAYS} and --events at least 10000: less shows nothing")
    return arguments


if __name__ == "__main__":
    sys.exit(main())

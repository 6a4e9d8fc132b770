"""What one more day costs, with few and with many days already there.

Builds two platforms on the same synthetic world that differ only in the length of their history, then runs their last day
again and again, in turns, so that a machine that gets slower or faster meanwhile treats both alike. Each figure is that of a
whole ``make day``: process start, Dagster, dbt and all checks included. Quote CPU seconds and the ratio, not wall seconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Cost:
    """Cost of one command: CPU and wall seconds, and the largest process's peak memory (MB)."""

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float


@dataclass(frozen=True)
class Platform:
    """A data folder with ``history`` days before the day that is measured."""

    folder: Path
    history: int
    day: date
    scale: str

    def run(self, *arguments: str) -> Cost:
        """Run one command of the platform on this folder; raises ``CalledProcessError`` with its output when it fails."""
        environ = os.environ | {
            "NETFLIX_DATA_DIR": str(self.folder),
            "NETFLIX_START_DATE": str(self.day - timedelta(days=self.history)),
            "NETFLIX_SCALE": self.scale,
        }
        command = [sys.executable, "-m", "netflix_platform.cli", *arguments]
        begun = time.monotonic()
        with tempfile.TemporaryFile("w+") as printed:
            process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=printed, stderr=printed)
            # wait4 gives the usage of this process and of those that it waited for, dbt's among them.
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                printed.seek(0)
                raise subprocess.CalledProcessError(process.returncode, command, printed.read())
        return Cost(usage.ru_utime + usage.ru_stime, time.monotonic() - begun, usage.ru_maxrss / 1024)


def measure(histories: list[int], scale: str, runs: int, folder: Path) -> dict[int, list[Cost]]:
    """Costs of the last day's runs by length of history (days); builds the platforms in ``folder`` first."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    platforms = [Platform(folder / f"history-{history}", history, day, scale) for history in histories]
    for platform in platforms:
        print(f"building {platform.history} days of history ...", flush=True)
        platform.run("backfill", str(day - timedelta(days=platform.history)), str(day))
    costs: dict[int, list[Cost]] = {history: [] for history in histories}
    for number in range(runs):
        for platform in platforms:
            costs[platform.history].append(platform.run("day", str(day)))
            latest = costs[platform.history][-1]
            print(
                f"run {number + 1} of {runs}, {platform.history} days there: {latest.cpu_seconds:.1f} CPU s", flush=True
            )
    return costs


def print_table(costs: dict[int, list[Cost]]) -> None:
    """Medians by length of history, and the ratio to the shortest."""
    table = Table(title="One more day, with a history of ...", title_justify="left")
    for name in ("days there", "CPU s", "ratio", "wall s", "peak memory MB"):
        table.add_column(name, justify="right")
    base = statistics.median(cost.cpu_seconds for cost in costs[min(costs)])
    for history, measured in sorted(costs.items()):
        cpu = statistics.median(cost.cpu_seconds for cost in measured)
        wall = statistics.median(cost.wall_seconds for cost in measured)
        peak = max(cost.peak_megabytes for cost in measured)
        table.add_row(str(history), f"{cpu:.1f}", f"{cpu / base:.2f}", f"{wall:.1f}", f"{peak:,.0f}")
    Console().print(table)


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--history", type=int, nargs="+", default=[7, 365], help="days already there (default: 7 365)")
    parser.add_argument("--scale", default="demo", help="preset or events_per_day=…,users=…,titles=… (default: demo)")
    parser.add_argument("--runs", type=int, default=3, help="runs per platform; the median counts (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="netflix-benchmark-") as folder:
        print_table(measure(options.history, options.scale, options.runs, Path(folder)))


if __name__ == "__main__":
    main()

"""How a cost is measured: CPU seconds, wall seconds and peak memory of a process, in turns with what it is held against."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import psutil

ROOT = Path(__file__).resolve().parents[1]
_LIBRARIES = ("dagster", "dagster-dbt", "dbt-core", "dbt-duckdb", "duckdb", "numpy", "polars", "pyarrow")

T = TypeVar("T")


class BenchmarkError(RuntimeError):
    """Something that was measured failed; the message holds what it printed last."""


@dataclass(frozen=True)
class Cost:
    """Cost of one process and of those that it waited for.

    ``cpu_seconds``: user and system; ``peak_megabytes``: of the largest process; ``told``: what the process says itself, the last
    line that is a JSON object.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float
    told: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, float]:
        """The three figures, rounded to what they are good for."""
        return {
            "cpu_seconds": round(self.cpu_seconds, 2),
            "wall_seconds": round(self.wall_seconds, 2),
            "peak_megabytes": round(self.peak_megabytes),
        }


def cost_of(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Cost:
    """Run ``command`` in the project's root to its end; of the platform's settings it sees those in ``environ`` alone.

    Raises ``BenchmarkError`` when it exits with another code than 0.
    """
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(
            command, cwd=ROOT, env=clean_environ(environ), stdout=printed, stderr=subprocess.STDOUT
        )
        # wait4 gives the usage of this process and of those that it waited for, dbt's among them.
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()  # whoever interrupts a measurement does not want its process to go on
            process.wait()
            raise
        wall = time.monotonic() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        lines = printed.read().splitlines()
    if process.returncode:
        last = "\n".join(lines[-30:])
        raise BenchmarkError(f"{' '.join(command)} ended with exit code {process.returncode}:\n{last}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, _told(lines))


def clean_environ(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with no settings of the platform but those in ``environ``."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("NETFLIX_", "DAGSTER_", "DBT_"))}
    own.pop("PYTHONDONTWRITEBYTECODE", None)  # nor do the make targets compile the project anew in every process
    return {**own, **(environ or {})}


def python(*arguments: str) -> list[str]:
    """A command that runs this interpreter."""
    return [sys.executable, *arguments]


def in_turns(subjects: Mapping[str, Callable[[], T]], runs: int, tell: Callable[[str], None]) -> dict[str, list[T]]:
    """Each subject ``runs`` times, in turns, so that a machine that gets slower or faster meanwhile treats all alike."""
    measured: dict[str, list[T]] = {name: [] for name in subjects}
    for number in range(runs):
        for name, measure in subjects.items():
            measured[name].append(measure())
            latest = measured[name][-1]
            cpu = f": {latest.cpu_seconds:.1f} CPU s" if isinstance(latest, Cost) else ""
            tell(f"run {number + 1} of {runs}, {name}{cpu}")
    return measured


def median(costs: Sequence[Cost]) -> Cost:
    """Medians of CPU and wall seconds, the highest peak, and medians of the figures that the processes told."""
    told: dict[str, Any] = {}
    for name in {name for cost in costs for name in cost.told}:
        values = [cost.told.get(name, 0) for cost in costs]
        numbers = all(isinstance(value, int | float) for value in values)
        told[name] = statistics.median(values) if numbers else values[-1]
    return Cost(
        statistics.median(cost.cpu_seconds for cost in costs),
        statistics.median(cost.wall_seconds for cost in costs),
        max(cost.peak_megabytes for cost in costs),
        told,
    )


def machine() -> dict[str, Any]:
    """What the figures were measured on: cores, memory, and the versions that matter. Names no host."""
    return {
        "cores": os.cpu_count(),
        "memory_gigabytes": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def commit() -> str:
    """The commit of the working tree, marked when files differ from it; ``unknown`` outside of a repository."""
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def _told(lines: Sequence[str]) -> Mapping[str, Any]:
    for line in reversed(lines):  # libraries may have something to say at a process's end
        if line.startswith("{"):
            with contextlib.suppress(ValueError):
                told: dict[str, Any] = json.loads(line)
                return told
    return {}

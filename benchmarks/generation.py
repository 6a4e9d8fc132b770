"""Generators in turns: the synthetic source to Parquet and NDJSON, Faker, mimesis, and the TPC-H generator ``tpchgen``."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.measuring import BenchmarkError, Cost, cost_of, in_turns, median, python
from benchmarks.plan import Session
from benchmarks.platforms import Platform, scale_of

# Days of a million events, as the pipeline's headline has them: enough for a day's own cost to vanish in that of its events.
_EVENTS_A_DAY = 1_000_000


def measure_generation(session: Session) -> dict[str, Any]:
    """Rows, cost and rows per CPU second by generator, medians; imports apart, see ``generators``."""
    plan, folder = session.plan, session.folder / "generation"
    folder.mkdir()
    subjects = {
        "platform, Parquet": lambda: _synthetic(folder, "parquet", plan.generated["parquet"]),
        "platform, NDJSON": lambda: _synthetic(folder, "ndjson", plan.generated["ndjson"]),
        "Faker": lambda: _fake_rows(folder, "faker", plan.generated["faker"]),
        "mimesis": lambda: _fake_rows(folder, "mimesis", plan.generated["mimesis"]),
        "tpchgen (lineitem)": lambda: _tpch(folder, plan.tpch_scale),
    }
    measured = in_turns(subjects, plan.runs, session.tell)
    shutil.rmtree(folder)
    results: dict[str, Any] = {}
    for name, costs in measured.items():
        cost = median(costs)
        rows, seconds = cost.told["rows"], cost.told["generating_cpu_seconds"]
        results[name] = {**cost.as_dict(), "rows": rows, "generating_cpu_seconds": round(seconds, 3)}
        results[name]["rows_per_cpu_second"] = round(rows / seconds)
    return results


def _synthetic(folder: Path, raw_format: str, events: int) -> Cost:
    days = max(events // _EVENTS_A_DAY, 1)
    platform = Platform(folder / raw_format, days, scale_of(min(events, _EVENTS_A_DAY)), raw_format)
    cost = platform.generate(["events"])
    platform.remove()
    return cost


def _fake_rows(folder: Path, library: str, rows: int) -> Cost:
    file = folder / f"{library}.parquet"
    return cost_of(
        python("-m", "benchmarks.generators.fake_rows", library, "--rows", str(rows), "--file", str(file)),
    )


def _tpch(folder: Path, scale: float) -> Cost:
    """A program of its own, without imports: all its CPU seconds count."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which("tpchgen-cli", path=beside)
    if program is None:
        raise BenchmarkError("tpchgen-cli is not there; make setup installs it")
    target = folder / "tpch"
    cost = cost_of(
        [program, "parquet", f"-s={scale}", "--tables=lineitem", f"--output-dir={target}", "--compression=ZSTD(1)"]
    )
    file = next(target.rglob("lineitem*.parquet"))
    told = {"rows": pq.read_metadata(file).num_rows, "generating_cpu_seconds": cost.cpu_seconds}
    file.unlink()
    return Cost(cost.cpu_seconds, cost.wall_seconds, cost.peak_megabytes, told)

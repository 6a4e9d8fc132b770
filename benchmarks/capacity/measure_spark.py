"""What a rebuild costs on the local Spark cluster: CPU seconds of its processes, and shuffle and spill from Spark's event log.

The same warm cluster rebuilds, from the same lake, first all days and then one: the difference is what
events cost, and what is left is fixed. Needs what ``make spark-up`` needs.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from benchmarks.measuring import cost_of, python
from benchmarks.platforms import Platform
from netflix_platform.engines.spark import cluster
from netflix_platform.services.processes import read
from netflix_platform.settings import Settings, load_settings

_DAYS, _EVENTS, _USERS, _TITLES = 4, 1_000_000, 400_000, 5_000
_PORT = 17_002


def measure_spark(folder: Path) -> list[dict[str, Any]]:
    """One point per rebuild: days, events, CPU seconds by process, totals of the event log by stage."""
    scale = f"events_per_day={_EVENTS},users={_USERS},titles={_TITLES}"
    platform = Platform(folder / "platform", _DAYS, scale)
    first, last = platform.day(0), platform.day(_DAYS - 1)
    platform.command("backfill", str(first), str(last))  # with DuckDB: the lake is the same for both
    environ = {**platform.environ, "NETFLIX_ENGINE": "spark", "NETFLIX_SPARK_PORT": str(_PORT)}
    settings = load_settings(environ)
    logs = folder / "event-log"
    logs.mkdir(exist_ok=True)
    _with_event_log(logs)
    points = []
    try:
        cluster.up(settings)
        # The first rebuild makes Java warm and the tables; it is a point too, and the dearest.
        for name, begin, end in (("all days, cold", first, last), ("one day", last, last), ("all days", first, last)):
            before, read_before = _cpu_by_process(settings), _totals(logs)
            run = cost_of(python("-m", "netflix_platform.cli", "rebuild", str(begin), str(end)), environ)
            after, read_after = _cpu_by_process(settings), _totals(logs)
            points.append(
                {
                    "what": name,
                    "days": (end - begin).days + 1,
                    "command_cpu_seconds": round(run.cpu_seconds, 1),
                    "cluster_cpu_seconds": {key: round(after[key] - before.get(key, 0), 1) for key in after},
                    **{key: round(read_after[key] - read_before.get(key, 0), 1) for key in read_after},
                }
            )
            print(points[-1], flush=True)
    finally:
        cluster.down(settings)
    lake = folder / "platform" / "data" / "lake" / "events"
    tables = sum(file.stat().st_size for file in settings.spark_dir.joinpath("warehouse").rglob("*.parquet"))
    for point in points:
        days = platform.days if point["days"] == platform.days else 1
        folders = [lake / f"event_date={platform.day(_DAYS - 1 - number)}" for number in range(days)]
        point["tables_bytes"] = tables  # of all days, whatever was rebuilt
        point["events"] = sum(_parquet_rows(path) for path in folders)
    return points


def _with_event_log(logs: Path) -> None:
    """The cluster as ``make spark-up`` starts it, but for a log of its tasks' metrics."""
    written_without = cluster._write_properties

    def written_with(settings: Settings) -> Path:
        file = written_without(settings)
        with file.open("a") as output:
            output.write(f"spark.eventLog.enabled true\nspark.eventLog.dir {logs.resolve().as_uri()}\n")
            output.write("spark.eventLog.rolling.enabled false\nspark.eventLog.compress false\n")
        return file

    cluster._write_properties = written_with


def _cpu_by_process(settings: Settings) -> dict[str, float]:
    """CPU seconds so far of the server, the executors (children of the workers) and the rest."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for process in read(settings.spark_dir / "processes.json"):
        if not process.is_alive:
            continue
        own = psutil.Process(process.pid)
        for one in (own, *own.children(recursive=True)):
            kind = process.name if one.pid == own.pid or process.name == "metastore" else "executor"
            times = one.cpu_times()
            kind = "server" if process.name == "connect" else kind if kind == "executor" else "rest"
            seconds[kind] += times.user + times.system
    return dict(seconds)


def _totals(logs: Path) -> dict[str, float]:
    """Sums over all tasks that have ended: executor CPU seconds, bytes read, shuffled and spilled, tasks."""
    totals: defaultdict[str, float] = defaultdict(float)
    for file in logs.iterdir():
        with file.open() as lines:
            for line in lines:
                if '"SparkListenerTaskEnd"' in line[:40] and line.endswith("\n"):
                    _add(totals, json.loads(line).get("Task Metrics") or {})
    return dict(totals)


def _add(totals: defaultdict[str, float], metrics: Mapping[str, Any]) -> None:
    totals["tasks"] += 1
    totals["task_cpu_seconds"] += metrics.get("Executor CPU Time", 0) / 1e9
    totals["shuffle_bytes"] += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
    totals["spilled_bytes"] += metrics.get("Disk Bytes Spilled", 0)
    totals["input_bytes"] += metrics.get("Input Metrics", {}).get("Bytes Read", 0)


def _parquet_rows(folder: Path) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet") if os.path.getsize(file))  # noqa: PTH202

"""One Dagster run over a range of days whose raw files are there: job ``daily`` without its raw layer, in this process.

Started by the benchmarks as a process of its own, with the platform's settings in the environment. All asset checks and dbt tests
run, and so do audit and publishing. Raw is left out because both sides of a comparison begin with the same files.
``prepare`` makes what belongs to a data folder rather than to a run: dbt's manifest and Dagster's empty records.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import logging
import resource
import sys
import warnings
from collections import defaultdict
from datetime import date

import dagster as dg

from netflix_platform import cli
from netflix_platform.settings import export_to_children, load_settings

_ENDS = {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE}
_cpu_seconds_by_step: defaultdict[str, float] = defaultdict(float)
_processes: list[str] = []


class _StepClock(logging.Handler):
    """Notes the CPU seconds of each step: this process's and those of the processes that it waited for."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._begun = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        event: dg.DagsterEvent | None = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        if event.event_type == dg.DagsterEventType.STEP_START:
            self._begun = _cpu_seconds()
        elif event.event_type in _ENDS:
            _cpu_seconds_by_step[event.step_key or ""] += _cpu_seconds() - self._begun


@dg.logger(None, description="CPU seconds by step.")
def _step_clock(init_context: dg.InitLoggerContext) -> logging.Logger:
    logger = logging.Logger("benchmarks.pipeline_run", logging.DEBUG)
    logger.addHandler(_StepClock())
    return logger


def _cpu_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _note_process(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn"):
        _processes.append(event)


def _run(first: date, last: date) -> int:
    # Until the launcher has loaded everything, as in every command.
    gc.disable()
    for loaded in ("netflix_platform.definitions", "netflix_platform.defs.launch"):
        importlib.import_module(loaded)
    from netflix_platform.defs.alerting import watch_and_tell
    from netflix_platform.defs.progress import only_progress
    from netflix_platform.defs.recovery import process_tags

    imported = _cpu_seconds()
    warnings.filterwarnings("ignore", module="dagster")
    sys.addaudithook(_note_process)
    settings = load_settings()
    export_to_children(settings)
    # The launcher of the commands, so that whatever they do before a run is done and counted here too.
    launcher = cli._launcher(settings, "benchmarks")
    defs, instance = launcher._defs, launcher._instance
    defined = _cpu_seconds()
    graph = defs.resolve_asset_graph()
    keys = [key for key in graph.materializable_asset_keys if graph.get(key).group_name != "raw"]
    job = defs.resolve_job_def("daily").with_logger_defs({"progress": _step_clock})
    days = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
    with only_progress():
        result = job.execute_in_process(
            instance=instance,
            run_config={"loggers": {"progress": {}}},
            tags={**process_tags(), "dagster/max_retries": "0", **days},
            asset_selection=keys,
            raise_on_error=False,
        )
    watch_and_tell(instance, settings)
    rest = _cpu_seconds() - defined - sum(_cpu_seconds_by_step.values())
    told = {
        "imports": imported,
        "definitions": defined - imported,
        "steps": dict(_cpu_seconds_by_step),
        "between steps": rest,
        "processes": len(_processes),
        "records": len(instance.all_logs(result.run_id)),
    }
    print(json.dumps(told))
    return 0 if result.success else 1


def _prepare() -> int:
    from netflix_platform.definitions import build_defs

    settings = load_settings()
    export_to_children(settings)
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    build_defs(settings)
    instance = dg.DagsterInstance.get()
    instance.get_runs_count()
    instance.all_asset_keys()
    return 0


def main() -> int:
    """Run the command: ``prepare``, or ``run FIRST LAST``, which tells where its CPU seconds went as JSON in its last line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="make dbt's manifest and Dagster's records")
    run = commands.add_parser("run", help="one run over a range of days")
    run.add_argument("first", type=date.fromisoformat)
    run.add_argument("last", type=date.fromisoformat)
    options = parser.parse_args()
    return _prepare() if options.command == "prepare" else _run(options.first, options.last)


if __name__ == "__main__":
    sys.exit(main())

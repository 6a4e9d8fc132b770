"""A platform whose runs Celery workers run, the cluster that has them, and what its records tell of runs and steps."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dagster as dg
import psutil

from netflix_platform.defs.recovery import PROCESS_TAG
from netflix_platform.services.processes import Process, read
from netflix_platform_tests.platform_runs import TestPlatform

PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class ClusterPlatform(TestPlatform):
    """A data folder with a cluster of its own."""

    port: int = 15432

    __test__ = False

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"NETFLIX_ORCHESTRATION": "celery", "NETFLIX_CLUSTER_PORT": str(self.port)}

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """The records in PostgreSQL."""
        before = dict(os.environ)
        os.environ.update(self.settings.child_environment())
        try:
            with dg.DagsterInstance.get() as instance:
                yield instance
        finally:
            os.environ.clear()
            os.environ.update(before)

    def process(self, name: str) -> Process:
        """A process of the cluster by its name."""
        return next(one for one in read(self.settings.cluster_dir / "processes.json") if one.name == name)


def kill_in_the_middle_of_a_run(platform: ClusterPlatform, instance: dg.DagsterInstance, name: str) -> str:
    """Wait until a worker is at work on a run, then kill it with all its processes; returns the run's id.

    The run's own process is held still before the run is looked at once more: it was in the middle when it was killed.
    """
    worker = psutil.Process(platform.process(name).pid)

    def run_of_the_worker() -> str | None:
        children = {child.pid for child in worker.children(recursive=True)}
        for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
            pid = int(run.tags.get(PROCESS_TAG, "0@").split("@")[0])
            if pid not in children:
                continue
            os.kill(pid, signal.SIGSTOP)
            again = instance.get_run_by_id(run.run_id)
            if again is not None and not again.is_finished:
                return run.run_id
            os.kill(pid, signal.SIGCONT)
        return None

    run_id = wait_for(run_of_the_worker)
    for process in (*worker.children(recursive=True), worker):
        process.kill()
    return run_id


def wait_for(look: Callable[[], str | None]) -> str:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        seen = look()
        if seen is not None:
            return seen
        time.sleep(0.2)
    raise TimeoutError(f"nothing to see within {PATIENCE_SECONDS:.0f} s")


def spans_of_steps(instance: dg.DagsterInstance, run_id: str) -> dict[str, tuple[float, float]]:
    """When each step of a run that succeeded began and ended (s since 1970)."""
    ends = {dg.DagsterEventType.STEP_START, dg.DagsterEventType.STEP_SUCCESS}
    times: dict[str, list[float]] = {}
    for entry in instance.all_logs(run_id, of_type=ends):
        times.setdefault(entry.step_key or "", []).append(entry.timestamp)
    return {step: (min(both), max(both)) for step, both in times.items()}

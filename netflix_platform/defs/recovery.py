"""Runs whose process is gone: found, marked failed, and their pool slots freed, so that the next run starts at once.

Dagster's run monitoring cannot see that a local process died. So each run's process signs the run with host, process id
and the process's start time (a process id alone may have been given to somebody else since). Everything that a run does, dbt
included, it does in that process: nothing of it outlives a kill, and the warehouse is free at once.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import psutil

# Hidden in the UI by their prefix: they are for the platform, not for the reader of a list of runs.
HOST_TAG = ".dagster/netflix_host"
PROCESS_TAG = ".dagster/netflix_process"
SIGNED_RUN_TAG = ".dagster/netflix_signed_run"
COMMAND_PROCESS_TAG = ".dagster/netflix_command_process"  # of a command whose runs others run
_IN_A_PROCESS = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def process_tags() -> dict[str, str]:
    """The signature of this process, as run tags."""
    return {HOST_TAG: socket.gethostname(), PROCESS_TAG: str(_signature(os.getpid()))}


def command_tags() -> dict[str, str]:
    """The signature of this process as the one that asked for a run and waits for it, as run tags."""
    return {COMMAND_PROCESS_TAG: f"{socket.gethostname()} {_signature(os.getpid())}"}


def recover_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs of this host whose process is gone as failed, or as stopped, and free their slots; returns their ids.

    Runs of other hosts, and runs that no process has signed yet, are left alone: run monitoring's start timeout has those.
    """
    recovered = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_IN_A_PROCESS)):
        if is_alive(run) is not False:
            continue
        pid = run.tags[PROCESS_TAG].split("@")[0]
        message = f"Its process ({pid}) is gone: killed, or out of memory. Run the same days again."
        if run.status == dg.DagsterRunStatus.CANCELING:  # it was asked to stop, and must not be tried again
            instance.report_run_canceled(run, f"Its process ({pid}) is gone.")
        else:
            instance.report_run_failed(run, message)
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        recovered.append(run.run_id)
    _free_slots_of_ended_runs(instance)
    return recovered


def _free_slots_of_ended_runs(instance: dg.DagsterInstance) -> None:
    """A run that was stopped in a step, or killed at its very end, is over and has its slot still."""
    for run_id in instance.event_log_storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        # One that was marked as ended by force may have a process at work: then the slot is its own until that is gone.
        if run is None or (run.is_finished and not is_alive(run)):
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)


@dg.executor(name="in_process", config_schema=dg.in_process_executor.config_schema)  # type: ignore[call-overload]
def signing_in_process_executor(init_context: dg.InitExecutorContext) -> dg.Executor:
    """All steps in the run's own process (by far the cheapest for small days), after signing the run with it."""
    return _SigningExecutor(dg.in_process_executor.executor_creation_fn(init_context))  # type: ignore[misc]


class _SigningExecutor(dg.Executor):
    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        return self._inner.retries

    @property
    def step_dependency_config(self) -> Any:
        return self._inner.step_dependency_config

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        run_id = plan_context.run_id
        plan_context.instance.add_run_tags(run_id, {**process_tags(), SIGNED_RUN_TAG: run_id})
        yield from self._inner.execute(plan_context, execution_plan)


def is_alive(run: dg.DagsterRun) -> bool | None:
    """Whether the process that signed ``run`` is there; ``None`` when none has signed it, or one of another host.

    A retry is made with the tags of the run before it: until its own process has signed, that signature says nothing of it.
    """
    signature = run.tags.get(PROCESS_TAG)
    if signature is None or run.tags.get(HOST_TAG) != socket.gethostname():
        return None
    if run.parent_run_id is not None and run.tags.get(SIGNED_RUN_TAG) != run.run_id:
        return None
    return signature == _signature(int(signature.split("@")[0]))


def command_is_alive(run: dg.DagsterRun) -> bool:
    """Whether the command that asked for a run is there, which is the run's own process where it runs its runs itself."""
    signed = run.tags.get(COMMAND_PROCESS_TAG)
    if signed is None:
        return is_alive(run) is True
    host, _, signature = signed.rpartition(" ")
    return host == socket.gethostname() and signature == _signature(int(signature.split("@")[0]))


def _signature(pid: int) -> str | None:
    """``pid@start`` of a process that runs, ``None`` for one that has ended."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{pid}@{_start(process)}"
    except psutil.NoSuchProcess:
        return None


def _start(process: psutil.Process) -> str:
    """When a process began, so that it stays the same if the clock is set: boot and ticks since, where there is /proc."""
    try:
        ticks = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text()[:8]}.{ticks}"
    except OSError:
        return f"{process.create_time():.0f}"

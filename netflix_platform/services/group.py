"""A group of processes that is started, told of and stopped as one."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from netflix_platform.services.processes import (
    ClusterError,
    Process,
    last_lines,
    read,
    refuse_taken_port,
    stop,
    write,
)

_START_SECONDS = 180.0


@dataclass(frozen=True)
class Part:
    """How the process ``name`` is started, and how to tell that it is ready."""

    name: str
    begin: Callable[[], Process]
    is_ready: Callable[[], bool]


@dataclass(frozen=True)
class Group:
    """What lies in ``folder``: ``logs/``, ``processes.json`` and whatever the processes keep there.

    ``names`` in the order of starting: the last of them is the first to be stopped. ``port_variable`` names the setting that
    moves the ports, ``start_command`` what a person types to start the group. ``parts_are_apart``: a process that died is started
    by itself, and the others go on; otherwise the rest of a group answers nobody, and all are started anew.
    """

    folder: Path
    names: tuple[str, ...]
    port_variable: str
    start_command: str
    parts_are_apart: bool = False

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def log_of(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def up(
        self,
        stages: Callable[[], Iterable[list[Part]]],
        ports: Mapping[str, int],
        wait_for_an_answer: Callable[[], None],
    ) -> list[str]:
        """Start the processes that do not run, and wait until the group has answered; returns the names of those it started.

        ``stages``: parts that need not wait for each other, stage after stage. ``ports``: by the names of those who need them.
        Raises ``ClusterError`` or ``SettingError`` with what to do; what was started by then is stopped again.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        with self._alone():
            running = self.running()
            names = {process.name for process in running}
            if names != set(self.names) and not self.parts_are_apart:
                stop(self._in_stopping_order(running))
                running, names = [], set()
            wanted = [name for name in self.names if name not in names]
            for name in (name for name in wanted if name in ports):
                refuse_taken_port(self.port_variable, ports[name], f"the cluster's {name}")
            for name in wanted:
                self.log_of(name).unlink(missing_ok=True)  # of the process before
            self._start(stages, running, wanted, wait_for_an_answer)
        return wanted

    def _start(
        self,
        stages: Callable[[], Iterable[list[Part]]],
        running: list[Process],
        wanted: list[str],
        wait_for_an_answer: Callable[[], None],
    ) -> None:
        started: list[Process] = []
        try:
            for stage in stages() if wanted else ():
                begun = []
                for part in stage:
                    if part.name in wanted:
                        started.append(part.begin())
                        write(self._record, [*running, *started])
                        begun.append((started[-1], part.is_ready))
                for process, is_ready in begun:
                    self._wait(process, is_ready)
            wait_for_an_answer()
        except BaseException:
            stop(self._in_stopping_order(started))
            write(self._record, running)
            raise

    def down(self) -> list[str]:
        """Stop what ``up`` started; returns what was done. Files stay."""
        if not self.folder.exists():
            return ["No cluster is running."]
        with self._alone():
            ended = stop(self._in_stopping_order(read(self._record)))
            self._record.unlink(missing_ok=True)
        return [f"Stopped: {', '.join(process.name for process in ended)}." if ended else "No cluster is running."]

    def status(self) -> dict[str, str]:
        """Each process of the group: ``running (process id)``, ``dead``, or ``not started``."""
        known = {process.name: process for process in read(self._record)}
        return {name: self._said(known.get(name)) for name in self.names}

    def running(self) -> list[Process]:
        """The processes that are alive."""
        return [process for process in read(self._record) if process.is_alive]

    def _said(self, process: Process | None) -> str:
        if process is None:
            return "not started"
        return f"running ({process.pid})" if process.is_alive else f"dead ({self.start_command} starts it again)"

    def _in_stopping_order(self, processes: list[Process]) -> list[Process]:
        known = [process for process in processes if process.name in self.names]
        others = [process for process in processes if process.name not in self.names]  # of an earlier number of workers
        return [*others, *sorted(known, key=lambda process: self.names.index(process.name), reverse=True)]

    @property
    def _record(self) -> Path:
        return self.folder / "processes.json"

    def _wait(self, process: Process, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        log = self.log_of(process.name)
        while not is_ready():
            if not process.is_alive:
                raise ClusterError(f"The cluster's {process.name} ended while it started: {last_lines(log)} ({log}).")
            if time.monotonic() > deadline:
                raise ClusterError(f"The cluster's {process.name} did not start in {_START_SECONDS:.0f} s; see {log}.")
            time.sleep(0.2)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time starts or stops the cluster of a data folder."""
        with (self.folder / "cluster.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

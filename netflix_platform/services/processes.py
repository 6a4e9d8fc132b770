"""Processes of a cluster: started apart from the command that asks for them, written down in a file, ended by their ids."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from netflix_platform.settings import SettingError

_STOP_SECONDS = 20.0


class ClusterError(RuntimeError):
    """The cluster cannot be started, reached or stopped. The message says why, and what to do."""


@dataclass(frozen=True)
class Process:
    """One process of the cluster. An id alone may be given to another process later: the start time (s) tells them apart."""

    name: str
    pid: int
    started: float

    @property
    def is_alive(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            return process.create_time() == self.started and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def start(
    name: str,
    command: Sequence[str],
    log: Path,
    environment: Mapping[str, str],
    account: str | None = None,
    folder: Path | None = None,
) -> Process:
    """Start a process that outlives this one, its output in ``log``; as the user ``account``, when one is given."""
    with log.open("ab") as output:
        running = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            user=account,
            group=account,
            extra_groups=[] if account else None,
        )
    return Process(name, running.pid, psutil.Process(running.pid).create_time())


def read(record: Path) -> list[Process]:
    """The processes that the file names, dead or alive; none without the file."""
    if not record.exists():
        return []
    try:
        return [Process(**entry) for entry in json.loads(record.read_text())]
    except (ValueError, TypeError) as error:
        raise ClusterError(
            f"{record} cannot be read ({error}). End the cluster's processes by hand, then remove it."
        ) from error


def write(record: Path, processes: Sequence[Process]) -> None:
    """Replace the file by one that names ``processes``."""
    unfinished = record.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(json.dumps([asdict(process) for process in processes], indent=2) + "\n")
    unfinished.replace(record)


def stop(processes: Sequence[Process], number: int = signal.SIGTERM) -> list[Process]:
    """Ask the processes to end, in their order, and make them after a while; returns those that were alive."""
    ended = []
    for process in processes:
        if not process.is_alive:
            continue
        for ask in (number, signal.SIGKILL):
            if process.is_alive:
                os.kill(process.pid, ask)
                _wait_for_the_end(process)
        ended.append(process)
    return ended


def _wait_for_the_end(process: Process) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while process.is_alive and time.monotonic() < deadline:
        _reap(process.pid)
        time.sleep(0.1)


def write_configuration(file: Path, values: Mapping[str, object]) -> Path:
    """A server's configuration, a name and its value on each line; only its owner may read it, since it holds a password."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.writelines(f"{name} {value}\n" for name, value in values.items())
    return file


def refuse_taken_port(variable: str, port: int, purpose: str) -> None:
    """Raise ``SettingError``, which names the setting and the port, when something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SettingError(
                variable, port, f"port {port}, which {purpose} needs, is taken; stop what uses it, or set another one"
            ) from None


def listens(port: int) -> bool:
    """Whether something answers on the port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for a message."""
    return " | ".join(log.read_text(errors="replace").strip().splitlines()[-count:]) if log.exists() else "no log"


def _reap(pid: int) -> None:
    """Take the exit code of a child of this very process, which would stay a zombie otherwise."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return

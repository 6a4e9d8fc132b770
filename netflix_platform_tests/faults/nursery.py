"""Commands of a platform in forked processes: what is imported once is imported for all, which saves most of a short run.

The parent opens nothing (no database, no thread pool), so a fork is a clean process.
"""

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netflix_platform_tests.faults import victim
from netflix_platform_tests.platform_runs import TestPlatform

KILLED = -signal.SIGKILL
# Longer than any command here takes in peace by far: who is still there hangs.
PATIENCE_SECONDS = 180.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit code (``KILLED``), seconds in all, seconds until its first step began, what it printed."""

    code: int
    seconds: float
    seconds_to_begin: float | None
    printed: str


class HungError(RuntimeError):
    """A command that did not end in time; the message holds what it printed last."""


def run_command(
    platform: TestPlatform,
    arguments: Sequence[str],
    log: Path,
    death: victim.Point | victim.DbtPoint | victim.Moment | None = None,
) -> Outcome:
    """Run a command on ``platform`` in a process of its own, to its end or to its ``death``. Raises ``HungError``."""
    started = time.monotonic()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _become_command(platform, arguments, log, death, writer)
    os.close(writer)
    code = _wait(pid, started, log)
    with os.fdopen(reader, "rb") as pipe:
        began = pipe.read()
    begun_at = pickle.loads(began) if began else None
    return Outcome(
        code,
        time.monotonic() - started,
        None if begun_at is None else begun_at - started,
        log.read_text(errors="replace"),
    )


def in_a_fork(function: Callable[..., Any], *arguments: Any) -> Any:
    """The answer of ``function`` in a forked process: whatever it opens is gone with it. Raises what it raises."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            answer: tuple[bool, Any] = (True, function(*arguments))
        except BaseException as error:
            answer = (False, f"{type(error).__name__}: {error}")
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        received = pipe.read()
    os.waitpid(pid, 0)
    went_well, value = pickle.loads(received)
    if not went_well:
        raise RuntimeError(value)
    return value


def _become_command(
    platform: TestPlatform,
    arguments: Sequence[str],
    log: Path,
    death: victim.Point | victim.DbtPoint | victim.Moment | None,
    writer: int,
) -> None:
    code = 70
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.environ.clear()
        os.environ.update(platform.environ)

        def began() -> None:
            nonlocal writer
            if writer >= 0:
                os.write(writer, pickle.dumps(time.monotonic()))
                os.close(writer)
                writer = -1

        code = victim.run(arguments, death, began)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _wait(pid: int, started: float, log: Path) -> int:
    while time.monotonic() - started < PATIENCE_SECONDS:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    lines = log.read_text(errors="replace").splitlines()[-5:]
    raise HungError(f"no end after {PATIENCE_SECONDS:.0f} s; it printed last: {' | '.join(lines)}")

"""Commands of the platform in processes of their own: started as ``make`` does, or forked from one that has imported everything.

Imports are a third of a small run. A forked command is the same from its arguments and environment to its exit code; the process
that it is forked from opens nothing.
"""

import atexit
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Never

from netflix_platform.settings import PROJECT_ROOT

# Longer than any command of a test takes by far.
PATIENCE_SECONDS = 600.0
# The second half are imported late, by steps and by Dagster's instance.
_IMPORTED_BY_COMMANDS = (
    "netflix_platform.cli",
    "netflix_platform.definitions",
    "netflix_platform.defs.launch",
    "netflix_platform.summary",
    "netflix_platform.importing",
    "netflix_platform.second_opinion",
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dbt.task.build",
    "pyarrow.dataset",
    "sqlparse",
)


def start(arguments: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a command as ``make`` does, in an interpreter of its own, and leave it at work."""
    return subprocess.Popen(
        [sys.executable, "-m", "netflix_platform.cli", *arguments],
        cwd=PROJECT_ROOT,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run_alone(arguments: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
    """Run a command as ``make`` does, to its end; exit code and output as those of ``run_forked``."""
    process = start(arguments, environ)
    printed, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, printed


def run_forked(arguments: Sequence[str], environ: Mapping[str, str]) -> tuple[int, str]:
    """Run a command to its end; its exit code (negative: the signal that ended it) and what it printed, errors in between."""
    server = _server()
    assert server.stdin and server.stdout
    with tempfile.NamedTemporaryFile("r", errors="replace") as output:
        order = {"arguments": list(arguments), "environ": dict(environ), "output": output.name}
        server.stdin.write(json.dumps(order) + "\n")
        server.stdin.flush()
        code = server.stdout.readline()
        assert code, "the process that commands are forked from has ended"
        return int(code), output.read()


def preload() -> None:
    """Import what commands import, before the first fork."""
    for module in _IMPORTED_BY_COMMANDS:
        importlib.import_module(module)


def environ_of_no_platform() -> dict[str, str]:
    """This process's environment without what belongs to a platform of the developer's own."""
    others = ("NETFLIX_", "DAGSTER_", "DBT_", "PYTHONDONTWRITEBYTECODE")
    own = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return own | {"PYTHONPATH": str(PROJECT_ROOT), "COLUMNS": "200"}


@cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", __name__],
        cwd=PROJECT_ROOT,
        env=environ_of_no_platform(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(server.communicate)  # closes what it reads, which ends it
    return server


def _serve() -> None:
    """Fork a command for each line of orders, and answer with its exit code."""
    preload()
    gc.collect()
    gc.disable()  # what is never looked through is never copied; the command sees to it
    while line := sys.stdin.readline():
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become_command(order["arguments"], order["environ"], Path(order["output"]))
        print(_exit_code(pid), flush=True)


def _become_command(arguments: Sequence[str], environ: Mapping[str, str], output: Path) -> Never:
    from netflix_platform.cli import main

    nothing, printed = os.open(os.devnull, os.O_RDONLY), os.open(output, os.O_WRONLY)
    os.dup2(nothing, 0)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    os.environ.clear()
    os.environ.update(environ)
    gc.enable()
    code: object = 1
    try:
        code = main(arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


def _exit_code(pid: int) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    _serve()

"""``make dev``: Dagster's webserver, its daemon and the dashboard, started together on 127.0.0.1 and stopped together."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from netflix_platform.orchestration.cluster import refuse_unusable
from netflix_platform.settings import PROJECT_ROOT, SettingError, Settings

_STOP_SECONDS = 15


def serve(settings: Settings) -> int:
    """Run them until one of them ends or a person stops them (Ctrl-C); returns the exit code.

    Raises ``SettingError`` for a port that is taken, naming the variable that moves it.
    """
    _refuse_taken_port("NETFLIX_WEBSERVER_PORT", settings.webserver_port)
    _refuse_taken_port("NETFLIX_DASHBOARD_PORT", settings.dashboard_port)
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    bin_dir = Path(sys.executable).parent
    workspace = ["-w", str(PROJECT_ROOT / "workspace.yaml")]
    webserver = [str(bin_dir / "dagster-webserver"), *workspace, "-h", "127.0.0.1", "-p", str(settings.webserver_port)]
    commands = {"webserver": webserver}
    if settings.orchestration != "celery":
        commands["daemon"] = [str(bin_dir / "dagster-daemon"), "run", *workspace]
    else:  # a cluster has a daemon of its own, and there must not be two
        refuse_unusable(settings)
    commands["dashboard"] = _dashboard_command(settings)
    print(f"Dagster UI   http://127.0.0.1:{settings.webserver_port}")
    print(f"Dashboard    http://127.0.0.1:{settings.dashboard_port}")
    print("Ctrl-C stops all of them.", flush=True)
    # SIGINT too: a shell starts background jobs with it ignored, and they would outlive a request to stop.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    # Each in a session of its own, so that Ctrl-C reaches them once, through this process, in order.
    processes = {
        name: subprocess.Popen(command, cwd=PROJECT_ROOT, start_new_session=True) for name, command in commands.items()
    }
    try:
        while all(process.poll() is None for process in processes.values()):
            time.sleep(0.5)
        ended = {name: process.returncode for name, process in processes.items() if process.poll() is not None}
        print(f"ended by itself: {ended}; stopping the rest", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(list(processes.values()))


def _dashboard_command(settings: Settings) -> list[str]:
    options = {
        "server.address": "127.0.0.1",
        "server.port": str(settings.dashboard_port),
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return [sys.executable, "-m", "streamlit", "run", str(PROJECT_ROOT / "dashboard" / "app.py"), *flags]


def _refuse_taken_port(variable: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise SettingError(variable, port, "the port is taken; stop what uses it, or set another one") from None


def _interrupt(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()

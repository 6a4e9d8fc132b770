"""``make cluster-up``, ``cluster-down`` and ``cluster-status``: what NETFLIX_ORCHESTRATION=celery needs, on loopback.

A PostgreSQL for Dagster's records, a Redis through which runs reach the workers, the workers, and Dagster's daemon, which hands
the queued runs out and runs schedule and sensors. Each is a real process; everything of theirs lies in
``NETFLIX_DATA_DIR/cluster``, the process ids in ``processes.json`` there.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from netflix_platform.services import postgresql
from netflix_platform.services.group import Group, Part
from netflix_platform.services.processes import ClusterError, Process, listens, start, write_configuration
from netflix_platform.settings import PROJECT_ROOT, SettingError, Settings

APP = "netflix_platform.defs.celery_app"
_PORT = "NETFLIX_CLUSTER_PORT"
_USER = "dagster"
_REDIS = "redis-server"


def up(settings: Settings) -> list[str]:
    """Start what is not running and wait until the workers are ready; returns what was done, a sentence each.

    Raises ``ClusterError`` or ``SettingError`` with what to do; what was started by then is stopped again.
    """
    _refuse_what_is_missing()
    group = _group(settings)
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    ports = {"postgresql": settings.cluster_port, "redis": settings.cluster_port + 1}
    started = group.up(lambda: _stages(settings, group), ports, lambda: None)
    if not started:
        return ["The cluster is running already. New code is taken in by make cluster-down and make cluster-up."]
    return [
        f"Started: {', '.join(started)}. Logs: {group.logs}.",
        "Commands use them with NETFLIX_ORCHESTRATION=celery.",
    ]


def down(settings: Settings) -> list[str]:
    """Stop the cluster that ``up`` started; returns what was done. Dagster's records stay, and so do runs in the queue."""
    return _group(settings).down()


def status(settings: Settings) -> dict[str, str]:
    """Each process of the cluster: ``running (process id)``, ``dead``, or ``not started``."""
    return _group(settings).status()


def refuse_unusable(settings: Settings) -> None:
    """Raise ``SettingError`` with what to do when runs cannot be handed to workers from here."""
    if not is_installed():
        raise SettingError("NETFLIX_ORCHESTRATION", "celery", "dagster-celery is not installed; run make setup-cluster")
    if not settings.broker_given and not _group(settings).running():
        raise SettingError("NETFLIX_ORCHESTRATION", "celery", "no cluster is running; run make cluster-up")


def refuse_to_wait(settings: Settings) -> None:
    """Raise ``ClusterError`` when a local cluster has lost what no run can do without."""
    if settings.broker_given:
        return
    alive = {process.name for process in _group(settings).running()}
    lost = [name for name in ("postgresql", "redis", "daemon") if name not in alive]
    if not any(name.startswith("worker-") for name in alive):
        lost.append("every worker")
    if lost:
        raise ClusterError(
            f"The cluster has lost {' and '.join(lost)}; run make cluster-up, then give the command again."
        )


def refuse_records_out_of_reach(settings: Settings, what: str) -> None:
    """Raise ``SettingError`` for a command that reads Dagster's records as files, where some of them lie in PostgreSQL."""
    if settings.orchestration == "celery" or settings.cluster_dir.exists():
        raise SettingError(
            "NETFLIX_ORCHESTRATION",
            settings.orchestration,
            f"{what} does not reach the records that a cluster keeps in PostgreSQL ({settings.cluster_dir}); stop the cluster, "
            "remove that folder (its runs' history goes, no figure does), and give the command with NETFLIX_ORCHESTRATION=local",
        )


def is_installed() -> bool:
    """Whether the extra ``[cluster]`` is there."""
    return all(importlib.util.find_spec(name) for name in ("dagster_celery", "dagster_postgres", "redis"))


def _group(settings: Settings) -> Group:
    """Workers are stopped before what they need; the daemon first, so that it hands out nothing more."""
    workers = (f"worker-{number}" for number in range(1, settings.cluster_workers + 1))
    names = ("postgresql", "redis", *workers, "daemon")
    return Group(settings.cluster_dir, names, _PORT, "make cluster-up", parts_are_apart=True)


def _refuse_what_is_missing() -> None:
    if not is_installed():
        raise ClusterError("dagster-celery is not installed; make cluster-up installs it (requirements-cluster.lock).")
    missing = [] if postgresql.is_installed() else [postgresql.PACKAGE]
    if shutil.which(_REDIS) is None:
        missing.append(_REDIS)
    if missing:
        raise ClusterError(f"The cluster needs {' and '.join(missing)}; install: apt install {' '.join(missing)}")


def _stages(settings: Settings, group: Group) -> Iterator[list[Part]]:
    """How each process is started, and how to tell that it is ready; those of one stage need not wait for each other."""
    folder, port = settings.cluster_dir, settings.cluster_port
    secret = postgresql.password(settings.cluster_password_file)

    def database() -> Process:
        files, log = folder / "postgresql", group.log_of("postgresql")
        return postgresql.start_database("postgresql", files, log, port, _USER, secret)

    yield [
        Part("postgresql", database, lambda: listens(port)),
        Part("redis", lambda: _start_redis(folder, group, port + 1, secret), lambda: listens(port + 1)),
    ]
    # As a command that uses the cluster would say it, whatever the one that starts it was told.
    environment = os.environ | replace(settings, orchestration="celery").child_environment()

    def program(name: str, command: list[str], says: str) -> Part:
        found = [str(Path(sys.executable).parent / command[0]), *command[1:]]
        log = group.log_of(name)
        return Part(
            name,
            lambda: start(name, found, log, environment, folder=PROJECT_ROOT),
            lambda: says in log.read_text(errors="replace"),
        )

    daemon = ["dagster-daemon", "run", "-w", str(PROJECT_ROOT / "workspace.yaml")]
    yield [
        *(program(name, _worker(name), " ready.") for name in group.names if name.startswith("worker-")),
        program("daemon", daemon, "following daemons"),
    ]


def _worker(name: str) -> list[str]:
    """One run at a time, each in a fresh process: a run's end gives back its memory, and its process is known by it.

    A worker takes a run out of the queue when it begins with it, and not before: what waits behind a long run can be taken by
    another worker, and a worker that is killed takes nothing with it but the run that it has begun.
    """
    one_by_one = ["--pool", "prefork", "--concurrency", "1", "--max-tasks-per-child", "1", "--disable-prefetch"]
    return [
        "celery",
        "-A",
        APP,
        "worker",
        "-n",
        f"{name}@%h",
        *one_by_one,
        "--without-gossip",
        "--without-mingle",
        "-l",
        "INFO",
    ]


def _start_redis(folder: Path, group: Group, port: int, secret: str) -> Process:
    """Redis with its queue on disk; its configuration in a file of its owner, since it holds the password."""
    files = folder / "redis"
    files.mkdir(exist_ok=True)
    file = folder / "redis.conf"
    configuration = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": secret,
        "dir": f'"{files}"',
        "appendonly": "yes",
        "save": '""',
        "maxmemory-policy": "noeviction",
    }
    write_configuration(file, configuration)
    return start("redis", [_REDIS, str(file)], group.log_of("redis"), {"PATH": os.environ["PATH"]}, folder=files)

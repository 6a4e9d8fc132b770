"""``make spark-up``, ``spark-down`` and ``spark-status``: a standalone Spark cluster of its own on loopback.

A master, two workers, a Connect server and a PostgreSQL for the metastore, each a real process. Everything of theirs lies in
``NETFLIX_DATA_DIR/spark``; the process ids are in ``processes.json`` there. Sized for 2 cores and 6 GB; whoever needs more has a
cluster already, and names it in ``SPARK_REMOTE``.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from netflix_platform.engines.spark import metastore
from netflix_platform.engines.spark.java import find_java
from netflix_platform.engines.spark.session import SparkSessionError, connect
from netflix_platform.services.group import Group, Part
from netflix_platform.services.postgresql import start_database
from netflix_platform.services.processes import ClusterError, Process, listens, start, write_configuration
from netflix_platform.settings import PROJECT_ROOT, Settings

WORKERS = 2
_PORT = "NETFLIX_SPARK_PORT"
_LOOPBACK = "127.0.0.1"
_DAEMON_MEMORY, _EXECUTOR_MEMORY, _SERVER_MEMORY = "256m", "1g", "1g"
# For small days on few cores: most of what such a query costs is Java getting warm.
_JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_ANSWER_SECONDS = 90.0


def up(settings: Settings) -> list[str]:
    """Start what is not running and wait until the cluster has answered a query; returns what was done, a sentence each.

    Raises ``ClusterError`` or ``SettingError`` with what to do; what was started by then is stopped again.
    """
    _refuse_what_is_missing()
    group = _group(settings)
    if not group.up(lambda: _stages(settings), _ports(settings), lambda: _wait_for_an_answer(settings)):
        return [f"The cluster is running already: {settings.spark_remote}."]
    return [f"The cluster is up: {settings.spark_remote} ({WORKERS} workers). Logs: {group.logs}."]


def down(settings: Settings) -> list[str]:
    """Stop the cluster that ``up`` started; returns what was done. The tables and the metastore's files stay."""
    return _group(settings).down()


def status(settings: Settings) -> dict[str, str]:
    """Each process of the cluster: ``running (process id)``, ``dead``, or ``not started``."""
    return _group(settings).status()


def _group(settings: Settings) -> Group:
    """The server is stopped first, since it holds executors and the metastore; the metastore last."""
    workers = (f"worker-{number}" for number in range(1, WORKERS + 1))
    return Group(settings.spark_dir, ("metastore", "master", *workers, "connect"), _PORT, "make spark-up")


def _ports(settings: Settings) -> dict[str, int]:
    return {
        "connect": settings.spark_port,
        "master": settings.spark_port + 1,
        "metastore": settings.spark_port + 2,
    }


def _stages(settings: Settings) -> Iterator[list[Part]]:
    """How each process is started, and how to tell that it is ready; those of one stage need not wait for each other."""
    folder, port = settings.spark_dir, settings.spark_port
    logs, master = folder / "logs", f"spark://{_LOOPBACK}:{port + 1}"
    run_class, submit = str(_spark_home() / "bin" / "spark-class"), str(_spark_home() / "bin" / "spark-submit")
    environment = _environment(folder)
    daemon = environment | {"SPARK_DAEMON_MEMORY": _DAEMON_MEMORY}

    def java(name: str, command: list[str], environment: dict[str, str], is_ready: Callable[[], bool]) -> Part:
        return Part(name, lambda: start(name, command, logs / f"{name}.log", environment), is_ready)

    def registered(name: str) -> Callable[[], bool]:
        return lambda: "registered with master" in (logs / f"{name}.log").read_text(errors="replace")

    def database() -> Process:
        secret = metastore.password(folder)
        return start_database(
            "metastore", folder / "metastore", logs / "metastore.log", port + 2, metastore.USER, secret
        )

    deploy, anywhere = "org.apache.spark.deploy", ["--host", _LOOPBACK, "--webui-port", "0"]
    of_master = [run_class, f"{deploy}.master.Master", *anywhere, "--port", str(port + 1)]
    yield [
        Part("metastore", database, lambda: listens(port + 2)),
        java("master", of_master, daemon, lambda: listens(port + 1)),
    ]
    of_worker = [run_class, f"{deploy}.worker.Worker", *anywhere, "--cores", "1", "--memory", _EXECUTOR_MEMORY]
    workers = [f"worker-{number}" for number in range(1, WORKERS + 1)]
    server = [submit, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--name", "netflix"]
    server += ["--master", master, "--properties-file", str(_write_properties(settings)), "spark-internal"]
    yield [
        *(
            java(name, [*of_worker, "--work-dir", str(folder / "work" / name), master], daemon, registered(name))
            for name in workers
        ),
        java("connect", server, environment, lambda: listens(port)),
    ]


def _write_properties(settings: Settings) -> Path:
    """The Connect server's configuration; in a file of its owner, since it holds the metastore's password."""
    folder = settings.spark_dir
    file = folder / "connect.properties"
    url = f"jdbc:postgresql://{_LOOPBACK}:{settings.spark_port + 2}/{metastore.DATABASE}"
    properties = {
        "spark.driver.memory": _SERVER_MEMORY,
        "spark.driver.host": _LOOPBACK,
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.driver.extraClassPath": metastore.DRIVER,
        "spark.driver.extraJavaOptions": _JAVA_OPTIONS,
        "spark.executor.extraJavaOptions": _JAVA_OPTIONS,
        "spark.executor.memory": _EXECUTOR_MEMORY,
        "spark.executor.cores": 1,
        "spark.cores.max": WORKERS,
        "spark.ui.enabled": "false",
        "spark.log.level": "WARN",
        "spark.connect.grpc.binding.address": _LOOPBACK,
        "spark.connect.grpc.binding.port": settings.spark_port,
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.sql.catalogImplementation": "hive",
        # As many as there are cores, twice: a small day's shuffles are many and small.
        "spark.sql.shuffle.partitions": 2 * WORKERS,
        "spark.hadoop.javax.jdo.option.ConnectionURL": url,
        "spark.hadoop.javax.jdo.option.ConnectionDriverName": "org.postgresql.Driver",
        "spark.hadoop.javax.jdo.option.ConnectionUserName": metastore.USER,
        "spark.hadoop.javax.jdo.option.ConnectionPassword": metastore.password(folder),
        # "autoCreateAll" would create the constraints too, and hangs for ever on PostgreSQL.
        "spark.hadoop.datanucleus.schema.autoCreateTables": "true",
        "spark.hadoop.datanucleus.schema.autoCreateColumns": "true",
        "spark.hadoop.datanucleus.schema.autoCreateConstraints": "false",
        "spark.hadoop.hive.metastore.schema.verification": "false",
    }
    return write_configuration(file, properties)


def _environment(folder: Path) -> dict[str, str]:
    """What Spark's processes are told: nothing of a client's settings, and loopback for whatever listens."""
    java = find_java().resolve()
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "JAVA_HOME": str(java.parent.parent),
        "SPARK_HOME": str(_spark_home()),
        "SPARK_LOCAL_IP": _LOOPBACK,
        "SPARK_LOCAL_HOSTNAME": _LOOPBACK,
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_NO_DAEMONIZE": "1",
        # The workers conform raw files with the very interpreter and package of whoever started the cluster.
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(PROJECT_ROOT),
        "TZ": "UTC",
    }


def _wait_for_an_answer(settings: Settings) -> None:
    """A query over the workers, and the one statement by itself in which the metastore makes its tables."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    while True:
        try:
            with connect(settings) as session:
                session.execute("select sum(id) from range(0, 1000, 1, 4)")
            return
        except SparkSessionError as error:
            if time.monotonic() > deadline:
                raise ClusterError(f"The cluster does not answer: {error}") from error
            time.sleep(0.5)


def _spark_home() -> Path:
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise ClusterError("pyspark is not installed; make spark-up installs it (requirements-spark.lock).")
    return Path(found.origin).parent


def _refuse_what_is_missing() -> None:
    _spark_home()
    find_java()
    packages = metastore.missing()
    if packages:
        raise ClusterError(
            f"The metastore needs PostgreSQL and its Java driver; install them: apt install {' '.join(packages)}"
        )

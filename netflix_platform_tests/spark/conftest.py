"""A cluster for the tests of Spark, started as ``make spark-up`` does, in a folder and on ports of its own."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netflix_platform.engines.spark import cluster
from netflix_platform_tests.spark.platform import SparkPlatform


@pytest.fixture(scope="session")
def spark_platform() -> Iterator[SparkPlatform]:
    """Days that nobody has built yet, and the cluster that will; so many days that cohorts and launches have some weeks."""
    # Not one of pytest's folders, which are for their owner alone: run by root, PostgreSQL's own user has to get in.
    folder = Path(tempfile.mkdtemp(prefix="netflix-spark-"))
    folder.chmod(0o711)
    platform = SparkPlatform(
        folder / "data",
        days=16,
        scale="events_per_day=1000,users=400,titles=300",
        port=_free_ports(),
    )
    try:
        cluster.up(platform.settings)
        yield platform
    finally:
        cluster.down(platform.settings)
        shutil.rmtree(folder)


def _free_ports() -> int:
    """The first of three ports in a row that nobody has."""
    for port in range(25_002, 60_000, 50):
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            try:
                for number, probe in enumerate((one, two, three)):
                    probe.bind(("127.0.0.1", port + number))
            except OSError:
                continue
            return port
    raise RuntimeError("no free ports")

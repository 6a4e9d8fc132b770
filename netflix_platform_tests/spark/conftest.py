"""A cluster for the tests of Spark, started as ``make spark-up`` does, in a folder and on ports of its own."""

import socket
from collections.abc import Iterator

import pytest

from netflix_platform.engines.spark import cluster
from netflix_platform_tests.spark.platform import SparkPlatform


@pytest.fixture(scope="session")
def spark_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkPlatform]:
    """Days that nobody has built yet, and the cluster that will; so many days and so few users that no mart is empty."""
    platform = SparkPlatform(
        tmp_path_factory.mktemp("spark") / "data",
        days=16,
        scale="events_per_day=400,users=45,titles=40",
        port=_free_ports(),
    )
    # PostgreSQL's own user has to get into its folder, and pytest makes folders for their owner alone.
    for folder in (platform.folder.parent, *platform.folder.parent.parents):
        if folder.owner() == "root" and folder.name.startswith(("pytest-", "spark")):
            folder.chmod(0o711)
    cluster.up(platform.settings)
    try:
        yield platform
    finally:
        cluster.down(platform.settings)


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

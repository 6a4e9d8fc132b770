"""A cluster for the tests of Spark, started as ``make spark-up`` does, in a folder and on ports of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netflix_platform.engines.spark import cluster
from netflix_platform_tests.ports import free_ports
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
        port=free_ports(in_a_row=3),
    )
    try:
        cluster.up(platform.settings)
        yield platform
    finally:
        cluster.down(platform.settings)
        shutil.rmtree(folder)

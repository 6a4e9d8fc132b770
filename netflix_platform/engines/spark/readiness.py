"""What a cluster must be able to do for a command, tried before it begins a day: what is missing is told in one sentence.

The cluster of ``make spark-up`` has all of it. Another one may lack a worker, a package or the data folder, which it would tell
in the middle of the work, in Java's words, or never.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from urllib.parse import urlsplit

from netflix_platform.engines.spark import tasks
from netflix_platform.engines.spark.session import SparkConnection, SparkSessionError, connect
from netflix_platform.settings import Settings

# A cluster that rents machines when it is asked may take minutes for the first one.
_PATIENCE_SECONDS = 300.0
_FILES = (
    "Server and workers need the data folder under the same path, on a file system that they share with this command, and have "
    "to write there as the user who runs it"
)


def refuse_unready(settings: Settings) -> None:
    """Raise ``SparkSessionError`` when the cluster cannot be reached, or a worker of it cannot conform or write files here."""
    settings.spill_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="spark-", dir=settings.spill_dir))
    try:
        with connect(settings) as spark, _not_for_ever(spark, settings):
            problem = _problem_with_files(spark, folder)
        if problem:
            raise SparkSessionError(
                f"The Spark cluster at {urlsplit(settings.spark_remote).netloc} cannot work in {settings.data_dir}: {problem}. "
                f"{_FILES}."
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _problem_with_files(spark: SparkConnection, folder: Path) -> str | None:
    """Leave a file in both ways in which the cluster does: from Python and from Java."""
    problem = spark.run_tasks([partial(tasks.leave_a_file, folder)])[0]
    if problem:
        return problem
    try:
        spark.write_parquet("select 1 as row", folder / "rows")
    except SparkSessionError as error:
        return str(error)
    try:
        found = [*folder.glob(f"task-*/{tasks.LEFT}"), *(folder / "rows").glob("*.parquet")]
        return None if sum(path.stat().st_size > 0 for path in found) == 2 else "what it wrote is not here"
    except OSError as error:
        return f"what it wrote cannot be read here ({error})"


@contextmanager
def _not_for_ever(spark: SparkConnection, settings: Settings) -> Iterator[None]:
    """End what is asked in here when no worker takes it up: Spark itself would wait for one as long as it runs."""
    timer = Timer(_PATIENCE_SECONDS, spark.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except SparkSessionError as error:
        if timer.is_alive():
            raise
        raise SparkSessionError(
            f"No worker of the Spark cluster at {urlsplit(settings.spark_remote).netloc} took up a first task within "
            f"{_PATIENCE_SECONDS:.0f} s: none is there, all are busy, or executors ask for more memory or cores than a worker "
            "has (the server's log says which)."
        ) from error
    finally:
        timer.cancel()

"""Conforming on a cluster beside DuckDB's of the same raw files: the same lake, whatever dies in between."""

import dataclasses
import importlib
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from netflix_platform.contracts import EVENTS, USERS
from netflix_platform.engines.spark import cluster, tasks
from netflix_platform.engines.spark.session import SparkSessionError, connect
from netflix_platform.lake import spark_staging
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import ledger_file, raw_day
from netflix_platform.lake.ledger import Ledger, audit_ledger
from netflix_platform.settings import Settings
from netflix_platform_tests.lake.raw_days import DAY, deliver, event, lake_content, ndjson
from netflix_platform_tests.lake.test_spark_staging import many_formats, types
from netflix_platform_tests.spark.platform import SparkPlatform, kill_a_worker

pytestmark = pytest.mark.spark

FILES, LINES = 16, 5_000


@pytest.fixture
def twins(spark_platform: SparkPlatform, tmp_path: Path, monkeypatch) -> Iterator[tuple[Settings, Settings]]:
    """Two platforms, the second that of the cluster, to be given the same files of a day long before its own; a task a file."""
    spark = dataclasses.replace(spark_platform.settings, start_date=date(2026, 6, 1))
    cluster.up(spark)  # whatever another test has done to it
    monkeypatch.setattr(spark_staging, "_LEAST_BYTES_OF_A_TASK", 1)
    yield dataclasses.replace(spark, data_dir=tmp_path / "duckdb", engine="duckdb"), spark
    for feed in (EVENTS, USERS):
        shutil.rmtree(raw_day(spark, feed.name, DAY), ignore_errors=True)
        conform_day(dataclasses.replace(spark, engine="duckdb"), feed, DAY)
        ledger_file(spark, feed.name, DAY).unlink()


def test_every_format_gives_the_same_lake_quarantine_and_ledger_however_often(twins):
    duckdb, spark = twins
    for platform in twins:
        many_formats(platform)
    for feed in (EVENTS, USERS):
        expected = conform_day(duckdb, feed, DAY)
        assert expected.repeated_rows and expected.quarantined_rows
        for _ in range(2 if feed is EVENTS else 1):
            assert asdict(conform_day(spark, feed, DAY)) == asdict(expected)
            assert audit_ledger(spark, feed.name, DAY) == []
    assert _of_the_day(spark) == _of_the_day(duckdb)
    assert types(duckdb).items() <= types(spark).items()


def test_workers_that_would_judge_otherwise_or_lack_something_are_refused(twins, monkeypatch):
    _, spark = twins
    deliver(spark, "a.ndjson", ndjson(event()))
    lacking = pytest.raises(SparkSessionError, match=r"No module named 'nowhere'.* Install on the workers")
    with lacking, connect(spark) as session:
        session.run_tasks([partial(importlib.import_module, "nowhere")])
    other = {**tasks.environment(), "duckdb": "1.0.0"}
    monkeypatch.setattr(tasks, "environment", lambda: other)
    with pytest.raises(SparkSessionError, match=r"cannot conform: duckdb .* where 1\.0\.0 is needed\. Install on"):
        conform_day(spark, EVENTS, DAY)


def test_a_worker_that_dies_costs_nothing_and_a_cluster_that_goes_away_leaves_the_lake_as_it_was(twins):
    duckdb, spark = twins
    for platform in twins:
        for file in range(FILES):
            ids = range(file * LINES, file * LINES + LINES)
            lines = [event(f"e{number % (FILES * LINES - 500)}", watched_seconds=number % 60) for number in ids]
            deliver(platform, f"{file:02}.ndjson", ndjson(*lines))
    expected = conform_day(duckdb, EVENTS, DAY)
    assert expected.repeated_rows == 500

    running = _while_tasks_are_at_work(spark, lambda: kill_a_worker(spark))
    assert asdict(running.result(timeout=600)) == asdict(expected)
    assert "dead" in cluster.status(spark)["worker-1"]
    content = _of_the_day(spark)
    assert content == _of_the_day(duckdb)

    deliver(spark, "new.ndjson", ndjson(event("new")))
    running = _while_tasks_are_at_work(spark, lambda: cluster.down(spark))
    with pytest.raises(SparkSessionError, match="spark-up"):
        running.result(timeout=600)
    assert _of_the_day(spark) == content

    cluster.up(spark)
    assert conform_day(spark, EVENTS, DAY).accepted_rows == expected.accepted_rows + 1


def _while_tasks_are_at_work(settings: Settings, act: Callable[[], object]) -> Future[Ledger]:
    """Conform the day, and ``act`` when the first task has begun."""
    pool = ThreadPoolExecutor(1)
    running = pool.submit(conform_day, settings, EVENTS, DAY)
    while not list(settings.spill_dir.glob("lake-events-*/task-*")):
        assert not running.done(), running.exception()
        time.sleep(0.05)
    assert not running.done()
    act()
    pool.shutdown(wait=False)
    return running


def _of_the_day(settings: Settings) -> dict[str, object]:
    return {name: content for name, content in lake_content(settings).items() if f"arrival_date={DAY}" in name}

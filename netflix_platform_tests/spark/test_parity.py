"""Both engines on the same days: the same rows in every table, whatever is run again, killed or taken away in between.

One platform for the whole file, its tests in order: a cluster and three days are what they cost.
"""

import subprocess
import time
from pathlib import Path

import pytest

from netflix_platform.engines.spark import cluster
from netflix_platform_tests.lake.raw_days import lake_content
from netflix_platform_tests.lake.test_spark_staging import types
from netflix_platform_tests.platform_runs import TestPlatform
from netflix_platform_tests.spark.platform import (
    SparkPlatform,
    assert_same_rows,
    kill_a_worker,
    published_tables,
    tables_of,
)

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def twin(spark_platform: SparkPlatform, tmp_path_factory: pytest.TempPathFactory) -> TestPlatform:
    """The Spark platform is built first, as a user would; then its twin on DuckDB, each from its own raw days on."""
    cluster.up(spark_platform.settings)  # whatever another test has done to it
    printed = spark_platform.run("demo")
    assert "Top 10 of the week" in printed
    return spark_platform.twin(tmp_path_factory.mktemp("twin") / "data")


def test_lake_quarantine_and_ledgers_are_the_same_on_both_engines(spark_platform: SparkPlatform, twin: TestPlatform):
    found, expected = lake_content(spark_platform.settings), lake_content(twin.settings)
    assert {name.split("/")[0] for name in expected} == {"events", "users", "titles", "quarantine", "_ledger"}
    assert found == expected
    assert types(spark_platform.settings) == types(twin.settings)


def test_every_table_is_the_same_on_both_engines(spark_platform: SparkPlatform, twin: TestPlatform, tmp_path: Path):
    expected = tables_of(twin)
    found = spark_platform.tables(tmp_path)
    # One holds Netflix's own lists, the other the people of a household.
    empty = {name for name, rows in expected.items() if rows.is_empty()}
    assert empty == {"raw.published_top10", "marts.mart_profile_monthly"}
    assert_same_rows(found, expected)
    changed = expected | {"marts.mart_daily_kpis": expected["marts.mart_daily_kpis"].head(-1)}
    with pytest.raises(AssertionError):
        assert_same_rows(found, changed)


def test_readers_find_the_same_in_what_is_published(spark_platform: SparkPlatform, twin: TestPlatform):
    found, expected = published_tables(spark_platform), published_tables(twin)
    assert "audit_warehouse_ledger" in found
    assert_same_rows(found, expected)


def test_a_worker_that_is_killed_while_a_day_is_run_again_costs_nothing(
    spark_platform: SparkPlatform, twin: TestPlatform
):
    before = published_tables(spark_platform)
    running = spark_platform.start("rebuild", str(spark_platform.day(1)), str(spark_platform.day(1)))
    _wait_until_loaded(running)
    time.sleep(5)  # the models are being built
    kill_a_worker(spark_platform.settings)
    printed, _ = running.communicate(timeout=900)
    assert running.returncode == 0, printed
    assert_same_rows(published_tables(spark_platform), before)
    assert "dead" in cluster.status(spark_platform.settings)["worker-1"]


def test_a_cluster_that_goes_away_in_the_middle_leaves_nothing_half_published(spark_platform: SparkPlatform):
    cluster.up(spark_platform.settings)  # with the worker that was killed
    before = published_tables(spark_platform)
    day = spark_platform.day(2)
    running = spark_platform.start("rebuild", str(day), str(day))
    _wait_until_loaded(running)
    cluster.down(spark_platform.settings)
    printed, _ = running.communicate(timeout=900)
    assert running.returncode == 1, printed
    assert "spark-up" in printed
    assert spark_platform.warehouse(f"select state from audit.event_day_states where event_date = '{day}'") != [
        ("audited",)
    ]
    _same_but_ledgers(published_tables(spark_platform), before)

    printed = spark_platform.run("rebuild", str(day), str(day), expect=2)
    assert "No Spark cluster answers" in printed

    cluster.up(spark_platform.settings)
    spark_platform.run("rebuild", str(day), str(day))
    assert_same_rows(published_tables(spark_platform), before)


def _same_but_ledgers(found, expected) -> None:
    names = [name for name in found if not name.startswith("audit_")]
    assert_same_rows({name: found[name] for name in names}, {name: expected[name] for name in names})


def _wait_until_loaded(running: subprocess.Popen[str]) -> None:
    """Read what a command prints until its events are loaded."""
    assert running.stdout
    for line in running.stdout:
        if "warehouse/events" in line and "done in" in line:
            return
    raise AssertionError("the command ended before it had loaded anything")

"""Pruning on Dagster's real SQLite files: old runs go, and every answer that depends on records stays the same."""

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from netflix_platform.audit.records import Watermark, pull
from netflix_platform.defs.late import stale_days, touched_by
from netflix_platform.defs.missing import missing_days
from netflix_platform.defs.partitions import daily_partitions
from netflix_platform.defs.pruning import ended_runs_in_audit, prune_and_tell
from netflix_platform.pruning import records
from netflix_platform.pruning.prune import prune
from netflix_platform.settings import PROJECT_ROOT

DAYS = ["2026-06-01", "2026-06-02", "2026-06-03"]
LATER = datetime.now(UTC) + timedelta(days=100)
LAKE, WAREHOUSE = dg.AssetKey(["lake", "events"]), dg.AssetKey(["warehouse", "events"])


@pytest.fixture
def instance(settings, tmp_path, monkeypatch):
    """The project's own storage classes on a folder of the test's."""
    settings.dagster_dir.mkdir(parents=True)
    monkeypatch.setenv("NETFLIX_DAGSTER_DIR", str(settings.dagster_dir))
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(PROJECT_ROOT / "dagster.yaml", home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.get() as instance:
        yield instance


class World:
    """Two assets by day, one of them with a check, and one without days."""

    def __init__(self, settings, instance):
        self.settings, self.instance = settings, instance
        self.lake_state = {}
        days = daily_partitions(settings)

        @dg.asset(key=LAKE, partitions_def=days, group_name="lake")
        def lake(context):
            print("what a step prints")
            return dg.MaterializeResult(metadata={"touched_days": [context.partition_key]})

        @dg.asset(
            key=WAREHOUSE, partitions_def=days, deps=[lake], check_specs=[dg.AssetCheckSpec("ledger", asset=WAREHOUSE)]
        )
        def warehouse(context):
            if context.has_tag("break"):
                raise ValueError("broken")
            state = dg.MetadataValue.text(json.dumps(self.lake_state))
            return dg.MaterializeResult(
                metadata={"lake_state": state}, check_results=[dg.AssetCheckResult(passed=not self.lake_state)]
            )

        @dg.asset
        def whole():
            pass

        self.assets = [lake, warehouse, whole]
        self.graph = dg.Definitions(assets=self.assets).resolve_asset_graph()

    def run(self, day, selection=None, **tags):
        assets = selection or self.assets[:2]
        return dg.materialize(assets, instance=self.instance, partition_key=day, raise_on_error=False, tags=tags).run_id

    def answers(self):
        """Everything that somebody asks the records: partition status, staleness, touched days, checks, cursors."""
        instance, storage = self.instance, self.instance.event_log_storage
        check = dg.AssetCheckKey(WAREHOUSE, "ledger")
        storage.wipe_asset_cached_status(WAREHOUSE)
        cache = get_and_update_asset_status_cache_value(instance, WAREHOUSE, daily_partitions(self.settings))
        latest = storage.get_latest_asset_check_execution_by_key([check])[check]
        summary = storage.get_asset_check_summary_records([check])[check]
        days = [datetime.fromisoformat(day).date() for day in DAYS]
        return {
            "materialized": {key: instance.get_materialized_partitions(key) for key in (LAKE, WAREHOUSE)},
            "newest": {
                key: storage.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION)
                for key in (LAKE, WAREHOUSE)
            },
            "attempts": storage.get_latest_asset_partition_materialization_attempts_without_materializations(WAREHOUSE),
            "failed": set(
                cache.deserialize_failed_partition_subsets(daily_partitions(self.settings)).get_partition_keys()
            ),
            "check": (latest.run_id, latest.status, latest.event, summary.last_completed_check_execution_record),
            "missing": missing_days(instance, self.graph, self.settings, None, days),
            "stale": stale_days(instance, self.settings, days),
            "touched": touched_by(instance, days),
            "last": instance.get_latest_materialization_event(dg.AssetKey("whole")).timestamp,
            "newest record": instance.fetch_materializations(LAKE, limit=1).records[0].storage_id,
        }


@pytest.fixture
def world(settings, instance):
    return World(settings, instance)


def all_runs(instance):
    return frozenset(run.run_id for run in instance.get_runs())


def history(world):
    """Runs that later ones stand for, runs that something depends on, and a day that failed."""
    superseded = world.run(DAYS[0])
    dg.materialize([world.assets[2]], instance=world.instance)
    needed = world.run(DAYS[0])
    world.lake_state = {"2026-06-02": "mark"}
    stale = world.run(DAYS[1])
    failed = world.run(DAYS[2], **{"break": "yes"})
    dg.materialize([world.assets[2]], instance=world.instance)
    return superseded, needed, stale, failed


def test_old_runs_go_and_every_answer_stays(world, settings, instance):
    superseded, needed, stale, failed = history(world)
    before = world.answers()
    assert before["stale"] == [datetime(2026, 6, 2).date()]
    assert before["failed"] == {DAYS[2]}
    pruning = prune(settings, LATER, all_runs(instance))
    assert {one.what for one in pruning.removed} >= {"old runs", "files of old runs", "events of old runs in the index"}
    assert world.answers() == before

    left = all_runs(instance)
    assert superseded not in left
    assert {needed, stale, failed} <= left
    assert not list(settings.dagster_dir.glob(f"{superseded}*"))
    kept = instance.all_logs(stale)
    assert any(entry.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION for entry in kept)
    assert not any(entry.dagster_event_type == dg.DagsterEventType.STEP_START for entry in kept)
    assert not list(settings.dagster_dir.glob(f"{stale}/**/*.out"))

    assert prune(settings, LATER, all_runs(instance)).removed == [], "a second time there is nothing to do"
    world.lake_state = {}
    world.run(DAYS[2])
    assert world.answers()["failed"] == set(), "and the instance goes on"


def test_what_is_young_or_not_in_the_audit_or_at_work_stays(world, settings, instance):
    superseded, *_ = history(world)
    before = all_runs(instance)
    assert prune(settings, datetime.now(UTC), before).removed == []
    prune(settings, LATER, before - {superseded})
    assert superseded in all_runs(instance)
    assert all_runs(instance) < before
    running = world.run(DAYS[0])
    with closing(sqlite3.connect(settings.dagster_dir / "runs.db")) as connection, connection:
        connection.execute("update runs set status = 'STARTED', end_time = null where run_id = ?", [running])
    world.run(DAYS[0])
    pruning = prune(settings, LATER, all_runs(instance))
    assert running in all_runs(instance)
    assert "runs are at work" in pruning.notes[0]


def test_a_backfill_that_goes_on_keeps_its_runs(world, settings, instance):
    run_id = world.run(DAYS[0], **{"dagster/backfill": "abc"})
    world.run(DAYS[0])
    row = "insert into bulk_actions (key, status, timestamp, body) values ('abc', ?, '2026-06-01', '{}')"
    with closing(sqlite3.connect(settings.dagster_dir / "runs.db")) as connection, connection:
        connection.execute(row, ["REQUESTED"])
    prune(settings, LATER, all_runs(instance))
    assert run_id in all_runs(instance)
    with closing(sqlite3.connect(settings.dagster_dir / "runs.db")) as connection, connection:
        connection.execute("update bulk_actions set status = 'COMPLETED_SUCCESS'")
    prune(settings, LATER, all_runs(instance))
    assert run_id not in all_runs(instance)


@pytest.mark.parametrize("point", ["remove_events", "remove_runs"])
def test_a_prune_that_is_killed_is_taken_up_again(world, settings, instance, monkeypatch, point):
    history(world)
    before, runs = world.answers(), all_runs(instance)

    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(records, point, killed)
        with pytest.raises(KeyboardInterrupt):
            prune(settings, LATER, runs)
    assert world.answers() == before
    prune(settings, LATER, runs)
    assert world.answers() == before
    assert all_runs(instance) < runs
    assert {path.stem for path in settings.dagster_dir.glob("*-*.db")} == all_runs(instance)


def test_a_dry_run_says_the_same_and_changes_nothing(world, settings, instance):
    history(world)
    runs = all_runs(instance)
    planned = prune(settings, LATER, runs, is_dry_run=True)
    assert all_runs(instance) == runs
    done = prune(settings, LATER, runs)
    assert [(one.what, one.count) for one in planned.removed] == [(one.what, one.count) for one in done.removed]
    assert done.freed_bytes > 0


def test_databases_shrink(world, settings, instance):
    for _ in range(5):
        world.run(DAYS[0])
    prune(settings, LATER, all_runs(instance))
    path = settings.dagster_dir / records.INDEX
    assert records.free_share(path) < 0.1
    assert not path.with_name("index.db-wal").exists() or path.with_name("index.db-wal").stat().st_size == 0


def test_ticks_logs_and_leftovers_go_by_age(world, settings, instance):
    world.run(DAYS[0])
    with closing(sqlite3.connect(settings.dagster_dir / records.SCHEDULES)) as connection, connection:
        for number, status in ((1, "SUCCESS"), (2, "STARTED"), (3, "SKIPPED"), (4, "SKIPPED")):
            connection.execute(
                "insert into job_ticks (id, job_origin_id, selector_id, status, type, timestamp, tick_body) "
                "values (?, 'o', 's', ?, 'SENSOR', '2026-06-01 00:00:00.000000', '{}')",
                [number, status],
            )
    old = [
        settings.dbt_dir / "target" / "dbt_audit-1-2" / "run_results.json",
        settings.dbt_dir / "logs" / "dbt.log.1",
        settings.spill_dir / "lake-events-abandoned" / "half.parquet",
        settings.dagster_dir / "8c6470f8-d1e6-4bc2-be5a-e678ef1212e4.db",
        settings.dagster_dir / "tick_logs" / "sensor" / "1.err",
    ]
    kept = [settings.dbt_dir / "target" / "manifest.json", settings.dagster_dir / "storage" / "value"]
    for path in (*old, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    prune(settings, LATER, frozenset())
    with closing(sqlite3.connect(settings.dagster_dir / records.SCHEDULES)) as connection:
        assert connection.execute("select id from job_ticks order by id").fetchall() == [(2,), (4,)]
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


def test_only_runs_whose_end_the_published_audit_tells_of_may_go(settings, capsys):
    settings.serving_dir.mkdir(parents=True)
    assert ended_runs_in_audit(settings) == frozenset()
    with duckdb.connect(str(settings.serving_dir / "netflix-20260601T000000000000Z.duckdb")) as connection:
        connection.execute("""
            create table audit_pipeline_runs as
            from (values ('a', 'SUCCESS', now()), ('b', 'STARTED', null)) as t (run_id, status, ended_at)
        """)
    assert ended_runs_in_audit(settings) == {"a"}
    assert prune_and_tell(settings, is_dry_run=False) == 0
    assert "Nothing to remove" in capsys.readouterr().out


def test_another_version_of_dagster_is_left_alone(settings, capsys):
    settings.dagster_dir.mkdir(parents=True)
    for name in (records.INDEX, records.RUNS):
        with closing(sqlite3.connect(settings.dagster_dir / name)) as connection, connection:
            connection.execute("create table something (id integer)")
    assert prune_and_tell(settings, is_dry_run=False) == 1
    assert "has no table" in capsys.readouterr().out


def test_the_audit_pulls_nothing_anew_from_a_pruned_instance(world, settings, instance):
    history(world)
    batch = pull(instance, Watermark())
    moment = batch.runs["updated_at"].max().to_pydatetime() + timedelta(seconds=6)
    prune(settings, LATER, all_runs(instance))
    again = pull(instance, Watermark(moment))
    assert again.runs.empty and again.steps.empty and again.materializations.empty and again.checks.empty
    everything = pull(instance, Watermark())
    keys = set(zip(batch.checks["run_id"], batch.checks["storage_id"], strict=True))
    assert set(zip(everything.checks["run_id"], everything.checks["storage_id"], strict=True)) <= keys
    assert os.environ["NETFLIX_DAGSTER_DIR"] == str(settings.dagster_dir)

"""Records of a range of days written together: what Dagster reads of them is what it reads of records written one by one."""

import sqlite3

import dagster as dg
import pytest

from netflix_platform.defs.day_metadata import DayMetadata
from netflix_platform.defs.event_storage import KeptConnectionEventLogStorage
from netflix_platform.defs.partitions import in_groups

DAYS = dg.DailyPartitionsDefinition("2026-06-01", end_date="2026-06-21")
KEYS = [dg.AssetKey("by_day"), dg.AssetKey("whole")]


@dg.asset(
    partitions_def=DAYS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[dg.AssetCheckSpec("sound", asset="by_day")],
)
def by_day(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    with DayMetadata(context) as metadata:
        for group in in_groups(context, lambda days: [days[:7], days[7:]]):
            for day in group:
                metadata.add(day, {"dagster/partition_row_count": day.day})
                metadata.add(day, {"touched": [str(day)]})
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(check_name="sound", passed=True)])


@dg.asset(deps=[by_day])
def whole() -> None:
    """An asset without days in a run over a range of them."""


def run(instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    tags = {"dagster/asset_partition_range_start": "2026-06-01", "dagster/asset_partition_range_end": "2026-06-20"}
    job = dg.Definitions(assets=[by_day, whole]).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, tags=tags)


@pytest.fixture
def instance_in(tmp_path, monkeypatch):
    """Makes instances with our storage; ``batch``: how many records are written together, 0: one by one."""

    def make(name: str, batch: int) -> dg.DagsterInstance:
        monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", str(batch))
        storage = {
            "module": "netflix_platform.defs.event_storage",
            "class": "KeptConnectionEventLogStorage",
            "config": {"base_dir": str(tmp_path / name / "events")},
        }
        (tmp_path / name).mkdir()
        return dg.DagsterInstance.local_temp(str(tmp_path / name), overrides={"event_log_storage": storage})

    return make


def seen(instance: dg.DagsterInstance, run_id: str) -> dict:
    """What Dagster reads of a run: partitions, newest records, metadata by day, and the run's own log."""
    records = instance.fetch_materializations(KEYS[0], limit=100).records
    return {
        "partitions": sorted(instance.get_materialized_partitions(KEYS[0])),
        "keys": sorted(key.to_user_string() for key in instance.all_asset_keys()),
        "newest": {key: bool(instance.get_latest_materialization_event(key)) for key in KEYS},
        "by_day": {
            record.partition_key: {name: value.value for name, value in record.asset_materialization.metadata.items()}
            for record in records
        },
        "newest_by_partition": sorted(
            instance.get_latest_storage_id_by_partition(KEYS[0], dg.DagsterEventType.ASSET_MATERIALIZATION)
        ),
        "ids_are_of_their_records": all(
            instance.fetch_materializations(
                dg.AssetRecordsFilter(asset_key=KEYS[0], storage_ids=[record.storage_id]), limit=1
            )
            .records[0]
            .partition_key
            == record.partition_key
            for record in records
        ),
        "log": sorted(str(entry.dagster_event_type) for entry in instance.all_logs(run_id)),
    }


def test_records_written_together_read_as_records_written_one_by_one(instance_in):
    with instance_in("one by one", 0) as instance:
        expected = seen(instance, run(instance).run_id)
    for size in (1000, 7):
        with instance_in(f"by {size}", size) as instance:
            assert seen(instance, run(instance).run_id) == expected
    assert len(expected["partitions"]) == 20
    assert expected["by_day"]["2026-06-07"] == {"dagster/partition_row_count": 7, "touched": ["2026-06-07"]}
    assert expected["ids_are_of_their_records"]


def test_a_check_is_planned_once_a_run_and_not_once_a_day(instance_in, tmp_path):
    with instance_in("checks", 1000) as instance:
        run(instance)
        summary = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(KEYS[0], "sound")]
        )
        (record,) = summary.values()
        assert record.status.value == "SUCCEEDED"
    with sqlite3.connect(tmp_path / "checks" / "events" / "index.db") as index:
        rows = index.execute("select execution_status, partition from asset_check_executions").fetchall()
    assert rows == [("SUCCEEDED", None)]


@pytest.mark.parametrize(("as_a_range", "planned"), [(False, 21), (True, 2)])
def test_a_long_range_is_planned_in_one_record_per_asset(instance_in, as_a_range, planned):
    with instance_in("plans", 1000) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, KeptConnectionEventLogStorage)
        if as_a_range:
            with storage.planning_ranges():
                result = run(instance)
        else:
            result = run(instance)
        records = instance.all_logs(result.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        assert len(records) == planned
        assert len(instance.get_materialized_partitions(KEYS[0])) == 20
        assert not storage.supports_partition_subset_in_asset_materialization_planned_events


def test_metadata_of_a_step_that_fails_is_not_kept(instance_in):
    @dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
    def fails(context: dg.AssetExecutionContext) -> None:
        with DayMetadata(context) as metadata:
            metadata.add(DAYS.time_window_for_partition_key("2026-06-01").start.date(), {"rows": 1})
            raise ValueError("planned")

    with instance_in("fails", 1000) as instance:
        tags = {"dagster/asset_partition_range_start": "2026-06-01", "dagster/asset_partition_range_end": "2026-06-02"}
        job = dg.Definitions(assets=[fails]).resolve_implicit_global_asset_job_def()
        assert not job.execute_in_process(instance=instance, tags=tags, raise_on_error=False).success
        assert instance.get_materialized_partitions(dg.AssetKey("fails")) == set()

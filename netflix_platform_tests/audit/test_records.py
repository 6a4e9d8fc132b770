"""Dagster's records as frames: complete, typed even when empty, and incremental without a gap."""

import dagster as dg
import pytest

from netflix_platform.audit.records import (
    CHECK_COLUMNS,
    MATERIALIZATION_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    Watermark,
    pull,
)


@dg.asset(check_specs=[dg.AssetCheckSpec("is_fine", asset="table")])
def table():
    return dg.MaterializeResult(
        metadata={"dagster/row_count": 7},
        check_results=[
            dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN, description="not so fine")
        ],
    )


@dg.asset(deps=[table])
def broken():
    raise ValueError("no")


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as temporary:
        yield temporary


def run(instance, assets, tags=None):
    return dg.materialize(assets, instance=instance, raise_on_error=False, tags=tags or {}).run_id


def test_runs_steps_materializations_and_checks_are_read(instance):
    run_id = run(
        instance, [table, broken], {"netflix/command": "make day DAY=2026-06-01", "dagster/partition": "2026-06-01"}
    )
    batch = pull(instance, Watermark())
    [row] = batch.runs.to_dict("records")
    assert (row["run_id"], row["status"]) == (run_id, "FAILURE")
    assert row["launched_by"] == "command make day DAY=2026-06-01"
    assert str(row["partition_from"])[:10] == str(row["partition_to"])[:10] == "2026-06-01"
    assert dict(zip(batch.steps["step_key"], batch.steps["status"], strict=True)) == {
        "table": "SUCCESS",
        "broken": "FAILURE",
    }
    assert (batch.steps["duration_seconds"] >= 0).all()
    [check] = batch.checks.to_dict("records")
    assert (check["check_name"], check["passed"], check["severity"]) == ("is_fine", False, "WARN")
    assert check["description"] == "not so fine"
    [materialization] = batch.materializations.to_dict("records")
    assert (materialization["asset_key"], materialization["row_count"]) == ("table", 7)


def test_an_empty_pull_has_the_same_typed_columns(instance):
    batch = pull(instance, Watermark())
    for frame, columns in (
        (batch.runs, RUN_COLUMNS),
        (batch.steps, STEP_COLUMNS),
        (batch.materializations, MATERIALIZATION_COLUMNS),
        (batch.checks, CHECK_COLUMNS),
    ):
        assert frame.empty
        assert {name: str(kind) for name, kind in frame.dtypes.items()} == columns


def test_a_later_pull_reads_what_changed_and_nothing_that_was_seen(instance):
    first = run(instance, [table])
    batch = pull(instance, Watermark())
    moment = batch.runs["updated_at"].max().to_pydatetime()
    last = int(batch.materializations["storage_id"].max())
    again = pull(instance, Watermark(moment, {first: last}))
    assert again.materializations.empty
    second = run(instance, [table])
    later = pull(instance, Watermark(moment, {first: last}))
    assert set(later.materializations["run_id"]) == {second}


def test_who_launched_a_run(instance):
    schedule, sensor = {"dagster/schedule_name": "daily_schedule"}, {"dagster/sensor_name": "late_arrivals"}
    for tags in (schedule, sensor, {"dagster/backfill": "abc"}, {}):
        run(instance, [table], tags)
    launchers = sorted(pull(instance, Watermark()).runs["launched_by"])
    assert launchers == ["backfill abc", "person", "schedule daily_schedule", "sensor late_arrivals"]

"""Dagster's records as frames: complete, typed even when empty, and incremental without a gap."""

import dagster as dg
import pytest
import sqlalchemy

from netflix_platform.audit.frames import CHECK_COLUMNS, MATERIALIZATION_COLUMNS, RUN_COLUMNS, STEP_COLUMNS
from netflix_platform.audit.records import NO_RUN, Watermark, pull


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


def test_rows_retries_and_days_of_steps_and_checks(instance):
    attempts = []

    @dg.asset(
        partitions_def=dg.DailyPartitionsDefinition("2026-06-01"),
        backfill_policy=dg.BackfillPolicy.single_run(),
        retry_policy=dg.RetryPolicy(max_retries=2),
        check_specs=[dg.AssetCheckSpec("is_whole", asset="by_day")],
    )
    def by_day(context):
        attempts.append(context.retry_number)
        if len(attempts) < 3:
            raise ValueError("not yet")
        for day in context.partition_keys:
            context.add_asset_metadata({"dagster/partition_row_count": 10}, partition_key=day)
        return dg.MaterializeResult(
            check_results=[dg.AssetCheckResult(passed=False, metadata={"failed_days": ["2026-06-02", "2026-06-03"]})]
        )

    @dg.asset
    def without_count():
        pass

    tags = {"dagster/asset_partition_range_start": "2026-06-01", "dagster/asset_partition_range_end": "2026-06-03"}
    run(instance, [by_day], tags)
    run(instance, [without_count])
    batch = pull(instance, Watermark())
    steps = batch.steps.set_index("step_key")
    assert (steps.loc["by_day", "rows_written"], steps.loc["by_day", "retries"]) == (30, 2)
    assert steps.loc["by_day", "status"] == "SUCCESS"
    assert steps["rows_written"].isna()["without_count"]
    [check] = batch.checks.to_dict("records")
    assert [str(check[name])[:10] for name in ("first_day", "last_day")] == ["2026-06-01", "2026-06-03"]
    assert check["failed_days"] == "2026-06-02,2026-06-03"


def test_a_step_that_was_cut_short_is_told_from_one_that_goes_on(instance):
    going_on = []

    @dg.asset
    def killed():
        going_on.extend(pull(instance, Watermark()).steps["status"])
        raise ValueError("no")

    run_id = run(instance, [killed])
    assert going_on == ["IN_PROGRESS"]
    with instance.event_log_storage.run_connection(run_id) as connection:  # as a killed process leaves it
        connection.execute(sqlalchemy.text("delete from event_logs where dagster_event_type = 'STEP_FAILURE'"))
    [step] = pull(instance, Watermark()).steps.to_dict("records")
    assert step["status"] == "INTERRUPTED"
    assert str(step["ended_at"]) == "NaT"


def test_what_is_checked_outside_any_run_is_read_once(instance):
    def evaluate(passed):
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(asset_key=dg.AssetKey("table"), check_name="fresh", passed=passed, metadata={})
        )

    evaluate(False)
    first = pull(instance, Watermark()).checks
    assert (list(first["run_id"]), list(first["passed"])) == ([NO_RUN], [False])
    assert first["first_day"].isna().all()
    seen = Watermark(last_event={NO_RUN: int(first["storage_id"].max())})
    assert pull(instance, seen).checks.empty
    evaluate(True)
    assert list(pull(instance, seen).checks["passed"]) == [True]


def test_the_partition_of_somebodys_own_job_is_no_day(instance):
    run(instance, [table], {"dagster/partition": "europe"})
    assert pull(instance, Watermark()).runs["partition_from"].isna().all()

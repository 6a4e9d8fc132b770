"""The code location as Dagster sees it: the graph without a loose end, the jobs, the schedule, the pool, the partitions."""

from datetime import UTC, date, datetime

import dagster as dg
import pytest

from netflix_platform.definitions import build_defs
from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.settings import Settings

BY_DAY = {
    "aggregates/agg_title_day",
    "aggregates/agg_user_day",
    "facts/fct_watch",
    "lake/events",
    "lake/titles",
    "lake/users",
    "marts/mart_audience_hourly",
    "marts/mart_audience_local",
    "marts/mart_daily_kpis",
    "marts/mart_qoe_daily",
    "marts/mart_qoe_hourly",
    "marts/mart_qoe_startup",
    "marts/mart_sessions_daily",
    "raw/events",
    "raw/titles",
    "raw/users",
    "staging/stg_events",
    "staging/stg_titles",
    "staging/stg_users",
    "warehouse/events",
    "warehouse/titles",
    "warehouse/users",
}
WHOLE = {
    "audit/alert_records",
    "audit/audit_alerts",
    "audit/audit_asset_materializations",
    "audit/audit_check_results",
    "audit/audit_erasures",
    "audit/audit_landing_files",
    "audit/audit_late_arrivals",
    "audit/audit_pipeline_runs",
    "audit/audit_publications",
    "audit/audit_row_ledger",
    "audit/audit_step_runs",
    "audit/audit_warehouse_ledger",
    "audit/check_records",
    "audit/erasure_records",
    "audit/landing_file_records",
    "audit/late_arrival_records",
    "audit/ledger_records",
    "audit/materialization_records",
    "audit/publication_records",
    "audit/run_records",
    "audit/step_records",
    "dashboard",
    "dimensions/dim_country",
    "dimensions/dim_date",
    "dimensions/dim_title",
    "dimensions/dim_user",
    "marts/mart_content_mix_daily",
    "marts/mart_pipeline_health",
    "marts/mart_profile_monthly",
    "marts/mart_retention",
    "marts/mart_subscribers_daily",
    "marts/mart_title_daily",
    "marts/mart_title_funnel",
    "marts/mart_title_weeks",
    "marts/mart_top_titles",
    "marts/mart_top_titles_published",
    "reference/published_top10",
    "serving",
}


@pytest.fixture(scope="module")
def defs(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        settings = Settings(data_dir=tmp_path_factory.mktemp("platform"), start_date=date(2026, 6, 1))
        for name, value in settings.child_environment().items():
            patch.setenv(name, value)
        yield build_defs(settings)


@pytest.fixture(scope="module")
def graph(defs):
    return defs.resolve_asset_graph()


def name(key):
    return "/".join(key.path)


def test_what_is_stored_by_day_needs_nothing_that_is_rebuilt_whole(graph):
    """Else Dagster cuts a backfill of days, as one asks for it in the UI, into runs that each audit a part of each day."""
    needed = {
        name(parent)
        for key in graph.get_all_asset_keys()
        if name(key) in BY_DAY
        for parent in graph.get(key).parent_keys
    }
    assert needed - BY_DAY == set()


def test_every_asset_is_known_and_only_what_is_stored_by_day_has_partitions(graph):
    partitioned = {name(key) for key in graph.get_all_asset_keys() if graph.get(key).partitions_def is not None}
    assert partitioned == BY_DAY
    assert {name(key) for key in graph.get_all_asset_keys()} == BY_DAY | WHOLE


def test_no_asset_lacks_a_producer_but_the_dashboard_which_streamlit_serves(graph):
    assert {name(key) for key in graph.get_all_asset_keys() if not graph.get(key).is_materializable} == {"dashboard"}


def test_the_graph_runs_unbroken_from_raw_to_the_dashboard(graph):
    upstream = graph.get_ancestor_asset_keys(dg.AssetKey("dashboard"))
    assert dg.AssetKey(["raw", "events"]) in upstream
    assert dg.AssetKey(["raw", "titles"]) in upstream
    roots = {name(key) for key in graph.get_all_asset_keys() if not graph.get(key).parent_keys}
    assert roots == {
        "raw/events",
        "raw/titles",
        "raw/users",
        "reference/published_top10",
        "dimensions/dim_country",
    }
    ends = {name(key) for key in graph.get_all_asset_keys() if not graph.get(key).child_keys}
    # Dimensions may end here: analysts join them, and not every one is needed by a mart.
    assert ends <= {"dashboard", "dimensions/dim_date"}


def test_the_partition_chain_is_unbroken(graph):
    """A backfill reaches a partitioned asset only through partitioned ones."""
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        if node.partitions_def is not None:
            parents = [graph.get(parent).partitions_def for parent in node.parent_keys]
            assert not parents or any(parent is not None for parent in parents), name(key)


def test_jobs_schedule_and_sensors(defs):
    repository = defs.get_repository_def()
    jobs = sorted(job for job in repository.job_names if not job.startswith("__"))
    assert jobs == ["daily", "ingest", "rebuild", "refresh_audit", "waive"]
    schedule = repository.get_schedule_def("daily_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "UTC")
    sensors = sorted(sensor.name for sensor in repository.sensor_defs)
    assert sensors == [
        "alerts",
        "audit_after_cancel",
        "audit_after_failure",
        "catch_up",
        "dead_runs",
        "freshness",
        "landing",
        "late_arrivals",
    ]


def test_the_schedule_asks_for_the_day_before(defs):
    repository = defs.get_repository_def()
    schedule = repository.get_schedule_def("daily_schedule")
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 6, 10, 2, tzinfo=UTC),
            repository_def=repository,
        )
        requests = schedule.evaluate_tick(context).run_requests
    assert [request.partition_key for request in requests] == ["2026-06-09"]


def test_whoever_opens_the_warehouse_is_in_its_pool(defs):
    pools = {op.name: op.pool for op in defs.resolve_job_def("daily").all_node_defs}
    outside = {"raw__events", "raw__users", "raw__titles", "lake__events", "lake__users", "lake__titles"}
    outside.add("serving_second_opinion")  # reads raw files and the published version
    assert {step for step, pool in pools.items() if pool is None} == outside
    assert {pool for pool in pools.values() if pool} == {WAREHOUSE_POOL}
    assert {op.pool for op in defs.resolve_job_def("waive").all_node_defs} == {WAREHOUSE_POOL}


def test_ledger_checks_and_dbt_error_tests_block_and_warnings_do_not(graph):
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    assert {"row_ledger", "warehouse_ledger"} <= blocking
    assert not blocking & {"quarantine_share", "second_opinion"}
    assert "mart_daily_kpis_sums_equal_fct_watch" in blocking
    assert "agg_title_day_share_of_plays_with_unknown_title" not in blocking

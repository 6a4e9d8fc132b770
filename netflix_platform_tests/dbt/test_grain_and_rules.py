"""The test ``grain_and_rules`` finds each kind of fault in every model that it watches over, and names it."""

from __future__ import annotations

import pytest

from netflix_platform_tests.dbt.conftest import Warehouse
from netflix_platform_tests.dbt.planted import day

DUPLICATE = "insert into {0} select * from {0} limit 1"

# Model, what spoils its rows, and words of the fault that must be found.
SPOILED = [
    ("mart_audience_local", DUPLICATE.format("marts.mart_audience_local"), "more than one row"),
    ("mart_audience_local", "update marts.mart_audience_local set local_hour = 24 where local_hour = 20", "not so"),
    (
        "mart_audience_local",
        "update marts.mart_audience_local set watched_seconds = watched_seconds + 0.001 where local_hour = 20",
        "sums differ; watched_seconds",
    ),
    ("mart_qoe_startup", "delete from marts.mart_qoe_startup where startup_bin > 90", "sums differ; timed_starts"),
    ("mart_qoe_daily", "update marts.mart_qoe_daily set abandoned_plays = abandonable_plays + 1", "not so"),
    (
        "mart_qoe_daily",
        f"delete from marts.mart_qoe_daily where event_date = date '{day(3)}'",
        "sums differ; playbacks null and not",
    ),
    ("mart_qoe_daily", "update marts.mart_qoe_daily set failed_playbacks = 0", "sums differ; failed_playbacks 0"),
    ("mart_qoe_hourly", "update marts.mart_qoe_hourly set startup_p50_ms = null", "not so"),
    ("mart_qoe_hourly", "delete from marts.mart_qoe_hourly where hour_utc = 20", "sums differ"),
    ("mart_sessions_daily", "update marts.mart_sessions_daily set binge_sessions = sessions + 1", "not so"),
    ("mart_sessions_daily", "update marts.mart_sessions_daily set sessions = sessions + 1", "sums differ; sessions"),
    (
        "mart_content_mix_daily",
        "delete from marts.mart_content_mix_daily where breakdown = 'origin'",
        "sums differ; plays",
    ),
    ("mart_subscribers_daily", "update marts.mart_subscribers_daily set subscribers = subscribers + 1", "not so"),
    ("mart_subscribers_daily", "delete from dimensions.dim_date", "event_date is not known to event_date"),
    ("mart_retention", "update marts.mart_retention set active = 0 where not is_complete", "not so"),
    ("mart_retention", "update marts.mart_retention set subscribed = cohort_size + 1 where is_complete", "not so"),
    ("mart_title_weeks", "update marts.mart_title_weeks set is_complete = not is_complete", "not so"),
    (
        "mart_title_weeks",
        "delete from dimensions.dim_title where title_id = 't0'",
        "title_id is not known to title_id: t0",
    ),
    ("mart_title_funnel", "update marts.mart_title_funnel set starters = viewers + 1", "not so"),
    ("mart_title_funnel", DUPLICATE.format("marts.mart_title_funnel"), "more than one row"),
]


@pytest.fixture(scope="module")
def queries(built_file, parsed_project, tmp_path_factory) -> dict[str, str]:
    """The compiled test of each model, for all days."""
    outcome = Warehouse(built_file, parsed_project).dbt("compile", "--select", "test_name:grain_and_rules")
    return {result.node.attached_node.split(".")[-1]: result.node.compiled_code for result in outcome.result.results}


def test_good_rows_have_no_fault_and_each_kind_of_bad_ones_has_its_own(
    built: Warehouse, queries: dict[str, str]
) -> None:
    assert set(queries) == {model for model, _, _ in SPOILED}
    with built.open() as connection:
        for model, query in queries.items():
            assert connection.execute(query).fetchall() == [], model
        for model, spoil, expected in SPOILED:
            connection.execute("begin")
            connection.execute(spoil)
            faults = connection.execute(queries[model]).fetchall()
            connection.execute("rollback")
            assert any(expected in fault for _, fault in faults), (model, spoil, faults)
            by_day = model in {"mart_audience_local", "mart_qoe_startup", "mart_qoe_daily", "mart_content_mix_daily"}
            assert not by_day or all(event_date is not None for event_date, _ in faults), (model, spoil)


def test_only_the_days_of_the_run_are_looked_at(built: Warehouse) -> None:
    name = "mart_qoe_daily_grain_and_rules"
    built.execute(f"delete from marts.mart_qoe_daily where event_date = date '{day(3)}'")
    assert built.results("test", "--select", name, first=day(4), last=day(6)) == {name: "pass"}
    assert built.results("test", "--select", name, first=day(3), last=day(3)) == {name: "fail"}

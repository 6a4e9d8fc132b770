"""The models' own unit tests (``unit_tests:`` in their YAML) pass; production runs leave them out."""

from __future__ import annotations

from netflix_platform_tests.dbt.conftest import Warehouse

MODELS_WITH_LOGIC = {
    "stg_users",
    "fct_watch",
    "dim_user",
    "dim_title",
    "dim_date",
    "agg_user_day",
    "mart_audience_hourly",
    "mart_audience_local",
    "mart_content_mix_daily",
    "mart_daily_kpis",
    "mart_profile_monthly",
    "mart_qoe_daily",
    "mart_qoe_hourly",
    "mart_qoe_startup",
    "mart_retention",
    "mart_sessions_daily",
    "mart_subscribers_daily",
    "mart_title_funnel",
    "mart_title_weeks",
    "mart_top_titles",
    "mart_top_titles_published",
}


def test_unit_tests_pass(built: Warehouse) -> None:
    outcome = built.dbt("test", "--select", "test_type:unit")
    assert outcome.exception is None, outcome.exception
    assert {result.node.name: result.message for result in outcome.result.results if result.status != "pass"} == {}
    assert {result.node.tested_node_unique_id.split(".")[-1] for result in outcome.result.results} >= MODELS_WITH_LOGIC

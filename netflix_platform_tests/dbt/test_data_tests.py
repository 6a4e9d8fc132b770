"""Every test of the project lets good rows pass and stops planted bad ones, on the days of the run and on no other."""

from __future__ import annotations

import pytest

from netflix_platform_tests.dbt.conftest import DAILY, NO_UNIT_TESTS, Warehouse
from netflix_platform_tests.dbt.planted import day

DUPLICATE = "insert into {0} select * from {0} limit 1"

# For each generic test at least one use of it: the test's name, what spoils the rows, and the status that must follow.
SPOILED = [
    ("unique_combination_stg_events_event_id", DUPLICATE.format("raw.events"), "fail"),
    ("unique_combination_fct_watch_playback_id__event_date", DUPLICATE.format("facts.fct_watch"), "fail"),
    ("unique_combination_dim_user_user_key", DUPLICATE.format("dimensions.dim_user"), "fail"),
    (
        "unique_combination_mart_top_titles_week_start__top10_list__rank",
        "update marts.mart_top_titles set rank = 2 where rank = 1",
        "fail",
    ),
    (
        "unique_combination_mart_title_daily_event_date__title_id",
        DUPLICATE.format("marts.mart_title_daily"),
        "fail",
    ),
    ("fct_watch_measures_not_negative", "update facts.fct_watch set plays = -1 where playback_id = 'p3'", "fail"),
    ("fct_watch_keeps_every_playback_event", "delete from facts.fct_watch where playback_id = 'p3'", "fail"),
    (
        "fct_watch_keeps_every_playback_event",
        "update facts.fct_watch set watched_seconds = watched_seconds + 0.001 where playback_id = 'p3'",
        "fail",
    ),
    ("agg_user_day_sums_equal_fct_watch", "update aggregates.agg_user_day set errors = errors + 1", "fail"),
    ("agg_title_day_sums_equal_fct_watch", "delete from aggregates.agg_title_day", "fail"),
    (
        "mart_daily_kpis_sums_equal_fct_watch",
        "update marts.mart_daily_kpis set active_users = active_users + 1",
        "fail",
    ),
    ("mart_daily_kpis_rebuffer_ratio_is_a_share", "update marts.mart_daily_kpis set rebuffer_ratio = 1.1", "fail"),
    (
        "mart_daily_kpis_plays_near_the_last_days",
        f"update marts.mart_daily_kpis set plays = 3 * plays where event_date = date '{day(5)}'",
        "warn",
    ),
    (
        "mart_daily_kpis_plays_near_the_last_days",
        f"update marts.mart_daily_kpis set plays = 1 where event_date = date '{day(3)}'",
        "warn",
    ),
    (
        "mart_title_daily_sums_equal_agg_title_day",
        "delete from marts.mart_title_daily where title_id = 't0'",
        "fail",
    ),
    (
        "mart_top_titles_ranks_and_weeks",
        "update marts.mart_top_titles set week_start = week_start + 1 where rank = 10",
        "fail",
    ),
    (
        "gapless_intervals_dim_user_user_id__valid_from__valid_to",
        "update dimensions.dim_user set valid_to = valid_to + interval 1 second",
        "fail",
    ),
    (
        "gapless_intervals_dim_user_user_id__valid_from__valid_to",
        "update dimensions.dim_user set valid_to = valid_from where user_id = 'u1'",
        "fail",
    ),
    (
        "dim_title_top10_list_is_known",
        "update dimensions.dim_title set top10_list = 'Series' where title_id = 't1'",
        "fail",
    ),
    ("dim_title_share_that_cannot_be_ranked", "update dimensions.dim_title set runtime_minutes = null", "warn"),
    (
        "agg_title_day_share_of_plays_with_unknown_title",
        "delete from dimensions.dim_title where title_id = 't0'",
        "warn",
    ),
    (
        "agg_user_day_share_of_plays_with_unknown_user",
        "update dimensions.dim_user set user_id = 'x' || user_id where user_id < 'u3'",
        "warn",
    ),
]


@pytest.mark.parametrize(("name", "spoil", "status"), SPOILED)
def test_bad_rows_do_not_pass(built: Warehouse, name: str, spoil: str, status: str) -> None:
    built.execute(spoil)
    assert built.results("test", "--select", name) == {name: status}


def test_good_rows_pass_every_test(built: Warehouse) -> None:
    statuses = built.results("test", "--exclude", "tag:audit", *NO_UNIT_TESTS)
    assert {name for name, _, _ in SPOILED} <= set(statuses)
    assert set(statuses.values()) == {"pass"}


def test_tests_look_at_the_days_of_the_run_only(built: Warehouse) -> None:
    names = ("unique_combination_fct_watch_playback_id__event_date", "fct_watch_keeps_every_playback_event")
    built.execute(
        f"insert into facts.fct_watch select * from facts.fct_watch where event_date = date '{day(4)}' limit 1"
    )

    def status_on(first: int, last: int) -> set[str]:
        return set(built.results("test", "--select", *names, first=day(first), last=day(last)).values())

    assert status_on(5, 8) == {"pass"}
    assert status_on(4, 4) == {"fail"}
    assert status_on(2, 5) == {"fail"}


def test_dates_in_compiled_tests_are_the_bounds_and_nothing_else(built: Warehouse) -> None:
    """Dagster finds the days of a failed test by replacing these literals in its compiled SQL."""
    outcome = built.dbt("compile", "--select", "resource_type:test", first=day(2), last=day(5))
    sql = {result.node.name: result.node.compiled_code for result in outcome.result.results}
    assert len(sql) > 20
    for name, text in sql.items():
        rest = text.replace(f"event_date between date '{day(2)}' and date '{day(5)}'", "")
        assert "date '" not in rest, name
    assert {name for name, text in sql.items() if str(day(2)) in text} >= {
        "unique_combination_stg_events_event_id",
        "unique_combination_fct_watch_playback_id__event_date",
        "agg_user_day_share_of_plays_with_unknown_user",
        "mart_daily_kpis_sums_equal_fct_watch",
        "mart_title_daily_sums_equal_agg_title_day",
    }


def test_a_repeated_event_stops_at_the_door(built: Warehouse) -> None:
    """A repeat that the warehouse let through fails the staging test, and nothing downstream is built."""
    before = built.hashes(*DAILY)
    built.execute(DUPLICATE.format("raw.events"))
    statuses = built.results("build", "--exclude", "tag:audit", *NO_UNIT_TESTS)
    assert statuses["unique_combination_stg_events_event_id"] == "fail"
    assert {statuses[table.split(".")[1]] for table in DAILY} == {"skipped"}
    assert built.hashes(*DAILY) == before

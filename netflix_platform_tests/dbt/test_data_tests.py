"""Every test of the project lets good rows pass and stops planted bad ones, on the days of the run and on no other."""

from __future__ import annotations

import os
import re
from unittest import mock

import duckdb
import pytest
import yaml

from netflix_platform.settings import Thresholds
from netflix_platform_tests.dbt.conftest import DAILY, NO_UNIT_TESTS, PROJECT, Warehouse
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
        "mart_daily_kpis_plays_near_the_same_weekdays",
        f"update marts.mart_daily_kpis set plays = 3 * plays where event_date = date '{day(5)}'",
        "warn",
    ),
    (
        "mart_daily_kpis_plays_near_the_same_weekdays",
        f"update marts.mart_daily_kpis set plays = 0 where event_date = date '{day(3)}'",
        "warn",
    ),
    (
        "mart_daily_kpis_plays_near_the_same_weekdays",
        f"delete from marts.mart_daily_kpis where event_date = date '{day(6)}'",
        "warn",
    ),
    (
        "mart_title_daily_sums_equal_fct_watch",
        "delete from marts.mart_title_daily where title_id = 't0'",
        "fail",
    ),
    (
        "mart_title_daily_sums_equal_fct_watch",
        "update marts.mart_title_daily set watch_hours = watch_hours + 1.0 / 3600000 where title_id = 't0'",
        "fail",
    ),
    ("mart_title_daily_sums_equal_fct_watch", "update marts.mart_title_daily set viewers = viewers + 1", "fail"),
    (
        "fct_watch_keeps_every_playback_event",
        "update facts.fct_watch set watched_seconds = 0 where watched_seconds is null",
        "fail",
    ),
    (
        "agg_user_day_sums_equal_fct_watch",
        "update aggregates.agg_user_day set watched_seconds = 0 where watched_seconds is null",
        "fail",
    ),
    ("agg_user_day_sums_equal_fct_watch", "update aggregates.agg_user_day set timed_plays = plays", "fail"),
    ("mart_daily_kpis_sums_equal_fct_watch", "update marts.mart_daily_kpis set timed_plays = plays", "fail"),
    ("mart_daily_kpis_sums_equal_fct_watch", "update marts.mart_daily_kpis set watched_seconds = null", "fail"),
    (
        "mart_audience_hourly_sums_equal_fct_watch",
        "update marts.mart_audience_hourly set watched_seconds = watched_seconds + 0.001 where hour_utc = 20",
        "fail",
    ),
    ("mart_audience_hourly_hours_of_a_day", "update marts.mart_audience_hourly set hour_utc = 24", "fail"),
    (
        "unique_combination_mart_audience_hourly_event_date__hour_utc__device_type__country",
        "update marts.mart_audience_hourly set device_type = 'tv', hour_utc = 0",
        "fail",
    ),
    (
        "mart_profile_monthly_sums_equal_fct_watch",
        "update marts.mart_profile_monthly set watch_hours = 0 where watch_hours is null",
        "fail",
    ),
    ("mart_profile_monthly_sums_equal_fct_watch", "delete from marts.mart_profile_monthly where plays < 9", "fail"),
    ("mart_profile_monthly_sums_equal_fct_watch", "update marts.mart_profile_monthly set titles = titles + 1", "fail"),
    (
        "mart_profile_monthly_days_and_plays_of_a_month",
        "update marts.mart_profile_monthly set month_start = month_start + 1",
        "fail",
    ),
    ("agg_title_day_sums_equal_fct_watch", "update aggregates.agg_title_day set viewers = viewers + 1", "fail"),
    ("agg_user_day_sums_equal_fct_watch", "update aggregates.agg_user_day set titles = titles + 1", "fail"),
    (
        "mart_top_titles_sums_equal_fct_watch",
        "update marts.mart_top_titles set hours_viewed = hours_viewed + 1.0 / 3600000 where rank = 3",
        "fail",
    ),
    (
        "mart_top_titles_sums_equal_fct_watch",
        "update marts.mart_top_titles set title_id = 'other' where rank = 9",
        "fail",
    ),
    (
        "ranks_without_gaps_mart_top_titles_rank__week_start__top10_list",
        "delete from marts.mart_top_titles where rank = 5",
        "fail",
    ),
    (
        "dim_title_launches_are_watched",
        f"insert into dimensions.dim_title by name select 'new' as title_id, 'New' as title_name, 'film' as title_type, "
        f"'Drama' as primary_genre, date '{day(2)}' as release_date; "
        f"update aggregates.agg_title_day set title_id = 'gone' where event_date >= date '{day(1)}'",
        "warn",
    ),
    (
        "mart_top_titles_ranks_and_weeks",
        "update marts.mart_top_titles set week_start = week_start + 1 where rank = 10",
        "fail",
    ),
    (
        "unique_combination_mart_top_titles_published_week_start__top10_list__title_name__namesake",
        DUPLICATE.format("marts.mart_top_titles_published"),
        "fail",
    ),
    (
        "mart_top_titles_published_is_of_one_ranking_or_both",
        "update marts.mart_top_titles_published set is_in_both = not is_in_both where published_rank = 1",
        "fail",
    ),
    (
        "mart_top_titles_published_keeps_our_ranks",
        "delete from marts.mart_top_titles_published where rank = 3",
        "fail",
    ),
    (
        "mart_top_titles_published_keeps_the_published_ranks",
        "update marts.mart_top_titles_published set published_rank = 5 where published_rank = 2",
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


def failing_rows(warehouse: Warehouse, name: str, **environment: str) -> list[dict[str, object]]:
    """What the query of one test finds on the planted days."""
    with mock.patch.dict(os.environ, environment):
        (result,) = warehouse.dbt("compile", "--select", name, first=day(0), last=day(6)).result.results
    with duckdb.connect(str(warehouse.file)) as connection:
        return connection.execute(result.node.compiled_code).df().to_dict("records")


def test_statistical_tests_name_the_day(built: Warehouse) -> None:
    built.execute(f"delete from marts.mart_daily_kpis where event_date = date '{day(6)}'")
    (row,) = failing_rows(built, "mart_daily_kpis_plays_near_the_same_weekdays")
    assert (row["event_date"].date(), row["plays"]) == (day(6), 0)
    built.execute(f"update aggregates.agg_user_day set user_id = 'x' || user_id where event_date = date '{day(4)}'")
    (row,) = failing_rows(built, "agg_user_day_share_of_plays_with_unknown_user")
    assert row["event_date"].date() == day(4)


def test_volume_is_compared_with_the_same_weekday_when_there_are_three(built: Warehouse) -> None:
    """Four weeks with half the plays at weekends: no alarm, until a weekend has as many as a weekday."""
    name = "mart_daily_kpis_plays_near_the_same_weekdays"
    first = day(-21)
    built.execute(
        f"insert into audit.load_ledger by name select 'events' as feed, date '{first}' + cast(d as integer) as event_date "
        "from range(21) as days(d)"
    )
    plays = "case when isodow({0}) > 5 then 300 else 1000 end"
    earlier = "event_date - cast(7 * w as integer)"
    built.execute(
        f"update marts.mart_daily_kpis set plays = {plays.format('event_date')}; "
        f"insert into marts.mart_daily_kpis by name select mart_daily_kpis.* replace ({earlier} as event_date) "
        "from marts.mart_daily_kpis, range(1, 4) as weeks(w)"
    )
    assert failing_rows(built, name) == []
    built.execute(f"update marts.mart_daily_kpis set plays = 1000 where event_date = date '{day(3)}'")  # a Saturday
    (row,) = failing_rows(built, name)
    assert (row["event_date"].date(), row["highest_before"]) == (day(3), 300)


def launch(built: Warehouse, title: str, number: int, plays: int | None = None) -> None:
    """A title that is released on day ``number`` and, where it has ``plays``, watched on that day."""
    built.execute(
        f"insert into dimensions.dim_title by name select '{title}' as title_id, 'New' as title_name, 'film' as title_type, "
        f"'Drama' as primary_genre, date '{day(number)}' as release_date"
    )
    if plays is not None:
        built.execute(
            f"insert into aggregates.agg_title_day by name select * replace ('{title}' as title_id, {plays} as plays) "
            f"from aggregates.agg_title_day where event_date = date '{day(number)}' limit 1"
        )


def unwatched_launches(built: Warehouse, **settings: str) -> list[str]:
    return [row["title_id"] for row in failing_rows(built, "dim_title_launches_are_watched", **settings)]


def test_launches_that_are_new_old_or_watched_raise_no_alarm(built: Warehouse) -> None:
    launch(built, "yesterday", 4)
    launch(built, "before_the_platform", -1)
    for number in range(10):
        launch(built, f"watched{number}", 1, plays=50)
    assert unwatched_launches(built) == []
    assert unwatched_launches(built, NETFLIX_LAUNCH_QUIET_DAYS="2") == ["yesterday"]


def test_a_weak_launch_of_a_small_service_raises_no_alarm(built: Warehouse) -> None:
    """As long as few launches were watched, or with a play or two as well; where many had many, or none was watched, it does."""
    launch(built, "silent", 1)
    for number in range(8):  # beside the two of the planted world
        assert unwatched_launches(built) == []
        launch(built, f"watched{number}", 1, plays=50)
    assert unwatched_launches(built) == ["silent"]
    for number in range(8, 10):
        launch(built, f"watched{number}", 1, plays=1)
    assert unwatched_launches(built) == []
    built.execute(f"update aggregates.agg_title_day set title_id = 'gone' where event_date >= date '{day(1)}'")
    assert "silent" in unwatched_launches(built)


def test_thresholds_of_the_tests_are_the_settings(built: Warehouse) -> None:
    """The defaults written beside the tests are those of the settings, and the variables move them."""
    texts = "".join(path.read_text() for path in (PROJECT / "models").rglob("*.yml"))
    written = dict(re.findall(r"env_var\('(NETFLIX_\w+)', '([^']*)'\)", texts))
    defaults = Thresholds().as_environment()
    assert {name: float(value) for name, value in written.items()} == {name: float(defaults[name]) for name in written}
    assert len(written) == 5
    name = "agg_user_day_share_of_plays_with_unknown_user"
    assert failing_rows(built, name) == []
    assert len(failing_rows(built, name, NETFLIX_MAX_UNKNOWN_SHARE="0")) > 0


def test_severity_is_written_beside_every_test(built: Warehouse) -> None:
    """Keys, contracts and sums block, statistics warn; nothing is left to a default."""
    for folder in ("staging", "facts", "dimensions", "aggregates", "marts"):
        for path in (PROJECT / "models" / folder).glob("*.yml"):
            for model in yaml.safe_load(path.read_text())["models"]:
                tests = [*model["data_tests"]] if "data_tests" in model else []
                tests += [test for column in model["columns"] for test in column.get("data_tests", [])]
                for test in tests:
                    ((kind, body),) = test.items()
                    warns = kind in (
                        "near_same_weekdays",
                        "unknown_share_at_most",
                        "share_at_most",
                        "launched_titles_are_watched",
                    )
                    assert body["config"]["severity"] == ("warn" if warns else "error"), (path.name, test)


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
        "mart_title_daily_sums_equal_fct_watch",
        "mart_top_titles_sums_equal_fct_watch",
    }


def test_a_repeated_event_stops_at_the_door(built: Warehouse) -> None:
    """A repeat that the warehouse let through fails the staging test, and nothing downstream is built."""
    before = built.hashes(*DAILY)
    built.execute(DUPLICATE.format("raw.events"))
    statuses = built.results("build", "--exclude", "tag:audit", *NO_UNIT_TESTS)
    assert statuses["unique_combination_stg_events_event_id"] == "fail"
    assert {statuses[table.split(".")[1]] for table in DAILY} == {"skipped"}
    assert built.hashes(*DAILY) == before


def test_an_empty_table_of_months_is_no_loss(built: Warehouse) -> None:
    """Beyond a household's users it is empty by its rule."""
    built.execute("delete from marts.mart_profile_monthly")
    name = "mart_profile_monthly_sums_equal_fct_watch"
    assert built.results("test", "--select", name) == {name: "pass"}


def test_titles_of_a_feed_without_languages_cannot_be_ranked_and_raise_no_alarm(built: Warehouse) -> None:
    name = "dim_title_share_that_cannot_be_ranked"
    built.execute("update dimensions.dim_title set language = null, runtime_minutes = null, top10_list = null")
    assert built.results("test", "--select", name) == {name: "pass"}

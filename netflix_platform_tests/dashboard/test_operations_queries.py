"""Runs, steps, incidents, late arrivals and erasures, as the SQL over a real serving file gives them."""

from datetime import datetime

import duckdb
import pandas as pd
import pytest

from dashboard import operations_queries
from dashboard.published import OutdatedVersion
from netflix_platform_tests.dashboard.sample import BEFORE_OPERATIONS, DAY, yesterday

LONG_AGO = datetime(2020, 1, 1)


def rows(published, sql):
    with duckdb.connect(str(published.file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_last_runs_are_newest_first(publish):
    runs = operations_queries.last_runs(publish(), 5)
    assert len(runs) == 5
    assert runs["started_at"].is_monotonic_decreasing
    assert runs["status"].tolist() == ["STARTED", *["SUCCESS"] * 4]


def test_a_retry_names_the_run_that_it_tries_again(publish):
    runs = operations_queries.last_runs(publish(retried_days={yesterday(): 2}), 3)
    assert runs["retries"].tolist() == [2, 0, 0]
    assert runs["retry_of_run_id"].iloc[0] == runs["run_id"].iloc[1]
    assert runs["launched_by"].iloc[0] == "sensor catch_up"


def test_runs_of_older_code_come_without_retries(publish):
    published = publish(without_columns={"audit_pipeline_runs": ("retries", "retry_of_run_id")})
    runs = operations_queries.last_runs(published, 5)
    assert len(runs) == 5
    assert runs["retries"].isna().all()


def test_steps_come_in_the_order_in_which_they_began_for_the_runs_that_are_asked_for(publish):
    published = publish()
    first, second = operations_queries.last_runs(published, 2)["run_id"]
    steps = operations_queries.steps_of_runs(published, [second])
    assert steps["run_id"].unique().tolist() == [second]
    assert steps["started_at"].is_monotonic_increasing
    assert (steps["step_key"].iloc[0], steps["step_key"].iloc[-1]) == ("raw__events", "serving")
    assert set(operations_queries.steps_of_runs(published, [first, second])["run_id"]) == {first, second}
    assert operations_queries.steps_of_runs(published, []).empty


def test_steps_of_older_code_come_without_rows(publish):
    published = publish(without_columns={"audit_step_runs": ("rows_written", "rows_per_second", "retries")})
    steps = operations_queries.steps_of_runs(published, operations_queries.last_runs(published, 1)["run_id"].tolist())
    assert steps["duration_seconds"].notna().all()
    assert steps["rows_written"].isna().all()


def test_open_incidents_are_errors_first_then_the_newest(publish):
    published = publish(alerts="many")
    found = operations_queries.open_incidents(published)
    assert len(found) == 60
    assert found["closed_at"].isna().all()
    assert found["severity"].tolist() == ["ERROR"] * 40 + ["WARN"] * 20
    for _, part in found.groupby("severity"):
        assert part["opened_at"].is_monotonic_decreasing


def test_incidents_that_are_over_tell_how_long_they_lasted_from_the_time_that_is_asked_for(publish):
    published = publish(alerts="over")
    found = operations_queries.closed_incidents(published, LONG_AGO)
    assert (found["lasted_seconds"] / 3600).tolist() == [5, 10, 15, 20]
    assert found["closed_at"].is_monotonic_decreasing
    later = operations_queries.closed_incidents(published, found["closed_at"].iloc[1].to_pydatetime())
    assert later["incident_id"].tolist() == found["incident_id"].tolist()[:2]
    assert operations_queries.open_incidents(published).empty


def test_late_arrivals_count_days_between_arrival_and_event(publish):
    published = publish(latest=3)
    found = operations_queries.late_arrivals(published, yesterday() - 6 * DAY)
    assert set(found["days_late"]) == {1, 2, 3}
    assert ((found["arrival_date"] - found["event_date"]) == pd.to_timedelta(found["days_late"], unit="D")).all()
    [(total,)] = rows(
        published, f"select sum(rows) from audit_late_arrivals where arrival_date >= '{yesterday() - 6 * DAY}'"
    )
    assert found["rows"].sum() == total
    assert found["arrival_date"].is_monotonic_decreasing


def test_no_late_arrival_is_no_row(publish):
    assert operations_queries.late_arrivals(publish(latest=0), yesterday() - 6 * DAY).empty


def test_an_event_dated_after_its_arrival_is_early(publish):
    published = publish(latest=0)
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(
            "insert into audit_late_arrivals values (?, ?, 4, -7000, -100, -50)", [yesterday(), yesterday() + DAY]
        )
    assert operations_queries.late_arrivals(published, yesterday())["days_late"].tolist() == [-1]


def test_erasures_are_newest_first(publish):
    found = operations_queries.erasures(publish(erasures=3))
    assert len(found) == 3
    assert found["erased_at"].is_monotonic_decreasing
    assert "user_id" not in found


@pytest.mark.parametrize(
    "ask",
    [
        operations_queries.open_incidents,
        lambda published: operations_queries.closed_incidents(published, LONG_AGO),
        lambda published: operations_queries.late_arrivals(published, yesterday()),
        lambda published: operations_queries.steps_of_runs(published, ["x"]),
        operations_queries.erasures,
    ],
)
def test_a_version_from_before_operations_is_called_outdated(publish, ask):
    published = publish(without_tables=BEFORE_OPERATIONS)
    with pytest.raises(OutdatedVersion, match="no table"):
        ask(published)


def test_the_sample_has_the_columns_that_are_agreed(publish):
    columns = {
        table: {
            column
            for (column,) in rows(publish(), f"select column_name from duckdb_columns() where table_name = '{table}'")
        }
        for table in ("audit_alerts", "audit_late_arrivals", "audit_step_runs", "audit_erasures")
    }
    assert {"incident_key", "delivery_problem", "sent"} <= columns["audit_alerts"]
    assert columns["audit_late_arrivals"] == {
        *("arrival_date", "event_date", "rows", "delay_p50_seconds", "delay_p95_seconds", "delay_max_seconds")
    }
    assert {"rows_written", "rows_per_second", "retries"} <= columns["audit_step_runs"]

"""What is said of event days, ledgers, runs and checks, against tables that a test sets up."""

from datetime import datetime, timedelta

import duckdb
import pytest
import streamlit as st

from dashboard import pipeline_queries
from netflix_platform_tests.dashboard.sample import DAY, yesterday

MONDAY, TUESDAY = "2026-11-16", "2026-11-17"


def test_event_days_tell_every_state_and_name_what_is_missing(publish):
    failed, waived, gap = yesterday(), yesterday() - 5 * DAY, yesterday() - 7 * DAY
    published = publish(failed_days={failed: "no good"}, waived_days={waived: "agreed"}, missing_days=(gap,))
    days = pipeline_queries.event_days(published, yesterday() + 2 * DAY)
    state = {
        day.date(): (state, reason)
        for day, state, reason in zip(days["event_date"], days["state"], days["reason"], strict=True)
    }
    assert len(days) == 32
    assert state[failed] == ("failed", "no good")
    assert state[waived] == ("waived", "agreed")
    assert state[gap][0] == state[yesterday() + DAY][0] == "missing"
    assert state[yesterday() - DAY][0] == "audited"


def test_a_day_that_is_not_loaded_is_called_so(publish):
    published = publish()
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(f"update mart_pipeline_health set state = 'not_loaded' where event_date = '{yesterday()}'")
    assert pipeline_queries.event_days(published, yesterday())["state"].iloc[-1] == "not loaded"


def test_no_event_day_is_no_row(publish):
    published = publish()
    with duckdb.connect(str(published.file)) as connection:
        connection.execute("delete from mart_pipeline_health")
    assert pipeline_queries.event_days(published, yesterday()).empty


def test_the_row_ledger_flags_a_day_that_does_not_add_up(publish):
    published = publish(unbalanced_days=(yesterday() - DAY,))
    ledger = pipeline_queries.row_ledger(published, "events", yesterday() - 6 * DAY)
    assert len(ledger) == 7
    wrong = ledger[~ledger["is_balanced"]]
    assert [(day.date(), off_by) for day, off_by in zip(wrong["arrival_date"], wrong["off_by"], strict=True)] == [
        (yesterday() - DAY, 12)
    ]
    assert len(pipeline_queries.row_ledger(published, None, yesterday() - 6 * DAY)) == 21
    assert pipeline_queries.row_ledger(published, "users", yesterday() - 6 * DAY)["is_balanced"].all()


def test_a_ledger_is_not_believed_against_its_own_numbers(publish):
    published = publish()
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(
            f"update audit_row_ledger set received_rows = received_rows + 1 where arrival_date = '{yesterday()}'"
        )
        connection.execute(
            f"update audit_warehouse_ledger set lake_rows = lake_rows + 2 where event_date = '{yesterday()}'"
        )
    assert pipeline_queries.row_ledger(published, "events", yesterday())["is_balanced"].tolist() == [False]
    warehouse = pipeline_queries.warehouse_ledger(published, "events", yesterday() - DAY)
    assert warehouse["is_balanced"].tolist() == [False, True]
    assert warehouse["off_by"].tolist() == [2, 0]


def test_last_runs_are_newest_first(publish):
    runs = pipeline_queries.last_runs(publish(), 5)
    assert len(runs) == 5
    assert runs["started_at"].is_monotonic_decreasing
    assert runs["status"].tolist() == ["STARTED", *["SUCCESS"] * 4]


def test_the_warehouse_ledger_bears_the_state_of_its_day(publish):
    failed, waived = yesterday() - DAY, yesterday() - 2 * DAY
    published = publish(failed_days={failed: "3 rows without a user"}, waived_days={waived: "agreed"})
    ledger = pipeline_queries.warehouse_ledger(published, "events", waived)
    assert ledger["is_balanced"].all()
    assert ledger["state"].tolist() == ["audited", "failed", "waived"]
    assert ledger["reason"].tolist()[1:] == ["3 rows without a user", "agreed"]


def test_days_that_passed_and_those_of_them_without_events(publish):
    failed, waived, empty, gap = (yesterday() - number * DAY for number in range(4))
    published = publish(
        failed_days={failed: "bad"}, waived_days={waived: "agreed"}, empty_days=(empty,), missing_days=(gap,)
    )
    passed = pipeline_queries.passed_days(published)
    assert passed.empty == {empty}
    assert waived in passed.all
    assert not passed.all & {failed, gap}
    reasons = pipeline_queries.event_days(published, yesterday()).set_index("event_date")["reason"]
    assert reasons[str(empty)] == "no events"


def test_a_version_without_event_days_knows_none_that_passed(publish):
    published = publish(without_tables=("mart_pipeline_health",))
    assert pipeline_queries.passed_days(published) == pipeline_queries.PassedDays()


@pytest.fixture
def checked(publish):
    """Replaces runs and results: ``runs`` are id → first and last day (None without partitions); results are (storage_id, run,
    hour of the day at which it was recorded, passed). Returns what ``failed_checks`` finds.
    """

    def write(runs, results, check="not_null"):
        published = publish()
        st.cache_data.clear()  # the file keeps its name, which no published one does
        with duckdb.connect(str(published.file)) as connection:
            connection.execute("delete from audit_pipeline_runs")
            connection.execute("delete from audit_check_results")
            for run_id, days in runs.items():
                first, last = days or (None, None)
                connection.execute(
                    "insert into audit_pipeline_runs (run_id, partition_from, partition_to) values (?, ?, ?)",
                    [run_id, first, last],
                )
            for storage_id, run_id, hour, passed in results:
                connection.execute(
                    "insert into audit_check_results values (?, ?, 'facts/fct_watch', ?, 'ERROR', ?, ?, ?)",
                    [storage_id, run_id, check, passed, f"{run_id} at {hour}", datetime(2026, 11, 20, hour)],
                )
        return pipeline_queries.failed_checks(published, datetime(2026, 11, 20))

    return write


def test_later_goes_by_the_time_of_recording_since_every_run_numbers_its_own_events(checked):
    days = {"a": (MONDAY, MONDAY), "b": (MONDAY, MONDAY)}
    assert checked(days, [(90, "a", 1, False), (7, "b", 2, True)])["passed_later"].tolist() == [True]
    assert checked(days, [(7, "a", 2, False), (90, "b", 1, True)])["passed_later"].tolist() == [False]


def test_at_the_same_time_the_run_and_then_its_number_decide(checked):
    days = {"a": (MONDAY, MONDAY), "b": (MONDAY, MONDAY)}
    assert checked(days, [(9, "a", 1, False), (2, "b", 1, True)])["passed_later"].tolist() == [True]
    assert checked(days, [(2, "a", 1, False), (9, "a", 1, True)])["passed_later"].tolist() == [True]
    assert checked(days, [(9, "a", 1, False), (2, "a", 1, True)])["passed_later"].tolist() == [False]


@pytest.mark.parametrize(
    ("failed", "passed", "counts"),
    [
        ((MONDAY, MONDAY), (TUESDAY, TUESDAY), False),
        ((MONDAY, MONDAY), (MONDAY, TUESDAY), True),
        ((MONDAY, TUESDAY), (TUESDAY, TUESDAY), False),
        ((MONDAY, MONDAY), None, False),
        (None, (MONDAY, MONDAY), False),
        (None, None, True),
    ],
)
def test_only_a_pass_over_the_same_days_counts_as_passed_later(checked, failed, passed, counts):
    found = checked({"a": failed, "b": passed}, [(1, "a", 1, False), (2, "b", 2, True)])
    assert found["passed_later"].tolist() == [counts]


def test_a_check_is_listed_once_for_its_days_with_its_last_failure_the_newest_first(checked):
    runs = {"a": (MONDAY, MONDAY), "b": (MONDAY, MONDAY), "c": (TUESDAY, TUESDAY)}
    found = checked(runs, [(9, "a", 1, False), (1, "b", 3, False), (50, "c", 2, False)])
    assert found["description"].tolist() == ["b at 3", "c at 2"]
    assert found["failures"].tolist() == [2, 1]
    assert [f"{value:%Y-%m-%d}" for value in found["first_day"]] == [MONDAY, TUESDAY]


def test_failed_checks_begin_with_the_time_that_is_asked_for(publish):
    published = publish(failed_days={yesterday() - 3 * DAY: "early", yesterday(): "late"})
    since = datetime.combine(yesterday() - 6 * DAY, datetime.min.time())
    errors = pipeline_queries.failed_checks(published, since).query("severity == 'ERROR'")
    assert errors["description"].tolist() == ["late", "late", "early", "early"]
    assert not errors["passed_later"].any()  # every run of the sample checks its own day only
    assert pipeline_queries.failed_checks(published, datetime.now() + timedelta(days=2)).empty

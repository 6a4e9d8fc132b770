"""Which failed checks still stand: what counts as having passed later, by failed day where the check tells it."""

from datetime import datetime, timedelta

import duckdb
import pytest
import streamlit as st

from dashboard import pipeline_queries
from netflix_platform_tests.dashboard.sample import DAY, yesterday

MONDAY, TUESDAY, WEDNESDAY = "2026-11-16", "2026-11-17", "2026-11-18"
BOTH = (MONDAY, TUESDAY)
ALL_THREE = (MONDAY, WEDNESDAY)


@pytest.fixture
def checked(publish):
    """Replaces runs and results: ``runs`` are id → first and last day (None without partitions); results are (storage_id, run,
    hour of the day at which it was recorded, passed, failed days if they are told). Returns what ``failed_checks`` finds.
    """

    def write(runs, results, check="not_null", is_old=False):
        published = publish()
        st.cache_data.clear()  # the file keeps its name, which no published one does
        with duckdb.connect(str(published.file)) as connection:
            connection.execute("delete from audit_pipeline_runs")
            connection.execute("delete from audit_check_results")
            for run_id, days in runs.items():
                connection.execute(
                    "insert into audit_pipeline_runs (run_id, partition_from, partition_to) values (?, ?, ?)",
                    [run_id, *(days or (None, None))],
                )
            for storage_id, run_id, hour, passed, *failed_days in results:
                connection.execute(
                    """
                    insert into audit_check_results
                    values (?, ?, 'facts/fct_watch', ?, 'ERROR', ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        *(storage_id, run_id, check, passed, f"{run_id} at {hour}", datetime(2026, 11, 20, hour)),
                        *(runs[run_id] or (None, None)),
                        failed_days[0] if failed_days else None,
                    ],
                )
            for column in ("first_day", "last_day", "failed_days") if is_old else ():
                connection.execute(f"alter table audit_check_results drop column {column}")
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


@pytest.mark.parametrize(
    ("failed_days", "later", "counts"),
    [
        # The day at fault alone was run again: that mends it, though the run that failed had more days.
        (MONDAY, [((MONDAY, MONDAY), True)], True),
        (MONDAY, [((TUESDAY, TUESDAY), True)], False),
        # It failed again, for another day only.
        (MONDAY, [(BOTH, False, TUESDAY)], True),
        (MONDAY, [(BOTH, False, f"{MONDAY},{TUESDAY}")], False),
        # It failed again and does not tell for which day.
        (MONDAY, [(BOTH, False)], False),
        # Each day at fault must have passed, in whichever run.
        (f"{MONDAY},{TUESDAY}", [((MONDAY, MONDAY), True)], False),
        (f"{MONDAY},{TUESDAY}", [((MONDAY, MONDAY), True), ((TUESDAY, TUESDAY), True)], True),
        (f"{MONDAY}, {TUESDAY}", [(BOTH, True)], True),
        (MONDAY, [], False),
        ("no day", [(ALL_THREE, True)], False),
        # A run without partitions judges the whole.
        (MONDAY, [(None, True)], True),
        (MONDAY, [(None, False, TUESDAY)], True),
        (MONDAY, [(None, False, f"{MONDAY},{TUESDAY}")], False),
    ],
)
def test_where_the_failed_days_are_told_each_of_them_has_to_pass_later(checked, failed_days, later, counts):
    runs = {"a": ALL_THREE, **{f"later {number}": days for number, (days, *_) in enumerate(later)}}
    results = [(number + 2, f"later {number}", number + 2, *verdict) for number, (_, *verdict) in enumerate(later)]
    found = checked(runs, [(1, "a", 1, False, failed_days), *results])
    mine = found[found["run_id"] == "a"]
    assert mine["passed_later"].tolist() == [counts]
    assert mine["failed_days"].tolist() == [failed_days]


def test_the_same_failed_day_is_one_failure_whichever_runs_it_was_in(checked):
    runs = {"a": ALL_THREE, "b": (MONDAY, MONDAY)}
    found = checked(runs, [(1, "a", 1, False, MONDAY), (2, "b", 2, False, MONDAY)])
    assert (found["failures"].tolist(), found["description"].tolist()) == ([2], ["b at 2"])


def test_results_of_older_code_take_their_days_from_the_run(checked):
    runs = {"a": (MONDAY, MONDAY), "b": BOTH}
    found = checked(runs, [(1, "a", 1, False), (2, "b", 2, True)], is_old=True)
    assert found["passed_later"].tolist() == [True]
    assert [f"{value:%Y-%m-%d}" for value in found["first_day"]] == [MONDAY]
    assert found["failed_days"].isna().all()


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

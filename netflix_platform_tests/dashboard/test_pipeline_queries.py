"""What is said of event days, ledgers, runs and checks, against tables that a test sets up."""

import duckdb
import streamlit as st

from dashboard import pipeline_queries, queries
from netflix_platform_tests.dashboard.sample import DAY, yesterday


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


def test_the_warehouse_ledger_bears_the_state_of_its_day(publish):
    failed, waived = yesterday() - DAY, yesterday() - 2 * DAY
    published = publish(failed_days={failed: "3 rows without a user"}, waived_days={waived: "agreed"})
    ledger = pipeline_queries.warehouse_ledger(published, "events", waived)
    assert ledger["is_balanced"].all()
    assert ledger["state"].tolist() == ["audited", "failed", "waived"]
    assert ledger["reason"].tolist()[1:] == ["3 rows without a user", "agreed"]


def known(published):
    return pipeline_queries.known_days(published, queries.info(published))


def test_days_that_passed_and_those_of_them_without_events(publish):
    failed, waived, empty, gap = (yesterday() - number * DAY for number in range(4))
    published = publish(
        failed_days={failed: "bad"},
        waived_days={waived: "agreed"},
        empty_days=(empty,),
        missing_days=(gap,),
        refused_days=(failed,),
        last_day=waived,
        days=20,
    )
    days = known(published)
    assert days.empty == {empty}
    assert waived in days.passed
    assert not days.passed & {failed, gap}
    assert {waived, empty} <= days.published
    assert not days.published & {failed, gap}
    assert days.first_built == waived - 19 * DAY
    reasons = pipeline_queries.event_days(published, yesterday()).set_index("event_date")["reason"]
    assert reasons[str(empty)] == "no events"


def test_a_day_that_passed_while_another_is_refused_is_published_only_if_it_is_empty(publish):
    published = publish(
        last_day=yesterday() - 2 * DAY, refused_days=(yesterday() - DAY,), failed_days={yesterday(): "bad"}
    )
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(f"update mart_pipeline_health set state = 'audited' where event_date = '{yesterday()}'")
    assert yesterday() in known(published).passed
    assert yesterday() not in known(published).published
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(f"update mart_pipeline_health set warehouse_rows = 0 where event_date = '{yesterday()}'")
    st.cache_data.clear()  # the file keeps its name, which no published one does
    assert yesterday() in known(published).published


def test_without_figures_no_day_is_published(publish):
    published = publish(
        business=False, failed_days={yesterday(): "bad"}, refused_days=(yesterday(),), empty_days=(yesterday() - DAY,)
    )
    assert known(published).published == frozenset()
    assert known(published).first_built is not None


def test_in_a_version_without_event_days_the_figures_alone_count(publish):
    days = known(publish(without_tables=("mart_pipeline_health",)))
    assert not days.passed
    assert (len(days.published), min(days.published)) == (30, days.first_built)
    st.cache_data.clear()  # the second file has the name of the first, which no published one does
    assert known(publish(without_tables=("mart_pipeline_health", "mart_daily_kpis"))) == pipeline_queries.KnownDays()

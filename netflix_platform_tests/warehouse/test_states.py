"""States of event days, waivers, and which day a failed test is about."""

from datetime import date

import pytest

from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.states import (
    WaiveError,
    mark_load_failed,
    mark_loaded,
    mark_verdicts,
    unpublishable_days,
    waive,
)
from netflix_platform.warehouse.verdict import failed_days

ONE, TWO, THREE = (date(2026, 6, day) for day in (1, 2, 3))


@pytest.fixture
def connection(settings):
    with open_warehouse(settings) as opened:
        for day in (ONE, TWO, THREE):
            mark_loaded(opened, [day], "run")
        yield opened


def states(connection):
    return dict(connection.execute("select event_date, state from audit.event_day_states").fetchall())


def test_a_loaded_day_is_not_publishable_until_it_is_audited(connection):
    assert [day.event_date for day in unpublishable_days(connection)] == [ONE, TWO, THREE]
    mark_verdicts(connection, [ONE, TWO, THREE], {TWO: "bad"}, "run")
    assert states(connection) == {ONE: "audited", TWO: "failed", THREE: "audited"}
    assert [str(day) for day in unpublishable_days(connection)] == ["2026-06-02 (failed: bad)"]


def test_a_day_whose_load_failed_stays_failed_until_it_is_loaded_again(connection):
    """What is missing cannot fail a test of the models: their good verdict must not cover a ledger that does not add up."""
    mark_load_failed(connection, {TWO: "10 rows are missing"}, "run")
    mark_verdicts(connection, [ONE, TWO, THREE], {}, "run")
    assert states(connection) == {ONE: "audited", TWO: "failed", THREE: "audited"}
    mark_loaded(connection, [TWO], "run")
    mark_verdicts(connection, [TWO], {}, "run")
    assert unpublishable_days(connection) == []


def test_a_verdict_on_a_day_that_was_never_loaded_is_ignored(connection):
    mark_verdicts(connection, [date(2026, 7, 1)], {}, "run")
    assert date(2026, 7, 1) not in states(connection)


def test_a_waiver_holds_for_one_verdict_only(connection):
    mark_verdicts(connection, [ONE, TWO, THREE], {TWO: "bad"}, "run")
    waive(connection, TWO, "known outage")
    assert unpublishable_days(connection) == []
    mark_loaded(connection, [TWO], "run")
    assert [day.state for day in unpublishable_days(connection)] == ["loaded"]
    mark_verdicts(connection, [TWO], {TWO: "bad again"}, "run")
    assert [day.reason for day in unpublishable_days(connection)] == ["bad again"]


def test_only_a_failed_day_can_be_waived_and_only_with_a_reason(connection):
    with pytest.raises(WaiveError, match="loaded, not failed"):
        waive(connection, ONE, "why not")
    with pytest.raises(WaiveError, match="never been loaded"):
        waive(connection, date(2026, 7, 1), "why not")
    mark_verdicts(connection, [ONE], {ONE: "bad"}, "run")
    with pytest.raises(WaiveError, match="needs a reason"):
        waive(connection, ONE, "  ")


def result(status, sql="", name="not_null_x"):
    return {"unique_id": f"test.netflix.{name}.abc", "status": status, "message": "Got 1 result", "compiled_code": sql}


def test_a_failed_test_is_pinned_to_its_days(connection):
    connection.execute(
        "create table m as select unnest([date '2026-06-01', date '2026-06-02']) event_date, unnest([1, null]) x"
    )
    bounds = "event_date between date '2026-06-01' and date '2026-06-03'"
    failing = result("fail", f"select x from (select * from m where {bounds}) where x is null")
    assert list(failed_days(connection, [failing, result("pass")], [ONE, TWO, THREE])) == [TWO]


def test_a_range_of_one_day_and_a_test_without_bounds(connection):
    connection.execute("create table m as select date '2026-06-02' event_date")
    one = result("fail", "select 1 from m where event_date between date '2026-06-02' and date '2026-06-02'")
    assert list(failed_days(connection, [one], [TWO])) == [TWO]
    assert list(failed_days(connection, [result("fail", "select 1")], [ONE, TWO])) == [ONE, TWO]


def test_a_model_that_cannot_be_built_fails_every_day_and_a_warning_none(connection):
    assert list(failed_days(connection, [result("error")], [ONE, TWO])) == [ONE, TWO]
    assert failed_days(connection, [result("warn"), result("pass"), result("success")], [ONE, TWO]) == {}

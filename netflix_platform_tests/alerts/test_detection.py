"""Which part of a finished run is the cause; the many whole runs are in ``defs/test_alerting.py``."""

import dataclasses
from datetime import date

import pytest

from netflix_platform.alerts.detection import record_run, retire_warnings
from netflix_platform.alerts.run_ends import CheckResult, FailedStep, RunEnd
from netflix_platform.alerts.store import Problem, open_store
from netflix_platform_tests.alerts.webhook import NOON, Clock

D1, D2 = date(2026, 6, 1), date(2026, 6, 2)
STEPS = {"lake": True, "models": True, "audit": False, "serving": False}
RUN = RunEnd("run-1", "daily", NOON, failed=True, days=frozenset([D1]), steps=STEPS)
BLOCKING = CheckResult("facts/fct", "is_true", "models", False, "ERROR", "3 rows", by_day=True)


@pytest.fixture
def after(settings):
    """The open incidents' titles after some runs."""

    def record(*runs):
        with open_store(settings, Clock()) as store:
            for run in runs:
                record_run(store, run)
            return [incident.title for incident in store.open_incidents()]

    return record


def end(**changes):
    return dataclasses.replace(RUN, **changes)


def test_a_step_that_fails_with_its_check_is_the_check(after):
    failed = FailedStep("models", "1 blocking asset check failed", by_check=True)
    assert after(end(checks=(BLOCKING,), failed_steps=(failed,))) == ["is_true failed on facts/fct"]


def test_a_step_that_also_fails_by_itself_is_told_too(after):
    failed = FailedStep("models", "dbt could not build: fct")
    assert after(end(checks=(BLOCKING,), failed_steps=(failed,))) == [
        "is_true failed on facts/fct",
        "Step models failed in daily",
    ]


def test_several_failed_steps_are_one_incident_that_ends_with_the_last_of_them(after):
    both = end(failed_steps=(FailedStep("lake", "a"), FailedStep("audit", "b")))
    assert after(both) == ["Steps audit, lake failed in daily"]
    assert after(end(failed=False, succeeded=frozenset(["lake"]))) == ["Steps audit, lake failed in daily"]
    assert after(end(failed=False, days=frozenset(), succeeded=frozenset(["audit"]))) == []


def test_a_step_that_succeeds_in_a_run_that_fails_later_is_well(after):
    assert len(after(end(failed_steps=(FailedStep("lake", "a"),)))) == 1
    assert after(end(succeeded=frozenset(["lake"]), failed_steps=(FailedStep("audit", "b"),))) == [
        "Step audit failed in daily"
    ]


def test_a_killed_run_waits_for_the_step_that_was_at_work(after):
    killed = "Run of daily ended before its work was done"
    assert after(end(left_undone=("models",))) == [killed]
    assert after(end(failed=False, days=frozenset([D2]), succeeded=frozenset(["models"]))) == [killed]
    assert after(end(failed=False, succeeded=frozenset(["models"]))) == []


def test_a_run_without_a_plan_waits_for_its_job(after):
    bare = end(steps={}, days=frozenset())
    assert len(after(bare)) == 1
    assert len(after(end(steps={}, days=frozenset(), failed=False, job="ingest"))) == 1
    assert after(end(steps={}, days=frozenset(), failed=False)) == []


def test_a_refusal_names_only_the_days_that_nobody_named_yet(after, settings):
    refusal = FailedStep("serving", "refused", refused_days=frozenset([D1, D2]))
    given_up = Problem("given_up_day", "given_up_day:1", "ERROR", "given up", first_day=D1, last_day=D1)
    with open_store(settings, Clock()) as store:
        store.report(given_up)
        record_run(store, end(failed_steps=(refusal,)))
        refused = store.open_incidents()[1]
        assert (refused.title, refused.days) == ("Publishing refused", {D2})
    with open_store(settings, Clock()) as store:
        record_run(store, end(run_id="run-2", failed_steps=(refusal,)))
        assert [one.occurrences for one in store.open_incidents()] == [1, 2]


def test_neither_lateness_nor_a_warning_is_the_cause_of_a_refusal(after, settings):
    with open_store(settings, Clock()) as store:
        store.report(Problem("freshness", "freshness:1", "ERROR", "late", first_day=D1))
        store.report(Problem("failed_check", "failed_check:w", "WARN", "unusual", first_day=D1))
    refusal = FailedStep("serving", "refused", refused_days=frozenset([D1]))
    assert after(end(failed_steps=(refusal,)))[2:] == ["Publishing refused"]


def test_lateness_that_serving_finds_is_left_to_the_sensor_of_freshness(after):
    late = CheckResult("serving", "freshness", "serving", False, "WARN", "1 event day(s) late", by_day=False)
    assert after(end(failed=False, checks=(late,))) == []


def test_a_warning_that_nobody_ran_again_is_retired_and_an_error_is_not(settings, with_days):
    told = with_days(alert_urls=("json://127.0.0.1:1/",))
    clock = Clock()
    usual = dataclasses.replace(BLOCKING, name="is_usual", severity="WARN")
    with open_store(told, clock) as store:
        record_run(store, end(checks=(BLOCKING, usual)))
        clock.advance(days=13)
        retire_warnings(store)
        assert len(store.open_incidents()) == 2
        clock.advance(days=2)
        retire_warnings(store)
        assert [one.title for one in store.open_incidents()] == ["is_true failed on facts/fct"]
        edges = store.connection.execute("select distinct edge from deliveries").fetchall()
        assert [row["edge"] for row in edges] == ["opened"]


def test_a_publication_with_days_left_out_ends_only_the_others(after):
    refusal = FailedStep("serving", "refused", refused_days=frozenset([D1, D2]))
    assert after(end(failed_steps=(refusal,))) == ["Publishing refused"]
    partly = end(failed=False, published=True, refused_days=frozenset([D2]), succeeded=frozenset(["serving"]))
    assert after(partly) == ["Publishing refused"]
    left = end(failed=False, succeeded=frozenset(["serving"]))  # it left publishing to another run
    assert after(left) == ["Publishing refused"]
    assert after(end(failed=False, published=True, succeeded=frozenset(["serving"]))) == []

"""Incidents: opened, counted up, widened and closed, by several processes, and never half."""

import multiprocessing
from datetime import date, timedelta

import pytest

from netflix_platform.alerts.incidents import days_as_text, days_from_text
from netflix_platform.alerts.store import AlertStoreError, Problem, open_store
from netflix_platform_tests.alerts.webhook import NOON, Clock

D1, D2, D3 = (date(2026, 6, day) for day in (1, 2, 3))
MARK = "check:lake/events:row_ledger"


def problem(key="given_up_day:2026-06-01", **changes):
    values = {"kind": "given_up_day", "severity": "ERROR", "title": "given up", "first_day": D1, "last_day": D1}
    return Problem(key=key, **{**values, **changes})


def waiting(*days, key="failed_check:a", **changes):
    spans = {"first_day": min(days), "last_day": max(days)} if days else {"first_day": None, "last_day": None}
    return problem(key, kind="failed_check", waits_for={MARK: frozenset(days)}, **spans, **changes)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(settings, clock):
    with open_store(settings, clock) as opened:
        yield opened


def test_a_problem_opens_one_incident_counts_up_and_is_over(store, clock):
    first = store.report(problem(run_id="run-1"))
    clock.advance(minutes=5)
    second = store.report(problem(details="still so"))
    assert second.incident_id == first.incident_id
    assert (second.occurrences, second.details, second.run_id) == (2, "still so", "run-1")
    assert (second.opened_at, second.last_seen_at) == (NOON, NOON + timedelta(minutes=5))
    assert store.open_keys("given_up_day") == {"given_up_day:2026-06-01"}
    assert store.open_keys("freshness") == set()

    assert store.resolve("given_up_day:2026-06-01")
    assert not store.resolve("given_up_day:2026-06-01")
    assert not store.resolve("never heard of")
    [closed] = store.incidents()
    assert closed.closed_at == NOON + timedelta(minutes=5)
    assert store.open_keys("given_up_day") == set()


def test_what_reopens_is_a_new_incident(store, clock):
    before = store.report(problem())
    store.resolve(before.key)
    clock.advance(seconds=1)
    after = store.report(problem())
    assert after.incident_id > before.incident_id
    assert after.occurrences == 1
    assert [one.closed_at is None for one in store.incidents()] == [False, True]


def test_ids_and_changes_go_on_after_the_file_was_lost(settings, clock):
    with open_store(settings, clock) as store:
        lost = store.report(problem())
    for file in settings.alerts_file.parent.iterdir():
        file.unlink()
    clock.advance(seconds=1)
    with open_store(settings, clock) as store:
        assert store.incidents() == []
        assert store.report(problem()).incident_id > lost.incident_id


def test_two_incidents_of_the_same_moment_have_two_ids(store):
    assert store.report(problem("freshness:a")).incident_id != store.report(problem("freshness:b")).incident_id


def test_a_wider_problem_widens_the_incident(store):
    store.report(waiting(D2, severity="WARN"))
    wider = store.report(waiting(D1, D3))
    assert (wider.first_day, wider.last_day, wider.severity) == (D1, D3, "ERROR")
    assert wider.days == {D1, D2, D3}
    narrow = store.report(waiting(D2, severity="WARN"))
    assert (narrow.first_day, narrow.last_day, narrow.severity) == (D1, D3, "ERROR")


def test_it_is_over_when_every_day_of_it_is_covered(store):
    store.report(waiting(D1, D2))
    store.report(waiting(D1, key="failed_check:other"))
    assert store.cover("check:another", None) == []
    assert store.cover(MARK, frozenset([D3])) == []
    assert [one.key for one in store.cover(MARK, frozenset([D1]))] == ["failed_check:other"]
    assert store.report(waiting(D2)).days == {D2}
    assert [one.key for one in store.cover(MARK, frozenset([D2]))] == ["failed_check:a"]
    assert store.open_incidents() == []


def test_a_day_that_fails_again_is_waited_for_again(store):
    store.report(waiting(D1, D2))
    store.cover(MARK, frozenset([D1]))
    assert store.report(waiting(D1)).days == {D1, D2}


def test_cover_every_day_but_some(store):
    store.report(waiting(D1, D2))
    assert store.cover(MARK, except_for=frozenset([D2])) == []
    assert store.open_incidents()[0].days == {D2}
    assert len(store.cover(MARK)) == 1


def test_what_waits_for_no_day_is_over_with_whatever_covers_its_mark(store):
    store.report(waiting())
    assert len(store.cover(MARK, frozenset([D3]))) == 1


def test_a_wrong_problem_is_refused_with_the_choices():
    with pytest.raises(ValueError, match=r"kind=x: .*sensor_failure"):
        problem(kind="x")
    with pytest.raises(ValueError, match=r"severity=error: .*WARN, ERROR"):
        problem(severity="error")
    with pytest.raises(ValueError, match="last_day=2026-06-01"):
        problem(first_day=D2, last_day=D1)
    assert problem(first_day=D1, last_day=None).last_day == D1


def test_texts_are_bounded_and_hold_nothing_unseen():
    one = problem(title="a\x00b\x1b[31m\u202e" + "c" * 500, details="line one\nline two\u200b" + "d" * 5_000)
    assert one.title.startswith("a b [31m ccc")
    assert len(one.title) == 200
    assert len(one.details) == 2_000
    assert one.details.startswith("line one\nline two ddd")


def test_a_damaged_file_is_named_with_what_to_do(settings):
    settings.alerts_file.parent.mkdir(parents=True)
    settings.alerts_file.write_bytes(b"this is no database" * 100)
    with pytest.raises(AlertStoreError, match=r"incidents\.sqlite cannot be used .*move it away"), open_store(settings):
        pass


def test_a_file_of_another_version_is_refused(settings, clock):
    with open_store(settings, clock) as store:
        store.connection.execute("pragma user_version = 77")
    with pytest.raises(AlertStoreError, match="another version of the platform made it"), open_store(settings):
        pass


def test_all_or_nothing(settings, clock):
    with pytest.raises(RuntimeError), open_store(settings, clock) as store, store.transaction():
        store.report(problem())
        raise RuntimeError
    with open_store(settings, clock) as store:
        assert store.incidents() == []


def report_often(settings, times):
    for _ in range(times):
        with open_store(settings) as store:
            store.report(problem())


def test_processes_at_once_open_one_incident_and_lose_no_count(settings):
    """The file itself is new to them all."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=report_often, args=(settings, 10)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    with open_store(settings) as store:
        assert [one.occurrences for one in store.incidents()] == [30]


def test_incidents_since(store, clock):
    store.report(problem("freshness:a"))
    store.report(problem("freshness:b"))
    clock.advance(minutes=1)
    since = clock.now
    store.resolve("freshness:b")
    assert [one.key for one in store.incidents(since)] == ["freshness:b"]


def test_days_as_text_and_back():
    days = frozenset([D1, D2, D3, date(2026, 6, 9)])
    assert days_as_text(days) == "2026-06-01..2026-06-03,2026-06-09"
    assert days_from_text(days_as_text(days)) == days
    assert days_from_text(days_as_text([])) == frozenset()

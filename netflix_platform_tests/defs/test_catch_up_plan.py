"""The plan of ``catch_up``: bounded, oldest first, nothing twice, one poisoned day alone, and an end to trying."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_platform.defs.catch_up_plan import (
    Bounds,
    History,
    Need,
    Outcome,
    PastRun,
    Work,
    due_days,
    histories,
    plan,
)

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
START = date(2026, 7, 1)
BOUNDS = Bounds(days_per_run=3, runs=1, attempts=3)
REBUILD, COLLECT = Work(Need.REBUILD, "failed"), Work(Need.COLLECT, "never collected")


def day(number):
    return START + timedelta(days=number - 1)


def ran(first, last, outcome, hours_ago=2.0, own=False):
    return PastRun(f"run-{first}-{hours_ago}", day(first), day(last), outcome, NOW - timedelta(hours=hours_ago), own)


def planned(work, runs=(), busy=(), own_runs=0, bounds=BOUNDS):
    past = histories(work, runs)
    return plan(work, {day(number) for number in busy}, past, own_runs, bounds, NOW)


def spans(made):
    return [((request.first - START).days + 1, (request.last - START).days + 1) for request in made.requests]


def days_of(work, numbers):
    return {day(number): work for number in numbers}


def test_missing_days_go_oldest_first_in_bounded_batches():
    assert spans(planned(days_of(COLLECT, [9, 5, 6, 7, 8]))) == [(5, 7)]
    assert spans(planned(days_of(COLLECT, [5, 6, 8, 9]))) == [(5, 6)], "a batch has no gap"
    assert spans(planned({})) == []


def test_as_many_runs_at_once_as_allowed_counting_those_at_work():
    work, two = days_of(COLLECT, range(1, 10)), Bounds(days_per_run=3, runs=2, attempts=3)
    assert spans(planned(work, bounds=two)) == [(1, 3), (4, 6)]
    assert spans(planned(work, own_runs=1, bounds=two)) == [(1, 3)]
    assert spans(planned(work, own_runs=2, bounds=two)) == []


def test_days_that_somebody_works_on_are_left_out():
    made = planned(days_of(COLLECT, range(1, 6)), busy=[2, 3])
    assert spans(made) == [(1, 1)]
    assert made.waiting == [day(2), day(3)]


def test_days_that_need_different_things_are_not_put_together():
    work = days_of(COLLECT, [1, 2]) | days_of(REBUILD, [3, 4])
    assert spans(planned(work)) == [(1, 2)]
    assert planned(work).requests[0].work is COLLECT


def test_after_a_failed_batch_its_days_are_tried_alone():
    work, failed = days_of(COLLECT, range(1, 6)), ran(1, 3, Outcome.FAILURE)
    made = planned(work, [failed])
    assert spans(made) == [(1, 1)]
    assert (made.requests[0].attempt, made.requests[0].after) == (2, failed.run_id)
    assert spans(planned(days_of(COLLECT, [4, 5]), [failed])) == [(4, 5)]
    assert spans(planned(days_of(COLLECT, [4, 5]), [ran(5, 5, Outcome.FAILURE)])) == [(4, 4)], (
        "nor joined by one that failed"
    )


def test_a_day_is_given_up_after_failures_in_a_row_by_whomever_and_the_others_go_on():
    runs = [ran(1, 1, Outcome.FAILURE, 1, own=True), ran(1, 1, Outcome.FAILURE, 2), ran(1, 4, Outcome.FAILURE, 3)]
    made = planned(days_of(COLLECT, range(1, 5)), runs)
    assert made.given_up == [day(1)]
    assert spans(made) == [(2, 2)]


def test_a_success_over_the_day_starts_the_count_anew():
    runs = [
        ran(1, 1, Outcome.FAILURE, 1),
        ran(1, 2, Outcome.SUCCESS, 2),
        *(ran(1, 1, Outcome.FAILURE, n) for n in (3, 4, 5)),
    ]
    assert histories([day(1)], runs)[day(1)].attempts == 1
    assert histories([day(2)], runs)[day(2)] == History(0, runs[1])
    assert histories([day(3)], runs)[day(3)] == History()


def test_its_own_success_that_left_the_day_unwell_is_an_attempt_so_that_it_ends():
    runs = [ran(1, 1, Outcome.SUCCESS, n, own=True) for n in (1, 2, 3)]
    assert planned(days_of(REBUILD, [1]), runs).given_up == [day(1)]
    before = [runs[0], ran(1, 1, Outcome.FAILURE, 4), ran(1, 1, Outcome.FAILURE, 5)]
    assert histories([day(1)], before)[day(1)].attempts == 1, "what failed before a success is over"
    after = [ran(1, 1, Outcome.FAILURE, 0.5), runs[0]]
    assert histories([day(1)], after)[day(1)].attempts == 1


@pytest.mark.parametrize(("hours_ago", "asked"), [(0.9, []), (1.1, [(1, 1)])])
def test_a_cancelled_run_counts_as_failed_and_is_not_repeated_within_the_hour(hours_ago, asked):
    cancelled = ran(1, 1, Outcome.CANCELED, hours_ago)
    made = planned(days_of(COLLECT, [1]), [cancelled])
    assert spans(made) == asked
    assert all(request.attempt == 2 for request in made.requests)
    assert made.waiting == ([] if asked else [day(1)])
    later = planned(days_of(COLLECT, [1]), [ran(1, 1, Outcome.FAILURE, 0.1), cancelled])
    assert spans(later) == [(1, 1)], "only the newest run tells that a person is at it"


def test_a_day_is_due_an_hour_after_the_schedule_had_its_chance(with_days):
    settings = with_days(start_date=START)
    assert due_days(settings, datetime(2026, 7, 4, 2, 59, 59, tzinfo=UTC)) == [day(1), day(2)]
    assert due_days(settings, datetime(2026, 7, 4, 3, tzinfo=UTC)) == [day(1), day(2), day(3)]
    assert due_days(settings, datetime(2026, 7, 1, 12, tzinfo=UTC)) == []


def test_the_longest_range_of_one_run_holds_here_too(with_days):
    assert Bounds.of(with_days(catch_up_days_per_run=10, days_per_run=4)).days_per_run == 4
    assert Bounds.of(with_days(catch_up_days_per_run=10, days_per_run=0)).days_per_run == 10
    assert Bounds.of(with_days(catch_up_days_per_run=10, catch_up_attempts=1)).days_per_run == 1


NUMBERS = st.integers(1, 12)
RUNS = st.builds(
    lambda first, length, outcome, hours, own: ran(first, min(first + length, 12), outcome, hours, own),
    NUMBERS,
    st.integers(0, 5),
    st.sampled_from(Outcome),
    st.floats(0, 48),
    st.booleans(),
)


@given(
    needs=st.dictionaries(NUMBERS, st.sampled_from([REBUILD, COLLECT]), max_size=12),
    runs=st.lists(RUNS, max_size=8),
    busy=st.sets(NUMBERS),
    own_runs=st.integers(0, 3),
    bounds=st.builds(Bounds, st.integers(1, 5), st.integers(1, 3), st.integers(1, 3)),
)
def test_whatever_is_known_the_plan_keeps_its_bounds(needs, runs, busy, own_runs, bounds):
    work = {day(number): need for number, need in needs.items()}
    made = planned(work, runs, busy, own_runs, bounds)
    asked = [number for first, last in spans(made) for number in range(first, last + 1)]
    assert len(made.requests) <= max(0, bounds.runs - own_runs)
    assert all(last - first < bounds.days_per_run for first, last in spans(made))
    assert asked == sorted(set(asked)), "oldest first, nothing twice"
    assert not set(asked) & busy
    assert {day(number) for number in asked} <= work.keys() - set(made.given_up) - set(made.waiting)
    left = sorted(work.keys() - set(made.given_up) - set(made.waiting))
    assert [day(number) for number in asked] == left[: len(asked)], "no older day is passed over"
    assert bool(asked) == (bool(left) and own_runs < bounds.runs)


@given(
    poisoned=st.sets(NUMBERS),
    lying=st.sets(NUMBERS),
    bounds=st.builds(Bounds, st.integers(1, 5), st.integers(1, 2), st.integers(2, 3)),
)
def test_it_ends_with_every_day_built_but_those_that_cannot_be(poisoned, lying, bounds):
    """A run over a poisoned day fails for all of its days; one over a lying day succeeds and leaves the day unwell."""
    work, runs = days_of(COLLECT, range(1, 13)), []
    for tick in range(200):
        made = planned(work, runs, bounds=bounds)
        if not made.requests:
            break
        for first, last in spans(made):
            failed = any(number in poisoned for number in range(first, last + 1))
            runs.insert(0, ran(first, last, Outcome.FAILURE if failed else Outcome.SUCCESS, 100 - tick / 100, own=True))
            for number in range(first, last + 1):
                if not failed and number not in lying:
                    del work[day(number)]
    assert not made.requests, "it ends"
    assert set(made.given_up) == {day(number) for number in poisoned | lying}
    assert len(runs) <= 12 * bounds.attempts

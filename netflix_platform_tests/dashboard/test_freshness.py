"""Freshness by event day: what is due, what is late and since when; and how it is said."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard import notices
from dashboard.freshness import due_time, judge
from dashboard.health.tiles import due_text
from dashboard.notices import Level
from dashboard.pipeline_queries import KnownDays
from dashboard.queries import Info

HOURS = 6
FIRST = date(2026, 11, 1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT_FIVE = datetime(2026, 11, 23, 5, tzinfo=UTC)
INFO = Info(
    published_at=datetime(2026, 11, 23, 2, 5),
    first_event_date=FIRST,
    last_event_date=date(2026, 11, 22),
    business_published_at=datetime(2026, 11, 23, 2, 5),
    refused_days=(),
    run_id="r",
)


def published(*without, empty=(), until=22):
    """All days of November up to the 22nd are published but for ``without``."""
    days = frozenset(date(2026, 11, number) for number in range(1, until + 1)) - {
        date(2026, 11, day) for day in without
    }
    quiet = frozenset(date(2026, 11, day) for day in empty)
    return KnownDays(passed=days | quiet, empty=quiet, published=days | quiet, first_built=FIRST)


def said(known, now=NOON, info=INFO):
    return notices.freshness(info, known, now, HOURS)


def test_a_day_is_due_on_the_next_day_at_the_hour_that_is_set():
    assert due_time(date(2026, 11, 22), 6) == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert due_time(date(2026, 11, 22), 30) == datetime(2026, 11, 24, 6, tzinfo=UTC)


def test_everything_up_to_yesterday_is_fresh():
    found = judge(published(), NOON, HOURS)
    assert (found.complete_until, found.late, found.pending) == (date(2026, 11, 22), (), ())
    assert said(published()).level is Level.GOOD
    assert due_text(found, HOURS) == "on time"


def test_before_its_hour_yesterday_is_due_and_not_late():
    known = published(22)
    found = judge(known, AT_FIVE, HOURS)
    assert (found.complete_until, found.late, found.pending) == (date(2026, 11, 21), (), (date(2026, 11, 22),))
    assert due_text(found, HOURS) == "on time · Sun 22 Nov is due at 06:00 UTC"
    notice = said(known, AT_FIVE)
    assert (notice.level, notice.headline) == (Level.GOOD, "On time")
    assert "Sun 22 Nov 2026 is due at 23 Nov 2026, 06:00 UTC, in 1 h" in notice.facts


@pytest.mark.parametrize("seconds", [0, 1])
def test_from_its_hour_on_yesterday_is_late_since_then(seconds):
    known = published(22)
    now = due_time(date(2026, 11, 22), HOURS) + timedelta(seconds=seconds)
    found = judge(known, now, HOURS)
    assert found.late == (date(2026, 11, 22),)
    assert due_text(found, HOURS) == "1 day late since 23 Nov 06:00 UTC"
    notice = said(known, now)
    assert (notice.level, notice.headline, notice.advice) == (Level.BAD, "1 day late", "Run `make day DAY=2026-11-22`.")


def test_a_second_before_its_hour_it_is_not():
    assert not judge(published(22), due_time(date(2026, 11, 22), HOURS) - timedelta(seconds=1), HOURS).late


def test_an_old_gap_makes_the_platform_late_however_new_the_newest_day_is():
    found = judge(published(3), NOON, HOURS)
    assert (found.complete_until, found.late) == (date(2026, 11, 2), (date(2026, 11, 3),))
    assert due_text(found, HOURS) == "1 day late since 4 Nov 06:00 UTC"


def test_building_an_old_day_makes_a_stale_platform_no_fresher():
    stale = published(20, 21, 22, 3)
    mended = published(20, 21, 22)
    assert judge(stale, NOON, HOURS).late[0] == date(2026, 11, 3)
    after = judge(mended, NOON, HOURS)
    assert after.late == tuple(date(2026, 11, day) for day in (20, 21, 22))
    assert said(mended).headline == "3 days late"
    assert "`make backfill FROM=2026-11-20 TO=2026-11-22`" in said(mended).advice


def test_before_the_hour_older_days_are_late_all_the_same():
    found = judge(published(21, 22), AT_FIVE, HOURS)
    assert (found.late, found.pending) == ((date(2026, 11, 21),), (date(2026, 11, 22),))
    assert said(published(21, 22), AT_FIVE).advice == "Run `make day DAY=2026-11-21`."


def test_days_before_the_first_built_one_are_nobody_s_business():
    known = replace(published(1, 2, 3), first_built=date(2026, 11, 4))
    assert said(known).level is Level.GOOD


def test_a_first_day_that_is_not_published_leaves_nothing_complete():
    assert judge(published(1), NOON, HOURS).complete_until is None


def test_a_day_without_events_that_passed_is_fresh_and_called_so():
    known = published(21, 22, empty=(21, 22))
    notice = said(known)
    assert notice.level is Level.GOOD
    assert "Sun 22 Nov 2026, a day without events" in notice.facts


def test_what_is_held_back_is_late_and_leaves_the_command_to_the_other_notice():
    days = (date(2026, 11, 21), date(2026, 11, 22))
    found = said(published(21, 22), info=replace(INFO, refused_days=days))
    assert found.level is Level.BAD
    assert "held back" in found.facts
    assert not found.advice


def test_a_day_that_passed_and_waits_for_a_refused_one_is_not_to_be_built_again():
    known = published(21, 22)
    known = replace(known, passed=known.passed | {date(2026, 11, 22)})
    found = said(known, info=replace(INFO, refused_days=(date(2026, 11, 21),)))
    assert "held back" in found.facts
    assert not found.advice


def test_nothing_published_and_nothing_built_are_said():
    nothing = KnownDays()
    assert said(nothing).headline == "No event day is published"
    assert "make demo" in said(nothing).advice
    assert due_text(judge(nothing, NOON, HOURS), HOURS) == "no day is built"
    built = KnownDays(first_built=FIRST)
    assert said(built).level is Level.BAD
    assert judge(built, NOON, HOURS).complete_until is None
    assert due_text(judge(built, NOON, HOURS), HOURS) == "22 days late since 2 Nov 06:00 UTC"

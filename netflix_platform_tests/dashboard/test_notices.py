"""Every notice in its good and in its bad form, with the command that mends it."""

from dataclasses import replace
from datetime import date, datetime

import pandas as pd
import pytest

from dashboard import notices
from dashboard.notices import Level
from dashboard.pipeline_queries import PassedDays
from dashboard.queries import Info

NOON = datetime(2026, 11, 23, 12)
NONE = PassedDays()
HEALTHY = Info(
    published_at=datetime(2026, 11, 23, 2, 5),
    first_event_date=date(2026, 7, 26),
    last_event_date=date(2026, 11, 22),
    business_published_at=datetime(2026, 11, 23, 2, 5),
    refused_days=(),
    run_id="r",
)


def test_yesterday_is_fresh():
    assert notices.freshness(HEALTHY, NOON, NONE).level is Level.GOOD


@pytest.mark.parametrize(
    ("newest", "headline", "command"),
    [
        (date(2026, 11, 21), "Stale by 1 day", "`make day DAY=2026-11-22`"),
        (date(2026, 11, 19), "Stale by 3 days", "`make backfill FROM=2026-11-20 TO=2026-11-22`"),
    ],
)
def test_anything_older_is_stale_and_says_what_to_run(newest, headline, command):
    found = notices.freshness(replace(HEALTHY, last_event_date=newest), NOON, NONE)
    assert (found.level, found.headline) == (Level.BAD, headline)
    assert command in found.advice


def test_before_the_daily_run_is_over_yesterday_may_be_missing_but_no_more():
    at_one = datetime(2026, 11, 23, 1)
    assert notices.freshness(replace(HEALTHY, last_event_date=date(2026, 11, 21)), at_one, NONE).level is Level.WATCH
    assert notices.freshness(replace(HEALTHY, last_event_date=date(2026, 11, 20)), at_one, NONE).level is Level.BAD


def test_stale_because_held_back_leaves_the_command_to_the_other_notice():
    days = (date(2026, 11, 21), date(2026, 11, 22))
    info = replace(HEALTHY, last_event_date=date(2026, 11, 20), refused_days=days)
    found = notices.freshness(info, NOON, NONE)
    assert found.level is Level.BAD
    assert "held back" in found.facts
    assert not found.advice


def passed_empty(*days):
    return PassedDays(frozenset(days), frozenset(days))


def test_days_that_passed_without_events_are_no_reason_to_be_stale():
    friday, saturday, sunday = (date(2026, 11, number) for number in (20, 21, 22))
    info = replace(HEALTHY, last_event_date=friday)
    found = notices.freshness(info, NOON, passed_empty(saturday, sunday))
    assert found.level is Level.GOOD
    assert "Sun 22 Nov 2026, a day without events" in found.facts
    still_missing = notices.freshness(info, NOON, passed_empty(saturday))
    assert (still_missing.headline, still_missing.advice) == ("Stale by 1 day", "Run `make day DAY=2026-11-22`.")
    behind_a_gap = notices.freshness(info, NOON, passed_empty(sunday))
    assert (behind_a_gap.headline, behind_a_gap.advice) == ("Stale by 1 day", "Run `make day DAY=2026-11-21`.")


def test_only_days_without_events_are_published():
    info = replace(HEALTHY, first_event_date=None, last_event_date=None)
    assert notices.freshness(info, NOON, passed_empty(date(2026, 11, 22))).level is Level.GOOD
    assert notices.freshness(info, NOON, NONE).headline == "No event day is published"
    never = replace(info, business_published_at=None)
    assert notices.freshness(never, NOON, passed_empty(date(2026, 11, 22))).headline == "No event day is published"


def test_a_day_that_passed_and_waits_for_a_refused_one_is_not_to_be_built_again():
    info = replace(HEALTHY, last_event_date=date(2026, 11, 20), refused_days=(date(2026, 11, 21),))
    found = notices.freshness(info, NOON, PassedDays(frozenset({date(2026, 11, 22)})))
    assert "held back" in found.facts
    assert not found.advice


def test_no_day_at_all_is_said():
    found = notices.freshness(replace(HEALTHY, last_event_date=None), NOON, NONE)
    assert found.level is Level.BAD
    assert "make demo" in found.advice


def test_held_back_says_since_when_which_days_and_both_ways_out():
    assert notices.held_back(HEALTHY).level is Level.GOOD
    info = replace(HEALTHY, refused_days=(date(2026, 11, 21),), business_published_at=datetime(2026, 11, 21, 2, 3))
    found = notices.held_back(info)
    assert found.level is Level.BAD
    assert "since 21 Nov 2026, 02:03 UTC" in found.facts
    assert "`make day DAY=2026-11-21`" in found.advice
    assert "make waive DAY=2026-11-21 REASON=" in found.advice
    assert "never published" in notices.held_back(replace(info, business_published_at=None)).facts


def test_missing_days_are_listed_with_the_command_for_each_range():
    assert notices.missing_days([]) is None
    found = notices.missing_days([date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 18)])
    assert found.headline == "3 days in this range have no data"
    assert "12 – 13 Nov 2026, 18 Nov 2026" in found.facts
    assert "`make backfill FROM=2026-11-12 TO=2026-11-13`, then `make day DAY=2026-11-18`" in found.advice


def test_many_ranges_do_not_make_a_wall_of_commands():
    advice = notices.commands_for([date(2026, 11, number) for number in (1, 3, 5, 7, 9)])
    assert advice.count("make day") == 3
    assert advice.endswith("and so on for 2 more ranges")


def ledger(*balanced):
    return pd.DataFrame(
        {"day": pd.date_range("2026-11-20", periods=len(balanced)), "feed": "events", "is_balanced": list(balanced)}
    )


def test_a_ledger_that_is_off_names_the_day_and_the_feed():
    assert notices.ledgers(ledger(True, True), "day", "Row ledger", "in = out").level is Level.GOOD
    found = notices.ledgers(ledger(True, False), "day", "Row ledger", "in = out")
    assert (found.level, found.headline) == (Level.BAD, "Row ledger does not balance")
    assert "holds for 1 of 2 entries" in found.facts
    assert "21 Nov 2026 (events)" in found.facts
    assert "make day DAY=2026-11-21" in found.advice
    assert notices.ledgers(ledger(), "day", "Row ledger", "in = out").level is Level.WATCH


def test_a_warehouse_ledger_that_balances_does_not_hide_a_failed_day():
    rows = ledger(True, True).assign(state=["audited", "failed"])
    found = notices.ledgers(rows, "day", "Warehouse ledger", "in = out")
    assert (found.level, found.headline) == (Level.BAD, "Warehouse ledger balances, but 1 day failed")
    assert "1 day failed the audit: 21 Nov 2026" in found.facts
    both = notices.ledgers(ledger(True, False).assign(state="failed"), "day", "Warehouse ledger", "in = out")
    assert both.headline == "Warehouse ledger does not balance"
    assert "2 days failed the audit" in both.facts
    assert notices.ledgers(ledger(True).assign(state="waived"), "day", "Ledger", "in = out").level is Level.GOOD


def states(*names):
    return pd.DataFrame({"event_date": pd.date_range("2026-11-20", periods=len(names)), "state": list(names)})


@pytest.mark.parametrize(
    ("names", "level"),
    [
        (("audited", "audited"), Level.GOOD),
        (("audited", "waived"), Level.GOOD),
        (("audited", "loaded"), Level.WATCH),
        (("missing", "audited"), Level.WATCH),
        (("not loaded", "audited"), Level.WATCH),
        (("failed", "audited"), Level.BAD),
    ],
)
def test_event_days_are_fine_when_audited_or_waived(names, level):
    found = notices.event_day_states(states(*names))
    assert found.level is level
    assert bool(found.advice) == (level is not Level.GOOD)


def checks(*rows):
    return pd.DataFrame(list(rows), columns=["severity", "passed_later"])


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((), Level.GOOD),
        ((("ERROR", True), ("WARN", True)), Level.GOOD),
        ((("WARN", False), ("ERROR", True)), Level.WATCH),
        ((("ERROR", False),), Level.BAD),
    ],
)
def test_failed_checks_count_while_they_stand(rows, level):
    assert notices.failed_checks(checks(*rows), "the last 7 days").level is level

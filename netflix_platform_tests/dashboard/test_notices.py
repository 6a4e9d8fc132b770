"""Every notice in its good and in its bad form, with the command that mends it."""

from dataclasses import replace
from datetime import date, datetime

from dashboard import notices
from dashboard.notices import Level
from dashboard.queries import Info

HEALTHY = Info(
    published_at=datetime(2026, 11, 23, 2, 5),
    first_event_date=date(2026, 7, 26),
    last_event_date=date(2026, 11, 22),
    business_published_at=datetime(2026, 11, 23, 2, 5),
    refused_days=(),
    run_id="r",
)


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

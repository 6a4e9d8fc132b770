"""Any day or range can be built again, in any order, and the rows are the same."""

from __future__ import annotations

import random
from datetime import date

import pytest

from netflix_platform_tests.dbt.conftest import DAILY, WHOLE, Warehouse, invoke_dbt
from netflix_platform_tests.dbt.planted import DAYS, day

# What models that are stored by day read and is not stored by day itself.
STAGING = ("--select", "path:models/staging", "dim_country")
BUSINESS = ("--exclude", "tag:audit")
STORED_BY_DAY = ("--select", "config.meta.daily:true")


def days_of(warehouse: Warehouse, table: str) -> set[date]:
    return {found for (found,) in warehouse.execute(f"select distinct event_date from {table}")}


def test_building_again_changes_nothing(built: Warehouse) -> None:
    before = built.hashes(*DAILY, *WHOLE)
    assert all(count > 0 for count, _ in before.values())
    # Models only: of the same rows the tests say what they said when these were built.
    for bounds in ({"first": day(2), "last": day(5)}, {}):
        assert set(built.results("run", *BUSINESS, **bounds).values()) == {"success"}
        assert built.hashes(*DAILY, *WHOLE) == before


def test_days_in_any_order_equal_one_range(planted: Warehouse, built: Warehouse) -> None:
    planted.results("run", *STAGING)
    days = [day(number) for number in range(DAYS)]
    for single in random.Random(3).sample(days, len(days)):
        assert set(planted.results("run", *STORED_BY_DAY, first=single, last=single).values()) == {"success"}
    planted.build(first=day(0), last=day(0))
    assert planted.hashes(*DAILY, *WHOLE) == built.hashes(*DAILY, *WHOLE)


def test_the_first_build_holds_only_the_days_asked_for(planted: Warehouse) -> None:
    planted.results("run", *STAGING)
    planted.results("run", *STORED_BY_DAY, first=day(3), last=day(4))
    assert all(days_of(planted, table) == {day(3), day(4)} for table in DAILY)


def test_a_day_that_lost_its_rows_upstream_is_emptied(built: Warehouse) -> None:
    kept = {day(number) for number in range(DAYS)} - {day(4)}
    built.execute(f"delete from raw.events where event_date = date '{day(4)}'")
    built.build(first=day(3), last=day(5))
    assert all(days_of(built, table) == kept for table in DAILY)
    assert days_of(built, "marts.mart_title_daily") == kept
    assert day(4) in days_of(built, "dimensions.dim_date"), "the calendar has no gaps"


def test_launches_follow_late_rows_and_corrected_records(built: Warehouse) -> None:
    """The funnel is made by title: whatever moves one, a run of any day leaves the table as a build of everything does."""
    names = ("marts.mart_title_funnel",)
    select = ("--select", "stg_titles", "dim_title", "fct_watch", "agg_title_day", "mart_title_funnel")
    before = built.hashes(*names)
    built.execute(
        "insert into raw.events by name select events.* replace ('late' || event_id as event_id, 'late' || user_id as user_id, "
        "'late' || playback_id as playback_id) "
        f"from raw.events as events where title_id = 't0' and event_date = date '{day(4)}'"
    )
    built.results("run", *select, first=day(4), last=day(4))
    late = built.hashes(*names)
    assert late != before
    for number, changes in enumerate(
        ("runtime_minutes = 1", f"release_date = date '{day(-60)}'", f"release_date = date '{day(2)}'")
    ):
        built.execute(
            f"update raw.titles set changed_ts = changed_ts + interval {number + 1} day, {changes} where title_id = 't0'"
        )
        built.results("run", *select, first=day(0), last=day(0))
        touched = built.hashes(*names)
        built.results("run", *select)
        assert built.hashes(*names) == touched != late, changes


def test_a_day_that_is_not_asked_for_stays(built: Warehouse) -> None:
    before = built.hashes(*DAILY)
    built.execute(f"delete from raw.events where event_date = date '{day(4)}'")
    built.results("run", *STORED_BY_DAY, first=day(5), last=day(6))
    assert built.hashes(*DAILY) == before
    built.results("run", *STORED_BY_DAY)
    assert built.hashes(*DAILY) != before, "without bounds the whole history is built again"


@pytest.mark.parametrize(
    ("first", "last", "problem"),
    [
        ("2026-03-04", "", "NETFLIX_TO_DATE=: is no date"),
        ("04.03.2026", "2026-03-04", "NETFLIX_FROM_DATE=04.03.2026: is no date"),
        ("2026-03-05", "2026-03-04", "NETFLIX_FROM_DATE=2026-03-05: must not be after NETFLIX_TO_DATE=2026-03-04"),
    ],
)
def test_wrong_bounds_stop_with_their_name(built: Warehouse, first: str, last: str, problem: str) -> None:
    before = built.hashes(*DAILY)
    outcome = built.dbt("run", "--select", "fct_watch", first=first, last=last)
    assert not outcome.success
    assert problem in outcome.result.results[0].message
    assert built.hashes(*DAILY) == before


def test_a_full_refresh_does_not_throw_days_away(built: Warehouse) -> None:
    before = built.hashes(*DAILY)
    refused = built.dbt("run", "--select", "fct_watch", "--full-refresh", first=day(1), last=day(1))
    assert not refused.success
    assert "a full refresh replaces whole tables" in refused.result.results[0].message
    assert built.results("run", *STORED_BY_DAY, "--full-refresh").keys() == {table.split(".")[1] for table in DAILY}
    assert built.hashes(*DAILY) == before


def test_bounds_leave_the_parsed_project_alone(built: Warehouse) -> None:
    """The parsed project is written anew whenever anything had to be parsed; other bounds must not make it."""
    parsed = built.file.parent / "target" / "partial_parse.msgpack"
    compiled = built.file.parent / "target" / "compiled" / "netflix" / "models" / "facts" / "fct_watch.sql"

    def compile_fact(*options: str, first: date, last: date) -> int:
        assert invoke_dbt(built.file, "compile", "--select", "fct_watch", *options, first=first, last=last).success
        assert f"event_date between date '{first}' and date '{last}'" in compiled.read_text()
        return parsed.stat().st_mtime_ns

    written = compile_fact(first=day(1), last=day(1))
    assert compile_fact(first=day(2), last=day(3)) == written
    assert compile_fact("--vars", "{anything: else}", first=day(2), last=day(3)) != written, "the check can fail"

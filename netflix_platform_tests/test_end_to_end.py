"""The whole platform, run as a user runs it: commands in processes of their own on a small world, compared by their figures.

Each kind of command is started here once as ``make`` starts it (``platform.make``).
"""

import json
import shutil
from datetime import timedelta

import duckdb
import pytest

from dashboard.periods import Period
from dashboard.published import current
from netflix_platform.lake.layout import lake_file, raw_manifest
from netflix_platform.lake.ledger import read_ledger
from netflix_platform.second_opinion import day_differences, week_differences
from netflix_platform.serving.publish import current_file
from netflix_platform_tests.faults.content import content, differences
from netflix_platform_tests.faults.readers import days_shown, half_days, reading
from netflix_platform_tests.platform_runs import DAYS, TestPlatform


def test_the_ledger_is_what_the_source_says_it_planted(platform):
    for feed in ("events", "users", "titles"):
        for number in range(DAYS):
            day = platform.day(number)
            expected = json.loads(raw_manifest(platform.settings, feed, day).read_text())["planted"]["expected"]
            ledger = read_ledger(platform.settings, feed, day)
            counted = {
                "received": ledger.received_rows,
                "accepted": ledger.accepted_rows,
                "repeated": ledger.repeated_rows,
                "quarantined": ledger.quarantined_rows,
            }
            assert counted == {kind: expected[kind] for kind in counted}, (feed, day)
            by_day = {str(event_day): entry.rows for event_day, entry in ledger.event_days.items() if entry.rows}
            assert by_day == {key: rows for key, rows in expected["accepted_by_event_date"].items() if rows}, (
                feed,
                day,
            )


def test_the_published_figures_are_those_of_the_raw_events(platform):
    """An independent count over the lake's files: distinct play events per day, and the seconds that they carry."""
    lake = str(platform.settings.lake_dir / "events" / "*" / "*.parquet")
    with duckdb.connect() as connection:
        counted = connection.execute(
            "with first as (select * from read_parquet(?) qualify row_number() over (partition by event_date, event_id "
            "order by arrival_date, source_file, source_line) = 1) "
            "select event_date, count(*) filter (event_type = 'play'), sum(watched_seconds), "
            "count(distinct user_id) filter (playback_id is not null) from first group by all order by all",
            [lake],
        ).fetchall()
    published = platform.published(
        "select event_date, plays, watched_seconds, active_users from mart_daily_kpis order by event_date"
    )
    assert published == counted
    assert len(published) == DAYS


def test_the_second_opinion_is_equal_to_the_row(platform):
    """Every day of the Overview and every week of the Top 10, counted again straight from raw files."""
    file = current_file(platform.settings)
    days = [platform.day(number) for number in range(DAYS)]
    for day in days:
        assert day_differences(platform.settings, file, day) == []
    for monday in {day - timedelta(days=day.weekday()) for day in days}:
        assert week_differences(platform.settings, file, monday) == []


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ("update mart_daily_kpis set plays = plays + 1", "plays is published as"),
        ("update mart_daily_kpis set active_users = active_users - 1", "active_users is published as"),
        ("update mart_daily_kpis set watched_seconds = watched_seconds + 0.001", "watched_ms is published as"),
        ("update mart_daily_kpis set timed_plays = timed_plays + 1", "timed_plays is published as"),
        ("update mart_daily_kpis set buffering_seconds = 0", "buffering_ms is published as"),
        ("update mart_title_daily set title_name = 'Another name'", "'Another name', "),
        ("update mart_title_daily set primary_genre = 'Another'", "is published and not counted so"),
        ("delete from mart_title_daily", "is counted and not published so"),
        ("update mart_top_titles set rank = rank + 1", "Top 10 from"),
        ("update mart_top_titles set views = views * 1.0001", "Top 10 from"),
    ],
)
def test_the_second_opinion_finds_what_is_wrong(platform, tmp_path, spoil, expected):
    file = shutil.copy(current_file(platform.settings), tmp_path / "spoilt.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute(spoil)
    day = platform.day(1)
    found = day_differences(platform.settings, file, day)
    found += week_differences(platform.settings, file, day - timedelta(days=day.weekday()))
    assert any(expected in sentence for sentence in found), found


def test_every_day_is_audited_and_the_runs_are_in_the_audit(platform):
    assert platform.published("select distinct state from mart_pipeline_health") == [("audited",)]
    assert platform.published("select bool_and(is_balanced) from audit_row_ledger") == [(True,)]
    assert platform.published("select bool_and(is_balanced) from audit_warehouse_ledger") == [(True,)]
    jobs = platform.published("select job_name, launched_by from audit_pipeline_runs order by all")
    assert ("ingest", "command make demo") in jobs
    assert ("rebuild", "command make demo") in jobs


def test_a_second_demo_finds_nothing_to_do(platform):
    before = platform.published("select version from serving_info")
    assert "nothing to do" in platform.run("demo")
    assert platform.published("select version from serving_info") == before


def test_days_in_any_order_and_any_grouping_give_the_same_rows(platform, tmp_path):
    other = TestPlatform(tmp_path / "data", DAYS)
    other.make("day", str(other.day(3)))
    other.make("backfill", str(other.day(0)), str(other.day(2)))
    assert other.fingerprints() == platform.fingerprints()


def test_commands_over_the_same_days_and_a_reader_all_along(platform):
    """A backfill and a day of it: no lock error, rows as before; a reader meets no error and never a part of a day."""
    before = content(platform.settings)
    serving = platform.settings.serving_dir
    whole = days_shown(current(serving))
    first, last = platform.day(DAYS - 2), platform.day(DAYS - 1)
    with reading(serving, Period(platform.day(0), last), whole) as seen:
        together = [platform.start("backfill", str(first), str(last)), platform.start("day", str(last))]
        for process in together:
            printed, _ = process.communicate(timeout=600)
            assert process.returncode == 0, printed
        saw = seen()
    assert saw.problems == []
    assert saw.reads > 20  # each query at least once
    assert saw.versions > 1
    assert differences(before, content(platform.settings)) == []
    # What a run checked last is told by the next one.
    told = "select passed, description from audit_check_results where check_name = 'second_opinion'"
    verdicts = platform.published(told)
    assert verdicts and all(passed and f"equal to the row: {last}" in said for passed, said in verdicts)
    assert_a_reader_sees_a_half_day(serving, whole)


def assert_a_reader_sees_a_half_day(serving, whole):
    """The check is no formality."""
    pointer = (serving / "CURRENT").read_text()
    half = serving / "netflix-20990101T000000000000Z.duckdb"
    shutil.copy(current(serving).file, half)
    with duckdb.connect(str(half)) as connection:
        connection.execute("delete from mart_title_daily where title_id = (select min(title_id) from mart_title_daily)")
    (serving / "CURRENT").write_text(half.name)
    problems = half_days(current(serving), whole)
    (serving / "CURRENT").write_text(pointer)
    half.unlink()
    assert any("mart_title_daily" in problem for problem in problems)


def test_a_day_that_fails_its_audit_is_held_back_until_it_is_waived_or_mended(platform):
    """Write, audit, publish: what failed is not published, in this run or a later one, and the failure is."""
    bad = platform.day(1)
    figures = "select event_date, plays from mart_daily_kpis order by all"
    published = platform.published(figures)
    damaged = lake_file(platform.settings, "events", bad, bad)
    whole = damaged.read_bytes()
    with duckdb.connect() as connection:
        connection.execute("create table rows as from read_parquet(?)", [str(damaged)])
        connection.execute("copy (from rows limit 10) to ? (format parquet)", [str(damaged)])

    printed = platform.make("rebuild", str(bad), str(bad), expect=1)
    assert f"{bad}: 10 rows were read from the lake file" in printed
    assert platform.published(figures) == published
    assert platform.published("select refused_days from serving_info") == [(str(bad),)]
    health = f"select state, ledgers_balanced from mart_pipeline_health where event_date = '{bad}'"
    assert platform.published(health)[0][0] == "failed"
    failed = "select check_name from audit_check_results where not passed and severity = 'ERROR'"
    assert ("warehouse_ledger",) in platform.published(failed)
    assert ("FAILURE",) in platform.published("select distinct status from audit_pipeline_runs")

    # A good run of another day must not let the failed one slip out.
    printed = platform.run("rebuild", str(platform.day(2)), str(platform.day(2)), expect=1)
    assert f"{bad} (failed" in printed
    assert platform.published(figures) == published

    assert "not failed" in platform.run("waive", str(platform.day(2)), "why not", expect=1)
    platform.make("waive", str(bad), "the other half was an accident")
    waived = platform.published(f"select is_waived from mart_pipeline_health where event_date = '{bad}'")
    assert waived == [(True,)]
    assert platform.published("select refused_days from serving_info") == [("",)]

    damaged.write_bytes(whole)
    platform.run("day", str(bad))
    assert platform.published(figures) == published


def test_rollback_points_readers_at_the_version_before(platform):
    now = platform.published("select version from serving_info")
    platform.make("rollback")
    assert platform.published("select version from serving_info") < now


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["day", "2026-13-01"], "DAY=2026-13-01: is not a date"),
        (["day", "2001-01-01"], "this platform holds the days"),
        (["backfill", "tomorrow", "today"], "FROM=tomorrow: is not a date"),
    ],
)
def test_a_wrong_day_is_refused_with_what_is_right(platform, arguments, told):
    assert told in platform.make(*arguments, expect=2)

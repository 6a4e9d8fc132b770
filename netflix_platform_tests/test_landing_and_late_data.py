"""A user's own files, counted by hand; and late files: their days are rebuilt once, to the rows of a platform without any."""

import json
import time
from decimal import Decimal

import dagster as dg
import pytest

from netflix_platform.defs.landing import landing_sensor
from netflix_platform.defs.late import late_arrivals_sensor, range_tags
from netflix_platform.sources.registry import open_source
from netflix_platform_tests.platform_runs import TestPlatform


def event(number, kind, day, second, **fields):
    moment = f"{day}T12:00:{second:02d}.000Z"
    return {"event_id": f"e{number}", "event_type": kind, "event_ts": moment, "user_id": "u1"} | fields


def playback(number, day, seconds, received=None):
    """A play and a stop that carries what was watched, both received at once if that is said."""
    about = {"playback_id": f"p{number}", "title_id": "t1"}
    about |= {"received_ts": f"{received}T12:00:31Z"} if received else {}
    return [
        event(f"{number}a", "play", day, 0, **about, watched_seconds=0),
        event(f"{number}b", "stop", day, 30, **about, watched_seconds=seconds),
    ]


def deliver(platform, arrival, name, lines):
    folder = platform.folder / "landing" / "events" / f"arrival_date={arrival}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")


@pytest.fixture(scope="module")
def own_files(tmp_path_factory):
    """Twelve days: two viewings on the first, one on the second and one refused line, nothing on the others."""
    platform = TestPlatform(tmp_path_factory.mktemp("own") / "data", days=12, source="landing")
    deliver(
        platform, platform.day(0), "one.ndjson", [*playback(1, platform.day(0), 60), *playback(2, platform.day(0), 30)]
    )
    deliver(platform, platform.day(1), "two.ndjson", [*playback(3, platform.day(1), 45), '{"event_id": "broken"', ""])
    platform.run("demo")
    return platform


def figures(platform):
    return platform.published("select event_date, plays, watched_seconds::int from mart_daily_kpis order by all")


def late_rows(platform):
    return platform.published(
        'select event_date, "rows", delay_p50_seconds, delay_max_seconds from audit_late_arrivals order by all'
    )


def test_own_files_give_the_figures_that_one_counts_by_hand(own_files):
    assert figures(own_files)[:2] == [(own_files.day(0), 2, 90), (own_files.day(1), 1, 45)]
    ledger = "select received_rows, accepted_rows, repeated_rows, quarantined_rows from audit_row_ledger where feed = 'events'"
    assert own_files.published(f"{ledger} order by arrival_date limit 3") == [(4, 4, 0, 0), (3, 2, 0, 1), (0, 0, 0, 0)]
    assert late_rows(own_files) == []


def test_a_days_run_brings_events_up_to_ten_days_late_and_exactly_their_days_are_rebuilt_once(own_files, monkeypatch):
    settings = own_files.settings
    for name, value in settings.child_environment().items():
        monkeypatch.setenv(name, value)
    arrival, late_days = own_files.day(11), [own_files.day(number) for number in range(1, 11)]
    sensor = late_arrivals_sensor(settings)
    with dg.DagsterInstance.get() as instance:
        caught_up = sensor(dg.build_sensor_context(instance=instance))
        assert not caught_up.run_requests

        late = [line for number, day in enumerate(late_days) for line in playback(10 + number, day, 10, arrival)]
        deliver(own_files, arrival, "late.ndjson", late)
        _run(settings, instance, "daily", {"dagster/partition": str(arrival)})
        found = sensor(dg.build_sensor_context(instance=instance, cursor=caught_up.cursor))
        (request,) = found.run_requests
        assert request.tags == range_tags(late_days[0], late_days[-1])

        again = sensor(dg.build_sensor_context(instance=instance, cursor=found.cursor))
        assert not again.run_requests
        _run(settings, instance, "rebuild", request.tags)
        done = sensor(dg.build_sensor_context(instance=instance))
        assert not done.run_requests, "nothing is left, for a sensor that starts anew"
    assert figures(own_files)[1:11] == [(late_days[0], 2, 55), *((day, 1, 10) for day in late_days[1:])]
    # Received at 12:00:31 on the arrival day: the play is the longer on its way, the stop the shorter by half a minute.
    whole_days = [Decimal(86_400 * (arrival - day).days) for day in late_days]
    assert late_rows(own_files) == [
        (day, 2, whole + 1, whole + 31) for day, whole in zip(late_days, whole_days, strict=True)
    ]


def test_the_command_rebuilds_days_that_gain_late_rows_and_days_that_lose_them(own_files):
    losing, gaining, arrival = (own_files.day(number) for number in (9, 10, 11))
    before = figures(own_files)
    deliver(own_files, arrival, "later.ndjson", playback(5, gaining, 7))
    late = own_files.folder / "landing" / "events" / f"arrival_date={arrival}" / "late.ndjson"
    late.write_text("".join(line for line in late.read_text().splitlines(True) if f"{losing}T" not in line))
    printed = own_files.run("day", str(arrival))
    assert f"rebuild for {losing} to {arrival}" in printed
    after = figures(own_files)
    assert after[9:] == [(gaining, before[10][1] + 1, before[10][2] + 7)], "the other has no event left"
    assert after[:9] == before[:9]
    # What the audit said of the arrival day is replaced. Nothing says when the later two were received.
    assert len(late_rows(own_files)) == 9
    assert late_rows(own_files)[-1] == (gaining, 4, 86_401, 86_431)


def test_late_events_end_in_the_rows_that_they_make_when_nothing_is_late(own_files, tmp_path):
    on_time = TestPlatform(tmp_path / "data", days=12, source="landing")
    watched = {1: (0, 60), 2: (0, 30), 3: (1, 45), 5: (10, 7)}
    watched |= {10 + number: (number + 1, 10) for number in range(10) if number + 1 != 9}
    for number, (day, seconds) in watched.items():
        deliver(on_time, on_time.day(day), f"{number}.ndjson", playback(number, on_time.day(day), seconds))
    on_time.run("demo")
    assert on_time.fingerprints() == own_files.fingerprints()
    assert late_rows(on_time) == []


def test_a_hundred_files_dropped_at_once_and_again_and_one_that_grows_are_each_counted_once(own_files, monkeypatch):
    """By the sensor and the job that it asks for; then by ``make demo``, which finds that a file of a built day has grown."""
    settings = own_files.settings
    for name, value in settings.child_environment().items():
        monkeypatch.setenv(name, value)
    before = {day: (plays, seconds) for day, plays, seconds in figures(own_files)}
    days = [own_files.day(number) for number in (4, 5, 6)]
    for number in range(100):
        deliver(own_files, days[number % 3], f"{number}.ndjson", playback(100 + number, days[number % 3], 10))
    for number in range(20):
        deliver(own_files, days[2], f"again-{number}.ndjson", playback(100 + number, days[number % 3], 10))
    (own_files.folder / "landing" / "events" / f"arrival_date={days[0]}" / "half.ndjson.part").write_text("{")
    wait_until_still(own_files)
    with dg.DagsterInstance.get() as instance:
        found = landing_sensor(settings)(dg.build_sensor_context(instance=instance))
        (request,) = found.run_requests
        assert request.tags.items() >= range_tags(days[0], days[2]).items()
        _run(settings, instance, "daily", request.tags)
        done = landing_sensor(settings)(dg.build_sensor_context(instance=instance))
        assert not done.run_requests
    gained = {days[0]: 34, days[1]: 33, days[2]: 33}
    had = {day: before.get(day, (0, 0)) for day in gained}
    after = before | {day: (had[day][0] + count, had[day][1] + 10 * count) for day, count in gained.items()}
    assert {day: tuple(rest) for day, *rest in figures(own_files)} == after
    told = "state, count(*), sum(received_rows)::int, sum(accepted_rows)::int from audit_landing_files"
    assert own_files.published(
        f"select {told} where arrival_date between '{days[0]}' and '{days[2]}' group by all order by all"
    ) == [
        ("repeated", 20, None, None),
        ("taken", 100, 200, 200),
    ]

    deliver(own_files, days[0], "0.ndjson", [*playback(100, days[0], 10), *playback(300, days[0], 5)])
    # Its first content now stands in again-0.ndjson alone, which is told once the file has come to rest.
    wait_until_still(own_files)
    assert f"ingest for {days[0]}" in own_files.run("demo")
    plays, seconds = after[days[0]]
    assert {day: tuple(rest) for day, *rest in figures(own_files)} == after | {days[0]: (plays + 1, seconds + 5)}
    assert open_source(settings).days_to_collect(days) == set()


def test_a_landing_folder_that_names_no_day_ends_a_command_in_words(own_files):
    folder = own_files.folder / "landing" / "events" / "arrival_date=tomorrow"
    folder.mkdir()
    printed = own_files.run("demo", expect=1)
    folder.rmdir()
    assert f"error: {folder} names no day; rename it" in printed
    assert "Traceback" not in printed


def wait_until_still(platform):
    """Until what was just delivered has lain for as long as the platform of the tests wants it to."""
    time.sleep(platform.settings.landing_quiet_seconds + 0.1)


def _run(settings, instance, job, tags):
    from netflix_platform.definitions import build_defs

    assert build_defs(settings).resolve_job_def(job).execute_in_process(instance=instance, tags=tags).success

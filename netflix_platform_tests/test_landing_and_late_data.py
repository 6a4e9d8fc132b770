"""A user's own files, counted by hand; and a late file, whose day the sensor asks for once."""

import json

import dagster as dg
import pytest

from netflix_platform.defs.late import late_arrivals_sensor
from netflix_platform_tests.platform_runs import TestPlatform


def event(number, kind, day, second, **fields):
    moment = f"{day}T12:00:{second:02d}.000Z"
    return {"event_id": f"e{number}", "event_type": kind, "event_ts": moment, "user_id": "u1"} | fields


def playback(number, day, seconds):
    """A play and a stop that carries what was watched."""
    about = {"playback_id": f"p{number}", "title_id": "t1"}
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
    """Three days: two viewings on the first, one on the second and one refused line, nothing on the third."""
    platform = TestPlatform(tmp_path_factory.mktemp("own") / "data", days=3, source="landing")
    deliver(
        platform, platform.day(0), "one.ndjson", [*playback(1, platform.day(0), 60), *playback(2, platform.day(0), 30)]
    )
    deliver(platform, platform.day(1), "two.ndjson", [*playback(3, platform.day(1), 45), '{"event_id": "broken"', ""])
    platform.run("demo")
    return platform


def figures(platform):
    return platform.published("select event_date, plays, watched_seconds::int from mart_daily_kpis order by all")


def test_own_files_give_the_figures_that_one_counts_by_hand(own_files):
    assert figures(own_files)[:2] == [(own_files.day(0), 2, 90), (own_files.day(1), 1, 45)]
    ledger = "select received_rows, accepted_rows, repeated_rows, quarantined_rows from audit_row_ledger where feed = 'events'"
    assert own_files.published(f"{ledger} order by arrival_date") == [(4, 4, 0, 0), (3, 2, 0, 1), (0, 0, 0, 0)]


def test_a_late_file_is_put_on_its_day_by_the_sensor_once(own_files, monkeypatch):
    settings = own_files.settings
    for name, value in settings.child_environment().items():
        monkeypatch.setenv(name, value)
    late_day, arrival = own_files.day(0), own_files.day(2)
    sensor = late_arrivals_sensor(settings)
    with dg.DagsterInstance.get() as instance:
        caught_up = sensor(dg.build_sensor_context(instance=instance))
        assert not caught_up.run_requests

        deliver(own_files, arrival, "late.ndjson", playback(4, late_day, 10))
        _ingest_only(settings, instance, arrival)
        found = sensor(dg.build_sensor_context(instance=instance, cursor=caught_up.cursor))
        tags = [request.tags for request in found.run_requests]
        assert [tag["dagster/asset_partition_range_start"] for tag in tags] == [str(late_day)]
        assert [tag["dagster/asset_partition_range_end"] for tag in tags] == [str(late_day)]

        again = sensor(dg.build_sensor_context(instance=instance, cursor=found.cursor))
        assert not again.run_requests
    own_files.run("rebuild", str(late_day), str(late_day))
    assert figures(own_files)[0] == (late_day, 3, 100)


def test_the_command_rebuilds_what_late_data_touched(own_files):
    late_day, arrival = own_files.day(1), own_files.day(2)
    before = figures(own_files)
    deliver(own_files, arrival, "later.ndjson", playback(5, late_day, 7))
    printed = own_files.run("day", str(arrival))
    assert f"rebuild for {late_day} to {arrival}" in printed
    after = figures(own_files)
    assert after[1] == (late_day, before[1][1] + 1, before[1][2] + 7)
    assert after[0] == before[0]


def _ingest_only(settings, instance, day):
    from netflix_platform.definitions import build_defs

    job = build_defs(settings).resolve_job_def("ingest")
    assert job.execute_in_process(instance=instance, tags={"dagster/partition": str(day)}).success

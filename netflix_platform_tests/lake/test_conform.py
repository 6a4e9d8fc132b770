"""Conforming a day: late rows, repeats, running it again, and a run that stops anywhere."""

import os
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from netflix_platform.contracts import EVENTS, FEEDS, USERS
from netflix_platform.lake import conform as conforming
from netflix_platform.lake.conform import Conformer, conform_day
from netflix_platform.lake.layout import lake_file, ledger_file, quarantine_file, raw_day
from netflix_platform.lake.ledger import Ledger, audit_ledger, lake_state_of_event_day, read_ledger
from netflix_platform_tests.lake.raw_days import (
    DAY,
    conform,
    deliver,
    event,
    lake_content,
    lake_rows,
    ndjson,
    refused,
)

YESTERDAY = DAY - timedelta(days=1)


def at(day: date, event_id: str) -> dict:
    return event(event_id, event_ts=f"{day}T12:00:00Z")


def test_late_rows_land_on_the_day_they_happened(settings):
    ledger = conform(settings, at(DAY, "now"), at(YESTERDAY, "late"), at(date(2026, 6, 1), "later"), at(DAY, "too"))
    assert {day: of_day.rows for day, of_day in ledger.event_days.items()} == {
        date(2026, 6, 1): 1,
        YESTERDAY: 1,
        DAY: 2,
    }
    assert ledger.touched_days == [date(2026, 6, 1), YESTERDAY]
    for day, names in {date(2026, 6, 1): ["later"], YESTERDAY: ["late"], DAY: ["now", "too"]}.items():
        path = lake_file(settings, "events", day, DAY)
        assert pq.read_table(path, columns=["event_id"])["event_id"].to_pylist() == names
        assert [row["event_id"] for row in lake_rows(settings) if row["event_date"] == day] == names


def test_arrival_days_do_not_touch_each_other(settings):
    conform(settings, at(YESTERDAY, "first"), day=YESTERDAY)
    before = lake_content(settings)
    conform(settings, at(YESTERDAY, "second"), at(DAY, "third"), "x")
    after = lake_content(settings)
    assert {name: after[name] for name in before} == before
    assert {row["event_id"] for row in lake_rows(settings) if row["event_date"] == YESTERDAY} == {"first", "second"}


def test_first_of_repeated_rows_wins_by_file_and_line(settings):
    deliver(settings, "b.ndjson", ndjson(event("x", country="B1"), event("y", country="B2")))
    deliver(settings, "a.ndjson", ndjson("broken", event("y", country="A2"), event("y", country="A3"), event("z")))
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.received_rows, ledger.accepted_rows, ledger.repeated_rows, ledger.quarantined_rows) == (6, 3, 2, 1)
    assert [(row["event_id"], row["country"]) for row in lake_rows(settings)] == [("y", "A2"), ("z", "DE"), ("x", "B1")]


def test_repeats_are_found_across_event_days_and_after_refused_lines(settings):
    lines = [event("x", watched_seconds=-1), at(YESTERDAY, "x"), at(DAY, "x"), event("x", watched_seconds="?")]
    ledger = conform(settings, *lines)
    assert (ledger.accepted_rows, ledger.repeated_rows, ledger.quarantined_rows) == (1, 1, 2)
    assert lake_rows(settings)[0]["event_date"] == YESTERDAY


def test_repeats_of_a_change_feed_share_key_and_time(settings):
    user = {"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "active"}
    same = user | {"changed_ts": "2026-06-20T02:00:00+02:00", "status": "cancelled"}
    ledger = conform(settings, user, same, user | {"changed_ts": "2026-06-20T00:00:01Z"}, feed=USERS)
    assert (ledger.accepted_rows, ledger.repeated_rows) == (2, 1)
    assert [row["status"] for row in lake_rows(settings, feed=USERS)] == ["active", "active"]


def test_day_without_files_leaves_an_empty_ledger(settings):
    for feed in FEEDS.values():
        assert conform_day(settings, feed, DAY) == Ledger(feed.name, DAY, 0, 0, 0, 0, {}, {}, {})
        assert read_ledger(settings, feed.name, DAY) == Ledger(feed.name, DAY, 0, 0, 0, 0, {}, {}, {})
    assert not list(settings.lake_dir.rglob("*.parquet"))


def test_running_a_day_again_changes_nothing(settings):
    lines = [at(DAY, f"e{number}") for number in range(500)] + [at(YESTERDAY, "e7"), at(YESTERDAY, "late"), "x", "y"]
    first = conform(settings, *lines)
    content = lake_content(settings)
    assert conform_day(settings, EVENTS, DAY) == first
    assert lake_content(settings) == content
    assert not list(settings.spill_dir.iterdir())  # nothing staged is left behind


def test_one_conformer_does_many_days_and_feeds_as_single_runs_do(settings, with_days, tmp_path):
    other = with_days(data_dir=tmp_path / "other")
    days = [DAY + timedelta(days=number) for number in range(4)]
    for platform in (settings, other):
        for day in days:
            deliver(platform, "a.ndjson", ndjson(at(day, "x"), at(day - timedelta(days=2), "y"), "broken"), day=day)
            user = {"user_id": "u1", "changed_ts": f"{day}T00:00:00Z", "status": "active", "new": 1}
            deliver(platform, "a.ndjson.zst", ndjson(user, user), USERS, day)
    with Conformer(settings) as conformer:
        for day in days:
            for feed in FEEDS.values():
                conformer.conform_day(feed, day)
    for feed in FEEDS.values():
        for day in reversed(days):
            conform_day(other, feed, day)
    assert lake_content(settings) == lake_content(other)


def test_run_with_fewer_rows_removes_what_is_no_longer_there(settings):
    conform(settings, at(DAY, "a"), at(YESTERDAY, "b"), at(date(2026, 6, 2), "c"), "broken")
    conform(settings, at(YESTERDAY, "b"), day=YESTERDAY)
    ledger = conform(settings, at(YESTERDAY, "b"))
    assert list(ledger.event_days) == [YESTERDAY]
    assert [(row["event_id"], row["arrival_date"]) for row in lake_rows(settings)] == [("b", YESTERDAY), ("b", DAY)]
    assert not quarantine_file(settings, "events", DAY).exists()
    (raw_day(settings, "events", DAY) / "a.ndjson").unlink()
    assert conform_day(settings, EVENTS, DAY).received_rows == 0
    assert [row["arrival_date"] for row in lake_rows(settings)] == [YESTERDAY]
    assert audit_ledger(settings, "events", DAY) == []


def test_files_under_days_beyond_a_shorter_horizon_are_removed_too(settings, with_days):
    far = DAY - timedelta(days=15)
    conform(settings, at(far, "a"))
    assert lake_file(settings, "events", far, DAY).exists()
    ledger = conform_day(with_days(late_horizon_days=2), EVENTS, DAY)
    assert ledger.quarantined_by_reason == {"beyond_horizon": 1}
    assert not lake_file(settings, "events", far, DAY).exists()


def steps_of_replacing(monkeypatch) -> list[str]:
    """Makes each step that changes the lake note itself; used to stop a run after any one of them."""
    steps: list[str] = []
    real_move, real_unlink, real_write = conforming.move_into_place, Path.unlink, conforming.write_ledger

    def noting(name, real):
        def step(*args, **kwargs):
            if steps and steps[0] == f"stop at {sum(1 for done in steps if done != steps[0])}":
                raise KeyboardInterrupt
            steps.append(name)
            return real(*args, **kwargs)

        return step

    monkeypatch.setattr(conforming, "move_into_place", noting("move", real_move))
    monkeypatch.setattr(conforming, "write_ledger", noting("ledger", real_write))
    monkeypatch.setattr(Path, "unlink", noting("remove", real_unlink))
    return steps


@pytest.mark.parametrize("has_run_before", [False, True])
def test_run_that_stops_anywhere_is_mended_by_the_next(settings, with_days, tmp_path, monkeypatch, has_run_before):
    new = ndjson(at(DAY, "a"), at(YESTERDAY, "b"), at(YESTERDAY, "c"), "broken", "again")
    fresh = with_days(data_dir=tmp_path / "fresh", late_horizon_days=3)
    deliver(fresh, "a.ndjson", new)
    conform_day(fresh, EVENTS, DAY)
    expected = lake_content(fresh)

    def prepared(name):
        platform = with_days(data_dir=tmp_path / name, late_horizon_days=3)
        if has_run_before:
            conform(platform, at(DAY, "old"), at(date(2026, 6, 17), "older"), at(YESTERDAY, "b"), "broken")
        deliver(platform, "a.ndjson", new)
        return platform

    not_stopped = prepared("not-stopped")
    with monkeypatch.context() as patched:
        steps = steps_of_replacing(patched)
        conform_day(not_stopped, EVENTS, DAY)
        count = len(steps)
    assert count == (
        6 if has_run_before else 5
    )  # a file that is no longer yielded goes; two days, quarantine, ledger come
    for stop in range(count):
        platform = prepared(f"stopped-at-{stop}")
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            steps_of_replacing(patched).append(f"stop at {stop}")
            conform_day(platform, EVENTS, DAY)
        ledger = read_ledger(platform, "events", DAY)
        assert audit_ledger(platform, "events", DAY) != [], stop
        if ledger is not None:  # the old one, which no longer fits
            assert ledger.accepted_rows == 3
        for path in platform.lake_dir.rglob("*.parquet"):
            assert path.read_bytes()[-4:] == b"PAR1"  # whole, whichever run wrote it
        conform_day(platform, EVENTS, DAY)
        assert lake_content(platform) == expected, stop
        assert audit_ledger(platform, "events", DAY) == []


def test_failure_before_anything_is_written_leaves_the_lake_as_it_was(settings):
    conform(settings, at(DAY, "a"))
    content = lake_content(settings)
    folder = raw_day(settings, "events", DAY)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("no folder")
    with pytest.raises(RuntimeError, match="cannot be listed"):
        conform_day(settings, EVENTS, DAY)
    assert lake_content(settings) == content


def test_cost_of_a_day_does_not_grow_with_the_days_there(settings, monkeypatch):
    """Nothing is looked up in folders of event days that the arrival day cannot have touched."""
    for number in range(3):
        conform(settings, at(date(2026, 6, 2), f"e{number}"), day=date(2026, 6, 2) + timedelta(days=number))
    far = date(2026, 9, 20)
    looked_at: set[str] = set()
    real = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda path: looked_at.add(Path(path).parent.name) or real(path))
    deliver(settings, "a.ndjson", ndjson(at(far, "x")), day=far)
    conform_day(settings, EVENTS, far)
    days = sorted(name for name in looked_at if name.startswith("event_date="))
    assert days[0] == "event_date=2026-08-21"
    assert len(days) == 30


# --- what the lake holds for an event day ----------------------------------------------------------------------------


def test_state_of_an_event_day_changes_with_content_and_nothing_else(settings):
    conform(settings, at(DAY, "a"), at(DAY, "b"))
    state = lake_state_of_event_day(settings, "events", DAY)
    assert list(state) == [DAY]
    conform(settings, at(DAY, "b"), "broken", at(DAY, "a"), at(DAY, "a"), at(YESTERDAY, "z"))
    assert lake_state_of_event_day(settings, "events", DAY) == state
    conform(settings, at(DAY, "a"), at(DAY, "c"))
    assert lake_state_of_event_day(settings, "events", DAY) != state
    conform(settings, at(DAY, "a"), at(DAY, "b") | {"new": 1})
    assert lake_state_of_event_day(settings, "events", DAY) != state
    tomorrow = DAY + timedelta(days=1)
    conform(settings, at(DAY, "a"), at(DAY, "b"))
    conform(settings, at(DAY, "late"), day=tomorrow)
    assert lake_state_of_event_day(settings, "events", DAY) == state | {
        tomorrow: read_ledger(settings, "events", tomorrow).event_days[DAY].fingerprint
    }
    assert lake_state_of_event_day(settings, "events", tomorrow) == {}


def test_state_of_a_day_that_no_ledger_accounts_for_is_a_mark_of_its_own(settings):
    conform(settings, at(DAY, "a"))
    ledger_file(settings, "events", DAY).unlink()
    state = lake_state_of_event_day(settings, "events", DAY)
    assert state[DAY].startswith("unaccounted-")
    ledger_file(settings, "events", DAY).write_text("{")
    assert lake_state_of_event_day(settings, "events", DAY) == state


def test_refused_lines_are_in_the_order_of_file_and_line(settings):
    deliver(settings, "b.ndjson", b"1\n2\n")
    deliver(settings, "a.csv", b"event_id\nx\n")
    deliver(settings, "c.txt", b"")
    conform_day(settings, EVENTS, DAY)
    assert [(row["source_file"], row["source_line"]) for row in refused(settings)] == [
        ("a.csv", 2),
        ("b.ndjson", 1),
        ("b.ndjson", 2),
        ("c.txt", None),
    ]

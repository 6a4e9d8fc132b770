"""Each content of the landing folder once: repeated, changed, growing, tidied away and damaged files, seen in raw itself."""

import json
import multiprocessing
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.contracts.raw_files import NOTE_SUFFIX
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.landing_files import list_files, listing_file, write_files
from netflix_platform.lake.layout import raw_day, raw_manifest
from netflix_platform.lake.raw import collect_day, recount_manifest
from netflix_platform.settings import Settings
from netflix_platform.sources.landing import LandingError, LandingSource
from netflix_platform.sources.landing.source import stale_days
from netflix_platform_tests.lake.raw_days import event, ndjson

START = date(2026, 6, 1)
D1, D2, D3 = (START + timedelta(days=number) for number in (9, 10, 11))


class Folder:
    """The landing folder of events, and what raw makes of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def land(self, name: str, content: bytes, changed: date | None = None) -> Path:
        path = self.settings.landing_dir / "events" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if changed:
            moment = datetime(changed.year, changed.month, changed.day, 12, tzinfo=UTC).timestamp()
            os.utime(path, (moment, moment))
        return path

    def collect(self, *days: date) -> None:
        for day in days:
            collect_day(self.settings, LandingSource(self.settings), "events", day)

    def raw(self, day: date) -> list[bytes]:
        folder = raw_day(self.settings, "events", day)
        return sorted(path.read_bytes() for path in folder.iterdir()) if folder.is_dir() else []

    def look(self):
        return LandingSource(self.settings).look("events")

    def states(self) -> dict[str, str]:
        return {judged.seen.path: judged.state.value for judged in self.look().files}

    def reason(self, path: str) -> str:
        return next(judged.reason for judged in self.look().files if judged.seen.path == path)

    def stale(self) -> list[date]:
        return list(stale_days([self.look()]))

    def listed(self):
        return list_files(self.settings, {"events": self.look()})


@pytest.fixture
def folder(settings) -> Folder:
    return Folder(settings)


def day_folder(day: date, name: str) -> str:
    return f"arrival_date={day}/{name}"


def test_a_new_file_makes_its_day_stale_until_it_is_taken(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert (folder.stale(), folder.raw(D1)) == ([], [b"a\n"])
    folder.land(day_folder(D1, "b.ndjson"), b"b\n")
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert (folder.stale(), folder.raw(D1)) == ([], [b"a\n", b"b\n"])


@pytest.mark.parametrize("order", [(D1, D2, D3), (D3, D2, D1), (D2, D1, D3)])
def test_a_content_under_several_names_and_days_is_taken_once_in_whatever_order_days_are_run(folder, order):
    for name in (day_folder(D2, "x.ndjson"), day_folder(D2, "y.ndjson"), day_folder(D1, "z.ndjson")):
        folder.land(name, b"same\n")
    for _ in range(2):
        folder.collect(*order)
        assert [folder.raw(day) for day in (D1, D2, D3)] == [[b"same\n"], [], []]
        assert folder.stale() == []
    assert sorted(folder.states().values()) == ["repeated", "repeated", "taken"]
    assert folder.reason(day_folder(D2, "x.ndjson")) == "same content as arrival_date=2026-06-10/z.ndjson"


def test_who_was_first_stays_first(folder):
    folder.land(day_folder(D2, "first.ndjson"), b"same\n")
    assert folder.stale() == [D2]
    folder.land(day_folder(D1, "a.ndjson"), b"same\n")
    assert folder.stale() == [D2], "it was seen first, though it was not taken yet"
    folder.collect(D1, D2)
    assert (folder.raw(D1), folder.raw(D2)) == ([], [b"same\n"])
    folder.settings.landing_registry.unlink()
    folder.collect(D1, D2)
    assert (folder.raw(D1), folder.raw(D2)) == ([], [b"same\n"]), "the manifests know it, too"


def test_who_was_first_and_went_before_it_was_taken_leaves_the_place_to_another(folder):
    first = folder.land(day_folder(D2, "first.ndjson"), b"same\n")
    folder.land(day_folder(D1, "a.ndjson"), b"same\n")
    folder.look()
    first.unlink()
    assert folder.stale() == [D1]
    folder.collect(D1, D2)
    assert (folder.raw(D1), folder.raw(D2)) == ([b"same\n"], [])


def test_a_file_that_grows_takes_the_place_of_what_was_taken_on_the_day_it_had(folder):
    folder.land("log.ndjson", b"1\n", changed=D1)
    folder.collect(D1)
    folder.land("log.ndjson", b"1\n2\n", changed=D3)
    assert folder.stale() == [D1]
    folder.collect(D1, D3)
    assert (folder.raw(D1), folder.raw(D3), folder.stale()) == ([b"1\n2\n"], [], [])
    assert folder.reason("log.ndjson") == "changed on 2026-06-12, stays on the day on which it was first taken"
    rows = folder.listed().select("path", "state", "arrival_date", "size_bytes").rows()
    assert rows == [("log.ndjson", "superseded", D1, 2), ("log.ndjson", "taken", D1, 4)]


def test_two_files_that_change_places_change_them_in_raw(folder):
    for one, other in ((b"a\n", b"b\n"), (b"b\n", b"a\n")):
        folder.land(day_folder(D1, "one.ndjson"), one)
        folder.land(day_folder(D2, "other.ndjson"), other)
        assert folder.stale() == [D1, D2]
        folder.collect(D1, D2)
        assert (folder.raw(D1), folder.raw(D2), folder.stale()) == ([one], [other], [])


def test_a_taken_file_that_becomes_a_copy_of_another_leaves_raw(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    folder.land(day_folder(D2, "b.ndjson"), b"b\n")
    folder.collect(D1, D2)
    folder.land(day_folder(D2, "b.ndjson"), b"a\n")
    assert folder.stale() == [D2]
    folder.collect(D2)
    assert (folder.raw(D1), folder.raw(D2), folder.stale()) == ([b"a\n"], [], [])
    assert sorted(folder.listed()["state"]) == ["repeated", "superseded", "taken"]


def test_what_is_tidied_away_stays_in_raw_and_is_not_taken_again(folder):
    taken = folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    folder.land(day_folder(D1, "b.ndjson"), b"b\n")
    folder.collect(D1)
    taken.unlink()
    assert folder.stale() == []
    folder.land(day_folder(D2, "again.ndjson"), b"a\n")
    folder.collect(D1, D2)
    assert (folder.raw(D1), folder.raw(D2), folder.stale()) == ([b"a\n", b"b\n"], [], [])
    told = folder.listed().filter(path=day_folder(D1, "a.ndjson")).row(0, named=True)
    assert (told["state"], told["reason"]) == ("taken", "no longer in the landing folder; raw keeps it")
    folder.settings.landing_registry.unlink()
    folder.collect(D2, D1)
    assert (folder.raw(D1), folder.raw(D2)) == ([b"a\n", b"b\n"], [])


def test_a_delivery_is_taken_back_by_removing_it_from_landing_and_from_raw(folder):
    folder.land(day_folder(D1, "wrong_day.ndjson"), b"a\n").unlink()
    landed = folder.land(day_folder(D1, "wrong_day.ndjson"), b"a\n")
    folder.collect(D1)
    (raw,) = raw_day(folder.settings, "events", D1).iterdir()
    landed.unlink()
    raw.unlink()
    folder.land(day_folder(D2, "right_day.ndjson"), b"a\n")
    folder.collect(D1)
    assert folder.stale() == [D2]
    folder.collect(D2)
    assert (folder.raw(D1), folder.raw(D2)) == ([], [b"a\n"])


def test_raw_of_before_there_were_hashes_is_kept_and_known_again_by_its_name(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    gone = folder.land(day_folder(D1, "gone.ndjson"), b"gone\n")
    folder.collect(D1)
    path = raw_manifest(folder.settings, "events", D1)
    manifest = json.loads(path.read_text())
    for file in manifest["files"]:
        del file["path"], file["sha256"]
    path.write_text(json.dumps(manifest))
    gone.unlink()
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert (folder.raw(D1), folder.stale()) == ([b"a\n", b"gone\n"], [])


def test_copies_under_way_and_young_files_are_left_alone_until_they_lie_still(with_days):
    folder = Folder(with_days(landing_quiet_seconds=2))
    for name in ("a.ndjson.part", "b.ndjson.tmp", ".c.ndjson.Xy12"):
        folder.land(day_folder(D1, name), b"half\n")
    young = folder.land(day_folder(D1, "young.ndjson"), b"half\n")
    assert (folder.states(), folder.stale()) == ({day_folder(D1, "young.ndjson"): "growing"}, [])
    assert folder.listed()["sha256"].to_list() == [None]
    os.utime(young, (time.time() - 3, time.time() - 3))
    assert folder.stale() == [D1]


def test_a_file_with_a_time_ahead_of_ours_is_settled_when_it_was_seen_unchanged_for_long_enough(with_days):
    folder = Folder(with_days(landing_quiet_seconds=1))
    path = folder.land(day_folder(D1, "ahead.ndjson"), b"a\n")
    os.utime(path, (time.time() + 3_600, time.time() + 3_600))
    assert folder.stale() == []
    deadline = time.monotonic() + 60
    while folder.stale() != [D1]:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_run_waits_for_a_young_file_and_leaves_one_that_never_rests(with_days):
    folder = Folder(with_days(landing_quiet_seconds=1))
    folder.land(day_folder(D1, "young.ndjson"), b"whole\n")
    folder.collect(D1)
    assert folder.raw(D1) == [b"whole\n"]

    restless = folder.land(day_folder(D1, "restless.ndjson"), b"half\n")
    os.utime(restless, (time.time() + 3_600, time.time() + 3_600))
    source = LandingSource(with_days(landing_quiet_seconds=600))
    source._patience = 0.2
    collected = collect_day(folder.settings, source, "events", D1)
    assert folder.raw(D1) == [b"whole\n"]
    assert "restless.ndjson is still being written" in " ".join(collected.notices)


def test_a_taken_file_that_grows_just_now_stays_in_raw_as_it_was(with_days):
    folder = Folder(with_days(landing_quiet_seconds=600))
    folder.land(day_folder(D1, "a.ndjson"), b"1\n", changed=D1)
    folder.collect(D1)
    folder.land(day_folder(D1, "a.ndjson"), b"1\n2")
    source = LandingSource(folder.settings)
    source._patience = 0.0
    collect_day(folder.settings, source, "events", D1)
    assert (folder.raw(D1), folder.stale()) == ([b"1\n"], [])
    assert sorted(folder.listed()["state"]) == ["growing", "taken"]


@pytest.mark.parametrize("way", ["renamed over", "written in place"])
def test_a_file_replaced_by_one_of_the_same_size_and_time_is_noticed(folder, way):
    path = folder.land(day_folder(D1, "a.ndjson"), b"old\n", changed=D1)
    folder.collect(D1)
    if way == "renamed over":
        folder.land("new.tmp", b"new\n", changed=D1).replace(path)
    else:
        folder.land(day_folder(D1, "a.ndjson"), b"new\n", changed=D1)
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert folder.raw(D1) == [b"new\n"]


def test_a_file_whose_entry_changed_and_not_its_content_asks_for_nothing(folder):
    path = folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    folder.collect(D1)
    path.touch()
    path.chmod(0o600)
    folder.land("again.tmp", b"a\n").replace(path)
    assert folder.stale() == []


def test_days_outside_the_platform_wait_with_a_reason(folder):
    today = datetime.now(UTC).date()
    folder.land(day_folder(START - timedelta(days=1), "early.ndjson"), b"early\n")
    folder.land(day_folder(today, "today.ndjson"), b"today\n")
    assert folder.stale() == []
    assert folder.states() == {
        "arrival_date=2026-05-31/early.ndjson": "too_early",
        day_folder(today, "today.ndjson"): "waiting",
    }
    assert "before the platform's start 2026-06-01" in folder.reason("arrival_date=2026-05-31/early.ndjson")
    folder.land(day_folder(D1, "both.ndjson"), b"early\n")
    folder.land(day_folder(D1, "more.ndjson"), b"today\n")
    folder.collect(D1)
    assert folder.raw(D1) == [b"early\n", b"today\n"], "what no day takes does not keep its content out"


def test_what_cannot_be_read_is_told_once_and_taken_when_it_can(folder):
    path = folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    link = path.with_name("link.ndjson")
    link.symlink_to("/etc/hostname")
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert (len(folder.raw(D1)), folder.stale()) == (2, [])
    assert folder.states()[day_folder(D1, "link.ndjson")] == "unreadable"
    link.unlink()
    link.write_bytes(b"the file itself\n")
    assert folder.stale() == [D1]
    folder.collect(D1)
    assert (folder.raw(D1), folder.stale()) == ([b"a\n", b"the file itself\n"], [])


def test_a_taken_file_that_can_no_longer_be_read_stays_in_raw_beside_a_note(folder):
    path = folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    folder.collect(D1)
    path.unlink()
    path.symlink_to("/etc/hostname")
    folder.collect(D1)
    names = [one.name for one in raw_day(folder.settings, "events", D1).iterdir()]
    assert [name.endswith(NOTE_SUFFIX) for name in sorted(names)] == [False, True]
    path.unlink()
    folder.collect(D1)
    assert folder.raw(D1) == [b"a\n"], "the note went with what it told of"


def test_a_file_that_changes_while_it_is_copied_is_left_to_the_next_look(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    source = LandingSource(folder.settings)
    source.look("events")
    source._looks["events"] = (time.monotonic(), source.look("events"))
    folder.land(day_folder(D1, "a.ndjson"), b"changed\n")
    collected = collect_day(folder.settings, source, "events", D1)
    assert (folder.raw(D1), folder.stale()) == ([], [D1])
    assert "changed while it was copied" in collected.notices[0]
    folder.collect(D1)
    assert folder.raw(D1) == [b"changed\n"]


def test_unchanged_files_are_not_read_again(folder, monkeypatch):
    for number in range(20):
        folder.land(day_folder(D1, f"{number}.ndjson"), f"{number}\n".encode())
    folder.look()

    def refuse(*_, **__):
        raise AssertionError("a file was read")

    monkeypatch.setattr("netflix_platform.sources.landing.source._hash_of", refuse)
    assert folder.stale() == [D1]


def test_a_look_without_time_leaves_the_reading_to_the_run(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    look = LandingSource(folder.settings).look("events", seconds=-1)
    assert [(judged.state.value, judged.seen.sha256) for judged in look.files] == [("ready", None)]
    folder.collect(D1)
    assert (folder.raw(D1), folder.stale()) == ([b"a\n"], [])


def test_a_damaged_registry_says_what_to_do(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    folder.look()
    folder.settings.landing_registry.write_bytes(b"not a database" * 1000)
    with pytest.raises(LandingError, match="remove it"):
        folder.look()


def test_raw_that_was_changed_on_purpose_is_still_known_by_its_content(folder):
    folder.land(day_folder(D1, "a.ndjson"), b"a\nof somebody\n")
    folder.collect(D1)
    (raw,) = raw_day(folder.settings, "events", D1).iterdir()
    raw.write_bytes(b"a\n")
    recount_manifest(folder.settings, "events", D1)
    assert folder.stale() == []
    folder.land(day_folder(D1, "a.ndjson"), b"a\n")
    assert folder.stale() == [D1], "the landed file was changed as well, and nobody said so"
    raw.write_bytes(b"\na\n")
    recount_manifest(folder.settings, "events", D1)
    folder.land(day_folder(D1, "a.ndjson"), b"")
    raw.write_bytes(b"")
    recount_manifest(folder.settings, "events", D1)
    assert folder.stale() == [], "both were changed to the same bytes before the recount"


def test_the_list_says_what_each_file_brought(folder):
    folder.land(
        day_folder(D1, "a.ndjson"),
        ndjson(event("e1", event_ts=f"{D1}T10:00:00Z"), event("e2", event_ts="2026-06-08T10:00:00Z"), "broken"),
    )
    folder.land(day_folder(D1, "b.ndjson"), ndjson(event("e3", event_ts=f"{D1}T11:00:00Z")))
    folder.collect(D1)
    conform_day(folder.settings, EVENTS, D1)
    write_files(folder.settings, folder.listed())
    rows = pl.read_parquet(listing_file(folder.settings)).select(
        "path", "received_rows", "accepted_rows", "event_days", "first_event_date", "last_event_date"
    )
    assert rows.rows() == [
        (day_folder(D1, "a.ndjson"), 3, 2, 2, date(2026, 6, 8), D1),
        (day_folder(D1, "b.ndjson"), 1, 1, 1, D1, D1),
    ]


def test_names_that_are_no_utf8_are_taken_once_and_listed(folder):
    parent = os.fsencode(folder.settings.landing_dir / "events" / f"arrival_date={D1}")
    Path(os.fsdecode(parent)).mkdir(parents=True)
    Path(os.fsdecode(parent + b"/\xff\xfe.ndjson")).write_bytes(b"a\n")
    folder.collect(D1)
    assert (folder.raw(D1), folder.stale()) == ([b"a\n"], [])
    assert "\\udcff" in folder.listed()["path"][0]
    folder.land(day_folder(D1, "0.ndjson"), b"b\n")
    folder.collect(D1)
    Path(os.fsdecode(parent + b"/\xff\xfe.ndjson")).write_bytes(b"b\n")
    folder.land(day_folder(D1, "\\udcff\\udcfe.ndjson"), b"b\n")
    folder.collect(D1)
    assert (folder.raw(D1), folder.stale()) == ([b"b\n"], [])
    states = sorted(folder.listed()["state"])
    assert states == ["repeated", "superseded", "taken"], "two names that read alike are one row"


def test_runs_at_the_same_time_over_other_days_take_each_content_once(folder):
    """Four processes, three days each, every content on all twelve days; nobody has looked before them."""
    days = [START + timedelta(days=number) for number in range(12)]
    for number, day in enumerate(days):
        for content in range(30):
            folder.land(day_folder(day, f"{(content * 7 + number) % 30}.ndjson"), f"{content}\n".encode())
    context = multiprocessing.get_context("forkserver")
    runs = [context.Process(target=_collect, args=(folder.settings, days[first::4])) for first in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0, 0, 0]
    taken = [content for day in days for content in folder.raw(day)]
    assert sorted(taken) == sorted(f"{content}\n".encode() for content in range(30))
    assert folder.stale() == []


def _collect(settings: Settings, days: list[date]) -> None:
    Folder(settings).collect(*days)


def test_a_thousand_files_are_each_taken_once(folder):
    contents = [f"{number % 700}\n".encode() for number in range(1_000)]
    for number, content in enumerate(contents):
        folder.land(day_folder(START + timedelta(days=number % 10), f"{number}.ndjson"), content)
    days = folder.stale()
    source = LandingSource(folder.settings)
    for day in days:
        collect_day(folder.settings, source, "events", day)
    taken = [content for day in days for content in folder.raw(day)]
    assert sorted(taken) == sorted(set(contents))
    assert folder.stale() == []

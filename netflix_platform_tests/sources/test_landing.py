"""The landing folder: which files arrive on which day, copied as they are, and what cannot be delivered is said."""

import os
import re
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.contracts.raw_files import NOTE_SUFFIX, raw_suffix
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.lake.raw import collect_day
from netflix_platform.sources.landing import LandingError, LandingSource
from netflix_platform_tests.lake.raw_days import event, ndjson, refused

DAY, OTHER_DAY = date(2026, 6, 20), date(2026, 6, 21)


@pytest.fixture
def land(settings):
    """Puts a file into the landing folder, last changed at 23:59 UTC of ``DAY``."""

    def put(name: str, content: bytes = b"{}\n") -> Path:
        path = settings.landing_dir / "events" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        changed = datetime(2026, 6, 20, 23, 59, tzinfo=UTC).timestamp()
        os.utime(path, (changed, changed))
        return path

    return put


@pytest.fixture
def delivered(settings, tmp_path):
    """What the source delivers for a day: content by name."""

    def write(day: date = DAY, feed: str = "events") -> dict[str, bytes]:
        folder = tmp_path / f"delivered-{day}-{feed}-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        LandingSource(settings).write_day(feed, day, folder)
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    return write


def test_day_is_that_of_the_folder_or_of_the_last_change(settings, land, delivered):
    land("a.ndjson", b"by change\n")
    land("arrival_date=2026-06-21/b.ndjson", b"by folder\n")
    land("deep/arrival_date=2026-06-21/er/c.csv", b"deeper\n")
    assert LandingSource(settings).arrival_days("events") == {DAY, OTHER_DAY}
    assert list(delivered(DAY).values()) == [b"by change\n"]
    assert sorted(delivered(OTHER_DAY).values()) == [b"by folder\n", b"deeper\n"]
    assert delivered(date(2026, 6, 22)) == {}


def test_feed_without_a_folder_has_no_files(settings, delivered):
    assert delivered(feed="users") == {}
    assert LandingSource(settings).arrival_days("users") == set()


def test_files_are_copies_byte_for_byte(settings, land, tmp_path):
    content = bytes(range(256)) * 3
    path = land("a.parquet", content)
    LandingSource(settings).write_day("events", DAY, tmp_path)
    (copy,) = tmp_path.glob("*.parquet")
    path.write_bytes(b"changed later")
    assert copy.read_bytes() == content


def test_delivering_twice_gives_the_same_names_and_bytes(land, delivered):
    for name in ("b.ndjson", "x/a.ndjson", "x__a.ndjson", "arrival_date=2026-06-20/a.ndjson"):
        land(name, name.encode())
    assert delivered() == delivered()
    assert len(delivered()) == 4


@pytest.mark.parametrize(
    "name",
    [
        "a..%2f..%2fescape.ndjson",
        "a b'c\";drop.csv",
        "日本.ndjson.gz",
        "-rf.ndjson",
        "x" * 200 + ".parquet",
        "[*?].NDJSON.ZST",
    ],
)
def test_names_are_made_plain_and_keep_their_suffix(land, delivered, name):
    land(name)
    (flat,) = delivered()
    assert not set(flat) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=.-")
    assert not flat.startswith(".")
    assert raw_suffix(flat) == raw_suffix(name)
    assert len(flat) < 200


def test_what_no_day_takes_is_told(settings):
    source = LandingSource(settings)
    assert source.notices() == []
    for folder in (
        "events/arrival_date=2026-05-01",
        "events/arrival_date=2026-06-20",
        "event",
        "users/arrival_date=2999-01-01",
    ):
        (settings.landing_dir / folder).mkdir(parents=True)
        (settings.landing_dir / folder / "a.ndjson").write_text("{}\n")
    told = source.notices()
    assert len(told) == 3
    assert "landing/event is no feed's folder" in told[0]
    assert "before the platform's start 2026-06-01 (2026-05-01 to 2026-05-01)" in told[1]
    assert "taken when that day (UTC) is over" in told[2]


def test_names_that_are_no_utf8(settings, delivered):
    folder = os.fsencode(settings.landing_dir / "events" / "arrival_date=2026-06-20")
    Path(os.fsdecode(folder)).mkdir(parents=True)
    Path(os.fsdecode(folder + b"/\xff\xfe.ndjson")).write_bytes(b"{}\n")
    assert [name.endswith(".ndjson") for name in delivered()] == [True]


def test_hidden_files_and_copies_under_way_are_left_alone(land, delivered):
    for name in (".DS_Store", "a.ndjson.tmp", "b.csv.PART", ".hidden/c.ndjson"):
        land(name)
    assert delivered() == {}


def test_files_of_an_unknown_kind_are_refused_where_it_shows(settings, land):
    land("notes.txt", b"hello")
    land("good.ndjson", ndjson(event()))
    collect_day(settings, LandingSource(settings), "events", DAY)
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.received_rows, ledger.accepted_rows, ledger.quarantined_rows) == (2, 1, 1)
    (row,) = refused(settings)
    assert row["reason"] == "unreadable_file"
    assert "notes" in row["source_file"]
    assert ".ndjson" in row["detail"]


def test_what_cannot_be_copied_leaves_a_note_and_the_rest_goes_on(settings, land, tmp_path):
    secret = tmp_path / "secret.ndjson"
    secret.write_text("password\n")
    folder = land("arrival_date=2026-06-20/good.ndjson", ndjson(event())).parent
    (folder / "out.ndjson").symlink_to(secret)
    (folder / "nowhere.ndjson").symlink_to(folder / "missing.ndjson")
    os.mkfifo(folder / "pipe.ndjson")
    collect_day(settings, LandingSource(settings), "events", DAY)
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.accepted_rows, ledger.quarantined_by_reason) == (1, {"unreadable_file": 3})
    details = " ".join(row["detail"] for row in refused(settings))
    for said in (
        "out.ndjson is a link that leads out of the landing folder",
        "nowhere.ndjson is no file",
        "pipe.ndjson",
    ):
        assert said in details
    assert audit_ledger(settings, "events", DAY) == []
    raw = settings.raw_dir / "events" / f"arrival_date={DAY}"
    assert not any(b"password" in path.read_bytes() for path in raw.iterdir())


def test_links_that_lead_to_each_other_or_to_devices_leave_notes(land, delivered):
    folder = land("arrival_date=2026-06-20/good.ndjson", b"good\n").parent
    (folder / "loop.ndjson").symlink_to(folder / "pool.ndjson")
    (folder / "pool.ndjson").symlink_to(folder / "loop.ndjson")
    (folder / "zero.ndjson").symlink_to("/dev/zero")
    (folder / "up").symlink_to("..")
    notes = [name for name in delivered() if name.endswith(NOTE_SUFFIX)]
    assert len(notes) == 4
    assert len(delivered()) == 5


def nest(folder: Path, name: str, times: int, file: str) -> None:
    """Make folders one in the other, and a file in the last; each step is a short path, so that there is no end to it."""
    deepest = os.open(folder, os.O_RDONLY)
    for _ in range(times):
        os.mkdir(name, dir_fd=deepest)
        inside = os.open(name, os.O_RDONLY, dir_fd=deepest)
        os.close(deepest)
        deepest = inside
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, dir_fd=deepest), "wb") as opened:
        opened.write(b"deep\n")
    os.close(deepest)


def test_folders_as_deep_as_they_may_be_and_deeper(settings, land, delivered):
    """Deeper than Python's stack; and so deep that the path is longer than the system takes, which is said."""
    path = land("arrival_date=2026-06-20/good.ndjson", b"good\n")
    nest(path.parent, "d", 1_500, "deep.ndjson")
    nest(path.parent, "x" * 200, 25, "too_deep.ndjson")
    try:
        files = delivered()
        assert sorted(content for content in files.values() if len(content) < 10) == [b"deep\n", b"good\n"]
        (note,) = (content for name, content in files.items() if name.endswith(NOTE_SUFFIX))
        assert b"File name too long" in note
    finally:
        subprocess.run(["rm", "-rf", str(settings.landing_dir)], check=True)  # shutil goes no deeper than the stack


def test_too_deep_a_folder_without_a_day_has_that_of_the_folder_above(settings, land):
    nest(land("a.ndjson").parent, "x" * 200, 25, "too_deep.ndjson")
    try:
        assert LandingSource(settings).arrival_days("events") == {DAY, datetime.now(UTC).date()}
    finally:
        subprocess.run(["rm", "-rf", str(settings.landing_dir)], check=True)


@pytest.mark.parametrize(
    "name",
    [
        "a\nb",
        "'",
        '"',
        "a..%2f..%2fetc",
        "%s%n",
        "日本",
        "-rf",
        "$(reboot)",
        "`id`",
        "*",
        "[ab]?",
        "a b",
        "'); drop table x; --",
    ],
)
def test_nothing_leaves_the_data_folder_whatever_files_are_called(settings, land, tmp_path, name):
    land(f"arrival_date=2026-06-20/{name}/{name}.ndjson", ndjson(event()))
    collect_day(settings, LandingSource(settings), "events", DAY)
    assert conform_day(settings, EVENTS, DAY).accepted_rows == 1
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    (file,) = (settings.raw_dir / "events" / f"arrival_date={DAY}").iterdir()
    assert re.fullmatch(r"[A-Za-z0-9_=.][A-Za-z0-9_=.-]*", file.name) or file.name.startswith("-rf")


def test_link_within_the_folder_is_followed_and_counts_once(land, delivered):
    path = land("somewhere/a.ndjson", b"once\n")
    (path.parent.parent / "b.ndjson").symlink_to(path)
    assert list(delivered().values()) == [b"once\n"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_files_and_folders_without_permission_leave_notes(land, delivered):
    land("arrival_date=2026-06-20/a.ndjson").chmod(0)
    land("arrival_date=2026-06-20/closed/b.ndjson").parent.chmod(0)
    assert all(name.endswith(NOTE_SUFFIX) for name in delivered())
    assert len(delivered()) == 2


def test_landing_folder_that_is_a_file_leaves_a_note(settings, delivered):
    settings.landing_dir.mkdir(parents=True)
    path = settings.landing_dir / "events"
    path.write_text("not a folder")
    changed = datetime(2026, 6, 20, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))
    ((name, note),) = delivered().items()
    assert name.endswith(NOTE_SUFFIX)
    assert b"cannot be listed" in note


@pytest.mark.parametrize("folder", ["arrival_date=yesterday", "arrival_date=2026-02-30", "arrival_date=20260620"])
def test_day_folder_without_a_day_is_refused(settings, land, delivered, folder):
    land(f"{folder}/a.ndjson")
    with pytest.raises(LandingError, match=folder):
        delivered()
    with pytest.raises(LandingError, match="rename it"):
        LandingSource(settings).arrival_days("events")

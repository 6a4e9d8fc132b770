"""The ledger, and the audit that holds it against the files: each way in which they can part is shown to be noticed."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import lake_file, ledger_file, quarantine_file, raw_day
from netflix_platform.lake.ledger import LedgerError, audit_ledger, read_ledger, write_ledger
from netflix_platform_tests.lake.raw_days import DAY, conform, deliver, event, ndjson

YESTERDAY = DAY - timedelta(days=1)


@pytest.fixture
def day(settings):
    """A day with accepted, late, repeated and refused rows that balances; gives the problems the audit finds now."""
    late = event("late", event_ts="2026-06-19T10:00:00Z")
    ledger = conform(settings, event("a"), event("b"), event("a"), late, "broken", event("c", watched_seconds="x"))
    assert ledger.is_balanced
    problems = lambda: audit_ledger(settings, "events", DAY)  # noqa: E731
    assert problems() == []
    return problems


def the_only(problems: list[str]) -> str:
    assert len(problems) == 1, problems
    assert problems[0].startswith("events of arrival day 2026-06-20: ")
    assert problems[0].endswith("; run lake/events of that day again")
    return problems[0]


def edit(settings, **changes) -> None:
    path = ledger_file(settings, "events", DAY)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_ledger_file_is_as_agreed(settings, day):
    content = json.loads(ledger_file(settings, "events", DAY).read_text())
    fingerprints = [content["event_days"][name].pop("fingerprint") for name in ("2026-06-19", "2026-06-20")]
    assert all(text.isdigit() for text in fingerprints)
    filled, profile = content.pop("filled_rows"), content.pop("profile")
    assert set(filled) == {column.name for column in EVENTS.columns if not column.required}
    assert {name: rows for name, rows in filled.items() if rows} == {
        "playback_id": 3, "title_id": 3, "watched_seconds": 3, "rebuffer_count": 3, "country": 3,
    }  # fmt: skip
    assert profile["sampled_rows"] == 5
    assert profile["types"]["watched_seconds"] == {"number": 4, "string": 1}
    assert content == {
        "feed": "events",
        "arrival_date": "2026-06-20",
        "received_rows": 6,
        "accepted_rows": 3,
        "repeated_rows": 1,
        "quarantined_rows": 2,
        "quarantined_by_reason": {"malformed_record": 1, "wrong_type": 1},
        "event_days": {"2026-06-19": {"rows": 1}, "2026-06-20": {"rows": 2}},
        "unknown_fields": {},
        "files": {
            "a.ndjson": {
                "received_rows": 6,
                "accepted_rows": 3,
                "event_days": 2,
                "first": "2026-06-19",
                "last": "2026-06-20",
            }
        },
        "newer_rows": 0,
        "newest_version": 0,
    }


def test_ledger_survives_writing_and_reading(settings, day):
    ledger = read_ledger(settings, "events", DAY)
    assert ledger.touched_days == [YESTERDAY]
    write_ledger(settings, ledger)
    assert read_ledger(settings, "events", DAY) == ledger
    assert read_ledger(settings, "users", DAY) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"feed": "events"}', "null"])
def test_ledger_that_cannot_be_read(settings, day, text):
    path = ledger_file(settings, "events", DAY)
    path.write_text(text)
    with pytest.raises(LedgerError, match=r"run lake/events of 2026-06-20 again"):
        read_ledger(settings, "events", DAY)
    assert str(path) in audit_ledger(settings, "events", DAY)[0]
    conform_day(settings, EVENTS, DAY)
    assert day() == []


def test_missing_ledger(settings, day):
    ledger_file(settings, "events", DAY).unlink()
    assert day() == ["events of arrival day 2026-06-20 has no ledger; run lake/events of that day"]


def test_missing_lake_file(settings, day):
    path = lake_file(settings, "events", YESTERDAY, DAY)
    path.unlink()
    first, second = day()
    assert f"{path} holds 0 rows, the ledger says 1" in first
    assert "6 lines lie in raw (a.ndjson: 6), but 2 rows were accepted, 1 repeated and 2 quarantined" in second


def test_lake_file_with_fewer_rows(settings, day):
    path = lake_file(settings, "events", DAY, DAY)
    pq.write_table(pq.read_table(path).slice(1), path)
    assert f"{path} holds 1 rows, the ledger says 2" in day()[0]


def test_lake_file_that_is_damaged(settings, day):
    path = lake_file(settings, "events", DAY, DAY)
    path.write_bytes(path.read_bytes()[:-10])
    assert f"{path} cannot be read" in the_only(day())


def test_lake_file_that_the_ledger_does_not_know(settings, day):
    path = lake_file(settings, "events", DAY - timedelta(days=5), DAY)
    path.parent.mkdir()
    path.write_bytes(lake_file(settings, "events", DAY, DAY).read_bytes())
    assert f"{path} holds 2 rows, the ledger says 0" in day()[0]


def test_quarantine_with_fewer_rows_or_none(settings, day):
    path = quarantine_file(settings, "events", DAY)
    pq.write_table(pq.read_table(path).slice(1), path)
    assert "the quarantine holds 1 wrong_type, the ledger says 1 malformed_record, 1 wrong_type" in day()[0]
    path.unlink()
    assert "the quarantine holds nothing" in day()[0]
    path.write_bytes(b"PAR1")
    assert f"{path} cannot be read" in the_only(day())


def test_line_that_came_after_conforming(settings, day):
    path = raw_day(settings, "events", DAY) / "a.ndjson"
    path.write_bytes(path.read_bytes() + b"\n\n" + ndjson(event("new")))
    assert "7 lines lie in raw (a.ndjson: 7)" in the_only(day())


def test_line_or_file_that_went_or_came(settings, day):
    path = raw_day(settings, "events", DAY) / "a.ndjson"
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"\n") + 1 :])
    assert "5 lines lie in raw" in the_only(day())
    path.unlink()
    assert "0 lines lie in raw (no files)" in the_only(day())
    path.write_bytes(content)
    assert day() == []
    deliver(settings, "b.txt", b"one more\n")
    assert "7 lines lie in raw (a.ndjson: 6, b.txt: 1)" in the_only(day())


def test_raw_folder_that_cannot_be_listed(settings, day):
    folder = raw_day(settings, "events", DAY)
    (folder / "a.ndjson").unlink()
    folder.rmdir()
    folder.write_text("")
    assert "cannot be listed" in the_only(day())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"received_rows": 7}, "does not add up: 7 received, 3 accepted, 1 repeated, 2 quarantined"),
        ({"accepted_rows": 4, "received_rows": 7}, "does not add up: 7 received, 4 accepted"),
        ({"repeated_rows": 2, "received_rows": 7}, "6 lines lie in raw"),
        ({"quarantined_by_reason": {"malformed_record": 2}}, "the ledger says 2 malformed_record"),
        ({"event_days": {}}, "does not add up"),
    ],
)
def test_ledger_that_was_edited(settings, day, changes, said):
    edit(settings, **changes)
    assert any(said in problem for problem in day())


def test_ledger_of_a_day_without_files(settings):
    conform_day(settings, EVENTS, DAY)
    assert audit_ledger(settings, "events", DAY) == []
    deliver(settings, "a.ndjson", ndjson(event()))
    assert "1 lines lie in raw (a.ndjson: 1), but 0 rows were accepted" in audit_ledger(settings, "events", DAY)[0]

"""Each rule of the contract, with values that keep it and values that break it."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from netflix_platform.contracts import EVENTS, TITLES, USERS
from netflix_platform.lake.ledger import read_ledger
from netflix_platform_tests.lake.raw_days import DAY, conform, event, lake_rows, refusal, refused

TITLE = {"title_id": "t1", "changed_ts": "2026-06-20T00:00:00Z", "title_name": "Heat", "title_type": "film"}


def accepted(settings, field: str, *values: Any) -> list[Any]:
    """What the lake holds for ``values`` of one field of an event; fails when one was refused."""
    ledger = conform(settings, *(event(f"e{number}", **{field: value}) for number, value in enumerate(values)))
    assert ledger.accepted_rows == len(values), refused(settings)
    return [row[field] for row in lake_rows(settings, f"{field}, arrival_date, source_file, source_line")]


def test_good_event_keeps_every_field(settings):
    sent = event(
        received_ts="2026-06-20T10:00:01Z",
        profile_id="u1-1",
        session_id="s:1",
        episode_number=3,
        position_seconds=120.5,
        buffering_seconds=0,
        startup_ms=900,
        bitrate_kbps=5800,
        audio_language="pt-BR",
        device_type="tv",
        app_version="5.1.2",
        schema_version=2,
    )
    ledger = conform(settings, sent)
    assert ledger.accepted_rows == 1
    (row,) = lake_rows(settings)
    assert tuple(row) == (
        *EVENTS.column_names,
        "extra_fields",
        "event_date",
        "arrival_date",
        "source_file",
        "source_line",
    )
    assert row == {
        **sent,
        "event_ts": datetime(2026, 6, 20, 10, 0, 0, 250_000),
        "received_ts": datetime(2026, 6, 20, 10, 0, 1),
        "watched_seconds": Decimal("30.125"),
        "position_seconds": Decimal("120.500"),
        "buffering_seconds": Decimal("0.000"),
        "extra_fields": None,
        "event_date": DAY,
        "arrival_date": DAY,
        "source_file": "a.ndjson",
        "source_line": 1,
    }


@pytest.mark.parametrize("field", ["event_id", "event_type", "event_ts", "user_id"])
def test_required_field_is_missed_when_absent_null_or_empty(settings, field):
    for record in (event(**{field: None}), event() | {field: None}, event(**{field: ""})):
        assert refusal(settings, record) == ("missing_field", field)


def test_optional_field_may_be_absent_null_or_empty(settings):
    records = [event("a"), event("b") | {"country": None}, event("c", country="")]
    assert conform(settings, *records).accepted_rows == 3
    assert [row["country"] for row in lake_rows(settings)] == ["DE", None, None]


def test_playback_is_required_for_playback_events_only(settings):
    assert refusal(settings, event(playback_id=None)) == ("missing_field", "playback_id")
    assert refusal(settings, event(event_type="rate", playback_id=None, title_id=None)) == ("missing_field", "title_id")
    searches = event(event_type="search", playback_id=None, title_id=None)
    assert conform(settings, searches).accepted_rows == 1


def test_ids(settings):
    good = ["A-z_0.9:-", "x" * 64, "true", "1.10", 42]
    assert accepted(settings, "profile_id", *good) == ["A-z_0.9:-", "x" * 64, "true", "1.10", "42"]
    for bad in ("x" * 65, "a b", "a/b", "é", "a\u0000", "a\nb", 1.5, True, {"id": 1}, ["a"], " a"):
        assert refusal(settings, event(profile_id=bad)) == ("wrong_type", "profile_id"), bad


def test_texts(settings):
    good = ["a", 'say "hi" \\ \n\t é 😀 \u2028', "x" * 10_000, "\n" * 10_000, " padded ", "true", "[1]", 7]
    assert accepted(settings, "device_type", *good) == [*good[:-1], "7"]
    for bad in ("x" * 10_001, "\n" * 10_001, "nul\u0000", 1.5, False, {"a": 1}, []):
        assert refusal(settings, event(device_type=bad)) == ("wrong_type", "device_type"), bad


def test_list_of_allowed_values(settings):
    assert refusal(settings, event(event_type="watch")) == ("not_allowed", "event_type")
    assert refusal(settings, event(event_type="Play")) == ("not_allowed", "event_type")
    assert refusal(settings, TITLE | {"title_type": "series"}, TITLES) == ("not_allowed", "title_type")
    assert conform(settings, TITLE, feed=TITLES).accepted_rows == 1


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-20T10:00:00.250Z", datetime(2026, 6, 20, 10, 0, 0, 250_000)),
        ("2026-06-20T10:00:00.123456789Z", datetime(2026, 6, 20, 10, 0, 0, 123_456)),
        ("2026-06-20 10:00:00", datetime(2026, 6, 20, 10)),
        ("2026-06-20T10:00", datetime(2026, 6, 20, 10)),
        ("2026-06-20T10:00Z", datetime(2026, 6, 20, 10)),
        ("2026-06-20T10:00:00+02:00", datetime(2026, 6, 20, 8)),
        ("2026-06-20 10:00:00.5-0530", datetime(2026, 6, 20, 15, 30, 0, 500_000)),
        ("2026-06-20T01:00:00+02", datetime(2026, 6, 19, 23)),
    ],
)
def test_times_are_read_as_utc(settings, text, moment):
    assert accepted(settings, "event_ts", text) == [moment]
    assert lake_rows(settings)[0]["event_date"] == moment.date()


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-20",
        "20.06.2026 10:00",
        "2026/06/20 10:00:00",
        "2026-6-2T1:02:03.123456Z",
        "2026-06-31T10:00:00Z",
        "2026-06-20T24:00:00Z",
        "2026-06-20T10:00:60Z",
        " 2026-06-20T10:00:00Z",
        "2026-06-20T10:00:00 Europe/Berlin",
        "0999-06-20T10:00:00.000Z",
        "9999-06-20T10:00:00.000Z",
        "infinity",
        "epoch",
        "now",
        1_750_413_600,
        True,
        {"seconds": 1},
    ],
)
def test_what_is_no_time(settings, value):
    assert refusal(settings, event(event_ts=value)) == ("wrong_type", "event_ts")
    assert refusal(settings, event(received_ts=value)) == ("wrong_type", "received_ts")


def test_dates(settings):
    good = TITLE | {"release_date": "2016-02-29"}
    assert conform(settings, good, feed=TITLES).accepted_rows == 1
    assert lake_rows(settings, feed=TITLES)[0]["release_date"] == date(2016, 2, 29)
    for bad in ("2015-02-29", "2026-6-1", "2026-06-01T00:00:00Z", "infinity", "0001-01-01", 20260601):
        assert refusal(settings, TITLE | {"release_date": bad}, TITLES) == ("wrong_type", "release_date"), bad


def test_whole_numbers(settings):
    good = [3, 3.0, "3", "3.0", 3e3, 10_000]
    assert accepted(settings, "episode_number", *good) == [3, 3, 3, 3, 3000, 10_000]
    for bad in (1.7, "1.7", 1e-7, "0x1F", "1_000", " 12 ", "12 ", "", "abc", True, "inf", [3], {"n": 3}, 10**30):
        expected = ("wrong_type", "episode_number")
        if bad == "":
            assert accepted(settings, "episode_number", bad) == [None]
        else:
            assert refusal(settings, event(episode_number=bad)) == expected, bad


def test_seconds_are_exact_to_the_millisecond(settings):
    good = [12, 12.5, "12.5", 0.0004, 0.0005, "1.2345", 1.2345, 1e2, "2e1", 86_400]
    expected = ["12.000", "12.500", "12.500", "0.000", "0.001", "1.235", "1.235", "100.000", "20.000", "86400.000"]
    assert accepted(settings, "watched_seconds", *good) == [Decimal(text) for text in expected]
    for bad in ("0x1F", "1_000", " 12 ", "1,5", "NaN", "inf", True, [1], {"s": 1}, 1e300, 10**30, ".5", "5."):
        assert refusal(settings, event(watched_seconds=bad)) == ("wrong_type", "watched_seconds"), bad


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_have(settings, token):
    for field in ("watched_seconds", "episode_number", "device_type", "profile_id"):
        line = json.dumps(event()).removesuffix("}").replace('"watched_seconds": 30.125, ', "")
        assert refusal(settings, f'{line}, "{field}": {token}}}') == ("wrong_type", field)


def test_booleans(settings):
    for value, read in ((True, True), (False, False), ("true", True), ("FALSE", False)):
        assert conform(settings, TITLE | {"is_original": value}, feed=TITLES).accepted_rows == 1
        assert lake_rows(settings, feed=TITLES)[0]["is_original"] is read
    for bad in (1, 0, "yes", "t", [True]):
        assert refusal(settings, TITLE | {"is_original": bad}, TITLES) == ("wrong_type", "is_original"), bad


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("episode_number", (1, 10_000), (0, 10_001, -1)),
        ("watched_seconds", (0, 86_400), (-0.001, 86_400.001)),
        ("schema_version", (1, 2**62), (0, -5)),
    ],
)
def test_bounds_belong_to_the_range(settings, field, inside, outside):
    assert accepted(settings, field, *inside) == list(inside)
    for value in outside:
        assert refusal(settings, event(**{field: value})) == ("out_of_range", field), value


def test_versions_of_the_contract_side_by_side(settings):
    first = event("v1", schema_version=1, bitrate_kbps=5_800)
    second = event("v2", schema_version=2, audio_language="ko")
    both = event("v2b", schema_version=2, bitrate_kbps=1)
    third = event("v3", schema_version=3, audio_language="en", haptics={"on": True})
    broken = event("v3b", schema_version=3, watched_seconds="much")
    ledger = conform(settings, first, second, both, third, third | {"event_id": "v4", "schema_version": 4}, broken)
    assert (ledger.accepted_rows, ledger.quarantined_by_reason) == (5, {"wrong_type": 1})
    assert (ledger.newer_rows, ledger.newest_version) == (2, 4)
    rows = lake_rows(settings, "audio_language, bitrate_kbps, extra_fields, arrival_date, source_file, source_line")
    assert [(row["audio_language"], row["bitrate_kbps"]) for row in rows] == [
        (None, 5_800), ("ko", None), (None, 1), ("en", None), ("en", None),
    ]  # fmt: skip
    assert [row["extra_fields"] for row in rows] == [None, None, None, *['{"haptics":{"on":true}}'] * 2]
    assert read_ledger(settings, "events", DAY) == ledger
    assert conform(settings, first, second).newer_rows == 0


def test_each_version_has_its_columns():
    first, second, now = EVENTS.names_in_version(1), EVENTS.names_in_version(2), EVENTS.column_names
    assert set(second) - set(first) == {"audio_language"}
    assert set(first) - set(second) == {"bitrate_kbps"}
    assert set(now) == {*first, *second}
    assert EVENTS.version == max(column.since for column in EVENTS.columns)
    # What a version brings or retires cannot be required: the other versions lack it.
    assert not any(
        column.required or column.required_for for column in EVENTS.columns if column.since > 1 or column.retired
    )


def test_event_days_that_are_too_far_off(settings):
    days = {
        "2026-06-20T23:59:59.999Z": None,
        "2026-06-21T00:00:00Z": "after_arrival",
        "2026-06-21T01:00:00+02:00": None,  # still the 20th in UTC
        "2026-06-01T00:00:00Z": None,
        "2026-05-31T23:59:59.999Z": "before_start",
    }
    for moment, reason in days.items():
        if reason:
            assert refusal(settings, event(event_ts=moment)) == (reason, "event_ts"), moment
        else:
            assert conform(settings, event(event_ts=moment)).accepted_rows == 1, moment


def test_horizon_counts_from_the_arrival_day(with_days):
    settings = with_days(late_horizon_days=3)
    assert conform(settings, event(event_ts="2026-06-17T00:00:00Z")).accepted_rows == 1
    assert refusal(settings, event(event_ts="2026-06-16T23:59:59Z")) == ("beyond_horizon", "event_ts")


def test_change_feeds_belong_to_the_day_they_arrived_on(settings):
    users = [
        {"user_id": "u1", "changed_ts": "2019-01-01T00:00:00Z", "status": "active", "signup_date": "2019-01-01"},
        {"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "cancelled"},
    ]
    ledger = conform(settings, *users, feed=USERS)
    assert (ledger.accepted_rows, list(ledger.event_days), ledger.touched_days) == (2, [DAY], [])
    assert {row["event_date"] for row in lake_rows(settings, feed=USERS)} == {DAY}


def test_first_broken_rule_in_the_order_of_columns_counts(settings):
    assert refusal(settings, event(event_id="a b", user_id=None, watched_seconds=-1)) == ("wrong_type", "event_id")
    assert refusal(settings, event(event_ts="2019-01-01T00:00:00Z", watched_seconds=-1)) == (
        "out_of_range",
        "watched_seconds",
    )


def test_refusal_says_what_was_wanted(settings):
    sent = event(watched_seconds="soon")
    refusal(settings, sent)
    (row,) = refused(settings)
    assert row == {
        "feed": "events",
        "arrival_date": DAY,
        "source_file": "a.ndjson",
        "source_line": 1,
        "reason": "wrong_type",
        "field": "watched_seconds",
        "detail": "watched_seconds must be a decimal number of seconds",
        "original_line": json.dumps(sent),
    }


def test_unknown_fields_are_kept_and_counted(settings):
    odd = {"experiment": "b", 'odd "name"': {"deep": [1, None]}, "": 1, "ключ": "ü"}
    nothing = {"gone": None, "nan": None}
    ledger = conform(settings, event("a", **odd) | nothing, event("b") | nothing, event("c", experiment=1), "x")
    assert ledger.unknown_fields == {"experiment": 2, "": 1, 'odd "name"': 1, "ключ": 1}
    kept = [row["extra_fields"] for row in lake_rows(settings)]
    assert [text and json.loads(text) for text in kept] == [odd, None, {"experiment": 1}]


def test_names_of_unknown_fields_in_the_ledger_are_bounded(settings):
    records = [event(f"e{number}", **{f"field_{number:03}": 1}) for number in range(120)]
    ledger = conform(settings, *records)
    assert len(ledger.unknown_fields) == 101
    assert ledger.unknown_fields["*"] == 20


def test_colons_in_texts_are_no_unknown_fields(settings):
    records = [event("a", device_type='Alien : "Covenant":'), event("b", device_type=":")]
    assert conform(settings, *records).unknown_fields == {}
    spaced = json.dumps(event("a")).replace('": ', '"  :\t')
    assert conform(settings, spaced, spaced.replace('"country"', '"region"').replace('"a"', '"b"')).unknown_fields == {
        "region": 1
    }

"""Files of another shape through a mapping: what each key of a field does, in every format, and what is left over."""

import hashlib
import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_platform.contracts import EVENTS, TITLES, USERS
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.lake.raw_days import DAY, conform, deliver, event, lake_rows, ndjson, refused

EXAMPLES = PROJECT_ROOT / "docs" / "examples"
REQUIRED = {
    "event_id": "{from: $.id}",
    "event_type": "{constant: search}",
    "event_ts": "{from: $.ts}",
    "user_id": "{from: $.who}",
}


@pytest.fixture
def mapped(with_days, tmp_path):
    """Settings whose events are mapped by the fields given as YAML, with good ones for the required."""

    def settings(ignore="[]", **fields):
        lines = "".join(f"      {name}: {text}\n" for name, text in {**REQUIRED, **fields}.items())
        path = tmp_path / "mapping.yaml"
        ignored = f"    ignore: {ignore}\n" if ignore != "[]" else ""
        path.write_text(f"version: 1\nfeeds:\n  events:\n    fields:\n{lines}{ignored}", "utf-8")
        return with_days(mapping=path, source="landing")

    return settings


def theirs(number="1", **fields):
    return {"id": number, "ts": "2026-06-20T10:00:00Z", "who": "u1", **fields}


def as_parquet(*records) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(records)), sink)
    return sink.getvalue()


def read(settings, field, *values):
    """What the lake holds for the values of the field ``x``; fails when one was refused."""
    ledger = conform(settings, *(theirs(f"e{number}", x=value) for number, value in enumerate(values)))
    assert ledger.accepted_rows == len(values), refused(settings)
    return [row[field] for row in lake_rows(settings, f"{field}, arrival_date, source_file, source_line")]


def refusal(settings, value):
    conform(settings, theirs(x=value))
    (row,) = refused(settings)
    assert (row["source_file"], row["source_line"]) == ("a.ndjson", 1)
    assert json.loads(row["original_line"]) == theirs(x=value)
    return row["reason"], row["field"], row["detail"]


# --- the worked example ----------------------------------------------------------------------------------------------


@pytest.fixture
def example(with_days):
    return with_days(mapping=EXAMPLES / "player_log.mapping.yaml", source="landing")


def test_the_example_in_both_shapes(example):
    day = date(2026, 6, 21)
    deliver(example, "player_log.ndjson", (EXAMPLES / "player_log.ndjson").read_bytes(), day=day)
    ledger = conform_day(example, EVENTS, day)
    assert (ledger.received_rows, ledger.accepted_rows, ledger.repeated_rows, ledger.quarantined_rows) == (7, 4, 1, 2)
    assert audit_ledger(example, "events", day) == []
    columns = (
        "event_id, event_type, event_ts, user_id, playback_id, watched_seconds, device_type, country, extra_fields, "
        "arrival_date, source_file, source_line"
    )
    rows = lake_rows(example, columns)
    assert [tuple(row.values())[:8] for row in rows] == [
        ("9f1c-1", "play", datetime(2026, 6, 21, 0, 0, 0, 250_000), "u-41", "s77-t12", Decimal("0.000"), "tv", "DE"),
        (
            "9f1c-2",
            "heartbeat",
            datetime(2026, 6, 21, 0, 0, 30, 250_000),
            "u-41",
            "s77-t12",
            Decimal("30.125"),
            "tv",
            "DE",
        ),
        ("9f1c-3", "stop", datetime(2026, 6, 21, 0, 0, 41), "u-41", "s77-t12", Decimal("10.750"), "tv", "DE"),
        ("9f1c-4", "search", datetime(2026, 6, 21, 0, 1, 40), "u-52", None, None, "phone", "US"),
    ]
    assert [json.loads(row["extra_fields"]) for row in rows] == [
        {"user": {"ab_group": "b"}, "content": {"kind": "movie"}},
        {"user": {"ab_group": "b"}, "content": {"kind": "movie"}},
        {"content": {"kind": "movie"}},
        {"query": "space films"},
    ]
    assert [(row["source_line"], row["reason"], row["field"]) for row in refused(example, day=day)] == [
        (5, "not_allowed", "event_type"),
        (6, "wrong_type", "event_ts"),
    ]
    assert refused(example, day=day)[1]["detail"] == (
        "event_ts must be a number of ms since 1970-01-01 UTC (mapped from $.ts)"
    )
    deliver(example, "player_log.ndjson", b"", day=day)
    deliver(example, "player_log.csv", (EXAMPLES / "player_log.csv").read_bytes(), day=day)
    assert conform_day(example, EVENTS, day).accepted_rows == 4
    flat = lake_rows(example, columns)
    assert [tuple(row.values())[:8] for row in flat] == [tuple(row.values())[:8] for row in rows]
    assert json.loads(flat[0]["extra_fields"]) == {"user.ab_group": "b", "content.kind": "movie"}


# --- keys of a field -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "value", "moment"),
    [
        ("epoch_s", 1_781_949_600, datetime(2026, 6, 20, 10)),
        ("epoch_s", "1781949600.25", datetime(2026, 6, 20, 10, 0, 0, 250_000)),
        ("epoch_s", 1781949600.123456, datetime(2026, 6, 20, 10, 0, 0, 123_456)),
        ("epoch_ms", 1_781_949_600_250, datetime(2026, 6, 20, 10, 0, 0, 250_000)),
        ("epoch_ms", 1.78194960025e12, datetime(2026, 6, 20, 10, 0, 0, 250_000)),
        ("epoch_us", "1781949600250999", datetime(2026, 6, 20, 10, 0, 0, 250_999)),
        ("epoch_ns", 1_781_949_600_250_999_999, datetime(2026, 6, 20, 10, 0, 0, 250_999)),
        ("iso", "2026-06-20T12:00:00+02:00", datetime(2026, 6, 20, 10)),
        ("'%d.%m.%Y %H:%M'", "20.06.2026 10:05", datetime(2026, 6, 20, 10, 5)),
        ("'%d/%b/%Y:%H:%M:%S %z'", "20/Jun/2026:12:00:00 +0200", datetime(2026, 6, 20, 10)),
        ("'%Y%m%d'", "20260620", datetime(2026, 6, 20)),
        ("'%Y%m%d'", 20260620, datetime(2026, 6, 20)),
        ("iso, timezone: Europe/Berlin", "2026-06-20T12:00:00.5", datetime(2026, 6, 20, 10, 0, 0, 500_000)),
        ("iso, timezone: Europe/Berlin", "2026-06-20T12:00:00Z", datetime(2026, 6, 20, 12)),
        ("'%d.%m.%Y %H:%M', timezone: America/New_York", "20.06.2026 06:00", datetime(2026, 6, 20, 10)),
    ],
)
def test_times(mapped, unit, value, moment):
    assert read(mapped(received_ts=f"{{from: $.x, unit: {unit}}}"), "received_ts", value) == [moment]


@pytest.mark.parametrize(
    ("unit", "value"),
    [
        ("epoch_s", "soon"),
        ("epoch_s", True),
        ("epoch_s", 10**18),
        ("epoch_s", -(10**15)),
        ("epoch_ms", {"a": 1}),
        ("epoch_ms", "1e99"),
        ("epoch_ns", "9" * 30),
        ("'%d.%m.%Y'", "31.06.2026"),
        ("'%Y-%m-%d'", "0999-06-20"),
        ("iso", 1_781_949_600),
        ("iso, timezone: Europe/Berlin", "noon"),
        ("'%d.%m.%Y', timezone: Europe/Berlin", ["20.06.2026"]),
    ],
)
def test_what_is_no_time_in_its_unit_is_refused(mapped, unit, value):
    settings = mapped(received_ts=f"{{from: $.x, unit: {unit}}}")
    assert refusal(settings, value)[:2] == ("wrong_type", "received_ts")


def test_durations_are_converted_and_stay_exact(mapped):
    def seconds(key, *values):
        return [
            str(value) for value in read(mapped(watched_seconds=f"{{from: $.x, {key}}}"), "watched_seconds", *values)
        ]

    assert seconds("unit: ms", 30_125, "500", 0.5, 1e3) == ["30.125", "0.500", "0.001", "1.000"]
    assert seconds("unit: s", 12.5) == ["12.500"]
    assert seconds("unit: min", 1.5, "0.1") == ["90.000", "6.000"]
    assert seconds("unit: h", 2) == ["7200.000"]
    assert seconds("factor: 0.001", 30_125) == ["30.125"]
    assert seconds("factor: 0.000000001", 1_500_000_000) == ["1.500"]
    assert read(mapped(startup_ms="{from: $.x, unit: s}"), "startup_ms", 0.9, "1.2345") == [900, 1235]
    assert read(mapped(bitrate_kbps="{from: $.x, factor: 0.001}"), "bitrate_kbps", 5_800_400) == [5800]
    settings = mapped(watched_seconds="{from: $.x, unit: h}")
    assert refusal(settings, 25)[:2] == ("out_of_range", "watched_seconds")
    for odd in ("1,5", "999999999999999", {"h": 1}, True, "1e90"):
        assert refusal(settings, odd)[:2] == ("wrong_type", "watched_seconds"), odd


def test_listed_values_and_what_becomes_of_others(mapped):
    listed = "values: {SmartTV: tv, 1: pc, true: phone, NO: tablet}"
    assert read(mapped(device_type=f"{{from: $.x, {listed}}}"), "device_type", "SmartTV", 1, True, "NO", None, "") == [
        "tv", "pc", "phone", "tablet", None, None,
    ]  # fmt: skip
    assert refusal(mapped(device_type=f"{{from: $.x, {listed}}}"), "tv") == (
        "not_allowed", "device_type", "device_type has a value that the mapping does not list (mapped from $.x)",
    )  # fmt: skip
    assert refusal(mapped(device_type=f"{{from: $.x, {listed}}}"), {"a": 1})[:2] == ("wrong_type", "device_type")
    assert read(mapped(device_type=f"{{from: $.x, {listed}, otherwise: keep}}"), "device_type", "x", "1", 2) == [
        "x",
        "pc",
        "2",
    ]
    assert read(mapped(device_type=f"{{from: $.x, {listed}, otherwise: other}}"), "device_type", "x", None) == [
        "other",
        None,
    ]
    types = "{from: $.x, values: {find: search}, otherwise: keep}"
    kept = mapped(event_type=types, playback_id="{from: $.p}", title_id="{from: $.p}")
    assert refusal(kept, "watch")[:2] == ("not_allowed", "event_type")


def test_defaults_stand_for_what_is_missing_and_not_for_what_is_wrong(mapped):
    settings = mapped(rebuffer_count="{from: $.x, default: 7}")
    assert read(settings, "rebuffer_count", None, "", 3) == [7, 7, 3]
    assert refusal(settings, "many")[:2] == ("wrong_type", "rebuffer_count")
    assert read(mapped(country="{from: $.x, values: {de: DE}, default: NO}"), "country", None, "de") == ["NO", "DE"]


def test_keys_that_they_do_not_have(mapped):
    settings = mapped(session_id="{from: [$.x, $.who], join: ':'}", profile_id="{from: $.x, prefix: p-}")
    assert read(settings, "session_id", "a", 5) == ["a:u1", "5:u1"]
    assert [row["profile_id"] for row in lake_rows(settings)] == ["p-a", "p-5"]
    assert read(settings, "session_id", None) == [None]
    assert refusal(settings, "a b")[:2] == ("wrong_type", "profile_id")
    assert refusal(settings, 1.5)[:2] == ("wrong_type", "profile_id")
    hashed = mapped(profile_id="{from: [$.x, $.who], join: ' ', hash: sha256, prefix: h-}")
    first, second = read(hashed, "profile_id", "a b@c/ü", "b")
    assert first == "h-" + hashlib.sha256("a b@c/ü u1".encode()).hexdigest()[:32]
    assert second == "h-" + hashlib.sha256(b"b u1").hexdigest()[:32]


def test_the_first_of_several_paths_that_holds_a_value(mapped):
    settings = mapped(country="{from: [$.a.c, $.x, $.y]}", episode_number="{from: [$.n, $.m]}")
    conform(
        settings,
        theirs("1", a={"c": "DE"}, x="FR", n=1),
        theirs("2", x="FR", y="KR", m="2"),
        theirs("3", a={"c": ""}, y="KR"),
        theirs("4"),
        theirs("5", n="x", m=5),
    )
    assert [(row["country"], row["episode_number"]) for row in lake_rows(settings)] == [
        ("DE", 1), ("FR", 2), ("KR", None), (None, None),
    ]  # fmt: skip
    assert refused(settings)[0]["detail"] == "episode_number must be a whole number (mapped from $.n, $.m)"


@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("'$.a.b[1].c'", {"a": {"b": [{"c": "no"}, {"c": "yes"}]}}),
        ("a.b", {"a": {"b": "yes"}}),
        ("'$[\"a.b\"]'", {"a.b": "yes", "a": {"b": "no"}}),
        ("'[\"it.s\"].a'", {"it.s": {"a": "yes"}}),
        ("$.*", {"*": "yes", "x": "no"}),
        ("$.ID", {"ID": "yes"}),
        ("'a/b.~c'", {"a/b": {"~c": "yes"}}),
        ("'$[\"'');drop table x; --\"]'", {"');drop table x; --": "yes"}),
    ],
)
def test_paths_find_exactly_what_they_name(mapped, path, record):
    settings = mapped(country=f"{{from: {path}}}")
    conform(settings, {**theirs(), **record})
    assert [row["country"] for row in lake_rows(settings)] == ["yes"], refused(settings)


def test_what_nothing_uses_is_kept_and_what_is_ignored_is_not(mapped):
    settings = mapped(
        "[$.debug, $.user.secret]", country="{from: $.user.address.country}", profile_id="{from: '$.items[0].id'}"
    )

    def extra(**fields):
        conform(settings, theirs(**fields))
        (row,) = lake_rows(settings)
        return row["extra_fields"] and json.loads(row["extra_fields"])

    assert extra() is None
    assert extra(debug={"a": [1]}, user={"address": {"country": "DE"}, "secret": 1}) is None
    assert extra(user={"address": {"country": "DE", "town": "B"}, "name": "N", "nothing": None}) == {
        "user": {"name": "N", "address": {"town": "B"}}
    }
    assert extra(user="bob") == {"user": "bob"}
    assert extra(user={"address": "no object"}) == {"user": {"address": "no object"}}
    assert extra(user={"address": {}}) is None
    assert extra(items=[{"id": "p1", "more": 2}]) == {"items": [{"id": "p1", "more": 2}]}
    assert extra(event_id="ours", new={"a": 1}) == {"event_id": "ours", "new": {"a": 1}}


def test_what_is_wrong_with_a_line_as_a_whole_is_told_as_ever(mapped):
    settings = mapped(country="{from: $.user.country}")
    lines = [
        "nonsense",
        "[]",
        '{"id": 1, "id": 2}',
        b'{"id": "\xff"}',
        ndjson(theirs())[:-2] + b', "n": NaN}',
        theirs("ok"),
    ]
    ledger = conform(settings, *lines)
    assert ledger.quarantined_by_reason == {"invalid_encoding": 1, "malformed_record": 3, "not_an_object": 1}
    assert (ledger.received_rows, ledger.accepted_rows) == (6, 1)
    assert audit_ledger(settings, "events", DAY) == []


# --- formats ---------------------------------------------------------------------------------------------------------

ALL = {
    "event_ts": "{from: $.at, unit: epoch_ms}",
    "user_id": "{from: $.user.id, prefix: u-}",
    "country": "{from: $.user.country, values: {de: DE}, otherwise: keep}",
    "watched_seconds": "{from: $.ms, unit: ms}",
    "episode_number": "{from: $.episode}",
    "device_type": "{from: $.device, default: tv}",
}


def test_the_same_rows_in_every_format_give_the_same_rows(mapped):
    settings = mapped(**ALL)
    records = [
        {
            "id": f"e{number}",
            "at": 1_781_949_600_000 + number,
            "user": {"id": number, "country": "de" if number % 2 else "FR"},
            "ms": number * 1000 / 7,
            "episode": number + 1,
            "device": None if number % 3 else 'a "b", c\n',
        }
        for number in range(40)
    ]
    flat = [
        {
            **{name: value for name, value in record.items() if name != "user"},
            "user.id": user["id"],
            "user.country": user["country"],
        }
        for record in records
        for user in [record["user"]]
    ]
    csv = (
        ",".join(flat[0])
        + "\n"
        + "".join(
            ",".join("" if v is None else '"' + str(v).replace('"', '""') + '"' for v in r.values()) + "\n"
            for r in flat
        )
    )
    fingerprints = set()
    for name, content in {
        "a.ndjson.zst": ndjson(*records),
        "a.csv": csv.encode(),
        "a.parquet": as_parquet(*records),
        "b.parquet": as_parquet(*flat),
    }.items():
        path = deliver(settings, name, content)
        ledger = conform_day(settings, EVENTS, DAY)
        assert (ledger.accepted_rows, ledger.quarantined_rows) == (40, 0), (name, refused(settings)[:2])
        assert ledger.unknown_fields == {}
        fingerprints.add(ledger.event_days[DAY].fingerprint)
        path.unlink()
    assert len(fingerprints) == 1


def test_a_file_that_lacks_columns_has_their_fields_missing(mapped):
    settings = mapped(**ALL)
    deliver(settings, "a.csv", b"id,at,odd\n1,1781949600000,x\n")
    deliver(settings, "b.parquet", as_parquet({"id": "2", "at": 1781949600000, "user": "flat"}))
    ledger = conform_day(settings, EVENTS, DAY)
    assert ledger.quarantined_by_reason == {"missing_field": 2}
    assert {row["detail"] for row in refused(settings)} == {"user_id is required (mapped from $.user.id)"}
    assert refused(settings)[0]["original_line"] == "1,1781949600000,x"


def test_parquet_columns_of_other_types_and_what_is_left_of_nested_ones(mapped):
    settings = mapped(
        "[$.debug]",
        event_ts="{from: $.at, timezone: Europe/Berlin}",
        country="{from: $.user.country}",
        profile_id="{from: '$.items[1].id'}",
    )
    deliver(
        settings,
        "a.parquet",
        as_parquet(
            {
                "id": 7, "at": datetime(2026, 6, 20, 12), "who": "u1", "debug": "x", "more": 1.5,
                "user": {"country": "DE", "name": "N", "score": float("nan")}, "items": [{"id": "a"}, {"id": "b"}],
            }
        ),
    )  # fmt: skip
    assert conform_day(settings, EVENTS, DAY).accepted_rows == 1, refused(settings)
    (row,) = lake_rows(settings)
    assert (row["event_id"], row["event_ts"], row["country"], row["profile_id"]) == (
        "7",
        datetime(2026, 6, 20, 10),
        "DE",
        "b",
    )
    assert json.loads(row["extra_fields"]) == {
        "more": 1.5, "user": {"name": "N"}, "items": [{"id": "a"}, {"id": "b"}],
    }  # fmt: skip


def test_other_feeds_and_files_of_feeds_that_are_not_mapped(with_days, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(
        """
version: 1
feeds:
  titles:
    fields:
      title_id: {from: $.id}
      changed_ts: {constant: '2026-06-20T00:00:00Z'}
      title_name: {from: $.name}
      title_type: {from: $.series, values: {true: season, false: film}}
      runtime_minutes: {from: $.seconds, unit: s}
      release_date: {from: $.out, unit: '%d.%m.%Y'}
      is_original: {from: $.own, values: {1: true, 0: false}}
""",
        "utf-8",
    )
    settings = with_days(mapping=path, source="landing")
    film = {"id": "t1", "name": "Heat", "series": False, "seconds": 10_200, "out": "15.12.1995", "own": 0}
    conform(settings, film, feed=TITLES)
    (row,) = lake_rows(settings, feed=TITLES)
    assert (row["title_type"], row["runtime_minutes"], row["release_date"], row["is_original"]) == (
        "film", 170, date(1995, 12, 15), False,
    )  # fmt: skip
    assert conform(settings, event()).accepted_rows == 1
    user = {"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "active"}
    assert conform(settings, user, feed=USERS).accepted_rows == 1


def test_a_mapping_that_cannot_be_used_stops_the_day_with_all_that_is_wrong(with_days, tmp_path):
    path = Path(tmp_path / "m.yaml")
    path.write_text("version: 2\n", "utf-8")
    with pytest.raises(ValueError, match="version"):
        conform(with_days(mapping=path, source="landing"), event())

"""A mapping file is read as it is written, and everything that is wrong with one is told at once, with its place."""

import re
from fractions import Fraction

import duckdb
import pytest

from netflix_platform.contracts.mapped_field import DIRECTIVES
from netflix_platform.contracts.mapping import FieldPath, PathError, parse_path
from netflix_platform.contracts.mapping_file import MappingError, mapping_of, read_mapping
from netflix_platform.settings import PROJECT_ROOT

FIELDS = {
    "event_id": "{from: $.id}",
    "event_type": "{constant: search}",
    "event_ts": "{from: $.ts}",
    "user_id": "{from: $.who}",
}


@pytest.fixture
def write(tmp_path):
    def text(content):
        path = tmp_path / "m.yaml"
        path.write_text(content, "utf-8")
        return path

    return text


def events(more="", **fields):
    lines = "".join(f"      {name}: {text}\n" for name, text in {**FIELDS, **fields}.items() if text)
    return f"version: 1\nfeeds:\n  events:\n    fields:\n{lines}{more}"


def problems(path):
    with pytest.raises(MappingError) as refused:
        read_mapping(path)
    assert str(path) in str(refused.value)
    return refused.value.problems


def test_the_example_is_read_as_it_is_written():
    mapping = read_mapping(PROJECT_ROOT / "docs" / "examples" / "player_log.mapping.yaml")
    of = mapping.feeds["events"]
    assert of.fields["event_type"].values == {
        "start": "play",
        "progress": "heartbeat",
        "end": "stop",
        "query": "search",
    }
    assert of.fields["playback_id"].paths == (FieldPath(("session",)), FieldPath(("content", "id")))
    assert of.fields["watched_seconds"].factor == Fraction(1, 1000)
    assert of.fields["schema_version"].constant == "1"
    assert of.known() == {
        "id": {}, "action": {}, "ts": {}, "session": {}, "watched_ms": {}, "device": {}, "region": {}, "debug": {},
        "user": {"id": {}}, "content": {"id": {}},
    }  # fmt: skip
    assert len(mapping.digest) == 64


def test_values_are_what_is_written_and_not_what_yaml_makes_of_them(write):
    path = write(events(country="{constant: NO}", device_type="{from: x, values: {on: 007, 12:30: 1_0, ~: 1e3}}"))
    fields = read_mapping(path).feeds["events"].fields
    assert fields["country"].constant == "NO"
    assert fields["device_type"].values == {"on": "007", "12:30": "1_0", "~": "1e3"}


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$.a.b[0].c", ("a", "b", 0, "c")),
        ("a.b[12]", ("a", "b", 12)),
        ('$["a.b"].c', ("a.b", "c")),
        ("$['it[0]']", ("it[0]",)),
        ("User ID", ("User ID",)),
        ("$", ("$",)),
        ("a['x'][1][2]", ("a", "x", 1, 2)),
    ],
)
def test_paths(text, steps):
    assert parse_path(text).steps == steps


@pytest.mark.parametrize(
    "text", ["", "$.", ".a", "a..b", "a[", "a[x]", "$[0].a", "[0]", "a]b", "$.a.", 'a["b', "a['\0']", "a[-1]"]
)
def test_what_is_no_path(text):
    with pytest.raises(PathError):
        parse_path(text)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        ("[1]", "must be names with values"),
        ("version: 1\n", "feeds: is missing"),
        ("version: 3\nfeeds: {}\n", "version (line 1): must be 1"),
        ("feeds: {}\n", "version: must be 1"),
        ("version: 1\nfeeds:\n  event: {}\n", "feeds.event (line 3): is no feed; did you mean events?"),
        ("version: 1\nfeeds:\n  events: {}\n", "feeds.events (line 3): fields: is missing"),
        ("version: 1\nfeeds:\n\tevents: {}\n", "line 3, column 1: is no YAML"),
        ("a: &a [*a]\n  b", "is no YAML"),
        ("version: 1\nversion: 1\nfeeds: {}\n", "version (line 2): comes twice"),
        ("version: 1\nfeeds: {}\nmore: 1\n", "more (line 3): is no key here; use one of version, feeds"),
        ("version: 1\nfeeds: {? [a] : 1}\n", "a name must be a text or a number"),
        ("[" * 20_000, "is no YAML"),
        ("x" * (1 << 21), "has more than 1,048,576 bytes"),
    ],
)
def test_files_that_cannot_be_used(write, content, told):
    assert any(told in problem for problem in problems(write(content))), problems(write(content))


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("cuntry", "{from: x}", "cuntry (line 9): is no field of events; did you mean country?"),
        ("event_id", None, "event_id is required, and nothing fills it"),
        (
            "event_type",
            "{from: $.t}",
            "playback_id is required for play, heartbeat, pause, resume, stop, error, and nothing",
        ),
        ("event_type", "{from: t, values: {a: rate}}", "title_id is required for rate, and nothing fills it"),
        (
            "event_type",
            "{constant: watch}",
            "event_type.constant (line 6): watch is no event_type: must be one of play",
        ),
        ("event_type", "{from: t, values: {a: watch}}", "event_type.values.a (line 6): watch is no event_type"),
        ("event_type", "{from: t, values: {a: search}, otherwise: ply}", "otherwise (line 6): ply is no event_type"),
        ("event_type", "{from: t, values: {a: search}, default: x}", "default (line 6): x is no event_type"),
        ("country", "{}", "country (line 9): needs from (where the value lies) or constant"),
        ("country", "{from: a, constant: DE}", "needs from (where the value lies) or constant, and only one"),
        ("country", "{constant: DE, values: {a: b}}", "constant (line 9): goes not together with values"),
        ("country", "{form: a}", "country.form (line 9): is no key here; did you mean from?"),
        ("country", "x", "country (line 9): must be names with values"),
        ("country", "{from: }", "country.from (line 9): must be a text or a number"),
        ("country", "{from: []}", "is an empty list"),
        ("country", "{from: [a, [b]]}", "country.from[1] (line 9): must be a text or a number"),
        ("country", "{from: a..b}", "'a..b' is no path"),
        ("country", "{from: a, join: '-'}", "joins several values; write from as a list"),
        ("country", "{from: a, hash: sha256}", "is for id fields; country is text"),
        ("user_id", "{from: a, hash: md5}", "must be sha256"),
        ("country", "{from: a, otherwise: keep}", "goes with values"),
        ("country", "{from: a, values: {}}", "lists nothing"),
        ("country", "{from: a, values: {a: b, a: c}}", "country.values.a (line 9): comes twice"),
        ("country", "{from: a, unit: ms}", "country is neither a time nor a duration"),
        ("bitrate_kbps", "{from: a, unit: ms}", "bitrate_kbps is neither a time nor a duration"),
        ("event_ts", "{from: a, unit: epoch}", "event_ts.unit (line 7): epoch is no unit of a time; use iso, epoch_s"),
        ("event_ts", "{from: a, unit: '%Y-%q-%d'}", "%q cannot be read"),
        ("event_ts", "{from: a, unit: '%H:%M'}", "must hold a year, a month and a day"),
        ("event_ts", "{from: a, timezone: Berlin}", "Berlin is no time zone"),
        ("event_ts", "{from: a, timezone: localtime}", "localtime is no time zone"),
        ("event_ts", "{from: a, unit: epoch_s, timezone: UTC}", "is for times without an offset; epoch_s has one"),
        ("event_ts", "{from: a, unit: '%Y-%m-%d %z', timezone: UTC}", "is for times without an offset"),
        ("watched_seconds", "{from: a, unit: sec}", "sec is no unit of a duration; use ms, s, min, h"),
        ("watched_seconds", "{from: a, factor: 0}", "0 is no number above 0"),
        ("watched_seconds", "{from: a, factor: 1e3}", "1e3 is no number above 0"),
        ("watched_seconds", "{from: a, factor: 0.0000000001}", "may have 14 digits, 9 of them decimals"),
        ("watched_seconds", "{from: a, factor: 2, unit: ms}", "factor (line 9): goes not together with unit"),
        ("watched_seconds", "{from: a, timezone: UTC}", "is for timestamp fields; watched_seconds is seconds"),
        ("watched_seconds", "{constant: -1}", "must be at least 0 and at most 86,400"),
        ("rebuffer_count", "{constant: 1.5}", "must be a whole number"),
        ("received_ts", "{constant: now}", "must be a time such as"),
        ("user_id", "{constant: a b}", "must be 1 to 64 characters"),
        ("country", "{from: a, prefix: [b]}", "prefix (line 9): must be a text or a number"),
    ],
)
def test_what_is_wrong_with_a_field(write, field, text, told):
    found = problems(write(events(**{field: text})))
    assert any(told in problem for problem in found), found


def test_ignore_takes_whole_fields(write):
    found = problems(write(events("    ignore: ['$.a[0]', 'b..c']\n")))
    assert [re.sub(r"; write.*", "", problem) for problem in found] == [
        "feeds.events.ignore[0] (line 9): takes whole fields, no place in a list",
        "feeds.events.ignore[1] (line 9): 'b..c' is no path",
    ]
    assert read_mapping(write(events("    ignore: [$.a.b]\n"))).feeds["events"].known()["a"] == {"b": {}}


def test_everything_that_is_wrong_is_told_at_once(write):
    path = write(events(event_id=None, cuntry="{from: a}", event_ts="{from: a, unit: x}", user_id="{from: a..}"))
    assert len(problems(path)) == 4


def test_a_file_that_is_no_text_or_is_not_there(write, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_bytes(b"version: \xff")
    assert problems(path) == ["is no UTF-8 (byte 9); save it as UTF-8"]
    assert "cannot be read" in problems(tmp_path / "none.yaml")[0]


def test_no_setting_no_mapping(settings):
    assert mapping_of(settings) is None


def test_every_format_letter_that_is_let_in_can_be_read():
    for directive in sorted(DIRECTIVES):
        duckdb.connect().execute(f"select try_strptime(text, '%{directive}') from (values ('1')) as t(text)").fetchall()

"""Every format and what can be wrong with a file: what can be read is used, the rest is counted and named."""

import csv
import gzip
import io
import json
import os
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_platform.contracts import EVENTS, USERS
from netflix_platform.lake import streams
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.intake import RawDayError
from netflix_platform.lake.layout import raw_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform_tests.lake.raw_days import (
    DAY,
    conform,
    deliver,
    event,
    lake_rows,
    ndjson,
    refused,
)


def counts(settings, feed=EVENTS) -> tuple[int, int, int]:
    """Received, accepted and quarantined rows; fails unless the audit agrees."""
    ledger = conform_day(settings, feed, DAY)
    assert audit_ledger(settings, feed.name, DAY) == []
    return ledger.received_rows, ledger.accepted_rows, ledger.quarantined_rows


def reasons(settings) -> list[tuple[str, int | None, str]]:
    return [(row["source_file"], row["source_line"], row["reason"]) for row in refused(settings)]


def as_csv(*records: dict, header: list[str] | None = None) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header or list(records[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def as_parquet(*records: dict, **columns) -> bytes:
    table = pa.Table.from_pylist(list(records)) if records else pa.table(columns)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def test_same_rows_in_every_format_give_the_same_lake(settings):
    records = [
        event(f"e{number}", watched_seconds=number / 7, episode_number=number + 1, device_type='a "b", c\n')
        for number in range(50)
    ]
    fingerprints, rows = set(), []
    for name, content in {
        "a.ndjson": ndjson(*records),
        "a.ndjson.gz": ndjson(*records),
        "a.ndjson.zst": ndjson(*records),
        "a.csv": as_csv(*records),
        "a.parquet": as_parquet(*records),
    }.items():
        path = deliver(settings, name, content)
        assert counts(settings) == (50, 50, 0)
        fingerprints.add(conform_day(settings, EVENTS, DAY).event_days[DAY].fingerprint)
        rows.append([{**row, "source_file": "", "source_line": 0} for row in lake_rows(settings)])
        path.unlink()
    assert len(fingerprints) == 1
    assert all(of_format == rows[0] for of_format in rows)


def test_all_formats_may_lie_in_one_day_and_the_first_file_wins(settings):
    deliver(settings, "b.ndjson.gz", ndjson(event("x", country="B"), event("b")))
    deliver(settings, "a.parquet", as_parquet(event("x", country="A")))
    deliver(settings, "c.csv", as_csv(event("x", country="C"), event("c")))
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.received_rows, ledger.accepted_rows, ledger.repeated_rows) == (5, 3, 2)
    assert [(row["event_id"], row["country"]) for row in lake_rows(settings)] == [("x", "A"), ("b", "DE"), ("c", "DE")]


# --- lines -----------------------------------------------------------------------------------------------------------


def test_blank_lines_do_not_count_but_keep_their_numbers(settings):
    deliver(settings, "a.ndjson", b"\n  \t\r\n" + ndjson(event("a")) + b"\r\n\n \t " + ndjson(event("b")) + b" \n")
    assert counts(settings) == (2, 2, 0)
    assert [row["source_line"] for row in lake_rows(settings)] == [3, 6]


def test_windows_line_ends_byte_order_mark_and_missing_last_newline(settings):
    content = b"\xef\xbb\xbf" + ndjson(event("a"), "nonsense", event("b")).replace(b"\n", b"\r\n")
    deliver(settings, "a.ndjson", content.removesuffix(b"\r\n"))
    assert counts(settings) == (3, 2, 1)
    assert refused(settings)[0]["original_line"] == "nonsense"


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a.csv"])
def test_file_without_records_is_no_fault(settings, name, content):
    deliver(settings, name, content)
    assert counts(settings) == (0, 0, 0)


def test_empty_compressed_file_of_no_bytes_is_no_fault(settings):
    for name in ("a.ndjson.gz", "b.ndjson.zst"):
        deliver(settings, name, b"").write_bytes(b"")
    assert counts(settings) == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "malformed_record"),
        ('{"event_id": "e1"', "malformed_record"),
        ("{'event_id': 'e1'}", "malformed_record"),
        ('{"event_id": "e1"} {"event_id": "e2"}', "malformed_record"),
        ('{"event_id": "\\ud800"}', "malformed_record"),
        ('{"event_id": "a\x01"}', "malformed_record"),
        ("nul \x00 byte", "malformed_record"),
        (json.dumps(event()) + "\x00", "malformed_record"),
        ("\ufeff{}", "malformed_record"),
        ("event_id=e1", "malformed_record"),
        ("[1, 2]", "not_an_object"),
        ('"text"', "not_an_object"),
        ("12", "not_an_object"),
        ("null", "not_an_object"),
        ("  true", "not_an_object"),
        (json.dumps(event()).replace("}", ', "event_id": "e2"}'), "malformed_record"),
        (json.dumps(event()).replace("}", ', "new" : 1, "new" : 2}'), "malformed_record"),
        ("{}", "missing_field"),
    ],
)
def test_lines_that_are_no_records(settings, line, reason):
    ledger = conform(settings, event("before"), "x" * 5, line, event("after"))
    assert (ledger.accepted_rows, ledger.quarantined_rows) == (2, 2)
    row = refused(settings)[1]
    assert (row["source_line"], row["reason"], row["original_line"]) == (3, reason, line)
    assert row["detail"]


def test_deep_nesting_is_kept(settings):
    deep = '{"a":' * 20_000 + "1" + "}" * 20_000
    ledger = conform(settings, json.dumps(event()).removesuffix("}") + f', "deep": {deep}}}', "[" * 100_000)
    assert (ledger.accepted_rows, ledger.quarantined_rows) == (1, 1)
    assert lake_rows(settings)[0]["extra_fields"] == f'{{"deep":{deep}}}'


def test_lines_that_are_no_utf8_are_kept_readable(settings):
    latin = json.dumps(event("a", device_type="X")).encode().replace(b"X", b"caf\xe9")
    deliver(settings, "a.ndjson", ndjson(event("b"), latin, event("c", device_type="café"), b"\xff\xfe"))
    assert counts(settings) == (4, 2, 2)
    assert reasons(settings) == [("a.ndjson", 2, "invalid_encoding"), ("a.ndjson", 4, "invalid_encoding")]
    assert 'caf\\xe9"' in refused(settings)[0]["original_line"]


def test_line_that_is_too_long_is_refused_and_kept_in_part(settings):
    longest = streams.LONGEST_RECORD
    long = json.dumps(event("long", extra="")).replace('""', '"' + "x" * longest + '"')
    fits = json.dumps(event("fits", extra=""))
    fits = fits.replace('""', '"' + "x" * (longest - len(fits)) + '"')
    assert len(fits) == longest
    huge = b"y" * (3 * streams.BLOCK_BYTES) + b'"'
    deliver(settings, "a.ndjson.zst", ndjson(event("a"), long, event("b"), huge, fits, event("c")))
    assert counts(settings) == (6, 4, 2)
    assert [(row["source_line"], row["reason"], len(row["original_line"])) for row in refused(settings)] == [
        (2, "malformed_record", 65_536),
        (4, "malformed_record", 65_536),
    ]
    assert "1,048,576" in refused(settings)[0]["detail"]


def test_long_white_space_is_no_record(settings):
    blank = b" " * (2 * streams.BLOCK_BYTES)
    deliver(settings, "a.ndjson.gz", b"\n".join([blank, ndjson(event("a")).strip(), blank + ndjson(event("b")), blank]))
    assert counts(settings) == (2, 2, 0)
    assert [row["source_line"] for row in lake_rows(settings)] == [2, 3]


def test_blocks_do_not_show(settings, monkeypatch):
    """Cutting a file into blocks must not change what is read, wherever the cuts fall."""
    records = [*(event(f"e{number}", device_type="é" * (number % 7)) for number in range(40)), "broken", b"\xff", ""]
    content = ndjson(*records)
    seen = set()
    for size in (64, 333, len(content), 1 << 20):
        monkeypatch.setattr(streams, "BLOCK_BYTES", size)
        monkeypatch.setattr(streams, "_READ_BYTES", size // 2)
        deliver(settings, "a.ndjson", content)
        assert counts(settings) == (42, 40, 2)
        seen.add(repr(lake_rows(settings)) + repr(reasons(settings)))
    assert len(seen) == 1


# --- compressed streams ----------------------------------------------------------------------------------------------


def noisy_lines(count: int) -> bytes:
    """Lines that do not compress well, so that a cut falls somewhere between them."""
    return ndjson(*(event(f"e{number}", session_id=os.urandom(16).hex()) for number in range(count)))


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst"])
def test_stream_that_was_cut_short_gives_what_can_be_read(settings, name):
    path = deliver(settings, name, noisy_lines(20_000))
    path.write_bytes(path.read_bytes()[:-2000])
    received, accepted, quarantined = counts(settings)
    assert 10_000 < accepted < 20_000
    assert (received, quarantined) == (accepted + 1, 1)
    (row,) = refused(settings)
    assert (row["reason"], row["source_line"]) == ("unreadable_file", accepted + 1)
    assert f"from record {accepted + 1:,} on" in row["detail"]
    assert "cut short" in row["detail"]


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst"])
def test_stream_that_is_damaged_in_the_middle(settings, name):
    path = deliver(settings, name, noisy_lines(20_000))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = os.urandom(4000)
    path.write_bytes(bytes(content))
    _, accepted, quarantined = counts(settings)
    assert 0 < accepted < 20_000
    assert quarantined > 0


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst"])
@pytest.mark.parametrize("kept", [3, 12])
def test_stream_that_breaks_off_at_once(settings, name, kept):
    path = deliver(settings, name, ndjson(event("a")))
    path.write_bytes(path.read_bytes()[:kept])
    deliver(settings, "b.ndjson", ndjson(event("b")))
    assert counts(settings) == (2, 1, 1)
    assert reasons(settings) == [(name, 1, "unreadable_file")]


@pytest.mark.parametrize("name", ["a.ndjson.gz", "a.ndjson.zst"])
def test_file_that_is_not_compressed_at_all(settings, name):
    deliver(settings, name, b"").write_bytes(ndjson(event("a")))
    assert counts(settings) == (1, 0, 1)
    assert reasons(settings) == [(name, 1, "unreadable_file")]


def test_several_members_and_frames_are_one_stream(settings):
    parts = [ndjson(event("a")), ndjson(event("b"))[:20], ndjson(event("b"))[20:]]
    deliver(settings, "a.ndjson.gz", b"").write_bytes(b"".join(map(gzip.compress, parts)) + bytes(100))
    frames = [zstandard.compress(part.replace(b'"a"', b'"c"').replace(b'"b"', b'"d"')) for part in parts]
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    deliver(settings, "b.ndjson.zst", b"").write_bytes(frames[0] + skippable + frames[1] + frames[2])
    assert counts(settings) == (4, 4, 0)


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_csv_columns_in_another_order_with_unknown_and_without_optional_ones(settings):
    record = dict(reversed(event("a").items())) | {'odd "name"': "x,y", "empty": ""}
    deliver(settings, "a.csv", as_csv(record, record | {"event_id": "b", 'odd "name"': ""}))
    assert counts(settings) == (2, 2, 0)
    first, second = lake_rows(settings)
    assert (json.loads(first["extra_fields"]), second["extra_fields"]) == ({'odd "name"': "x,y"}, None)
    assert (first["watched_seconds"], first["startup_ms"]) == (Decimal("30.125"), None)


def test_csv_records_with_line_breaks_count_as_one(settings):
    records = [event("a", country="two\r\nlines"), event("b"), event("c d"), event("e")]
    deliver(settings, "a.csv", as_csv(*records))
    assert counts(settings) == (4, 3, 1)
    assert [(row["source_line"], row["country"]) for row in lake_rows(settings)] == [
        (2, "two\r\nlines"),
        (3, "DE"),
        (5, "DE"),
    ]
    (row,) = refused(settings)
    assert (row["source_line"], row["field"]) == (4, "event_id")
    assert row["original_line"].startswith("c d,heartbeat,")


def test_csv_records_with_the_wrong_number_of_fields(settings):
    good = as_csv(event("a"), event("b"))
    header, first, second = good.splitlines(keepends=True)
    deliver(settings, "a.csv", header + first + b"short,record\r\n" + second.strip() + b",extra\r\n\r\n" + second)
    assert counts(settings) == (4, 2, 2)
    assert reasons(settings) == [("a.csv", 3, "malformed_record"), ("a.csv", 4, "malformed_record")]
    assert refused(settings)[0]["detail"] == "has 2 fields; the header has 9 fields"
    assert refused(settings)[0]["original_line"] == "short,record"


def test_csv_with_stray_quotation_marks_loses_nothing(settings):
    header = as_csv(event()).splitlines()[0]
    row = "{},heartbeat,2026-06-20T10:00:00Z,u1,p1,t1,30,0,{}"
    lines = [row.format("a", 'D"E'), row.format("b", "DE"), row.format("c", 'D"E"'), row.format("d", ' "x"')]
    deliver(settings, "a.csv", b"\r\n".join([header, *map(str.encode, lines)]))
    received, accepted, quarantined = counts(settings)
    assert received == accepted + quarantined
    kept = [row["event_id"] for row in lake_rows(settings)]
    lost = [
        name
        for name in "abcd"
        if name not in kept and not any(f"{name},heart" in r["original_line"] for r in refused(settings))
    ]
    assert lost == []


def test_csv_with_an_open_quotation_mark_ends_somewhere(settings):
    header, first, second = as_csv(event("a"), event("b")).splitlines(keepends=True)
    deliver(settings, "a.csv", header + first + b'"' + second * 3)
    assert counts(settings) == (2, 1, 1)
    deliver(settings, "a.csv", header + first + b'"' + second * 200_000)
    assert counts(settings) == (2, 1, 1)
    assert "quotation mark may be missing" in refused(settings)[0]["detail"]


def test_csv_with_a_header_only(settings):
    deliver(settings, "a.csv", as_csv(event()).splitlines(keepends=True)[0])
    assert counts(settings) == (0, 0, 0)


def test_csv_that_is_no_utf8_in_one_record(settings):
    content = as_csv(event("a"), event("b", country="X"), event("c")).replace(b"X", b"\xe9")
    deliver(settings, "a.csv", content)
    assert counts(settings) == (3, 2, 1)
    assert reasons(settings) == [("a.csv", 3, "invalid_encoding")]


@pytest.mark.parametrize(
    ("header", "said"),
    [(b"event_id,event_id,user_id", "more than one column"), (b"\xff\xfe,b", "UTF-8"), (b"a\x00,b", "NUL")],
)
def test_csv_with_a_header_that_cannot_be_used(settings, header, said):
    deliver(settings, "a.csv", header + b"\r\n1,2,3\r\n4,5,6\r\n")
    deliver(settings, "b.ndjson", ndjson(event()))
    assert counts(settings) == (2, 1, 1)
    assert reasons(settings) == [("a.csv", None, "unreadable_file")]
    assert said in refused(settings)[0]["detail"]


def test_csv_without_a_header_refuses_every_record(settings):
    deliver(settings, "a.csv", b"".join(as_csv(event("a"), event("b"), event("c")).splitlines(keepends=True)[1:]))
    assert counts(settings) == (2, 0, 2)
    assert {row["reason"] for row in refused(settings)} == {"missing_field"}


# --- Parquet ---------------------------------------------------------------------------------------------------------


def test_parquet_columns_of_other_types(settings):
    good = {
        "event_id": pa.array([1, 2], pa.int64()),
        "event_type": pa.array(["search", "search"]).dictionary_encode(),
        "event_ts": pa.array(["2026-06-20T10:00:00", "2026-06-20T11:00:00"]).cast(pa.timestamp("ns")),
        "received_ts": pa.array([0, 1], pa.timestamp("ms", "Europe/Berlin")),
        "user_id": pa.array([b"u1", b"u2"], pa.binary()),
        "watched_seconds": pa.array([12.1, 0.0004], pa.float32()),
        "position_seconds": pa.array([1, 2], pa.uint8()),
        "buffering_seconds": pa.array([Decimal("1.25000"), None]),
        "episode_number": pa.array([3.0, None], pa.float64()),
        "startup_ms": pa.array(["900", ""]),
        "device_type": pa.array([7, None], pa.int32()),
    }
    deliver(settings, "a.parquet", as_parquet(**good))
    assert counts(settings) == (2, 2, 0)
    first, second = lake_rows(settings)
    assert (first["event_id"], first["user_id"], first["device_type"]) == ("1", "u1", "7")
    assert (first["watched_seconds"], second["watched_seconds"]) == (Decimal("12.100"), Decimal("0.000"))
    assert (first["episode_number"], first["startup_ms"], second["startup_ms"]) == (3, 900, None)
    assert [row["source_line"] for row in (first, second)] == [1, 2]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("watched_seconds", [float("nan"), float("inf"), 1e300]),
        ("watched_seconds", [True, False, True]),
        ("episode_number", [1.5, float("nan"), 1e19]),
        ("event_ts", [1, 2, 3]),
        ("event_ts", [DAY, DAY, DAY]),
        ("event_ts", ["yesterday", "2026-06-20", "1"]),
        ("user_id", [1.5, 2.5, 3.5]),
        ("user_id", [["a"], ["b"], []]),
        ("country", [{"code": "DE"}, {"code": "FR"}, {"code": "US"}]),
    ],
)
def test_parquet_columns_of_wrong_types_are_refused_row_by_row(settings, field, values):
    records = [event(f"e{number}", **{field: value}) for number, value in enumerate(values)]
    deliver(settings, "a.parquet", as_parquet(*records))
    assert counts(settings) == (3, 0, 3)
    assert {(row["reason"], row["field"]) for row in refused(settings)} == {("wrong_type", field)}
    assert json.loads(refused(settings)[0]["original_line"].replace("NaN", "0"))["event_id"] == "e0"


def test_parquet_columns_that_are_unknown_missing_or_oddly_named(settings):
    odd = 'x"; drop table judged_rows; --'
    records = [event("a") | {odd: {"deep": [1]}, "file_no": 5, "line": None}, event("b") | {odd: None, "file_no": None}]
    deliver(settings, "a.parquet", as_parquet(*records))
    assert counts(settings) == (2, 2, 0)
    first, second = lake_rows(settings)
    assert json.loads(first["extra_fields"]) == {odd: {"deep": [1]}, "file_no": 5}
    assert second["extra_fields"] is None


def test_parquet_without_a_required_column(settings):
    deliver(settings, "a.parquet", as_parquet(event("a", user_id=None)))
    assert counts(settings) == (1, 0, 1)
    assert refused(settings)[0]["reason"] == "missing_field"


def test_parquet_without_rows_or_known_columns(settings):
    deliver(settings, "a.parquet", as_parquet(event_id=pa.array([], pa.string())))
    deliver(settings, "b.parquet", as_parquet(nothing=pa.array([1])))
    assert counts(settings) == (1, 0, 1)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all" * 10, b"PAR1" + bytes(100) + b"PAR1"])
def test_file_that_is_no_parquet(settings, content):
    deliver(settings, "a.parquet", content)
    deliver(settings, "b.ndjson", ndjson(event()))
    assert counts(settings) == (2, 1, 1)
    assert reasons(settings) == [("a.parquet", None, "unreadable_file")]
    assert "is no readable Parquet file" in refused(settings)[0]["detail"]


def test_parquet_with_damaged_pages_counts_as_one_file(settings):
    content = bytearray(as_parquet(*(event(f"e{number}") for number in range(1000))))
    content[20:200] = bytes(180)
    deliver(settings, "a.parquet", bytes(content))
    assert counts(settings) == (1, 0, 1)


def test_path_is_not_taken_for_a_pattern_or_for_sql(with_days, tmp_path):
    settings = with_days(data_dir=tmp_path / "it's [d]*ta? event_date=x")
    deliver(settings, "[a]*'?.parquet", as_parquet(event("a")))
    deliver(settings, "a'; drop table x; --.ndjson", ndjson(event("b"), "x"))
    deliver(settings, 'a".csv', as_csv(event("c")))
    assert counts(settings) == (4, 3, 1)
    assert reasons(settings) == [("a'; drop table x; --.ndjson", 2, "malformed_record")]


# --- other files -----------------------------------------------------------------------------------------------------


def test_what_is_no_readable_file_counts_as_one_each(settings):
    deliver(settings, "good.ndjson", ndjson(event()))
    deliver(settings, "notes.txt", b"1\n2\n3\n")
    deliver(settings, "ROWS.XLSX", b"PK")
    deliver(settings, "late.ndjson.unreadable", b"late.ndjson could not be fetched")
    folder = raw_day(settings, "events", DAY)
    for name in ("folder.ndjson", "folder.parquet"):
        (folder / name).mkdir()
    (folder / "link.csv").symlink_to(folder / "nowhere")
    (folder / os.fsdecode(b"\xff.ndjson")).write_bytes(ndjson(event("x")))
    assert counts(settings) == (8, 1, 7)
    assert {row["reason"] for row in refused(settings)} == {"unreadable_file"}
    details = {row["source_file"]: row["detail"] for row in refused(settings)}
    assert "ends in none of .ndjson" in details["notes.txt"]
    assert details["late.ndjson.unreadable"] == "late.ndjson could not be fetched"
    assert "leads nowhere" in details["link.csv"]
    assert "\\udcff.ndjson" in details


def test_suffix_may_be_written_in_capitals(settings):
    deliver(settings, "A.NDJSON", ndjson(event()))
    assert counts(settings) == (1, 1, 0)


def test_hidden_files_and_copies_under_way_do_not_count(settings):
    for name in (".DS_Store", "a.ndjson.tmp", "b.csv.part"):
        deliver(settings, name, b"x\n")
    assert counts(settings) == (0, 0, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(settings):
    for name in ("a.ndjson", "b.csv", "c.parquet"):
        deliver(settings, name, ndjson(event())).chmod(0)
    assert counts(settings) == (3, 0, 3)


def test_raw_day_that_is_no_folder_stops_the_day(settings):
    path = raw_day(settings, "users", DAY)
    path.parent.mkdir(parents=True)
    path.write_text("no folder")
    with pytest.raises(RawDayError, match=r"cannot be listed.*make it a readable folder"):
        conform_day(settings, USERS, DAY)


def test_lake_files_are_what_the_warehouse_expects(settings):
    conform(settings, event())
    (path,) = (settings.lake_dir / "events").glob("*/*.parquet")
    assert path.relative_to(settings.lake_dir / "events").parts == (
        "event_date=2026-06-20",
        "arrival_date=2026-06-20.parquet",
    )
    described = (
        duckdb.connect().execute(f"describe select * from read_parquet('{path}', hive_partitioning = false)").fetchall()
    )
    expected = [(column.name, column.kind.sql_type) for column in EVENTS.columns]
    expected += [("extra_fields", "VARCHAR"), ("event_date", "DATE"), ("arrival_date", "DATE")]
    expected += [("source_file", "VARCHAR"), ("source_line", "BIGINT")]
    assert [(name, sql_type) for name, sql_type, *_ in described] == expected

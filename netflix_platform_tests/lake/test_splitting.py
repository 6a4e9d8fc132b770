"""A file of history becomes one file per event day: no byte lost, no row lost, nothing written when it cannot be split."""

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_platform.contracts import EVENTS, TITLES, USERS
from netflix_platform.contracts.mapping_file import read_mapping
from netflix_platform.lake import splitting_text, streams
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.lake.raw import collect_day
from netflix_platform.lake.recognition import feed_of
from netflix_platform.lake.splitting import SplitError, split_history
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform.sources.landing import LandingSource
from netflix_platform_tests.lake.raw_days import event, lake_rows, ndjson, refused

EXAMPLES = PROJECT_ROOT / "docs" / "examples"
TODAY = date(2026, 6, 25)
DAYS = [date(2026, 6, day) for day in (3, 5, 6)]


def moments(*days):
    return [event(f"e{number}", event_ts=f"{day}T10:00:0{number % 10}Z") for number, day in enumerate(days)]


def history(tmp_path, name, content):
    path = tmp_path / name
    packed = {".gz": gzip.compress, ".zst": zstandard.compress}.get(path.suffix, bytes)
    path.write_bytes(packed(content))
    return path


def unpacked(path):
    """The whole text, read as the lake reads it."""
    return b"".join(streams.text_pieces(path, path.suffix, 1 << 40))


def split(settings, path, feed=EVENTS, **more):
    return split_history(settings, path, feed, today=TODAY, **more)


def leftovers(settings):
    return [str(path) for path in (settings.data_dir / "tmp").rglob("*")] if settings.data_dir.exists() else []


@pytest.mark.parametrize("name", ["my history.ndjson", "h.ndjson.gz", "h.ndjson.zst", "H.NDJSON"])
def test_lines_keep_their_bytes_and_their_order(settings, tmp_path, name):
    records = moments(*[DAYS[number % 3] for number in range(30)])
    lines = [json.dumps(record, separators=(" , ", ":  ")).encode() + b" \r\n" for record in records]
    path = history(tmp_path, name, b"\xef\xbb\xbf\n" + b"  \n".join(lines).rstrip(b"\n"))
    result = split(settings, path)
    assert (result.first, result.last) == (DAYS[0], DAYS[2])
    assert result.rows == dict.fromkeys(DAYS, 10)
    assert (result.rows_without_day, result.rows_in_future, result.rows_not_due) == (0, 0, 0)
    for number, (day, written) in enumerate(zip(DAYS, result.files, strict=True)):
        assert written.parent == settings.landing_dir / "events" / f"arrival_date={day}"
        assert written.name.endswith(path.name[path.name.lower().index(".ndjson") :].lower())
        assert unpacked(written) == b"".join(lines[number::3])
    assert leftovers(settings) == []
    before = {file: file.read_bytes() for file in result.files}
    assert split(settings, path).files == result.files
    assert {file: file.read_bytes() for file in result.files} == before
    assert len(list(settings.landing_dir.rglob("*.*"))) == 3


def test_rows_that_nobody_can_date_lie_under_the_first_day_and_end_in_its_quarantine(with_days, tmp_path):
    settings = with_days(source="landing")
    lines = [
        b"nonsense", *ndjson(*moments(DAYS[2])).splitlines(), b'{"event_id": "\xff"}', b"[1]",
        *ndjson(event("late", event_ts="2099-01-01T00:00:00Z"), event("x", event_ts="soon"), *moments(DAYS[0])).splitlines(),
        b'{"long": "' + b"x" * (1 << 20) + b'"}', *ndjson(event("today", event_ts=f"{TODAY}T00:00:00Z")).splitlines(),
    ]  # fmt: skip
    result = split(settings, history(tmp_path, "a.ndjson", b"\n".join(lines) + b"\n"))
    assert result.rows == {DAYS[0]: 7, DAYS[2]: 1, TODAY: 1}
    assert (result.rows_without_day, result.rows_in_future, result.rows_not_due) == (5, 1, 1)
    source = LandingSource(settings)
    for day, rows in result.rows.items():
        collect_day(settings, source, "events", day)
        assert conform_day(settings, EVENTS, day).received_rows == rows
        assert audit_ledger(settings, "events", day) == []
    reasons = sorted(row["reason"] for row in refused(settings, day=DAYS[0]))
    assert reasons == [
        "after_arrival", "invalid_encoding", "malformed_record", "malformed_record", "not_an_object", "wrong_type",
    ]  # fmt: skip
    assert len(lake_rows(settings)) == 3


@pytest.mark.parametrize("name", ["a.ndjson", "a.parquet"])
def test_days_before_any_that_can_be_are_no_days(settings, tmp_path, name):
    days = (date(1970, 1, 1), date(1989, 12, 31), date(1990, 1, 1), DAYS[0])
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(pa.table({"event_ts": [datetime(day.year, day.month, day.day) for day in days]}), path)
    else:
        path.write_bytes(ndjson(*moments(*days)))
    result = split(settings, path)
    assert (result.rows, result.rows_too_early) == ({days[2]: 3, DAYS[0]: 1}, 2)
    later = split(settings, path, not_before=DAYS[0])
    assert (later.rows, later.rows_too_early, later.first) == ({DAYS[0]: 4}, 3, DAYS[0])
    with pytest.raises(SplitError, match="no row has a day between 2026-06-04"):
        split(settings, path, not_before=date(2026, 6, 4))


def test_csv_keeps_header_and_records(settings, tmp_path):
    header = b"event_id,event_type,event_ts,user_id,note\r\n"
    records = [
        b'a,search,2026-06-03T10:00:00Z,u1,"two\nlines, ""quoted"""\r\n',
        b"b,search,2026-06-05T10:00:00Z,u1,\r\n",
        b"too,few\r\n",
        b"\r\n",
        b"c,search,2026-06-03T23:59:59.999Z,u1,x\r\n",
        b"d,search,,u1,x",
    ]
    result = split(settings, history(tmp_path, "h.csv", b"\n" + header + b"".join(records)))
    assert result.rows == {DAYS[0]: 4, DAYS[1]: 1}
    assert unpacked(result.files[0]) == header + records[0] + records[4] + records[2] + records[5] + b"\n"
    assert unpacked(result.files[1]) == header + records[1]
    assert result.rows_without_day == 2


def test_parquet_keeps_rows_and_types_in_their_order(settings, tmp_path):
    rows = [
        {
            "event_id": "same" if number == 7 else f"e{number}",
            "event_ts": datetime(2026, 6, 3 + number % 4, 12, tzinfo=UTC),
            "price": Decimal(number) / 8,
            "deep": {"a": [number, None], "b": b"\x00\xff"},
            "day": number,
        }
        for number in range(4_000)
    ]
    rows[3]["event_ts"] = None
    rows[5]["event_ts"] = datetime(2080, 1, 1, tzinfo=UTC)
    path = tmp_path / "h.parquet"
    schema = pa.schema(
        [("event_id", pa.string()), ("event_ts", pa.timestamp("us", "UTC")), ("price", pa.decimal128(9, 3)),
         ("deep", pa.struct([("a", pa.list_(pa.int32())), ("b", pa.binary())])), ("day", pa.uint16())]
    )  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows, schema), path, row_group_size=512)
    result = split(settings, path)
    assert result.rows == {
        date(2026, 6, 3): 1_002,
        **{date(2026, 6, day): 1_000 - (day in (4, 6)) for day in (4, 5, 6)},
    }
    assert (result.rows_without_day, result.rows_in_future) == (1, 1)
    for number, file in enumerate(result.files):
        table = pq.ParquetFile(file).read()
        assert [field.type for field in table.schema] == [field.type for field in schema]
        odd = (3, 5) if number == 0 else ()
        expected = [row for n, row in enumerate(rows) if n in odd or (n % 4 == number and n not in (3, 5))]
        assert table.to_pylist() == expected
    assert leftovers(settings) == []


def test_a_mapped_file_is_split_by_what_the_mapping_says(settings, tmp_path):
    mapping = read_mapping(EXAMPLES / "player_log.mapping.yaml")
    rows = [
        {"id": str(number), "ts": int(datetime(2026, 6, 3 + number, tzinfo=UTC).timestamp() * 1000)}
        for number in range(3)
    ]
    result = split(settings, history(tmp_path, "h.ndjson", ndjson(*rows)), mapping=mapping)
    assert result.rows == {date(2026, 6, day): 1 for day in (3, 4, 5)}
    csv = b"ts,id\n1780444800000,1\n"
    assert split(settings, history(tmp_path, "h.csv", csv), mapping=mapping).rows == {date(2026, 6, 3): 1}
    with pytest.raises(SplitError, match="no row has a day"):
        split(settings, history(tmp_path, "h.ndjson", ndjson(*rows)))


def test_change_feeds_are_split_by_the_day_of_the_change(settings, tmp_path):
    users = [{"user_id": "u1", "changed_ts": f"{day}T00:00:00Z", "status": "active"} for day in DAYS]
    assert split(settings, history(tmp_path, "u.ndjson", ndjson(*users)), USERS).rows == dict.fromkeys(DAYS, 1)
    titles = b"title_id,changed_ts\nt1,2026-06-03T00:00:00Z\n"
    result = split(settings, history(tmp_path, "t.csv", titles), TITLES)
    assert [path.parent.parent.name for path in result.files] == ["titles"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("h.ndjson", b"", "no row has a day between"),
        ("h.ndjson", b'{"event_ts": "soon"}\n', r"no row has a day between 1990-01-01 and today \(1 rows"),
        ("h.ndjson", b'{"event_ts": "2099-01-01T00:00:00Z"}\n', "no row has a day between"),
        ("h.csv", b"", "no row has a day"),
        ("h.csv", b"event_id,event_id\n", "more than one column"),
        ("h.txt", b"", "ends in none of"),
        ("h.parquet", b"PAR1", "no readable Parquet"),
        ("h.ndjson.gz", gzip.compress(ndjson(*moments(*DAYS)) * 9000)[:-100], "cannot be read to its end"),
    ],
)
def test_what_cannot_be_split_is_refused_and_nothing_is_written(settings, tmp_path, name, content, told):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SplitError, match=told):
        split(settings, path)
    assert not settings.landing_dir.exists()
    assert leftovers(settings) == []


def test_a_file_that_is_not_there(settings, tmp_path):
    with pytest.raises(SplitError, match="cannot be read"):
        split(settings, tmp_path / "none.ndjson")


def test_many_days_in_any_order_with_little_memory(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(splitting_text, "_MOST_BUFFERED", 10_000)
    monkeypatch.setattr(streams, "BLOCK_BYTES", 20_000)
    draw = random.Random(1)
    days = [date(2020, 1, 1) + timedelta(days=draw.randrange(700)) for _ in range(3_000)]
    result = split(settings, history(tmp_path, "h.ndjson.zst", ndjson(*moments(*days))))
    assert sum(result.rows.values()) == 3_000
    assert result.rows == {day: days.count(day) for day in sorted(set(days))}
    found = b"".join(unpacked(path) for path in result.files)
    assert sorted(found.splitlines()) == sorted(ndjson(*moments(*days)).splitlines())


def test_odd_names_of_files_stay_names(settings, tmp_path):
    for name in ("it's; drop.ndjson", ".hidden.ndjson", "a b*?[x].csv", "日本.parquet", "x" * 200 + ".ndjson"):
        path = tmp_path / name
        if name.endswith("parquet"):
            pq.write_table(pa.table({"event_ts": [datetime(2026, 6, 3)]}), path)
        else:
            row = b"event_ts\n2026-06-03T00:00:00Z\n" if name.endswith("csv") else ndjson(*moments(DAYS[0]))
            path.write_bytes(row)
        (written,) = split(settings, path).files
        assert not written.name.startswith(".")
        assert len(written.name) < 130


# --- which feed a file is of -----------------------------------------------------------------------------------------


def parquet(tmp_path, name, **columns) -> Path:
    path = tmp_path / name
    pq.write_table(pa.table(columns), path)
    return path


def test_files_are_recognized_by_their_fields(tmp_path):
    user = {"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "active", "plan": None}
    title = {"title_id": "t1", "changed_ts": "x", "title_name": "Heat", "title_type": "film"}
    assert feed_of(history(tmp_path, "a.ndjson", b"odd\n" + ndjson(event()))) == "events"
    assert feed_of(history(tmp_path, "a.ndjson.gz", ndjson(user))) == "users"
    assert feed_of(history(tmp_path, "a.ndjson.zst", ndjson(title))) == "titles"
    assert feed_of(history(tmp_path, "a.csv", b"user_id,event_id,event_type,event_ts\n")) == "events"
    assert feed_of(parquet(tmp_path, "a.parquet", **{name: ["x"] for name in title})) == "titles"
    for name, content in {
        "b.ndjson": ndjson({"Title": "x", "event_id": "1"}), "c.csv": b"Title,Date\n", "d.csv": b"", "e.txt": b"event_id",
        "f.parquet": b"PAR1", "g.ndjson.gz": b"", "h.ndjson": b"[" * 100_000, "i.csv": b'"', "j.zip": b"PK",
    }.items():  # fmt: skip
        assert feed_of(history(tmp_path, "x" + name, content)) is None, name
    assert feed_of(tmp_path / "none.csv") is None


def test_mapped_files_are_recognized_by_the_fields_that_the_mapping_names(tmp_path):
    mapping = read_mapping(EXAMPLES / "player_log.mapping.yaml")
    assert feed_of(EXAMPLES / "player_log.ndjson", mapping) == "events"
    assert feed_of(EXAMPLES / "player_log.csv", mapping) == "events"
    assert feed_of(EXAMPLES / "player_log.ndjson") is None
    assert feed_of(history(tmp_path, "a.ndjson", ndjson(event())), mapping) is None
    nested = pa.array([{"id": 1}])
    assert feed_of(parquet(tmp_path, "a.parquet", id=["1"], action=["x"], ts=[1], user=nested), mapping) == "events"
    user = {"user_id": "u1", "changed_ts": "2026-06-20T00:00:00Z", "status": "active"}
    assert feed_of(history(tmp_path, "u.ndjson", ndjson(user)), mapping) == "users"

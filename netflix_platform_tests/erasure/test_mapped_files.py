"""Files that go through a mapping without one user's records: the user is who the lake says it is, under their own names."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.mapped_files import MappedFiles
from netflix_platform.erasure.raw_files import FileError, count_records, remove_records
from netflix_platform.erasure.screening import screen_folder
from netflix_platform.erasure.tombstones import Tombstones
from netflix_platform.lake.layout import raw_day
from netflix_platform_tests.lake.raw_days import DAY

MAPPING = """
version: 1
feeds:
  events:
    fields:
      event_id: {from: $.id}
      event_type: {constant: search}
      event_ts: {from: $.ts}
      user_id: {from: $.account.no, prefix: user-}
"""
THEIRS = Identity("user-42")


def record(number, user, **more):
    return {"id": f"e{number}", "ts": "2026-06-20T10:00:00Z", "account": {"no": user}, **more}


@pytest.fixture
def mapped(with_days, tmp_path):
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING)
    return with_days(mapping=path, source="landing")


def removed(settings, path):
    numbers = MappedFiles(settings).numbers_in(path)
    found = count_records(path, THEIRS, numbers)
    assert remove_records(path, THEIRS, numbers) == found
    assert count_records(path, THEIRS, numbers).records == 0
    return found.records


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz"])
def test_lines_of_the_user_go_and_all_other_bytes_stay(mapped, name):
    lines = [
        json.dumps(record(1, 42)), "", json.dumps(record(2, 7)), "user-42 in no record", json.dumps(record(3, "42", ts="broken")),
        "  ", "nonsense", json.dumps(record(4, 8, friend="user-42")), json.dumps(record(5, None, note="user-42")),
        json.dumps(record(6, 420)), json.dumps(record(7, 42)),
    ]  # fmt: skip
    path = raw_day(mapped, "events", DAY) / name
    path.parent.mkdir(parents=True)
    text = b"\xef\xbb\xbf" + "\r\n".join(lines).encode()
    path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    assert removed(mapped, path) == 5
    left = gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()
    gone = {0, 3, 4, 8, 10}
    kept = b"".join(f"{line}\r\n".encode() for number, line in enumerate(lines) if number not in gone)
    assert left.removeprefix(b"\xef\xbb\xbf") == kept


def test_csv_and_parquet_and_landed_files(mapped):
    folder = mapped.landing_dir / "events" / "deep"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b'id,ts,account.no,"x"\n1,t,42,"a\nb"\n2,t,7,\ntoo,few,user-42\n3,t,42,\n')
    assert removed(mapped, folder / "a.csv") == 3
    assert (folder / "a.csv").read_bytes() == b'id,ts,account.no,"x"\n2,t,7,\n'
    rows = [record(number, number % 3 + 41) for number in range(9)]
    pq.write_table(pa.Table.from_pylist(rows), folder / "b.parquet", row_group_size=2)
    assert removed(mapped, folder / "b.parquet") == 3
    assert pq.read_table(folder / "b.parquet").to_pylist() == [row for row in rows if row["account"]["no"] != 42]
    (folder / "c.csv").write_bytes(b"a,a\nuser-42,x\n")  # refused as a whole: by what it mentions
    assert count_records(folder / "c.csv", THEIRS, MappedFiles(mapped).numbers_in(folder / "c.csv")).records == 1


def test_files_of_feeds_that_are_not_mapped_are_told_by_their_own_field(mapped, settings):
    other = raw_day(mapped, "users", DAY) / "a.ndjson"
    assert MappedFiles(mapped).numbers_in(other) is None
    assert MappedFiles(settings).numbers_in(raw_day(settings, "events", DAY) / "a.ndjson") is None
    assert MappedFiles(mapped).numbers_in(mapped.data_dir / "elsewhere") is None


def test_tombstones_keep_a_user_out_of_mapped_files(mapped, tmp_path):
    Tombstones(mapped).add(THEIRS.user_id)
    folder = tmp_path / "delivered"
    folder.mkdir()
    lines = [json.dumps(record(number, number + 40)) for number in range(5)]
    (folder / "a.ndjson").write_text("\n".join([*lines, "mentions user-42"]))
    (folder / "b.csv").write_bytes(b"id,account.no\n1,42\n2,43\n")
    pq.write_table(pa.Table.from_pylist([record(1, 42), record(2, 43)]), folder / "c.parquet")
    assert screen_folder(mapped, "events", folder) == 2 + 1 + 1
    assert (folder / "a.ndjson").read_text() == "".join(f"{line}\n" for line in (*lines[:2], *lines[3:]))


def test_without_a_mapping_that_can_be_used_nobody_can_say_whose_a_record_is(mapped):
    mapped.mapping.write_text("version: 2\n")
    with pytest.raises(FileError, match="nobody can say whose a record is"):
        MappedFiles(mapped).numbers_in(raw_day(mapped, "events", DAY) / "a.ndjson")

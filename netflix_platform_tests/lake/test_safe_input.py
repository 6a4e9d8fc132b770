"""Hostile files: what unpacks without end, announces what it does not hold, or is named to be taken for something else."""

import gzip
import os
import subprocess
import sys
import zlib
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_platform.contracts import EVENTS, TITLES
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import quarantine_file, raw_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.load import load_day
from netflix_platform_tests.lake.raw_days import DAY, conform, deliver, event, lake_rows, ndjson, refused

MEGABYTE = 10**6
FRAME_OF_2_GB = b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(((3 << 3) | 1, 0, 0)) + b"{}\n"  # magic, window 2^31, one raw block


@pytest.fixture
def narrow(with_days):
    """Settings under which a file may unpack to one megabyte."""
    return with_days(max_file_bytes=MEGABYTE)


def put(settings, name: str, content: bytes) -> None:
    deliver(settings, name, b"").write_bytes(content)


def the_refusal(settings) -> str:
    """Why the one refused record was refused, which must be an unreadable file; the second count must agree."""
    (row,) = refused(settings)
    assert row["reason"] == "unreadable_file"
    assert audit_ledger(settings, "events", DAY) == []
    return row["detail"]


def gzip_of(text: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([*(packer.compress(text) for _ in range(times)), packer.flush()])


def zstd_of(text: bytes, times: int) -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    return b"".join([*(packer.compress(text) for _ in range(times)), packer.flush()])


GOOD = ndjson(*(event(f"e{number}") for number in range(50)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ndjson.gz", gzip.compress(GOOD) + gzip_of(b"x" * MEGABYTE, 200)),
        ("a.ndjson.zst", zstandard.compress(GOOD) + zstd_of(b"x" * MEGABYTE, 200)),
        ("a.ndjson.gz", gzip.compress(GOOD) + gzip_of(b"\n" * MEGABYTE, 200)),
        ("a.ndjson.zst", zstandard.compress(GOOD) + zstd_of(b" \n" * MEGABYTE, 100)),
        ("a.ndjson.zst", zstandard.compress(GOOD) + zstandard.compress(b" " * 1000) * 2_000),
        ("a.ndjson.gz", gzip.compress(GOOD) + gzip.compress(b"\r\n" * 1000) * 2_000),
        ("a.ndjson", GOOD + b" " * MEGABYTE),
    ],
    ids=["gzip", "zstd", "gzip line breaks", "zstd blank lines", "zstd frames", "gzip members", "plain"],
)
def test_what_unpacks_beyond_the_limit_counts_up_to_it(narrow, name, content):
    put(narrow, name, content)
    assert conform_day(narrow, EVENTS, DAY).accepted_rows == 50
    said = the_refusal(narrow)
    assert "unpacks to more than 1,000,000 bytes" in said
    assert "NETFLIX_MAX_FILE_SIZE" in said


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "a.ndjson.zst", "a.csv"])
def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(with_days, name):
    line = b"event_id\n" if name.endswith("csv") else b"{}\n"
    content = line * 100
    for limit, unreadable in ((len(content), 0), (len(content) - 1, 1)):
        settings = with_days(max_file_bytes=limit)
        deliver(settings, name, content)
        ledger = conform_day(settings, EVENTS, DAY)
        assert ledger.quarantined_by_reason.get("unreadable_file", 0) == unreadable
        assert ledger.received_rows == 100 - name.endswith("csv")
        assert audit_ledger(settings, "events", DAY) == []


def test_csv_beyond_the_limit_counts_up_to_it(narrow):
    header = "event_id,event_type,event_ts,user_id\n"
    rows = "".join(f"e{number},search,2026-06-20T10:00:00Z,u1\n" for number in range(50_000))
    put(narrow, "a.csv", (header + rows).encode())
    ledger = conform_day(narrow, EVENTS, DAY)
    assert 20_000 < ledger.accepted_rows < 50_000
    assert "NETFLIX_MAX_FILE_SIZE" in the_refusal(narrow)


def test_zstd_frame_that_asks_for_gigabytes_of_memory(settings):
    put(settings, "a.ndjson.zst", FRAME_OF_2_GB)
    conform_day(settings, EVENTS, DAY)
    assert "memory" in the_refusal(settings)


_MEASURE = """
import resource, sys
from datetime import date
from pathlib import Path
from netflix_platform.contracts import EVENTS
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), start_date=date(2026, 6, 1), max_file_bytes=int(sys.argv[2]))
for day in (date(2026, 6, 19), date(2026, 6, 20)):
    conform_day(settings, EVENTS, day)
    assert audit_ledger(settings, "events", day) == []
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.parametrize("limit", [MEGABYTE, 10**9])
def test_memory_stays_bounded_however_much_comes_out(settings, limit):
    """A day of one line, then one of bombs of 200 MB: a call to zstd alone could give all of it at once."""
    deliver(settings, "a.ndjson", ndjson(event(event_ts="2026-06-19T10:00:00Z")), day=date(2026, 6, 19))
    put(settings, "a.ndjson.gz", gzip_of(b"x" * MEGABYTE, 200))
    put(settings, "b.ndjson.zst", zstd_of(b"x" * MEGABYTE, 200))
    put(settings, "c.ndjson.zst", zstd_of(b"\n" * MEGABYTE, 200))
    printed = subprocess.run(
        [sys.executable, "-c", _MEASURE, str(settings.data_dir), str(limit)],
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    before, after = (int(line) for line in printed.splitlines() if line.strip().isdigit())
    assert after - before < 400, printed  # megabytes; the last bomb alone is 200 MB, its lines as arrays gigabytes


# --- Parquet ---------------------------------------------------------------------------------------------------------


def put_parquet(settings, table: pa.Table, **options) -> None:
    path = deliver(settings, "a.parquet", b"")
    pq.write_table(table, path, **options)


def test_parquet_of_a_million_rows_in_a_few_bytes(narrow):
    put_parquet(narrow, pa.table({"event_id": pa.nulls(10**6, pa.string())}))
    assert conform_day(narrow, EVENTS, DAY).received_rows == 1
    assert "NETFLIX_MAX_FILE_SIZE" in the_refusal(narrow)


def test_parquet_that_announces_more_bytes_than_allowed(narrow):
    put_parquet(narrow, pa.table({"note": ["x" * 50_000_000]}), compression="zstd")
    assert conform_day(narrow, EVENTS, DAY).received_rows == 1
    assert "NETFLIX_MAX_FILE_SIZE" in the_refusal(narrow)


def test_parquet_texts_that_are_no_utf8_do_not_stop_the_day(settings):
    rows = pa.table({name: [value] for name, value in event().items()})
    unmarked = rows.append_column("note", pa.array([b"\xff\x00"])).set_column(
        rows.schema.get_field_index("country"), "country", pa.array([b"\xff"])
    )
    put_parquet(settings, unmarked)
    assert conform_day(settings, EVENTS, DAY).quarantined_by_reason == {"wrong_type": 1}
    lying = pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff\x00"]).buffers())
    put_parquet(settings, rows.append_column("note", lying))
    assert conform_day(settings, EVENTS, DAY).quarantined_by_reason == {"unreadable_file": 1}
    assert audit_ledger(settings, "events", DAY) == []


def test_parquet_numbers_that_are_none_are_missing(settings):
    rows = pa.table({name: [value] for name, value in event().items()})
    rows = rows.append_column("ratio", pa.array([float("nan")])).append_column("all", pa.array([[float("inf"), 1.5]]))
    put_parquet(settings, rows)
    assert conform_day(settings, EVENTS, DAY).accepted_rows == 1
    assert lake_rows(settings)[0]["extra_fields"] == '{"all":[null,1.5]}'


@pytest.mark.parametrize("columns", [1_000, 1_001])
def test_more_columns_than_anything_sound_has(settings, columns):
    names = [f"c{number}" for number in range(columns)]
    put(settings, "a.csv", ",".join(names).encode() + b"\n" + b",".join([b"1"] * columns) + b"\n")
    put_parquet(settings, pa.table({name: [1] for name in names}))
    ledger = conform_day(settings, EVENTS, DAY)
    refusals = {"missing_field": 2} if columns <= 1_000 else {"unreadable_file": 2}
    assert ledger.quarantined_by_reason == refusals
    assert audit_ledger(settings, "events", DAY) == []


# --- JSON ------------------------------------------------------------------------------------------------------------


def test_structures_with_escapes_are_no_text(settings):
    ledger = conform(settings, event(country=['a"b']), event("e2", country={"\\": 1}), event("e3", country='a"b'))
    assert (ledger.accepted_rows, ledger.quarantined_by_reason) == (1, {"wrong_type": 2})


@pytest.mark.parametrize("token", ["NaN", "-Infinity", "[1,NaN]", '{"a":Infinity}'])
def test_numbers_that_json_does_not_have_are_refused_in_unknown_fields_too(settings, token):
    line = ndjson(event()).strip()[:-1].decode() + f', "note": {token}}}'
    assert conform(settings, line).quarantined_by_reason == {"malformed_record": 1}
    told = conform(settings, event(note="NaN, Infinity", other=['"NaN']))
    assert told.accepted_rows == 1


def test_names_of_unknown_fields_are_bounded_in_length(settings):
    ledger = conform(settings, event(**{"x" * 100_000: 1, "y" * 100_000: 2}))
    assert sorted(map(len, ledger.unknown_fields)) == [100, 100]
    assert max(map(len, ledger.profile.types)) == 100
    assert len(lake_rows(settings)[0]["extra_fields"]) > 200_000


SQL = "'); drop table raw.events; --"


def test_sql_in_names_and_values_stays_text(settings):
    odd = {SQL: 1, '"; drop table judged_rows; --': 2, "$arrival_date": 3, "{{ 1 }}": 4, "a.b": 5}
    conform(settings, event(app_version=SQL, **odd))
    put(settings, f"{SQL}.csv", f'event_id,event_type,event_ts,user_id,"{SQL}"\ne2,search,2026-06-20,u1,1\n'.encode())
    put_parquet(settings, pa.table({name: [value] for name, value in {**event("e3"), **odd}.items()}))
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.accepted_rows, ledger.quarantined_rows) == (2, 1)
    assert set(odd) <= set(ledger.unknown_fields)
    assert audit_ledger(settings, "events", DAY) == []
    title = {"title_id": "t1", "changed_ts": "2026-06-20T00:00:00Z", "title_name": SQL, "title_type": "film"}
    conform(settings, title, feed=TITLES)
    with open_warehouse(settings) as warehouse:
        for feed in (EVENTS, TITLES):
            load_day(warehouse, settings, feed, DAY, "run")
        assert warehouse.execute("select title_name from raw.titles").fetchall() == [(SQL,)]
        assert warehouse.execute("select app_version from raw.events order by event_id").fetchall() == [(SQL,), (None,)]


# --- names, links and what is no file --------------------------------------------------------------------------------

ODD_NAMES = (
    "a\nb.ndjson", "'.ndjson", '".ndjson', "..ndjson.ndjson", "..%2f..%2fetc.ndjson", "%s%n.ndjson", "日本.ndjson",
    "-rf.ndjson", "$(reboot).ndjson", "`id`.ndjson", "*.ndjson", "[ab]?.ndjson", "a b.ndjson", SQL + ".ndjson",
    "x" * 240 + ".ndjson", "\\.ndjson", "{a,b}.ndjson", "~.ndjson",
)  # fmt: skip


def test_odd_names_of_raw_files_are_names(settings, tmp_path):
    for number, name in enumerate(ODD_NAMES):
        put(settings, name, ndjson(event(f"e{number}")))
        put(settings, name.replace(".ndjson", ".csv"), b"event_id\n")
        put(settings, name.replace(".ndjson", ".parquet"), b"PAR1")
    ledger = conform_day(settings, EVENTS, DAY)
    shown = [name for name in ODD_NAMES if not name.startswith(".")]  # hidden files do not count
    assert ledger.accepted_rows == len(shown)
    assert {row["source_file"] for row in lake_rows(settings)} == set(shown)
    assert audit_ledger(settings, "events", DAY) == []
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@pytest.mark.parametrize("name", ["it's a", 'say "data"', "a [b] *", "100% {x} $HOME", "日本", "a'; drop table x; --"])
def test_data_folders_with_odd_names(with_days, tmp_path, name):
    settings = with_days(data_dir=tmp_path / name)
    conform(settings, event("e1"), event("e1"), event("e2", event_ts="x"))
    put_parquet(settings, pa.table({name: [value] for name, value in event("e3").items()}))
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.accepted_rows, ledger.repeated_rows, ledger.quarantined_rows) == (2, 1, 1)
    assert audit_ledger(settings, "events", DAY) == []
    with open_warehouse(settings) as warehouse:
        assert load_day(warehouse, settings, EVENTS, DAY, "run").warehouse_rows == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_thousands_of_tiny_files(settings):
    folder = raw_day(settings, "events", DAY)
    folder.mkdir(parents=True)
    for number in range(3_000):
        (folder / f"{number:05}.ndjson").write_bytes(ndjson(event(f"e{number}")))
    ledger = conform_day(settings, EVENTS, DAY)
    assert ledger.accepted_rows == 3_000
    assert ledger.profile.sampled_rows == 100  # from as many files, evenly apart
    assert audit_ledger(settings, "events", DAY) == []


def test_pipes_devices_folders_and_dead_links_are_not_waited_for(settings):
    folder = deliver(settings, "good.ndjson", ndjson(event())).parent
    os.mkfifo(folder / "pipe.ndjson")
    (folder / "zero.ndjson").symlink_to("/dev/zero")
    (folder / "loop.ndjson").symlink_to(folder / "loop.ndjson")
    (folder / "folder.csv").mkdir()
    ledger = conform_day(settings, EVENTS, DAY)
    assert (ledger.accepted_rows, ledger.quarantined_by_reason) == (1, {"unreadable_file": 4})
    assert audit_ledger(settings, "events", DAY) == []
    quarantine_file(settings, "events", DAY).unlink()
    assert len(audit_ledger(settings, "events", DAY)) == 2  # counted all the same, without opening them


def test_a_file_of_the_senders_own_that_ends_as_notes_do_is_read_in_part(settings):
    put(settings, "big.unreadable", b"x" * MEGABYTE)
    conform_day(settings, EVENTS, DAY)
    assert len(the_refusal(settings)) < 20_000


def test_the_note_of_a_source_is_kept_whole(settings):
    put(settings, "a.ndjson.unreadable", b"/landing/a.ndjson cannot be opened\n")
    conform_day(settings, EVENTS, DAY)
    assert the_refusal(settings) == "/landing/a.ndjson cannot be opened"

"""Files of every kind without one user's records: everything else byte for byte, in place, in one step."""

import gzip
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.raw_files import FileError, count_records, delivered_files, remove_records
from netflix_platform.erasure.screening import screen_folder
from netflix_platform.erasure.tombstones import TombstoneError, Tombstones, erasures_dir

THEIRS = Identity("u00000042")
KEPT = [
    b'{"user_id":"u00000001","x":"\xc3\xa9"}\r\n',
    b"\n",
    b'{"user_id":"u000000421"}\n',
    b"not json at all\n",
    b"   \n",
    b'{"b": 1,   "user_id" : "u00000002", "friend":"u00000042"}',
]
LINES = [
    *KEPT[:2],
    b'{"user_id":"u00000042","x":1}\n',
    *KEPT[2:4],
    b'{"cut off","user_id":"u00000042"\n',
    *KEPT[4:5],
    b'{"profile_id":"u00000042-1"}\n',
    *KEPT[5:],
]
PACK = {
    ".ndjson": bytes,
    ".ndjson.gz": gzip.compress,
    ".ndjson.zst": zstandard.ZstdCompressor().compress,
}
UNPACK = {
    ".ndjson": bytes,
    ".ndjson.gz": gzip.decompress,
    ".ndjson.zst": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
}


@pytest.mark.parametrize("suffix", list(PACK))
def test_lines_go_and_all_other_bytes_stay(tmp_path, suffix):
    path = tmp_path / f"events{suffix}"
    path.write_bytes(PACK[suffix](b"".join(LINES)))
    os.utime(path, (1_000_000, 1_000_000))
    path.chmod(0o640)
    assert count_records(path, THEIRS).records == 3
    assert remove_records(path, THEIRS).records == 3
    assert UNPACK[suffix](path.read_bytes()) == b"".join(KEPT)
    assert (path.stat().st_mtime, path.stat().st_mode & 0o777) == (1_000_000, 0o640)
    before = path.read_bytes()
    assert remove_records(path, THEIRS).records == 0
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".ndjson.gz", ".ndjson.zst"])
def test_a_file_that_breaks_off_still_breaks_off(tmp_path, suffix):
    path = tmp_path / f"events{suffix}"
    body = b"".join(LINES) + b"\n" + os.urandom(100_000).hex().encode()
    packed = PACK[suffix](body)
    path.write_bytes(packed[: len(packed) - 30_000])
    found = remove_records(path, THEIRS)
    assert found.records == 3
    assert "cut short" in found.problem
    assert "cut short" in count_records(path, THEIRS).problem


def test_large_files_are_sifted_block_by_block(tmp_path):
    path = tmp_path / "events.ndjson"
    other = b'{"user_id":"u00000001","text":"' + b"x" * 500 + b'"}\n'
    theirs = b'{"user_id":"u00000042"}\n'
    path.write_bytes((other * 9_000 + theirs) * 3 + other)
    assert remove_records(path, THEIRS).records == 3
    assert path.read_bytes() == other * 27_001


def test_csv_records_with_line_breaks_in_quotation_marks(tmp_path):
    path = tmp_path / "events.csv"
    kept = [b"\nevent_id,user_id,note\n", b'e1,u00000001,"a\nu00000042\nb"\n', b"e4,u00000003,\n"]
    path.write_bytes(kept[0] + kept[1] + b'e2,u00000042,"a\nb"\n' + b"e3,u00000042\n" + kept[2])
    assert remove_records(path, THEIRS).records == 2
    assert path.read_bytes() == b"".join(kept)


def test_parquet_keeps_types_row_groups_and_compression(tmp_path):
    path = tmp_path / "events.parquet"
    schema = pa.schema(
        [("user_id", pa.string()), ("n", pa.int16()), ("tags", pa.list_(pa.string()))], metadata={"a": "b"}
    )
    rows = [
        {
            "user_id": ["u00000042", "u00000001", None, "u00000002"][n % 4],
            "n": n,
            "tags": ["u00000042"] if n == 6 else [],
        }
        for n in range(12)
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=5, compression="gzip")
    assert remove_records(path, THEIRS).records == 4, "three by name, one that names nobody and mentions them"
    table, metadata = pq.read_table(path), pq.read_metadata(path)
    assert table["n"].to_pylist() == [1, 2, 3, 5, 7, 9, 10, 11]
    assert table.schema == schema
    assert metadata.num_row_groups == 3
    assert metadata.row_group(0).column(0).compression == "GZIP"


def test_a_damaged_parquet_file_is_told_of(tmp_path):
    path = tmp_path / "events.parquet"
    path.write_bytes(b"PAR1 nonsense u00000042 PAR1")
    assert "no readable Parquet" in count_records(path, THEIRS).problem


def test_files_in_folders_that_cannot_be_written_are_named(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"".join(LINES))
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match=r"events\.ndjson"):
        remove_records(path, THEIRS)


def test_raw_and_landing_are_searched_titles_are_not(settings):
    names = (
        "raw/events/arrival_date=2026-06-01/a.ndjson",
        "raw/titles/arrival_date=2026-06-01/t.ndjson",
        "landing/events/deep/b.ndjson",
        "landing/titles/t.ndjson",
        "landing/somewhere.ndjson",
    )
    for name in names:
        path = settings.data_dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(LINES))
    draft = settings.data_dir / "raw/events/arrival_date=2026-06-01/.erasing-a.ndjson"
    draft.write_bytes(b"half")
    found = [str(path.relative_to(settings.data_dir)) for path in delivered_files(settings)]
    assert found == [names[0], names[2], names[4]]
    assert not draft.exists()


def test_tombstones_keep_a_user_out_of_every_format(settings, tmp_path):
    assert screen_folder(settings, "events", tmp_path / "never looked at") == 0, "no tombstone, no work"
    tombstones = Tombstones(settings)
    tombstones.add(THEIRS.user_id)
    tombstones.add(THEIRS.user_id)
    table = pa.table({"user_id": ["u00000042", "u00000001", None], "profile_id": [None, None, "u00000042-1"]})
    folder = tmp_path / "delivered"
    folder.mkdir()
    for suffix, pack in PACK.items():
        (folder / f"a{suffix}").write_bytes(pack(b"".join(LINES)))
    (folder / "b.csv").write_bytes(b"event_id,user_id\ne1,u00000042\ne2,u00000001\ne3,u00000042,more\n")
    (folder / "e.ndjson").write_bytes(b'{"user_id":"u\\u00300000042"}\n{"user_id":"u00000001"}\n')
    pq.write_table(table, folder / "c.parquet")
    (folder / "clean.ndjson").write_bytes(b'{"user_id":"u00000001"}\n')
    before = (folder / "clean.ndjson").stat().st_ino
    assert screen_folder(settings, "titles", folder) == 0
    assert screen_folder(settings, "events", folder) == 9 + 2 + 1 + 2
    assert (folder / "clean.ndjson").stat().st_ino == before
    assert all(count_records(path, THEIRS).records == 0 for path in folder.iterdir())
    assert (folder / "a.ndjson").read_bytes() == b"".join(KEPT)


def test_tombstones_tell_nobody_and_stop_work_when_they_are_lost(settings):
    Tombstones(settings).add(THEIRS.user_id)
    folder = erasures_dir(settings)
    files = {path.name: path for path in folder.iterdir()}
    assert files.keys() == {"key", "tombstones.json"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files.values())
    assert b"00000042" not in b"".join(path.read_bytes() for path in files.values())
    assert Tombstones(settings).among(["u00000041", "u00000042"]) == {"u00000042"}
    files["key"].unlink()
    with pytest.raises(TombstoneError, match="key cannot be read"):
        Tombstones(settings)
    files["tombstones.json"].write_text("{")
    with pytest.raises(TombstoneError, match=r"tombstones\.json cannot be read"):
        Tombstones(settings)

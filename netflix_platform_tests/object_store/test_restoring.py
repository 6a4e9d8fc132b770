"""A new folder made of the bucket: the same files, one writer, and an honest word about what is not there."""

import dataclasses
import stat

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.erasure.tombstones import Tombstones, erasures_dir
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import move_into_place, unverified_mark
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.object_store.bucket import StoreError
from netflix_platform.object_store.manifest import manifest_key, read_manifest
from netflix_platform.object_store.ownership import open_store
from netflix_platform.object_store.pushing import push, push_days, synchronize
from netflix_platform.object_store.restoring import restore
from netflix_platform.object_store.units import FOLDER, LAKE, RAW, SERVING, Unit
from netflix_platform_tests.object_store.conftest import DAYS, ingest, tree


@pytest.fixture
def filled(stored):
    """Two days, a forgotten user and a published file, all of it in the store."""
    ingest(stored)
    Tombstones(stored).add("u9")
    name = "netflix-20260622T000000000000Z.duckdb"
    (stored.data_dir / "draft").write_bytes(b"published")
    move_into_place(stored.data_dir / "draft", stored.serving_dir / name)
    (stored.serving_dir / "CURRENT").write_text(name + "\n")
    synchronize(stored)
    return stored


@pytest.fixture
def new(filled, tmp_path):
    return dataclasses.replace(filled, data_dir=tmp_path / "new")


def test_a_new_folder_has_the_same_files_and_becomes_the_writer(filled, new):
    restored = restore(new)
    assert (restored.problems, restored.days_to_conform) == ((), ())
    assert restored.units == 2 * 2 * 2 + 2
    assert tree(new) == tree(filled)
    assert new.platform_file.read_bytes() == filled.platform_file.read_bytes()
    assert (new.serving_dir / (new.serving_dir / "CURRENT").read_text().strip()).read_bytes() == b"published"
    assert Tombstones(new).among(["u8", "u9"]) == {"u9"}
    for path in erasures_dir(new).iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert all(audit_ledger(new, "events", day) == [] for day in DAYS)
    assert not list((new.data_dir / "tmp").iterdir())

    ingest(new, "second")
    assert push_days(new, RAW, "events", DAYS).units == 2
    with pytest.raises(StoreError, match=r"was taken over by another data folder .* writes it no longer"):
        push_days(filled, RAW, "events", DAYS)
    with pytest.raises(StoreError, match=r"holds a platform already, and nothing in it is written over"):
        restore(new)


def test_nothing_is_restored_over_anything_or_from_nothing(stored, filled, new, server):
    new.raw_dir.mkdir(parents=True)
    with pytest.raises(StoreError, match="is not empty; name a new folder"):
        restore(new)
    elsewhere = dataclasses.replace(new, object_store=server.address("nothing/here"))
    elsewhere.raw_dir.rmdir()
    with pytest.raises(StoreError, match="holds no platform; is the prefix right"):
        restore(elsewhere)
    with pytest.raises(StoreError, match="NETFLIX_OBJECT_STORE is not set"):
        restore(dataclasses.replace(new, object_store=None))


def test_a_restore_that_was_stopped_goes_on_and_is_no_platform_before(filled, new, bucket):
    last = read_manifest(FOLDER, bucket.get(manifest_key(FOLDER))).files[-1]
    assert last.path == "platform.json"
    content = bucket.get(last.key)
    bucket.delete(last.key)
    with pytest.raises(StoreError, match=r"folder: .* is missing; put that object back"):
        restore(new)
    assert tree(new) == tree(filled)
    assert not new.platform_file.exists()
    with pytest.raises(StoreError, match="that did not end: make restore goes on"):
        open_store(new)
    bucket.put(last.key, content)
    assert restore(new).problems == ()
    open_store(new)


def test_what_is_damaged_in_the_bucket_is_told_and_the_rest_comes(filled, new, bucket):
    raw, published = Unit(RAW, "events", DAYS[0]), read_manifest(SERVING, bucket.get(manifest_key(SERVING)))
    bucket.put(read_manifest(raw, bucket.get(manifest_key(raw))).files[0].key, b"other bytes")
    bucket.delete(published.files[0].key)
    bucket.put("manifests/lake/events/arrival_date=2026-06-21.json", b'{"format": 2}')
    bucket.put("manifests/somebody-elses.json", b"{}")
    bucket.put(
        "manifests/raw/users/arrival_date=2026-06-20.json",
        bucket.get("manifests/raw/users/arrival_date=2026-06-20.json").replace(b"raw/_manifests", b"../raw"),
    )
    restored = restore(new)
    told = "\n".join(restored.problems)
    assert len(restored.problems) == 5
    assert "holds another content than its manifest says; run the day again, which collects it" in told
    assert f"make day DAY={DAYS[0]}" in told
    assert "is missing; the next run publishes a new version" in told
    assert "of format 2, which a newer release wrote" in told
    assert "somebody-elses.json is no manifest" in told
    assert "which is no file of this unit" in told
    assert restored.days_to_conform == (DAYS[1],), "its raw is there, its lake is not"
    assert set(tree(new)) < set(tree(filled))
    assert not (new.data_dir.parent / "raw").exists()


def test_a_lake_day_older_than_its_raw_is_conformed_again(filled, new):
    ingest(filled, "second", DAYS[:1])
    push_days(filled, RAW, "events", DAYS[:1])  # and then the machine was lost
    restored = restore(new)
    assert restored.days_to_conform == DAYS[:1]
    assert unverified_mark(new, "events", DAYS[0]).exists()
    assert not unverified_mark(new, "events", DAYS[1]).exists()
    assert audit_ledger(new, "events", DAYS[0]) != [] or tree(new) != tree(filled)
    conform_day(new, EVENTS, DAYS[0])
    unverified_mark(new, "events", DAYS[0]).unlink()
    assert tree(new) == tree(filled)
    assert push_days(new, LAKE, "events", DAYS).units == 1
    assert push(new, [FOLDER]).units == 0

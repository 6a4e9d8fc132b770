"""Days into the bucket: once, wholly or not at all, and nothing of an older version stays; whatever the server does."""

import dataclasses
import json
import shutil
import sys

import pytest

from netflix_platform.lake.layout import ledger_file, raw_day, raw_manifest, unverified_mark
from netflix_platform.object_store import bucket as bucket_module
from netflix_platform.object_store.bucket import Bucket, StoreError
from netflix_platform.object_store.manifest import manifest_key, read_manifest
from netflix_platform.object_store.ownership import open_store
from netflix_platform.object_store.pushing import (
    Pushed,
    days_not_stored,
    push,
    push_days,
    refuse_what_is_only_stored,
    synchronize,
)
from netflix_platform.object_store.units import FOLDER, LAKE, RAW, Unit
from netflix_platform_tests.object_store.conftest import DAYS, ingest
from netflix_platform_tests.object_store.cut_line import CutLine
from netflix_platform_tests.object_store.s3_server import KEY, SECRET, S3Server, named_and_lying

FIRST = Unit(RAW, "events", DAYS[0])


def push_both(settings):
    return push_days(settings, RAW, "events", DAYS) + push_days(settings, LAKE, "events", DAYS)


def test_without_a_store_nothing_is_done(settings):
    ingest(settings)
    assert push_both(settings) == Pushed()
    assert not settings.object_store_file.exists()


def test_days_are_stored_once_and_a_changed_day_leaves_nothing_of_the_old_one(stored, bucket):
    open_store(stored)
    ingest(stored)
    pushed = push_both(stored)
    assert (pushed.units, pushed.removed) == (4, 0)
    named, lying = named_and_lying(bucket)
    # Raw: a file and its manifest; lake: one event day, and two where a row was late; quarantine and ledger.
    assert named == lying and len(lying) == pushed.files == 2 * 2 + 3 + 4
    assert push_both(stored) == Pushed(), "the same days again"
    ingest(stored)
    assert push_days(stored, RAW, "events", DAYS) == Pushed(), "the same bytes again"

    ingest(stored, "second", DAYS[:1])
    assert push_both(stored).units == 2
    named, after = named_and_lying(bucket)
    assert named == after and len(after) == len(lying)
    assert not any(b"first" in (bucket.get(key) or b"") for key in after if f"raw/events/arrival_date={DAYS[0]}" in key)


def test_what_is_not_finished_is_not_stored(stored, bucket):
    open_store(stored)
    ingest(stored)
    mark = unverified_mark(stored, "events", DAYS[0])
    mark.parent.mkdir(parents=True)
    mark.touch()
    ledger_file(stored, "events", DAYS[1]).unlink()
    assert push_days(stored, LAKE, "events", DAYS) == Pushed()
    mark.unlink()
    assert push_days(stored, LAKE, "events", DAYS).units == 1
    next(stored.lake_dir.glob(f"events/*/arrival_date={DAYS[0]}.parquet")).unlink()
    with pytest.raises(StoreError, match=f"is missing .*make day DAY={DAYS[0]}"):
        push_days(stored, LAKE, "events", DAYS)


def test_a_line_that_breaks_anywhere_leaves_whole_days_and_the_next_run_mends_it(stored, bucket, server):
    open_store(stored)
    ingest(stored)
    push_both(stored)
    before = {unit: bucket.get(manifest_key(unit)) for unit in units()}
    ingest(stored, "second")
    with CutLine(server) as line:
        through = dataclasses.replace(
            stored, object_store=dataclasses.replace(stored.object_store, endpoint=line.endpoint)
        )
        for kilobytes in (4, 12, 24):
            line.left = kilobytes << 10
            with pytest.raises(StoreError, match=f"{line.endpoint} does not answer.*the same command again"):
                push_both(through)
            named, lying = named_and_lying(bucket)
            assert named <= lying
        line.left = None
        push_both(through)  # takes away what it finds, too
        assert line.sent > 24 << 10
    named, lying = named_and_lying(bucket)
    assert named == lying
    assert all(bucket.get(manifest_key(unit)) != before[unit] for unit in units())
    again = synchronize(stored)
    assert (again.removed, push_both(stored)) == (0, Pushed())


def units():
    return [Unit(layer, "events", day) for layer in (RAW, LAKE) for day in DAYS]


def test_a_large_file_that_is_cut_off_is_no_file(stored, bucket, server):
    open_store(stored)
    ingest(stored, days=DAYS[:1])
    large = raw_day(stored, "events", DAYS[0]) / "large.ndjson"
    large.write_bytes(bytes(range(256)) * 100_000)  # more than one part of a multipart upload
    with CutLine(server) as line:
        through = dataclasses.replace(
            stored, object_store=dataclasses.replace(stored.object_store, endpoint=line.endpoint)
        )
        line.left = 15 << 20  # in the second part
        with pytest.raises(StoreError):
            push_days(through, RAW, "events", DAYS[:1])
        assert line.left == 0
    assert bucket.get(manifest_key(FIRST)) is None
    assert push_days(stored, RAW, "events", DAYS[:1]).units == 1
    named, lying = named_and_lying(bucket)
    assert named == lying and len(lying) == 3


def test_a_file_that_changes_while_it_is_stored_is_not_stored(stored, bucket, monkeypatch):
    monkeypatch.setattr(bucket_module, "_PIECE", 1 << 16)  # the kernel answers no larger read of the file below
    open_store(stored)
    ingest(stored, days=DAYS[:1])
    # Other content each time that it is read.
    (raw_day(stored, "events", DAYS[0]) / "z.ndjson").symlink_to("/proc/sys/kernel/random/uuid")
    with pytest.raises(StoreError, match=r"z\.ndjson was written while it was being stored"):
        push_days(stored, RAW, "events", DAYS[:1])
    assert bucket.get(manifest_key(FIRST)) is None


def test_synchronize_begins_with_a_folder_in_use_and_removes_what_nobody_names(stored, bucket):
    ingest(stored)
    with pytest.raises(StoreError, match=r"was used without it\. make store puts there"):
        push_both(stored)
    assert days_not_stored(stored, bucket) == 2 * 2
    pushed = synchronize(stored)
    assert days_not_stored(stored, bucket) == 0
    refuse_what_is_only_stored(stored)
    assert pushed.units == 2 * 2 * 2 + 1, "raw and lake of two feeds on two days, and the folder's records"
    assert read_manifest(FOLDER, bucket.get(manifest_key(FOLDER))).files[-1].path == "platform.json"
    bucket.put("objects/raw/events/arrival_date=2026-06-20/left-by-a-killed-push", b"half")
    assert synchronize(stored) == Pushed(removed=1)
    named, lying = named_and_lying(bucket)
    assert named == lying
    bucket.put(manifest_key(FIRST), b"{")
    bucket.put("manifests/raw/events/somebody-elses.json", b"{}")
    with pytest.raises(StoreError, match=r"somebody-elses.*nothing is removed"):
        synchronize(stored)
    assert named_and_lying_of(bucket, FIRST), "a manifest that cannot be read is written anew"


def test_synchronize_leaves_no_lake_day_that_is_not_finished_and_every_raw_day(stored, bucket):
    ingest(stored)
    synchronize(stored)
    ledger_file(stored, "events", DAYS[0]).unlink()
    raw_manifest(stored, "events", DAYS[1]).unlink()
    gone = read_manifest(Unit(LAKE, "events", DAYS[0]), bucket.get(manifest_key(Unit(LAKE, "events", DAYS[0])))).files
    assert synchronize(stored) == Pushed(removed=len(gone))
    assert bucket.get(manifest_key(Unit(LAKE, "events", DAYS[0]))) is None
    assert bucket.get(manifest_key(Unit(LAKE, "events", DAYS[1]))) is not None
    with pytest.raises(StoreError, match=rf"holds 1 raw day\(s\) that .* \(such as .*{DAYS[1]}.json\)"):
        refuse_what_is_only_stored(stored)


def named_and_lying_of(bucket, unit):
    return read_manifest(unit, bucket.get(manifest_key(unit))).files


def test_two_folders_do_not_write_to_one_prefix(stored, settings, tmp_path):
    open_store(stored)
    ingest(stored)
    new = dataclasses.replace(stored, data_dir=tmp_path / "new")
    with pytest.raises(StoreError, match=r"holds a platform already, and .*new is new. make restore"):
        open_store(new)
    ingest(new)
    for attempt in (open_store, synchronize):
        with pytest.raises(StoreError, match="holds the files of another data folder"):
            attempt(new)
    shutil.copytree(stored.data_dir, tmp_path / "copy")
    with pytest.raises(StoreError, match="cannot be read"):
        stored.object_store_file.write_text(json.dumps({"url": str(stored.object_store)}))
        open_store(stored)


def test_what_is_wrong_is_said_with_what_to_do_and_without_secrets(stored, server):
    def problem(**changes):
        settings = dataclasses.replace(stored, object_store=dataclasses.replace(stored.object_store, **changes))
        with pytest.raises(StoreError) as caught:
            push(settings, [FOLDER])
        text = str(caught.value)
        assert text.startswith("NETFLIX_OBJECT_STORE=s3://")
        assert SECRET not in text and KEY not in text and caught.value.__cause__ is None
        return text

    assert "there is no bucket no-such-bucket" in problem(bucket="no-such-bucket")
    gone = S3Server()
    assert f"{gone.endpoint} does not answer" in problem(endpoint=gone.endpoint)
    server.ask_for_credentials(True)
    try:
        assert "refuses these credentials; set AWS_ACCESS_KEY_ID" in problem()
    finally:
        server.ask_for_credentials(False)
    assert push(stored, [FOLDER]).units == 1


def test_an_arrow_without_s3_is_named(stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.fs", None)
    with pytest.raises(StoreError, match=r"built without S3.*pip install --force-reinstall"):
        Bucket(stored.object_store)

"""Whose a bucket's prefix is: one data folder writes it. Another one takes it over by ``make restore``, and the first stops.

The prefix holds the writer's id in ``writer.json``, the data folder the same id in ``object_store.json``. Looked at before each
push, not locked: of two folders that write within the same second, the one that was taken over from may still write.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from netflix_platform.lake.layout import write_text
from netflix_platform.object_store.bucket import Bucket, StoreError
from netflix_platform.settings import Settings
from netflix_platform.settings.object_store import VARIABLE

_KEY = "writer.json"


def open_store(settings: Settings, may_begin: bool = False) -> Bucket:
    """The store of this data folder, begun if both are new; ``may_begin``: an empty one is also begun by a folder in use.

    Raises ``StoreError`` when the store cannot be reached or is another folder's.
    """
    bucket = _bucket(settings)
    mine, writer = _own_id(settings, bucket), _writer(bucket)
    if mine and is_being_restored(settings):
        raise _error(
            bucket, f"is being brought to {settings.data_dir}, and that did not end: make restore goes on with it"
        )
    is_used = settings.raw_manifests_dir.exists()
    if writer is None and (may_begin or not is_used):
        _begin(settings, bucket, mine or uuid.uuid4().hex)
    elif writer is None:
        raise _error(
            bucket,
            f"holds nothing yet, and {settings.data_dir} was used without it. make store puts there what the folder holds; then "
            "give the same command again",
        )
    elif mine == writer:
        pass
    elif mine:
        raise _error(
            bucket,
            f"was taken over by another data folder (make restore), and {settings.data_dir} writes it no longer. Work there; or, "
            f"to go on here without a store, unset {VARIABLE}",
        )
    elif is_used:
        raise _error(bucket, f"holds the files of another data folder than {settings.data_dir}; name another prefix")
    else:
        raise _error(
            bucket,
            f"holds a platform already, and {settings.data_dir} is new. make restore makes the folder of it, and takes it over "
            "from whoever wrote it; for a new platform name another prefix",
        )
    return bucket


def take_over(settings: Settings) -> Bucket:
    """Make this data folder the writer of a store that another one filled. Raises ``StoreError`` when it holds no platform."""
    bucket = _bucket(settings)
    writer = _writer(bucket)
    if writer is None:
        raise _error(bucket, "holds no platform; is the prefix right?")
    mine = _own_id(settings, bucket)
    if mine != writer or not is_being_restored(settings):
        _begin(settings, bucket, mine or uuid.uuid4().hex, is_restore=True)
    return bucket


def is_being_restored(settings: Settings) -> bool:
    """Whether a restore into this folder was begun and did not end."""
    path = settings.object_store_file
    return path.is_file() and bool(_read(path.read_bytes(), str(path)).get("restoring"))


def end_restore(settings: Settings, bucket: Bucket) -> None:
    """The folder is whole: from now on it is one like any other."""
    writer = _own_id(settings, bucket)
    assert writer  # ``take_over`` wrote it
    _record(settings, bucket, writer)


def _bucket(settings: Settings) -> Bucket:
    if settings.object_store is None:
        raise StoreError(f"{VARIABLE} is not set; name the bucket in it: {VARIABLE}=s3://bucket/prefix")
    bucket = Bucket(settings.object_store)
    bucket.check()
    return bucket


def _begin(settings: Settings, bucket: Bucket, writer: str, is_restore: bool = False) -> None:
    """The folder's record first: killed in between, the folder knows its id and begins again."""
    _record(settings, bucket, writer, **({"restoring": True} if is_restore else {}))
    bucket.put(_KEY, (json.dumps({"folder": writer}, indent=2) + "\n").encode())


def _record(settings: Settings, bucket: Bucket, writer: str, **more: bool) -> None:
    record = {"url": str(bucket.address), "folder": writer, **more}
    write_text(settings, settings.object_store_file, json.dumps(record, indent=2) + "\n")


def _own_id(settings: Settings, bucket: Bucket) -> str | None:
    """The id under which this folder writes to this store; ``None`` when it never did."""
    path = settings.object_store_file
    if not path.is_file():
        return None
    record = _read(path.read_bytes(), str(path))
    return str(record["folder"]) if record.get("url") == str(bucket.address) else None


def _writer(bucket: Bucket) -> str | None:
    content = bucket.get(_KEY)
    return None if content is None else str(_read(content, f"{bucket.address}/{_KEY}")["folder"])


def _read(content: bytes, name: str) -> dict[str, Any]:
    try:
        read = json.loads(content)
        if not isinstance(read, dict) or not isinstance(read.get("folder"), str):
            raise ValueError("holds no folder's id")
    except ValueError as error:
        raise StoreError(
            f"{name} cannot be read ({error}); restore it, or name another prefix in {VARIABLE}"
        ) from error
    return read


def _error(bucket: Bucket, problem: str) -> StoreError:
    return StoreError(f"{VARIABLE}={bucket.address} {problem}.")

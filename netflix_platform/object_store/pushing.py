"""Files into the bucket, unit by unit: new contents under new keys, then the manifest, then what it no longer names goes.

The manifest is one object, so a unit changes in one step. Whatever stops this, the bucket holds the unit as it was or as it is
now, and perhaps objects that no manifest names, which the next push of the unit takes away, changed or not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from netflix_platform.object_store.bucket import AT_ONCE, Bucket, StoreError
from netflix_platform.object_store.manifest import (
    MANIFESTS,
    OBJECTS,
    Manifest,
    ManifestError,
    StoredFile,
    manifest_key,
    object_key,
    objects_of,
    read_manifest,
    unit_of,
)
from netflix_platform.object_store.ownership import open_store
from netflix_platform.object_store.units import FOLDER, LAKE, RAW, SERVING, Unit, all_units, files_of, standing_still
from netflix_platform.settings import Settings

_STANDING_STILL = 32  # days that nobody may write meanwhile


@dataclass(frozen=True)
class Pushed:
    """What a push did: units whose manifest was written, files and bytes uploaded, objects removed (counts)."""

    units: int = 0
    files: int = 0
    bytes: int = 0
    removed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.units:,} days and records brought up to date, {self.files:,} files ({self.bytes / 1e6:,.1f} MB) uploaded, "
            f"{self.removed:,} objects removed"
        )

    def __add__(self, other: Pushed) -> Pushed:
        return Pushed(
            self.units + other.units, self.files + other.files, self.bytes + other.bytes, self.removed + other.removed
        )


def push_days(settings: Settings, layer: str, feed: str, days: Iterable[date]) -> Pushed:
    """Keep arrival days of a layer (``raw``, ``lake``) in the object store, where there is one.

    Raises ``StoreError`` when it cannot be done; days that were not reached stay in the store as they were.
    """
    return push(settings, [Unit(layer, feed, day) for day in days])


def push(settings: Settings, units: Sequence[Unit]) -> Pushed:
    """``push_days`` for any units; one whose files are not finished is left out."""
    if settings.object_store is None:
        return Pushed()
    return _push_all(settings, open_store(settings), units)


def synchronize(settings: Settings) -> Pushed:
    """Bring the whole store to what the data folder holds, and remove every object that no manifest names.

    Also puts a folder that was used without a store into it. A lake day that is not finished here goes, since it can be made of
    its raw day; a raw day that the store has and the folder has not stays: see ``refuse_what_is_only_stored``.
    """
    bucket = open_store(settings, may_begin=True)
    pushed = Pushed()
    units = all_units(settings)
    # Layer by layer: a lake day's manifest names the raw day's that lies in the store by then.
    for layer in (FOLDER.layer, RAW, LAKE, SERVING.layer):
        pushed += _push_all(settings, bucket, [unit for unit in units if unit.layer == layer])
    finished = {manifest_key(unit) for unit in units if unit.layer == LAKE and files_of(settings, unit)}
    for key in bucket.keys(f"{MANIFESTS}/{LAKE}"):
        if key not in finished:
            bucket.delete(key)
    return pushed + Pushed(removed=_remove_unnamed(bucket))


def days_not_stored(settings: Settings, bucket: Bucket) -> int:
    """Raw days (by feed) that the folder has and the store has not: of runs without the setting, or before it."""
    there = set(bucket.keys(f"{MANIFESTS}/{RAW}"))
    return sum(manifest_key(unit) not in there for unit in all_units(settings) if unit.layer == RAW)


def refuse_what_is_only_stored(settings: Settings) -> None:
    """Raise ``StoreError`` when the store has raw days that the folder has not: what has to be gone may be in them, unseen."""
    if settings.object_store is None:
        return
    here = {manifest_key(unit) for unit in all_units(settings) if unit.layer == RAW}
    elsewhere = [key for key in open_store(settings).keys(f"{MANIFESTS}/{RAW}") if key not in here]
    if elsewhere:
        raise StoreError(
            f"{settings.object_store} holds {len(elsewhere)} raw day(s) that {settings.data_dir} does not (such as "
            f"{elsewhere[0]}), and nobody can look into them from here. Make a whole folder of it (make restore, into a new "
            "NETFLIX_DATA_DIR) and give the command there; or, if these days are to go, remove their manifests by hand"
        )


def _push_all(settings: Settings, bucket: Bucket, units: Sequence[Unit]) -> Pushed:
    total = Pushed()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="object-store") as threads:
        for first in range(0, len(units), _STANDING_STILL):
            some = units[first : first + _STANDING_STILL]
            with standing_still(settings, some):
                for pushed in _each(threads, lambda unit: _push_unit(settings, bucket, unit), some):
                    total += pushed
    return total


def _each(threads: ThreadPoolExecutor, work: Callable[[Unit], Pushed], units: Iterable[Unit]) -> list[Pushed]:
    """All of ``units`` at once; the first error ends it, when those that have begun are done."""
    futures = [threads.submit(work, unit) for unit in units]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def _push_unit(settings: Settings, bucket: Bucket, unit: Unit) -> Pushed:
    paths = files_of(settings, unit)
    if not paths:
        return Pushed()
    written = bucket.get(manifest_key(unit))
    before = _before(unit, written)
    made_from = _raw_manifest_hash(bucket, unit) if unit.layer == LAKE else None
    manifest = Manifest(unit, tuple(_described(settings, unit, path) for path in paths), made_from)
    new = {file.key: (file, path) for file, path in zip(manifest.files, paths, strict=True) if file.key not in before}
    for file, path in new.values():
        if bucket.upload(path, file.key) != file.sha256:
            raise StoreError(f"{path} was written while it was being stored; give the same command again")
    is_changed = manifest.as_json() != written
    if is_changed:
        bucket.put(manifest_key(unit), manifest.as_json())
    gone = [key for key in bucket.keys(objects_of(unit)) if key not in manifest.keys]
    for key in gone:
        bucket.delete(key)
    return Pushed(int(is_changed), len(new), sum(file.bytes for file, _ in new.values()), len(gone))


def _before(unit: Unit, written: bytes | None) -> frozenset[str]:
    """Keys that the manifest in the bucket vouches for; none of a manifest that cannot be read, which is written anew."""
    try:
        return read_manifest(unit, written).keys if written is not None else frozenset()
    except ManifestError:
        return frozenset()


def _described(settings: Settings, unit: Unit, path: Path) -> StoredFile:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
    except FileNotFoundError:
        again = f"; run the day again: make day DAY={unit.day}" if unit.day else ""
        raise StoreError(f"{path} is missing and cannot be kept in the object store{again}") from None
    return StoredFile(path.relative_to(settings.data_dir).as_posix(), size, sha256, object_key(unit, path.name, sha256))


def _raw_manifest_hash(bucket: Bucket, unit: Unit) -> str | None:
    written = bucket.get(manifest_key(replace(unit, layer=RAW)))
    return hashlib.sha256(written).hexdigest() if written is not None else None


def _remove_unnamed(bucket: Bucket) -> int:
    """Remove what no manifest names: of pushes that were stopped, and of units that a manifest of today no longer knows."""
    named: set[str] = set()
    for key, content in bucket.get_all(MANIFESTS).items():
        try:
            named |= read_manifest(unit_of(key), content).keys
        except ManifestError as error:
            raise StoreError(
                f"{error}; nothing is removed from {bucket.address}. Mend or remove that object by hand"
            ) from error
    unnamed = [key for key in bucket.keys(OBJECTS) if key not in named]
    for key in unnamed:
        bucket.delete(key)
    return len(unnamed)

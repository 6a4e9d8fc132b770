"""A data folder made anew from the bucket: every file that a manifest names, checked by its hash, each in its place in one step.

What cannot be made again is all there afterwards; the warehouse is built of it by ``make rebuild``, which ``make restore`` does
too. Records of earlier runs are not kept in the bucket.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from netflix_platform.erasure.tombstones import erasures_dir
from netflix_platform.lake.layout import move_into_place, staging_folder, unverified_mark
from netflix_platform.object_store.bucket import AT_ONCE, Bucket, StoreError
from netflix_platform.object_store.manifest import (
    MANIFESTS,
    Manifest,
    ManifestError,
    StoredFile,
    manifest_key,
    read_manifest,
    unit_of,
)
from netflix_platform.object_store.ownership import end_restore, is_being_restored, take_over
from netflix_platform.object_store.units import FOLDER, LAKE, RAW, SERVING, Unit
from netflix_platform.settings import Settings
from netflix_platform.settings.object_store import VARIABLE

_OWNER_ONLY, _OWNERS_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class Restored:
    """What came back: units and bytes; ``problems``: units that did not, as sentences; ``days_to_conform``: arrival days whose
    lake is missing, or older than their raw.
    """

    units: int
    bytes: int
    problems: tuple[str, ...]
    days_to_conform: tuple[date, ...]


def restore(settings: Settings) -> Restored:
    """Fill a new data folder from the store and become its writer. The same again goes on where it was stopped.

    Raises ``StoreError`` when the folder holds a platform, when the store holds none, or when it cannot be reached.
    """
    if settings.platform_file.exists() and not is_being_restored(settings):
        raise StoreError(
            f"{settings.data_dir} holds a platform already, and nothing in it is written over; name a new folder in "
            "NETFLIX_DATA_DIR"
        )
    if settings.raw_dir.exists() and not settings.object_store_file.exists():
        raise StoreError(f"{settings.data_dir} is not empty; name a new folder in NETFLIX_DATA_DIR")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    bucket = take_over(settings)
    written = bucket.get_all(MANIFESTS)
    if manifest_key(FOLDER) not in written:
        raise StoreError(
            f"{VARIABLE}={bucket.address} holds no {manifest_key(FOLDER)}: nothing was ever finished there. Name another prefix"
        )
    manifests, problems = _readable(written)
    last = next((one for one in manifests if one.unit == FOLDER), None)
    if last is None:
        raise StoreError("; ".join(problems))
    others = [manifest for manifest in manifests if manifest is not last]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="object-store") as threads:
        told = list(threads.map(lambda manifest: _restore_unit(settings, bucket, manifest), others))
    problems += [problem for problem in told if problem]
    whole = [manifest for manifest, problem in zip(others, told, strict=True) if not problem]
    to_conform = _distrust_older_lake(settings, whole, written)
    problem = _restore_unit(settings, bucket, last)  # the world comes last: before, there is no platform here
    if problem:
        raise StoreError(problem)
    end_restore(settings, bucket)
    restored = [*whole, last]
    taken = sum(file.bytes for manifest in restored for file in manifest.files)
    return Restored(len(restored), taken, tuple(problems), to_conform)


def _readable(written: dict[str, bytes]) -> tuple[list[Manifest], list[str]]:
    manifests, problems = [], []
    for key, content in written.items():
        try:
            manifests.append(read_manifest(unit_of(key), content))
        except ManifestError as error:
            problems.append(f"{error}; {_mend(None)}")
    return manifests, problems


def _restore_unit(settings: Settings, bucket: Bucket, manifest: Manifest) -> str | None:
    """Put all files of a unit in their places, or none of those that vouch for the others; what was wrong, if anything."""
    with staging_folder(settings, "restore") as staging:
        moves: list[tuple[Path, Path]] = []
        for number, file in enumerate(manifest.files):
            target = settings.data_dir / file.path
            if _lies_there(target, file):
                continue
            draft = staging / str(number)
            found = bucket.download(file.key, draft)
            if found != file.sha256:
                state = "is missing" if found is None else "holds another content than its manifest says"
                return f"{manifest.unit.name}: {bucket.address}/{file.key} {state}; {_mend(manifest.unit)}"
            moves.append((draft, target))
        for draft, target in moves:
            if target.is_relative_to(erasures_dir(settings)):
                draft.chmod(_OWNER_ONLY)
                target.parent.mkdir(parents=True, exist_ok=True, mode=_OWNERS_FOLDER)
            move_into_place(draft, target)
    return None


def _lies_there(path: Path, file: StoredFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _distrust_older_lake(
    settings: Settings, manifests: Iterable[Manifest], written: dict[str, bytes]
) -> tuple[date, ...]:
    """Mark lake days that were not conformed from the raw day that lies in the store, as one whose run was stopped is marked.

    Returns the arrival days that have to be conformed: these, and those of which there is raw and no lake.
    """
    there = {manifest.unit: manifest for manifest in manifests}
    days: set[date] = set()
    for unit in [unit for unit in there if unit.layer == RAW and unit.day]:
        assert unit.day
        lake = there.get(replace(unit, layer=LAKE))
        if lake is None:
            days.add(unit.day)
        elif lake.made_from != hashlib.sha256(written[manifest_key(unit)]).hexdigest():
            mark = unverified_mark(settings, unit.feed, unit.day)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            days.add(unit.day)
    return tuple(sorted(days))


def _mend(unit: Unit | None) -> str:
    if unit is not None and unit.day:
        return f"run the day again, which collects it from its source: make day DAY={unit.day}"
    if unit == SERVING:
        return "the next run publishes a new version"
    return "put that object back from a backup, then give the same command again"

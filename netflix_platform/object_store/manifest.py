"""The manifest of a unit in the bucket: which files it consists of, and under which keys. What no manifest names is not there.

Keys hold the content's hash, so an object is never written over by another content, and a manifest that was read stays true
until the next one takes its place.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

from netflix_platform.object_store.units import Unit

MANIFESTS, OBJECTS = "manifests", "objects"
_FORMAT = 1
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8}){0,2}$")  # of a file's name, for whoever looks into the bucket


class ManifestError(ValueError):
    """A manifest that cannot be read. The message says why."""


@dataclass(frozen=True)
class StoredFile:
    """A file of a unit: its path in the data folder, its size (bytes), its SHA-256 (hexadecimal) and the object's key."""

    path: str
    bytes: int
    sha256: str
    key: str


@dataclass(frozen=True)
class Manifest:
    """The files of a unit, in the order in which they have to appear; ``made_from``: of a lake day, the hash of the raw day's
    manifest that it was conformed from.
    """

    unit: Unit
    files: tuple[StoredFile, ...]
    made_from: str | None = None

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(file.key for file in self.files)

    def as_json(self) -> bytes:
        """What is written; the same unit always gives the same bytes."""
        content = {
            "format": _FORMAT,
            "unit": self.unit.name,
            **({"made_from": self.made_from} if self.made_from else {}),
            "files": [asdict(file) for file in self.files],
        }
        return (json.dumps(content, indent=1) + "\n").encode()


def manifest_key(unit: Unit) -> str:
    """Where a unit's manifest lies."""
    return f"{MANIFESTS}/{unit.name}.json"


def unit_of(key: str) -> Unit:
    """The unit whose manifest lies there. Raises ``ManifestError``."""
    try:
        return Unit.named(key.removeprefix(f"{MANIFESTS}/").removesuffix(".json"))
    except ValueError as error:
        raise ManifestError(f"{key} is no manifest of a data folder") from error


def objects_of(unit: Unit) -> str:
    """The folder of a unit's objects, which are no other unit's."""
    return f"{OBJECTS}/{unit.name}/"


def object_key(unit: Unit, name: str, sha256: str) -> str:
    """Where a content of a unit lies. Of the file's name only the suffix is in it: senders name files as they like."""
    suffix = _SUFFIX.search(name)
    return f"{objects_of(unit)}{sha256}{suffix[0] if suffix else ''}"


def read_manifest(unit: Unit, content: bytes) -> Manifest:
    """A manifest as it was written. Raises ``ManifestError`` for one that is none, or that names another unit's files."""
    try:
        read = json.loads(content)
        if read["format"] != _FORMAT:
            raise ManifestError(f"{manifest_key(unit)} is of format {read['format']}, which a newer release wrote")
        files = tuple(
            StoredFile(str(one["path"]), int(one["bytes"]), str(one["sha256"]), str(one["key"]))
            for one in read["files"]
        )
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, ManifestError):
            raise
        raise ManifestError(f"{manifest_key(unit)} cannot be read ({error!r})") from error
    for file in files:
        if file.path.startswith("/") or ".." in file.path.split("/") or not file.key.startswith(objects_of(unit)):
            raise ManifestError(f"{manifest_key(unit)} names {file.path}, which is no file of this unit")
    return Manifest(unit, files, read.get("made_from"))

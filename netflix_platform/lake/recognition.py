"""Which feed a file is of, told by the names of its columns or of its first records' fields, as the mapping has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.contracts.mapping import FeedMapping, FieldMapping, MappingFile
from netflix_platform.contracts.raw_files import LINE_SUFFIXES, raw_suffix
from netflix_platform.lake.csv_records import HeaderError, header_of, record_ends
from netflix_platform.lake.records import RawFile, file_records, line_ends

_RECORDS = 100  # of NDJSON that are looked at: a field that none of them has is no required one
_DEEPEST = 20
_MOST_BYTES = 64 << 20  # of text that are unpacked for it
_ANY_PLACE = re.compile(r"\[\d+\]")


def feed_of(file: Path, mapping: MappingFile | None = None) -> str | None:
    """The feed that ``file`` holds rows of, ``None`` for a file of another kind, or one that cannot be read.

    A file is of a feed when it has all fields that the feed requires: those that the mapping takes them from, for a feed that is
    mapped, else those of the contract. Of several feeds, the one counts of which it has the most fields.
    """
    try:
        names = _names_of(file)
    except (OSError, HeaderError, pa.ArrowException, ValueError):
        return None
    known = {
        name: _known_fields(feed, mapping.feeds.get(name) if mapping else None, names) for name, feed in FEEDS.items()
    }
    best = max(known, key=lambda name: known[name])
    return best if known[best] else None


def _known_fields(feed: Feed, mapping: FeedMapping | None, names: set[str]) -> int:
    """How many fields of ``feed`` a file with ``names`` fills, 0 when it lacks a required one."""
    if mapping is None:
        filled = {column.name for column in feed.columns if column.name in names}
    else:
        filled = {name for name, field in mapping.fields.items() if _is_filled(field, names)}
    if any(column.required and column.name not in filled for column in feed.columns):
        return 0
    return len(filled)


def _is_filled(field: FieldMapping, names: set[str]) -> bool:
    if field.constant is not None:
        return True
    found = [_ANY_PLACE.sub("[]", path.column) in names for path in field.paths]
    return all(found) if field.join is not None else any(found) or field.default is not None


def _names_of(file: Path) -> set[str]:
    """Names as a flattened file would have them: ``user``, ``user.id``, ``items[].id``."""
    suffix = raw_suffix(file.name)
    raw = RawFile(0, file.name, file, suffix, _MOST_BYTES)
    if suffix == ".parquet":
        schema = pyarrow.parquet.read_schema(file)
        return {name for field in schema for name in _of_type(field.name, field.type, _DEEPEST)}
    if suffix == ".csv":
        first = next((records for records in file_records(raw, record_ends) if len(records.texts)), None)
        return {_ANY_PLACE.sub("[]", name) for name in header_of(first)} if first else set()
    if suffix in LINE_SUFFIXES:
        texts = (text for records in file_records(raw, line_ends) for text in records.texts.to_pylist())
        return {name for record in islice(_objects(texts), _RECORDS) for name in _of_object("", record, _DEEPEST)}
    return set()


def _objects(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for text in islice(texts, 10 * _RECORDS):
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def _of_object(above: str, value: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name, inner in value.items():
        if inner is not None:
            yield from _of_value(f"{above}.{name}".removeprefix("."), inner, depth - 1)


def _of_value(name: str, value: Any, depth: int) -> Iterator[str]:
    yield name
    if depth and isinstance(value, dict):
        yield from _of_object(name, value, depth)
    elif depth and isinstance(value, list):
        for inner in value[:_DEEPEST]:
            yield from _of_value(f"{name}[]", inner, depth - 1)


def _of_type(name: str, kind: pa.DataType, depth: int) -> Iterator[str]:
    yield name
    if depth and pa.types.is_struct(kind):
        for number in range(kind.num_fields):
            inner = kind.field(number)
            yield from _of_type(f"{name}.{inner.name}", inner.type, depth - 1)
    elif depth and (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)):
        yield from _of_type(f"{name}[]", kind.value_type, depth - 1)

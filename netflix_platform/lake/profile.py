"""What a raw day looks like from outside: which top-level fields its records have, and of which types.

A bounded sample, the same whenever it is taken: records from the start of every file, or of ``MOST_FILES`` of them. Fields
are told before the contract sees them, so that a change of the sender shows whether or not the contract minds it.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts.raw_files import LINE_SUFFIXES
from netflix_platform.lake.parquet_files import refused_parquet
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.streams import LONGEST_RECORD, BrokenStreamError, text_pieces

# One record in fifty, so that profiling costs 2 to 3 % of conforming; never fewer than show a field of every hundredth
# record, never more than show one of every thousandth.
FEWEST_RECORDS, MOST_RECORDS, ONE_IN = 1_000, 10_000, 50
MOST_FILES = 100
MOST_FIELDS, LONGEST_NAME = 200, 100  # what is listed of names that nobody bounds; characters

_BYTES_OF_A_HEAD = 8 << 20
_JSON_TYPES = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"}


@dataclass(frozen=True)
class FieldProfile:
    """``sampled_rows``: records looked at; ``types``: per field the records that hold a value of each type, nulls left out."""

    sampled_rows: int = 0
    types: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def rows(self, name: str) -> int:
        """Sampled records that hold a value of the field."""
        return sum(self.types.get(name, {}).values())


def profile_fields(files: Sequence[RawFile], received_rows: int) -> FieldProfile:
    """Profile a raw day of ``received_rows`` records; files and records that cannot be read are passed over."""
    wanted = min(max(received_rows // ONE_IN, FEWEST_RECORDS), MOST_RECORDS)
    chosen = _spread([file for file in files if file.suffix and file.path.is_file()])
    sampled = 0
    counts: Counter[tuple[str, str]] = Counter()
    for file in chosen:
        rows, found = _profile_of(file, -(-wanted // len(chosen)))
        sampled += rows
        counts.update(found)
    by_field: Counter[str] = Counter()
    for (name, _), rows in counts.items():
        by_field[name] += rows
    # The most frequent ones; names break ties, so that the choice is always the same.
    listed = sorted(sorted(by_field, key=lambda name: (-by_field[name], name))[:MOST_FIELDS])
    types: dict[str, dict[str, int]] = {name: {} for name in listed}
    for (name, kind), rows in sorted(counts.items()):
        if name in types:
            types[name][kind] = rows
    return FieldProfile(sampled, types)


def _spread(files: list[RawFile]) -> list[RawFile]:
    """At most ``MOST_FILES`` of ``files``, evenly apart."""
    step = max(len(files) / MOST_FILES, 1.0)
    return [files[int(number * step)] for number in range(min(len(files), MOST_FILES))]


def _profile_of(file: RawFile, count: int) -> tuple[int, Mapping[tuple[str, str], int]]:
    if file.suffix == ".parquet":
        return _of_parquet(file, count)
    if file.suffix == ".csv":
        return _of_csv(file, count)
    return _of_lines(file, count) if file.suffix in LINE_SUFFIXES else (0, {})


def _of_lines(file: RawFile, count: int) -> tuple[int, Mapping[tuple[str, str], int]]:
    rows = 0
    counts: Counter[tuple[str, type]] = Counter()
    for line in islice(_head(file), count):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            rows += 1
            counts.update((name, value.__class__) for name, value in record.items() if value is not None)
    return rows, _named(((name, _JSON_TYPES[kind]), found) for (name, kind), found in counts.items())


def _of_csv(file: RawFile, count: int) -> tuple[int, Mapping[tuple[str, str], int]]:
    rows = 0
    filled: Counter[str] = Counter()
    try:
        records = csv.reader(line.decode("utf-8-sig", "replace").replace("\0", "") for line in _head(file))
        header = [name.strip() for name in next(records, [])]
        for record in islice(records, count):
            if len(record) == len(header):
                rows += 1
                filled.update(name for name, value in zip(header, record, strict=True) if value)
    except csv.Error:
        pass  # what was read up to here counts
    return rows, _named(((name, "text"), found) for name, found in filled.items())


def _of_parquet(file: RawFile, count: int) -> tuple[int, Mapping[tuple[str, str], int]]:
    if refused_parquet(file):
        return 0, {}
    try:
        with pyarrow.parquet.ParquetFile(file.path) as opened:
            batch = next(opened.iter_batches(batch_size=count), None)
    except (pa.ArrowException, OSError):
        return 0, {}
    if batch is None:
        return 0, {}
    columns = zip(batch.schema, batch.columns, strict=True)
    return len(batch), _named(
        ((column.name, str(column.type)[:LONGEST_NAME]), len(values) - values.null_count) for column, values in columns
    )


def _named(found: Iterator[tuple[tuple[str, str], int]]) -> Mapping[tuple[str, str], int]:
    """Counts under names that can be printed and stored, those of no rows left out."""
    counts: Counter[tuple[str, str]] = Counter()
    for (name, kind), rows in found:
        if rows:
            counts[name[:LONGEST_NAME].encode("utf-8", "backslashreplace").decode(), kind] += rows
    return counts


def _head(file: RawFile) -> Iterator[bytes]:
    """The non-blank lines from the start of a text file, until a bound of bytes or to where it breaks off."""
    rest = b""
    left = _BYTES_OF_A_HEAD
    try:
        for piece in text_pieces(file.path, file.suffix or "", file.most_bytes):
            *lines, rest = (rest + piece[:left]).split(b"\n")
            yield from (line for line in lines if line.strip())
            left -= len(piece)
            if left <= 0 or len(rest) > LONGEST_RECORD:
                return
    except (BrokenStreamError, OSError):
        return
    if rest.strip():
        yield rest


def profile_as_json(profile: FieldProfile) -> dict[str, Any]:
    """The profile as the day's ledger keeps it."""
    return {"sampled_rows": profile.sampled_rows, "types": {name: dict(of) for name, of in profile.types.items()}}


def profile_from_json(content: Mapping[str, Any]) -> FieldProfile:
    """Read what ``profile_as_json`` wrote; a ledger of before profiles were taken has none, which is an empty one."""
    types = content.get("types", {})
    return FieldProfile(
        int(content.get("sampled_rows", 0)),
        {str(name): {str(kind): int(rows) for kind, rows in of.items()} for name, of in types.items()},
    )

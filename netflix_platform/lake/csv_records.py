"""CSV files (RFC 4180: commas, quotation marks doubled within quotation marks) as Arrow batches that DuckDB can scan.

Splits records into fields, all of them text. Records are numbered as lines are: the header is 1, a record whose text holds
line breaks counts as one.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.csv

from netflix_platform.contracts import Reason
from netflix_platform.lake.records import (
    MOST_COLUMNS,
    PLACE,
    RawFile,
    Records,
    Refused,
    file_records,
    line_ends,
    place_arrays,
    refused_batch,
)

_QUOTE, _COMMA = 34, 44


class HeaderError(ValueError):
    """A CSV file whose header cannot be used. The message says why and what to do."""


@dataclass(frozen=True)
class CsvFile:
    """``header``: the columns' names; ``batches``: ``PLACE`` and one text column ``field_0``, ``field_1``, … per name."""

    header: list[str]
    batches: pa.RecordBatchReader


def open_csv(file: RawFile) -> CsvFile | None:
    """Read the header of ``file`` and prepare to stream its records; ``None`` for a file without any.

    Raises ``HeaderError``, and ``OSError`` when the file cannot be opened.
    """
    blocks = file_records(file, record_ends)
    first = next((records for records in blocks if len(records.texts) or records.refused), None)
    if first is None:
        return None
    header = header_of(first)
    schema = csv_schema(header)
    rest = Records(first.texts[1:], first.numbers[1:], first.refused)
    batches = (batch for records in chain([rest], blocks) for batch in record_batches(file, records, schema))
    return CsvFile(header, pa.RecordBatchReader.from_batches(schema, batches))


def record_ends(text: bytes) -> np.ndarray:
    """Index of every newline outside quotation marks, for text that starts at a record."""
    ends = line_ends(text)
    quotes = np.flatnonzero(np.frombuffer(text, np.uint8) == _QUOTE)
    return ends[np.searchsorted(quotes, ends) % 2 == 0]


def header_of(first: Records) -> list[str]:
    """The columns' names out of the first records of a file. Raises ``HeaderError``."""
    advice = "write the columns' names, separated by commas, into the first line and deliver the file again"
    if not len(first.texts) or any((refused.number or 0) < first.numbers[0] for refused in first.refused):
        raise HeaderError(f"the header cannot be read ({first.refused[0].detail}); {advice}")
    names = [name.strip() for name in _fields_of_one(first.texts[0].as_py())]
    if not names:
        raise HeaderError(f"the header has quotation marks where none may be; {advice}")
    if len(names) > MOST_COLUMNS:
        raise HeaderError(f"the header has {len(names):,} columns, more than {MOST_COLUMNS:,}; {advice}")
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise HeaderError(f"the header has more than one column {twice[0]!r}; {advice}")
    if any("\0" in name for name in names):
        raise HeaderError(f"the header holds NUL bytes; {advice}")
    return names


def csv_schema(header: list[str]) -> pa.Schema:
    """The columns of batches of a file with this header."""
    return pa.schema([*PLACE, *(pa.field(f"field_{index}", pa.string()) for index in range(len(header)))])


def record_batches(file: RawFile, records: Records, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Records behind the header as batches of ``csv_schema``, those that cannot be read refused."""
    width = len(schema) - len(PLACE)
    refused = list(records.refused)
    widths = _widths(records.texts)
    wrong = np.flatnonzero(widths != width)
    refused += [_wrong_width(records, int(index), int(widths[index]), width) for index in wrong]
    records = _only(records, widths == width)
    columns = _fields_at_once(records.texts, width)
    if columns is None:
        rows = [_fields_of_one(text) for text in records.texts.to_pylist()]
        fits = np.array([len(row) == width for row in rows], bool)
        refused += [_wrong_width(records, int(index), len(rows[index]), width) for index in np.flatnonzero(~fits)]
        records = _only(records, fits)
        columns = _as_columns([row for row in rows if len(row) == width], width)
    if len(records.numbers):
        yield pa.RecordBatch.from_arrays([*place_arrays(file, records), *columns], schema=schema)
    if refused:
        yield refused_batch(file, refused, schema)


def _widths(texts: pa.StringArray) -> np.ndarray:
    """Fields per record: commas outside quotation marks, and one."""
    content, borders = _content(texts)
    quotes = np.flatnonzero(content == _QUOTE)
    commas = np.flatnonzero(content == _COMMA)
    commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
    return np.diff(np.searchsorted(commas, borders)) + 1


def _only(records: Records, chosen: np.ndarray) -> Records:
    if chosen.all():
        return records
    return Records(records.texts.filter(pa.array(chosen)), records.numbers[chosen], records.refused)


def _fields_at_once(texts: pa.StringArray, width: int) -> list[pa.StringArray] | None:
    """One array per column; ``None`` where Arrow sees other records, because a quotation mark stands inside a field."""
    content, _ = _content(texts)
    if not len(texts):
        return _as_columns([], width)
    names = [f"field_{index}" for index in range(width)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(pa.py_buffer(content)),
            read_options=pyarrow.csv.ReadOptions(column_names=names, block_size=len(content) + 1, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return [column.combine_chunks() for column in table.columns] if len(table) == len(texts) else None


def _fields_of_one(text: str) -> list[str]:
    """The fields of one record; none where Python's reader cannot make sense of it either."""
    try:
        return next(csv.reader([text], strict=True))
    except (csv.Error, StopIteration):
        return []


def _as_columns(rows: list[list[str]], width: int) -> list[pa.StringArray]:
    return [pa.array([row[index] for row in rows], pa.string()) for index in range(width)]


def _content(texts: pa.StringArray) -> tuple[np.ndarray, np.ndarray]:
    """The bytes of all records and the borders between them, the latter counted from the first."""
    _, offsets, text = texts.buffers()
    borders = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if not len(borders) or text is None:
        return np.array([], np.uint8), np.zeros(1, np.int32)
    return np.frombuffer(text, np.uint8)[borders[0] : borders[-1]], borders - borders[0]


def _wrong_width(records: Records, index: int, found: int, width: int) -> Refused:
    found_fields = f"has {found} fields" if found else "has quotation marks where none may be"
    detail = f"{found_fields}; the header has {width} fields"
    text = records.texts[index].as_py().rstrip("\r\n")
    return Refused(int(records.numbers[index]), Reason.MALFORMED_RECORD, detail, text)

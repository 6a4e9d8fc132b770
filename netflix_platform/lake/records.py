"""A text file as numbered records in Arrow arrays, without a Python loop over them; what cannot be text is set apart.

Knows records, white space, UTF-8 and length; neither JSON nor CSV nor the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from netflix_platform.contracts import Reason
from netflix_platform.lake.streams import LONGEST_RECORD, BrokenStreamError, record_blocks

MOST_COLUMNS = 1_000  # a contract has twenty; with a hundred thousand, one small file would keep a day busy for hours
KEPT_OF_LONG_RECORD = 64 << 10  # bytes of an over-long record that the quarantine keeps; raw has all of it
_NEWLINE, _SPACE = 10, 32
_IS_WHITE = np.isin(np.arange(256), np.frombuffer(b" \t\n\r\x0b\x0c", np.uint8))
_FEW = 10_000  # so many records can be looked at one by one; a bomb of line breaks has millions in a block

# The columns with which every batch of records begins. ``given_reason`` and ``given_detail`` are null unless the record
# is refused before its fields are looked at.
PLACE = (
    pa.field("file_no", pa.int32()),
    pa.field("line", pa.int64()),
    pa.field("text", pa.string()),
    pa.field("given_reason", pa.string()),
    pa.field("given_detail", pa.string()),
)


@dataclass(frozen=True)
class RawFile:
    """One file of a raw day. ``number``: its place in the order of names, from 0; ``suffix``: one of ``RAW_SUFFIXES``;
    ``most_bytes``: what it may unpack to, anything beyond is not read.
    """

    number: int
    name: str
    path: Path
    suffix: str | None
    most_bytes: int


@dataclass(frozen=True)
class Refused:
    """A record refused before its fields were looked at: its number (``None`` for the file as a whole), and why."""

    number: int | None
    reason: Reason
    detail: str
    text: str | None = None


@dataclass(frozen=True)
class Records:
    """Some records of a file: ``texts``, Arrow strings with their line breaks; ``numbers``, int64, from 1."""

    texts: pa.StringArray
    numbers: np.ndarray
    refused: list[Refused]


def file_records(file: RawFile, ends_of_records: Callable[[bytes], np.ndarray]) -> Iterator[Records]:
    """The non-blank records of ``file``, block by block, in order; ``ends_of_records`` finds the newlines that end one.

    A stream that breaks gives what can be read of it, then one refused record for the break. Raises ``OSError`` when the
    file cannot be opened.
    """
    number = 1
    try:
        for block, ends in record_blocks(file.path, file.suffix or "", file.most_bytes, ends_of_records):
            yield split_block(block, ends, number)
            number += len(ends)
    except BrokenStreamError as error:
        detail = f"cannot be read from record {number:,} on: {error}; {error.advice}"
        shown = _shown(error.rest[:KEPT_OF_LONG_RECORD])
        nothing = pa.array([], pa.string())
        yield Records(nothing, np.array([], np.int64), [Refused(number, Reason.UNREADABLE_FILE, detail, shown)])


def line_ends(text: bytes) -> np.ndarray:
    """Index of every newline."""
    return np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE)


def place_arrays(file: RawFile, records: Records) -> list[pa.Array]:
    """The columns ``PLACE`` of records that are not refused."""
    count = len(records.numbers)
    nothing = pa.nulls(count, pa.string())
    return [pa.array(np.full(count, file.number, np.int32)), pa.array(records.numbers), records.texts, nothing, nothing]


def refused_batch(file: RawFile, refused: list[Refused], schema: pa.Schema) -> pa.RecordBatch:
    """Refused records as a batch of ``schema``, whose further columns stay null."""
    rows = [
        {
            "file_no": file.number,
            "line": record.number,
            "text": record.text,
            "given_reason": record.reason.value,
            "given_detail": record.detail,
        }
        for record in refused
    ]
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def split_block(block: bytes, ends: np.ndarray, first_number: int) -> Records:
    """Split a block of whole records at the newlines ``ends``; blank records are left out but keep their numbers."""
    if block.isspace():  # a bomb of line breaks is not worth the work that lines are
        return Records(pa.array([], pa.string()), np.array([], np.int64), [])
    content = np.frombuffer(block, np.uint8)
    starts = np.concatenate(([0], ends[:-1] + 1))
    usable = np.ones(len(ends), bool)
    refused: list[Refused] = []
    indented = np.flatnonzero(content[starts] <= _SPACE)  # begins with white space: blank, or merely indented
    usable[indented[_blank(content, starts[indented], ends[indented])]] = False
    for long in np.flatnonzero(ends - starts > LONGEST_RECORD):
        usable[long] = False
        refused.append(_too_long(first_number + int(long), block[starts[long] : ends[long]]))
    texts = _strings(block, starts)
    for bad in _not_utf8(texts, 0, len(texts)):
        if usable[bad]:
            usable[bad] = False
            refused.append(_badly_encoded(first_number + bad, block[starts[bad] : ends[bad]]))
    numbers = first_number + np.arange(len(ends), dtype=np.int64)
    if not usable.all():
        texts, numbers = texts.filter(pa.array(usable)), numbers[usable]
    return Records(texts, numbers, refused)


def _blank(content: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Which of these records hold nothing but white space, bool."""
    if len(starts) < _FEW:
        return np.array(
            [not content[start:end].tobytes().strip() for start, end in zip(starts, ends, strict=True)], bool
        )
    filled = np.flatnonzero(~_IS_WHITE[content])
    following = np.append(filled, len(content))[np.searchsorted(filled, starts)]  # the first byte that is not white
    return following >= ends


def _strings(block: bytes, starts: np.ndarray) -> pa.StringArray:
    """The records as Arrow strings over the block's own memory: the offsets cost something, the text nothing."""
    offsets = np.append(starts, len(block)).astype(np.int32)
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(block))


def _not_utf8(texts: pa.StringArray, first: int, end: int) -> Iterator[int]:
    """Which of the texts from ``first`` to before ``end`` are no UTF-8, found by halving, since few are."""
    try:
        texts[first:end].validate(full=True)
    except pa.ArrowInvalid:
        if end - first == 1:
            yield first
            return
        middle = (first + end) // 2
        yield from _not_utf8(texts, first, middle)
        yield from _not_utf8(texts, middle, end)


def _too_long(number: int, record: bytes) -> Refused:
    detail = (
        f"longer than {LONGEST_RECORD:,} bytes; kept up to {KEPT_OF_LONG_RECORD:,}, the raw file has all of it. "
        "A line break or a closing quotation mark may be missing"
    )
    return Refused(number, Reason.MALFORMED_RECORD, detail, _shown(record[:KEPT_OF_LONG_RECORD]))


def _badly_encoded(number: int, record: bytes) -> Refused:
    return Refused(
        number, Reason.INVALID_ENCODING, r"is no UTF-8; bytes that are none are kept as \x..", _shown(record)
    )


def _shown(record: bytes) -> str:
    return record.rstrip(b"\r\n").decode("utf-8", "backslashreplace")

"""Blocks of text as Arrow arrays, one value per record, without a Python loop over them; what cannot be text is set apart.

Knows lines, white space, UTF-8 and length; neither JSON nor the contract.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from netflix_platform.contracts import Reason
from netflix_platform.lake.streams import LONGEST_RECORD

KEPT_OF_LONG_RECORD = 64 << 10  # bytes of an over-long record that the quarantine keeps; raw has all of it
_NEWLINE, _SPACE = 10, 32


@dataclass(frozen=True)
class Refused:
    """A record refused before anyone looked at its fields: its number in the file, why, and what it said."""

    number: int
    reason: Reason
    detail: str
    text: str


@dataclass(frozen=True)
class Records:
    """The records of one block.

    ``texts``: Arrow strings, UTF-8, each with its line break; ``numbers``: their numbers in the file, int64.
    """

    texts: pa.StringArray
    numbers: np.ndarray
    refused: list[Refused]


def line_ends(block: bytes) -> np.ndarray:
    """Index of every newline."""
    return np.flatnonzero(np.frombuffer(block, np.uint8) == _NEWLINE)


def records_of(block: bytes, ends: np.ndarray, first_number: int) -> Records:
    """Split ``block`` at the newlines ``ends``; blank records are left out but keep their numbers."""
    content = np.frombuffer(block, np.uint8)
    starts = np.concatenate(([0], ends[:-1] + 1))
    usable = np.ones(len(ends), bool)
    for index in np.flatnonzero(content[starts] <= _SPACE):  # begins with white space: blank, or merely indented
        usable[index] = bool(block[starts[index] : ends[index]].strip())
    refused = []
    for index in np.flatnonzero(ends - starts > LONGEST_RECORD):
        usable[index] = False
        refused.append(_too_long(first_number + int(index), block[starts[index] : ends[index]]))
    texts = _strings(block, starts)
    if not _is_utf8(texts):
        for index in np.flatnonzero(usable):
            record = texts[index : index + 1]
            if not _is_utf8(record):
                usable[index] = False
                refused.append(_not_utf8(first_number + int(index), block[starts[index] : ends[index]]))
    numbers = first_number + np.arange(len(ends), dtype=np.int64)
    if not usable.all():
        texts, numbers = texts.filter(pa.array(usable)), numbers[usable]
    return Records(texts, numbers, refused)


def broken_off(number: int, problem: str, rest: bytes) -> Refused:
    """The point from which a file cannot be read, as one record; ``rest`` is the incomplete record before it."""
    detail = f"cannot be read from record {number:,} on: {problem}; deliver the file again"
    return Refused(number, Reason.UNREADABLE_FILE, detail, _shown(rest[:KEPT_OF_LONG_RECORD]))


def _strings(block: bytes, starts: np.ndarray) -> pa.StringArray:
    """The records as Arrow strings over the block's own memory; the offsets cost, the text does not."""
    offsets = np.append(starts, len(block)).astype(np.int32)
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(block))


def _is_utf8(texts: pa.StringArray) -> bool:
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _too_long(number: int, record: bytes) -> Refused:
    detail = (
        f"longer than {LONGEST_RECORD:,} bytes; kept up to {KEPT_OF_LONG_RECORD:,}, the raw file has all of it. "
        "Line breaks, or a closing quotation mark, may be missing"
    )
    return Refused(number, Reason.MALFORMED_RECORD, detail, _shown(record[:KEPT_OF_LONG_RECORD]))


def _not_utf8(number: int, record: bytes) -> Refused:
    detail = "is no UTF-8; the bytes that are none are kept as \\x.."
    return Refused(number, Reason.INVALID_ENCODING, detail, _shown(record))


def _shown(record: bytes) -> str:
    return record.rstrip(b"\r\n").decode("utf-8", "backslashreplace")


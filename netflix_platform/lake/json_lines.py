"""NDJSON files as a stream of Arrow batches that DuckDB can scan, one row per line; parsing is left to DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from netflix_platform.contracts import Reason
from netflix_platform.lake.records import (
    PLACE,
    RawFile,
    Records,
    Refused,
    file_records,
    line_ends,
    place_arrays,
    refused_batch,
)

LINE_SCHEMA = pa.schema([*PLACE, pa.field("names", pa.int32())])
_QUOTE, _COLON, _SPACE, _N, _U = b'": nu'


def line_batches(files: Iterable[RawFile]) -> Iterator[pa.RecordBatch]:
    """The lines of all files, ``LINE_SCHEMA``.

    ``names``: at least as many as the line has names with a value other than null, nested ones included, so that a line
    with no more than the contract's own need not be searched for others.
    """
    for file in files:
        try:
            for records in file_records(file, line_ends):
                yield line_batch(file, records)
                if records.refused:
                    yield refused_batch(file, records.refused, LINE_SCHEMA)
        except OSError as error:
            yield refused_batch(file, [unopened(error)], LINE_SCHEMA)


def line_batch(file: RawFile, records: Records) -> pa.RecordBatch:
    """The lines of ``records`` that are not refused, ``LINE_SCHEMA``."""
    arrays = [*place_arrays(file, records), pa.array(_name_marks(records))]
    return pa.RecordBatch.from_arrays(arrays, schema=LINE_SCHEMA)


def unopened(error: OSError) -> Refused:
    """A file that cannot be opened, as one refused record."""
    detail = f"cannot be opened ({error.strerror}); make it a readable file and run the day again from raw on"
    return Refused(None, Reason.UNREADABLE_FILE, detail)


def _name_marks(records: Records) -> np.ndarray:
    """Colons after a quotation mark or white space and not before ``null``, per record, int32.

    Every name in JSON ends in such a colon. A text may hold one too (``Alien : Covenant``), which costs a second look, no
    more.
    """
    if not len(records.texts):
        return np.array([], np.int32)
    _, offsets, text = records.texts.buffers()
    content = np.frombuffer(text, np.uint8)
    colons = np.flatnonzero(content == _COLON)
    before = content[colons - 1]
    marks = colons[(before == _QUOTE) | (before <= _SPACE)]
    value = marks + 1
    is_apart = content.take(value, mode="clip") <= _SPACE
    if is_apart.any():
        value += is_apart
    is_null = (content.take(value, mode="clip") == _N) & (content.take(value + 1, mode="clip") == _U)
    borders = np.frombuffer(offsets, np.int32, count=len(records.texts) + 1)
    return np.diff(np.searchsorted(marks[~is_null], borders)).astype(np.int32)

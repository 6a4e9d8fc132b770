"""The records of a text file dealt out to one file per day, byte for byte, block by block; memory stays bounded."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import zstandard

from netflix_platform.lake.csv_records import csv_schema, header_of, record_batches, record_ends
from netflix_platform.lake.json_lines import line_batch
from netflix_platform.lake.records import RawFile, Records, line_ends, split_block
from netflix_platform.lake.relations import BATCHES
from netflix_platform.lake.streams import record_blocks

APART = "apart"  # the file of records without a day that can be
_MOST_BUFFERED = 64 << 20  # bytes; thousands of days at once would be as many open files otherwise
_EPOCH = date(1970, 1, 1)
_BLANK, _NO_DAY = (np.iinfo(np.int64).min + number for number in range(2))

# Gives the query for line and day (days since 1970) of those records in ``BATCHES`` that have one, for a CSV file with this
# header, or for lines.
Query = Callable[[list[str] | None], str]


def split_text(
    connection: duckdb.DuckDBPyConnection, file: RawFile, query: Query, can_be: Callable[[date], bool], folder: Path
) -> Counter[date | None]:
    """Write the records of ``file`` into ``folder``: one file per day that ``can_be`` under its ISO date, the rest as ``APART``.

    Returns records per day, days that cannot be included, and those without one under ``None``. Each file of days is compressed
    as ``file`` is and begins with its header. Raises ``BrokenStreamError``, ``HeaderError`` and ``OSError``.
    """
    is_csv = file.suffix == ".csv"
    ends_of_records = record_ends if is_csv else line_ends
    reader = None if is_csv else _LineDays(connection, file, query(None))
    target = _DayFiles(folder, file.suffix or "")
    counts: Counter[date | None] = Counter()
    number = 1
    for block, ends in record_blocks(file.path, file.suffix or "", file.most_bytes, ends_of_records):
        records = split_block(block, ends, number)
        header = 0
        if reader is None:
            header = _header_number(records)
            if header:
                names = header_of(records)
                reader = _RecordDays(connection, file, query(names), csv_schema(names))
                start, end = _borders(ends, header - number, header - number)
                target.head = block[start:end]
        if reader:
            days = reader.days(records, number, len(ends), header)
            _deal_out(block, ends, days, can_be, target, counts)
        number += len(ends)
    target.flush()
    return counts


def _header_number(records: Records) -> int:
    """The number of the first record that is not blank, 0 when there is none. Raises ``HeaderError`` for one refused."""
    if not len(records.texts) and not records.refused:
        return 0
    header_of(records)
    return int(records.numbers[0])


class _LineDays:
    """The days of lines of NDJSON."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: RawFile, query: str) -> None:
        self._connection = connection
        self._file = file
        self._statement = connection.extract_statements(query)[0]

    def days(self, records: Records, first: int, count: int, header: int) -> np.ndarray:
        """Per record of a block of ``count`` from number ``first``: days since 1970, or ``_BLANK``, ``_NO_DAY``, int64.

        The record with the number ``header`` counts as blank.
        """
        days = np.full(count, _BLANK, np.int64)
        days[records.numbers - first] = _NO_DAY
        days[[refused.number - first for refused in records.refused if refused.number is not None]] = _NO_DAY
        if header:
            days[header - first] = _BLANK
            records = Records(records.texts[1:], records.numbers[1:], records.refused)
        for batch in self._batches(records):
            self._connection.register(BATCHES, batch)
            found = self._connection.execute(self._statement).fetchnumpy()
            self._connection.unregister(BATCHES)
            days[np.asarray(found["line"]) - first] = np.asarray(found["day"])
        return days

    def _batches(self, records: Records) -> list[pa.RecordBatch]:
        return [line_batch(self._file, records)]


class _RecordDays(_LineDays):
    """The days of records of CSV."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: RawFile, query: str, schema: pa.Schema) -> None:
        super().__init__(connection, file, query)
        self._schema = schema

    def _batches(self, records: Records) -> list[pa.RecordBatch]:
        return list(record_batches(self._file, records, self._schema))


def _deal_out(
    block: bytes,
    ends: np.ndarray,
    days: np.ndarray,
    can_be: Callable[[date], bool],
    target: _DayFiles,
    counts: Counter[date | None],
) -> None:
    """Hand each run of neighbouring records of one day to its file."""
    borders = np.flatnonzero(np.diff(days)) + 1
    for begin, end in zip([0, *borders.tolist()], [*borders.tolist(), len(days)], strict=True):
        if begin == end or days[begin] == _BLANK:
            continue
        day = None if days[begin] == _NO_DAY else _EPOCH + timedelta(days=int(days[begin]))
        counts[day] += end - begin
        start, stop = _borders(ends, begin, end - 1)
        target.add(day if day is not None and can_be(day) else None, block[start:stop])


def _borders(ends: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """Where the text of the records ``first`` to ``last`` of a block begins and ends."""
    return (int(ends[first - 1]) + 1 if first else 0), int(ends[last]) + 1


class _DayFiles:
    """The files of a folder, written to in turns; each turn of a compressed file is a member or frame of its own."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self.head = b""
        self._folder = folder
        self._compress = _COMPRESSORS.get(suffix.rpartition(".")[2], bytes)
        self._pending: dict[date | None, list[bytes]] = {}
        self._size = 0

    def add(self, day: date | None, text: bytes) -> None:
        """Put records behind those of the day so far."""
        self._pending.setdefault(day, []).append(text)
        self._size += len(text)
        if self._size >= _MOST_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write what is pending."""
        for day, texts in self._pending.items():
            path = self._folder / (APART if day is None else str(day))
            head = [] if day is None or path.exists() else [self.head]
            with path.open("ab") as file:
                file.write(self._compress(b"".join([*head, *texts])))
        self._pending, self._size = {}, 0


_COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "gz": lambda text: gzip.compress(text, mtime=0),
    "zst": lambda text: zstandard.ZstdCompressor(level=3).compress(text),
}

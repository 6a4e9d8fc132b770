"""Counting again what a ledger says, from the files themselves and by another way than conforming takes: no parsing, no
DuckDB, lines counted one by one, Parquet rows from the files' own metadata.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts.raw_files import LINE_SUFFIXES
from netflix_platform.lake.intake import raw_files
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.streams import BYTE_ORDER_MARK, BrokenStreamError, text_pieces
from netflix_platform.settings import Settings

_REST_OF_LINE = re.compile(
    rb"\S[^\n]*"
)  # blank lines, of which a bomb can hold billions, are passed over without a step each
_BLANK_LINE = re.compile(rb"\n[^\S\n]*\n")


class UncountableFileError(Exception):
    """A file of the lake that is there and cannot be counted. The message names it."""


@dataclass(frozen=True)
class Quarantined:
    """``by_reason``: rows per reason code; ``whole_files``: names of files that were refused as a whole."""

    by_reason: dict[str, int]
    whole_files: frozenset[str]

    @property
    def rows(self) -> int:
        return sum(self.by_reason.values())


def received_rows(settings: Settings, feed: str, arrival_date: date, refused_files: frozenset[str]) -> dict[str, int]:
    """Non-blank lines or records per raw file; the break of a stream counts as one, and so does a file of ``refused_files``
    (those that the quarantine lists as a whole).
    """
    return {
        file.name: 1 if file.name in refused_files else _records(file)
        for file in raw_files(settings, feed, arrival_date)
    }


def parquet_rows(path: Path) -> int:
    """Rows of a Parquet file as its metadata says, 0 when it is not there. Raises ``UncountableFileError``."""
    try:
        return int(pyarrow.parquet.read_metadata(path).num_rows)
    except FileNotFoundError:
        return 0
    except (pa.ArrowException, OSError) as error:
        raise UncountableFileError(f"{path} cannot be read ({error})") from error


def quarantined_rows(path: Path) -> Quarantined:
    """What a quarantine file holds; nothing when it is not there. Raises ``UncountableFileError``."""
    if not path.exists():
        return Quarantined({}, frozenset())
    try:
        table = pyarrow.parquet.read_table(path, columns=["reason", "source_file", "source_line"])
    except (pa.ArrowException, OSError) as error:
        raise UncountableFileError(f"{path} cannot be read ({error})") from error
    whole = table.filter(table["source_line"].is_null())
    return Quarantined(dict(Counter(table["reason"].to_pylist())), frozenset(whole["source_file"].to_pylist()))


def _records(file: RawFile) -> int:
    """Non-blank records of a raw file; 1 for one that cannot be read, which is what it counts as."""
    if not file.path.is_file():  # a pipe would be waited for
        return 1
    try:
        if file.suffix == ".parquet":
            return int(pyarrow.parquet.read_metadata(file.path).num_rows)
        if file.suffix == ".csv":
            return max(_non_blank_records(_text(file)) - 1, 0)  # the header
        if file.suffix in LINE_SUFFIXES:
            return _non_blank_lines(_text(file))
    except (pa.ArrowException, OSError):
        return 1
    return 1


def _text(file: RawFile) -> Iterator[bytes]:
    return _without_mark(text_pieces(file.path, file.suffix or "", file.most_bytes))


def _non_blank_lines(pieces: Iterator[bytes]) -> int:
    """Lines that hold more than white space; what is incomplete belongs to the break of a stream."""
    count = 0
    is_filled = False  # whether the last piece ended within a line that is counted already
    try:
        for piece in pieces:
            if not _BLANK_LINE.search(piece):  # nearly always so, and then a newline is a line
                first, _, rest = piece.partition(b"\n")
                count += not is_filled and bool(first.strip())
                is_filled = is_filled or bool(first.strip())
                if len(first) < len(piece):
                    is_filled = bool(rest[rest.rfind(b"\n") + 1 :].strip())
                    count += rest.count(b"\n") + is_filled
                continue
            begin = piece.find(b"\n") if is_filled else 0
            if begin < 0:
                continue
            is_filled = False
            for line in _REST_OF_LINE.finditer(piece, begin):
                count += 1
                is_filled = line.end() == len(piece)
    except BrokenStreamError:
        return count + (not is_filled)
    return count


def _non_blank_records(pieces: Iterator[bytes]) -> int:
    """As ``_non_blank_lines``, but a newline within quotation marks ends no record."""
    count = 0
    is_filled = is_open = False
    try:
        for piece in pieces:
            for index, part in enumerate(piece.split(b"\n")):
                if index and not is_open:  # a newline lies before every part but the first
                    count += is_filled
                    is_filled = False
                is_open ^= part.count(b'"') % 2 == 1
                is_filled = is_filled or bool(part.strip())
    except BrokenStreamError:
        return count + 1  # what is incomplete belongs to the break
    return count + is_filled


def _without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    start: bytes | None = b""
    try:
        for piece in pieces:
            if start is None:
                yield piece
                continue
            start += piece
            if len(start) >= len(BYTE_ORDER_MARK):
                yield start.removeprefix(BYTE_ORDER_MARK)
                start = None
    except BrokenStreamError:
        yield start or b""
        raise
    yield start or b""

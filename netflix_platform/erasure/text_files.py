"""A user's records in one text file of any compression: counted, or left out of a copy in which all else is as it was.

The bytes of every other record stay, blank lines and line ends included. A stream that breaks off is written so that it
breaks off at the same place: a file that was damaged must not look sound.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import zstandard

from netflix_platform.contracts.raw_files import LINE_SUFFIXES
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.records import IsTheirs, csv_fields, csv_judge, json_judge, text_judge
from netflix_platform.lake.csv_records import record_ends
from netflix_platform.lake.records import line_ends
from netflix_platform.lake.streams import BLOCK_BYTES, BrokenStreamError, text_pieces

# More than this without the end of a record is no text; it is taken as one record.
_LONGEST_PENDING = 256 << 20
_ZSTD_LEVEL = 3


@dataclass(frozen=True)
class TextFile:
    """A text file and how it is read: ``suffix`` as the lake knows it, ``None`` for a kind that it does not read."""

    path: Path
    suffix: str | None

    @property
    def is_csv(self) -> bool:
        return self.suffix == ".csv"

    @property
    def compression(self) -> str:
        """``.gz``, ``.zst`` or nothing."""
        return next((ending for ending in (".gz", ".zst") if self.suffix and self.suffix.endswith(ending)), "")


@dataclass
class Sifting:
    """What a pass over a file found: records of the user, and what stopped it from being read to its end."""

    removed: int = 0
    problem: str | None = None


def count_theirs(file: TextFile, identity: Identity, told: Collection[int] | None = None) -> Sifting:
    """Read the whole file and count the user's records: those with the numbers ``told``, else those that name the user."""
    sifting = Sifting()
    for _ in _kept(file, identity, sifting, told):
        pass
    return sifting


def write_without(file: TextFile, identity: Identity, copy: BinaryIO, told: Collection[int] | None = None) -> Sifting:
    """Write the file to ``copy`` without the user's records (see ``count_theirs``), compressed as it was."""
    sifting = Sifting()
    compressor = _COMPRESSORS[file.compression]()
    for piece in _kept(file, identity, sifting, told):
        copy.write(compressor.compress(piece))
    copy.write(compressor.cut_off() if sifting.problem else compressor.end())
    return sifting


def _kept(file: TextFile, identity: Identity, sifting: Sifting, told: Collection[int] | None) -> Iterator[bytes]:
    """The text without the user's records, in pieces."""
    if told is not None:
        yield from _kept_by_number(file, sifting, frozenset(told))
        return
    probe = identity.field_probe if file.is_csv else identity.probe
    is_theirs = json_judge(identity) if file.suffix in LINE_SUFFIXES else text_judge(identity)
    lacks_header = file.is_csv
    for block, ends in _blocks(file, sifting):
        begin = 0
        if lacks_header and block.strip():
            begin = _end_of_header(block, ends)  # the header is nobody's
            is_theirs = csv_judge(identity, [name.strip() for name in csv_fields(block[:begin].strip())])
            lacks_header = False
            yield block[:begin]
        yield from _sifted(block, begin, ends, probe, is_theirs, sifting)


def _kept_by_number(file: TextFile, sifting: Sifting, told: frozenset[int]) -> Iterator[bytes]:
    """The text without the records ``told``, which are numbered as the lake numbers them."""
    first = 1
    for block, ends in _blocks(file, sifting):
        begin = 0
        borders = ends if len(ends) and ends[-1] == len(block) - 1 else np.append(ends, len(block) - 1)
        for number in sorted(told.intersection(range(first, first + len(borders)))):
            start = int(borders[number - first - 1]) + 1 if number > first else 0
            yield block[begin:start]
            begin = int(borders[number - first]) + 1
            sifting.removed += 1
        yield block[begin:]
        first += len(borders)


def _sifted(
    block: bytes, begin: int, ends: np.ndarray, probe: re.Pattern[bytes], is_theirs: IsTheirs, sifting: Sifting
) -> Iterator[bytes]:
    done = begin
    for match in probe.finditer(block, begin):
        if match.start() < done:
            continue  # a second place in a record that was looked at
        number = int(np.searchsorted(ends, match.start()))
        start = int(ends[number - 1]) + 1 if number else 0
        end = int(ends[number]) + 1 if number < len(ends) else len(block)
        start = max(start, begin)
        if is_theirs(block[start:end]):
            sifting.removed += 1
            yield block[begin:start]
            begin = end
        done = end
    yield block[begin:]


def _end_of_header(block: bytes, ends: np.ndarray) -> int:
    """Where the first record that is not blank ends."""
    start = 0
    for end in ends:
        if block[start : end + 1].strip():
            return int(end) + 1
        start = int(end) + 1
    return len(block)


def _blocks(file: TextFile, sifting: Sifting) -> Iterator[tuple[bytes, np.ndarray]]:
    """The text in blocks of whole records, and the newlines that end them; what follows the last of them comes last."""
    ends_of_records = record_ends if file.is_csv else line_ends
    pending: list[bytes] = []
    size, wanted = 0, BLOCK_BYTES
    try:
        for piece in text_pieces(file.path, file.compression, sys.maxsize):
            pending.append(piece)
            size += len(piece)
            if size < wanted:
                continue
            text = b"".join(pending)
            ends = ends_of_records(text)
            end = int(ends[-1]) + 1 if len(ends) else len(text) if len(text) > _LONGEST_PENDING else 0
            if end:
                yield text[:end], ends
            pending, size = [text[end:]], len(text) - end
            # Looked at again when it has doubled: one record without an end must not cost the square of its length.
            wanted = max(BLOCK_BYTES, 2 * size)
    except BrokenStreamError as error:
        sifting.problem = str(error)
    text = b"".join(pending)
    if text:
        yield text, ends_of_records(text)


class _Compressor(Protocol):
    def compress(self, piece: bytes) -> bytes: ...

    def end(self) -> bytes: ...

    def cut_off(self) -> bytes:
        """What is left, without what tells a reader that the stream is complete."""
        ...


class _Plain:
    def compress(self, piece: bytes) -> bytes:
        return piece

    def end(self) -> bytes:
        return b""

    cut_off = end


class _Gzip:
    def __init__(self) -> None:
        self._stream = zlib.compressobj(wbits=31)

    def compress(self, piece: bytes) -> bytes:
        return self._stream.compress(piece)

    def end(self) -> bytes:
        return self._stream.flush()

    def cut_off(self) -> bytes:
        return self._stream.flush(zlib.Z_SYNC_FLUSH)


class _Zstandard:
    def __init__(self) -> None:
        self._stream = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()

    def compress(self, piece: bytes) -> bytes:
        return bytes(self._stream.compress(piece))

    def end(self) -> bytes:
        return bytes(self._stream.flush())

    def cut_off(self) -> bytes:
        return bytes(self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))


_COMPRESSORS: dict[str, Callable[[], _Compressor]] = {"": _Plain, ".gz": _Gzip, ".zst": _Zstandard}

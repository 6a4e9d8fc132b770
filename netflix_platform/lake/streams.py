"""Raw bytes of a text file, decompressed piece by piece and cut into blocks of whole records; memory stays bounded.

Knows compression and where a record may end, not what a record means. A stream that breaks off gives all that can be
read before it says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import zstandard

BLOCK_BYTES = 4 << 20  # large enough to make the work per block vanish, small enough to stay in the processor's cache
LONGEST_RECORD = 1 << 20  # bytes; anything longer is no event but a file with its line breaks lost
_READ_BYTES = 64 << 10
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BrokenStreamError(Exception):
    """A file that cannot be read from some point on; ``rest`` is the incomplete record before that point."""

    def __init__(self, problem: str, rest: bytes = b"") -> None:
        super().__init__(problem)
        self.rest = rest


def text_pieces(path: Path, suffix: str) -> Iterator[bytes]:
    """The decompressed content of ``path`` in pieces of no particular length.

    Raises ``BrokenStreamError`` after the last readable piece, ``OSError`` when the file cannot be opened.
    """
    decompress = _DECOMPRESSORS.get(suffix.rpartition(".")[2], _plain)
    with path.open("rb") as file:
        try:
            yield from decompress(file)
        except OSError as error:
            raise BrokenStreamError(f"the disk gives an error: {error.strerror}") from error


def record_blocks(
    path: Path, suffix: str, ends_of_records: Callable[[bytes], np.ndarray]
) -> Iterator[tuple[bytes, np.ndarray]]:
    """The text of ``path`` in blocks of whole records, without a byte order mark, and where in it each record ends.

    ``ends_of_records`` gives the indices of the newlines that end a record, for text that starts at one. A record longer
    than ``LONGEST_RECORD`` loses what lies beyond (it is refused for its length anyway), never its place in the order.
    Raises as ``text_pieces`` does, the incomplete record in ``rest``.
    """
    mark = len(BYTE_ORDER_MARK)
    for number, (block, ends) in enumerate(_blocks(text_pieces(path, suffix), ends_of_records)):
        if number == 0 and block.startswith(BYTE_ORDER_MARK):
            yield block[mark:], ends - mark
        else:
            yield block, ends


def _blocks(
    pieces: Iterator[bytes], ends_of_records: Callable[[bytes], np.ndarray]
) -> Iterator[tuple[bytes, np.ndarray]]:
    pending: list[bytes] = []
    size = 0
    broken: BrokenStreamError | None = None
    try:
        for piece in pieces:
            pending.append(piece)
            size += len(piece)
            if size < BLOCK_BYTES:
                continue
            text = b"".join(pending)
            ends = ends_of_records(text)
            end = int(ends[-1]) + 1 if len(ends) else 0
            if end:
                yield text[:end], ends
            rest = _shortened(text[end:])
            pending, size = [rest], len(rest)
    except BrokenStreamError as error:
        broken = error
    text = b"".join(pending)
    ends = ends_of_records(text)
    end = int(ends[-1]) + 1 if len(ends) else 0
    if end < len(text) and not broken:  # the last record may lack its newline, or a quotation mark before it
        text = text if text.endswith(b"\n") else text + b"\n"
        end, ends = len(text), np.append(ends, len(text) - 1)
    if end:
        yield text[:end], ends
    if broken:
        raise BrokenStreamError(str(broken), rest=text[end:])


def _shortened(text: bytes) -> bytes:
    """The start of an unfinished record, so that one without an end cannot fill the memory.

    Leading white space goes first, so that a blank line stays blank however long it is; a quotation mark stands for an
    odd number of them in what is cut off, so that a CSV file's later records keep their ends.
    """
    if len(text) <= LONGEST_RECORD:
        return text
    text = text.lstrip()
    kept, cut_off = text[: LONGEST_RECORD + 1], text[LONGEST_RECORD + 1 :]
    return kept + b'"' if cut_off.count(b'"') % 2 else kept


# --- decompression ---------------------------------------------------------------------------------------------------


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_READ_BYTES):
        yield piece


def _gzip(file: BinaryIO) -> Iterator[bytes]:
    """Members one after the other; ``gzip.GzipFile`` would lose what it had read ahead of a break."""
    member = None
    while compressed := file.read(_READ_BYTES):
        while compressed:
            if member is None:
                compressed = compressed.lstrip(b"\0")  # padding after a member is allowed
                if not compressed:
                    break
                member = zlib.decompressobj(wbits=31)
            try:
                piece = member.decompress(compressed, BLOCK_BYTES)
            except zlib.error as error:
                raise BrokenStreamError(f"the gzip stream is damaged ({error})") from error
            yield piece
            compressed = member.unused_data if member.eof else member.unconsumed_tail
            member = None if member.eof else member
    if member is not None:
        yield member.flush()
        raise BrokenStreamError("the gzip stream breaks off: the file was cut short")


def _zstandard(file: BinaryIO) -> Iterator[bytes]:
    frame = None
    while compressed := file.read(_READ_BYTES):
        while compressed:
            frame = frame or zstandard.ZstdDecompressor().decompressobj()
            try:
                piece = frame.decompress(compressed)
            except zstandard.ZstdError as error:
                raise BrokenStreamError(f"the zstd stream is damaged ({error})") from error
            yield piece
            compressed = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise BrokenStreamError("the zstd stream breaks off: the file was cut short")


_DECOMPRESSORS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {"gz": _gzip, "zst": _zstandard}

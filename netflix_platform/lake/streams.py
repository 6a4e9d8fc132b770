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
# A zstd block of 4 bytes can stand for 128 KiB and a piece is all that one call unpacks, so little goes into a call: 32 MiB
# is the most that can come out of it. It costs a tenth more than calls of 64 KiB, which is nothing beside parsing.
_ZSTD_BYTES = 1 << 10
# Memory that a frame may ask for before anything is read of it; zstd's own default, written down.
_ZSTD_WINDOW_BYTES = 128 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class BrokenStreamError(Exception):
    """A file that cannot be read from some point on; ``rest`` is the incomplete record before that point, ``advice`` what
    to do about it.
    """

    def __init__(self, problem: str, rest: bytes = b"", advice: str = "deliver the file again") -> None:
        super().__init__(problem)
        self.rest = rest
        self.advice = advice


def text_pieces(path: Path, suffix: str, most_bytes: int) -> Iterator[bytes]:
    """The decompressed content of ``path`` in pieces of no particular length, none above ``BLOCK_BYTES``.

    Raises ``BrokenStreamError`` after the last readable piece, or after ``most_bytes`` bytes when there are more;
    ``OSError`` when the file cannot be opened.
    """
    decompress = _DECOMPRESSORS.get(suffix.rpartition(".")[2], _plain)
    with path.open("rb") as file:
        try:
            yield from _at_most(most_bytes, decompress(file))
        except OSError as error:
            raise BrokenStreamError(f"the disk gives an error: {error.strerror}") from error


def beyond_limit(most_bytes: int) -> tuple[str, str]:
    """What a file that unpacks to more than ``most_bytes`` is told, and what to do about it."""
    return (
        f"unpacks to more than {most_bytes:,} bytes, which NETFLIX_MAX_FILE_SIZE does not allow",
        "deliver it in smaller files, or raise NETFLIX_MAX_FILE_SIZE if it is right as it is, and run the day again",
    )


def _at_most(most_bytes: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    left = most_bytes
    for piece in pieces:
        if len(piece) > left:
            yield piece[:left]
            problem, advice = beyond_limit(most_bytes)
            raise BrokenStreamError(f"the file {problem}", advice=advice)
        left -= len(piece)
        if len(piece) <= BLOCK_BYTES:
            yield piece
        else:  # what is made of a piece takes many times its memory
            yield from (piece[start : start + BLOCK_BYTES] for start in range(0, len(piece), BLOCK_BYTES))


def record_blocks(
    path: Path, suffix: str, most_bytes: int, ends_of_records: Callable[[bytes], np.ndarray]
) -> Iterator[tuple[bytes, np.ndarray]]:
    """The text of ``path`` in blocks of whole records, without a byte order mark, and where in it each record ends.

    ``ends_of_records`` gives the indices of the newlines that end a record, for text that starts at one. A record longer
    than ``LONGEST_RECORD`` loses what lies beyond (it is refused for its length anyway), never its place in the order.
    Raises as ``text_pieces`` does, the incomplete record in ``rest``.
    """
    mark = len(BYTE_ORDER_MARK)
    for number, (block, ends) in enumerate(_blocks(text_pieces(path, suffix, most_bytes), ends_of_records)):
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
        raise BrokenStreamError(str(broken), text[end:], broken.advice)


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
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame = None
    while compressed := file.read(min(_ZSTD_BYTES, _READ_BYTES)):
        while compressed:
            frame = frame or decompressor.decompressobj()
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

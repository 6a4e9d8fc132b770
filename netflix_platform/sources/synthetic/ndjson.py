"""Rows to lines: JSON as the players send it, one object per line, compressed with a fixed setting in one thread.

The same frames give the same bytes on any machine of one library version, whatever the number of threads.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import polars as pl
import zstandard

from netflix_platform.contracts import EVENTS
from netflix_platform.sources.published import Array

_LEVEL = 3  # higher levels cost more than they save on lines this much alike
_SCHEMA_VERSION = 1


def event_lines(rows: pl.DataFrame) -> bytes:
    """Sound event rows (see ``arrivals``) as lines, columns as in the contract's first version; a missing value is null."""
    as_sent = {
        name: pl.from_epoch(pl.col(name), "ms").dt.to_string("%Y-%m-%dT%H:%M:%S%.3fZ")
        for name in ("event_ts", "received_ts")
    }
    sent = rows.with_columns(schema_version=pl.lit(_SCHEMA_VERSION), **as_sent).select(
        EVENTS.names_in_version(_SCHEMA_VERSION)
    )
    return frame_lines(sent)


def frame_lines(frame: pl.DataFrame) -> bytes:
    """Any frame of text, numbers and booleans as lines."""
    buffer = io.BytesIO()
    frame.write_ndjson(buffer)
    return buffer.getvalue()


def line_starts(lines: bytes) -> Array:
    """Where each line begins, and at last where they end."""
    return np.concatenate([[0], np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n")) + 1])


def spliced(lines: bytes, insertions: Iterable[tuple[int, bytes]]) -> Iterable[bytes]:
    """``lines`` with texts put in at byte offsets, in pieces; several at one offset in the order given."""
    done = 0
    for offset, text in sorted(insertions, key=lambda insertion: insertion[0]):
        yield lines[done:offset]
        yield text
        done = offset
    yield lines[done:]


class LinesFile:
    """A ``.ndjson.zst`` file being written. The bytes depend on the content alone, not on how it is handed over."""

    def __init__(self, file: Path) -> None:
        self._raw = file.open("wb")
        self._stream = zstandard.ZstdCompressor(level=_LEVEL, threads=0).stream_writer(self._raw)

    def write(self, pieces: Iterable[bytes]) -> None:
        """Append the pieces."""
        self._stream.write(b"".join(pieces))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()  # also closes the file

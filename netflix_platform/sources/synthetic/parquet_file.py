"""Parquet written straight from arrays: a row group per batch, one page per column, nothing kept but the footer.

General writers take the values one by one: they build dictionaries, pack bits and count extremes. The generator knows its
dictionaries before it has any text, so here a column of codes is copied as it is (dictionary indices of 8, 16 or 32 bits are
"packed" already), at half the CPU time or less. Format: Apache Parquet, "Encodings" and ``parquet.thrift``; data pages of
version 1, flat columns that may be null. The bytes depend on the values alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import zstandard

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.thrift import I64, Struct, encoded, varint

_MAGIC = b"PAR1"
# The first of the fast levels, and a hash table that fits the innermost cache: half the time of level 1 for a quarter more bytes.
_COMPRESSION = zstandard.ZstdCompressionParameters.from_level(-1, hash_log=12, window_log=18)
_INT32, _INT64, _BYTE_ARRAY = 1, 2, 6  # Type
_UTF8, _DECIMAL = 0, 5  # ConvertedType
_OPTIONAL = 1  # FieldRepetitionType
_PLAIN, _RLE, _RLE_DICTIONARY, _BYTE_STREAM_SPLIT = 0, 3, 8, 9  # Encoding
_ZSTD = 6  # CompressionCodec
_DATA_PAGE, _DICTIONARY_PAGE = 0, 2  # PageType


class Type(Enum):
    """The types of columns: texts, 32-bit whole numbers, milliseconds since 1970 (64 bits), thousandths (32 bits)."""

    TEXT = "text"
    INTEGER = "integer"
    TIMESTAMP_MS = "timestamp"
    THOUSANDTHS = "decimal(9,3)"


# The fields of SchemaElement that say what a column is: 1 type, 6 converted type, 7 scale, 8 precision, 10 logical type.
_ELEMENTS: Mapping[Type, Struct] = {
    Type.TEXT: {1: _BYTE_ARRAY, 6: _UTF8, 10: {1: {}}},
    Type.INTEGER: {1: _INT32},
    Type.TIMESTAMP_MS: {1: _INT64, 10: {8: {1: False, 2: {1: {}}}}},  # the contract's times are UTC without a zone
    Type.THOUSANDTHS: {1: _INT32, 6: _DECIMAL, 7: 3, 8: 9, 10: {5: {1: 3, 2: 9}}},
}


@dataclass(frozen=True)
class Column:
    """One column of a row group.

    ``values``: numbers, or texts in plain encoding (see ``texts``), one for each row that is not null; or, with a
    ``dictionary``, unsigned codes of 8, 16 or 32 bits. ``present``: which rows are not null, ``None``: all.
    ``dictionary``: distinct values in plain encoding, ``size`` their number.
    """

    values: Array
    present: Array | None = None
    dictionary: Array | None = None
    size: int = 0


def length_of_texts(length: int) -> bytes:
    """What plain encoding has before each text of this length (bytes)."""
    return length.to_bytes(4, "little")


def texts(content: Array) -> Array:
    """Texts of one length, an array of bytes (``S``), in plain encoding: each after its length."""
    plain = np.empty(len(content), [("length", "<u4"), ("text", content.dtype)])
    plain["length"] = content.dtype.itemsize
    plain["text"] = content
    return plain


def any_texts(content: Sequence[str] | pa.Array) -> Array:
    """Texts of any length in plain encoding, as bytes."""
    text = content.cast(pa.binary()) if isinstance(content, pa.Array) else pa.array(content, pa.binary())
    sizes = np.diff(np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]).astype("<u4")
    length = pa.FixedSizeBinaryArray.from_buffers(pa.binary(4), len(text), [None, pa.py_buffer(sizes)])
    whole = pc.binary_join_element_wise(length.cast(pa.binary()), text, pa.scalar(b"", pa.binary()))
    end = np.frombuffer(whole.buffers()[1], np.int32)[len(text)]
    return np.frombuffer(whole.buffers()[2] or b"", np.uint8)[:end]


class ParquetFile:
    """A ``.parquet`` file being written. ``columns``: names and types, in order."""

    def __init__(self, file: Path, columns: Mapping[str, Type]) -> None:
        self._columns = columns
        self._groups: list[Struct] = []
        self._rows = 0
        self._compressor = zstandard.ZstdCompressor(compression_params=_COMPRESSION)
        self._file = file.open("wb")
        self._file.write(_MAGIC)

    def write(self, rows: int, columns: Mapping[str, Column]) -> None:
        """Append a row group; ``columns`` holds every column of the file."""
        begin = self._file.tell()
        chunks = [self._write_column(name, kind, rows, columns[name]) for name, kind in self._columns.items()]
        size = sum(unpacked for _, unpacked in chunks)
        self._groups.append(
            {
                1: [chunk for chunk, _ in chunks],
                2: I64(size),
                3: I64(rows),
                5: I64(begin),
                6: I64(self._file.tell() - begin),
            }
        )
        self._rows += rows

    def _write_column(self, name: str, kind: Type, rows: int, column: Column) -> tuple[Struct, int]:
        begin = self._file.tell()
        unpacked, dictionary_at = 0, None
        encoding = _PLAIN if kind is Type.TEXT else _BYTE_STREAM_SPLIT
        if column.dictionary is not None:
            dictionary_at, encoding = I64(begin), _RLE_DICTIONARY
            about = {1: column.size, 2: _PLAIN}
            unpacked += self._write_page(_DICTIONARY_PAGE, {7: about}, column.dictionary.tobytes())
        data_at = self._file.tell()
        page = _levels(rows, column.present) + _values(column, encoding)
        unpacked += self._write_page(_DATA_PAGE, {5: {1: rows, 2: encoding, 3: _RLE, 4: _RLE}}, page)
        metadata: Struct = {
            1: _ELEMENTS[kind][1],
            2: [_PLAIN, _RLE, encoding] if dictionary_at else [_RLE, encoding],
            3: [name],
            4: _ZSTD,
            5: I64(rows),
            6: I64(unpacked),
            7: I64(self._file.tell() - begin),
            9: I64(data_at),
            11: dictionary_at,
            12: {3: I64(0 if column.present is None else rows - int(np.count_nonzero(column.present)))},
        }
        return {2: I64(begin), 3: metadata}, unpacked

    def _write_page(self, kind: int, about: Struct, content: bytes) -> int:
        """Write a page; its size before compression, header included."""
        packed = self._compressor.compress(content)
        header = encoded({1: kind, 2: len(content), 3: len(packed), **about})
        self._file.write(header)
        self._file.write(packed)
        return len(header) + len(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        elements: list[Struct] = [{4: "schema", 5: len(self._columns)}]
        for name, column in self._columns.items():
            element = {3: _OPTIONAL, 4: name, **_ELEMENTS[column]}
            elements.append(dict(sorted(element.items())))
        footer = encoded({1: 2, 2: elements, 3: I64(self._rows), 4: self._groups, 6: "netflix_platform"})
        self._file.write(footer + len(footer).to_bytes(4, "little") + _MAGIC)
        self._file.close()


def _levels(rows: int, present: Array | None) -> bytes:
    """Definition levels: 1 where there is a value. One run of ones, or the mask, eight rows a byte."""
    if present is None:
        runs = varint(rows << 1) + b"\1"
    else:
        runs = varint((rows + 7) // 8 << 1 | 1) + np.packbits(present, bitorder="little").tobytes()
    return len(runs).to_bytes(4, "little") + runs


def _values(column: Column, encoding: int) -> bytes:
    width, count = column.values.dtype.itemsize, len(column.values)
    if encoding == _PLAIN:
        return column.values.tobytes()
    if encoding == _BYTE_STREAM_SPLIT:  # all first bytes, all second bytes …: compresses in half the time
        return np.ascontiguousarray(column.values.view(np.uint8).reshape(count, width).T).tobytes()
    if column.size == 1:
        return bytes([8]) + varint(count << 1) + b"\0"  # one run; no run at all of no values
    groups = (count + 7) // 8  # packed by eight
    return bytes([8 * width]) + varint(groups << 1 | 1) + column.values.tobytes() + bytes((8 * groups - count) * width)

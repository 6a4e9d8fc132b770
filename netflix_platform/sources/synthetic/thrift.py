"""Thrift's compact protocol, as far as Parquet's metadata need it (Apache Thrift, "Thrift Compact protocol encoding")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TRUE, _FALSE, _BYTE, _I32, _I64, _BINARY, _LIST, _STRUCT = 1, 2, 3, 5, 6, 8, 9, 12


@dataclass(frozen=True)
class I64:
    """A number that is 64 bits wide; a plain ``int`` is 32."""

    value: int


# A struct is a mapping of field numbers, in rising order, to values; a field that is ``None`` is left out.
Value = bool | int | I64 | bytes | str | Sequence["Value"] | Mapping[int, "Value | None"]


def encoded(struct: Mapping[int, Value | None]) -> bytes:
    """A struct as bytes."""
    out = bytearray()
    before = 0
    for number, value in struct.items():
        if value is None:
            continue
        kind = _kind(value)
        if number - before <= 15:
            out.append((number - before) << 4 | kind)
        else:
            out.append(kind)
            out += _zigzag(number)
        before = number
        if kind not in (_TRUE, _FALSE):  # a boolean field is its kind
            out += _content(value)
    out.append(0)
    return bytes(out)


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _kind(value: Value) -> int:
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, int):
        return _I32
    if isinstance(value, I64):
        return _I64
    if isinstance(value, bytes | str):
        return _BINARY
    return _STRUCT if isinstance(value, Mapping) else _LIST


def _content(value: Value) -> bytes:
    if isinstance(value, int):
        return _zigzag(value)
    if isinstance(value, I64):
        return _zigzag(value.value)
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(len(value)) + value
    if isinstance(value, Mapping):
        return encoded(value)
    kind = _kind(value[0]) if value else _STRUCT
    size = len(value)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + varint(size)
    return head + b"".join(_content(item) for item in value)

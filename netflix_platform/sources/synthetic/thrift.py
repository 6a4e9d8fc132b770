"""Thrift's compact protocol, as far as Parquet's metadata need it (Apache Thrift, "Thrift Compact protocol encoding")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class I64:
    """A number that is 64 bits wide; a plain ``int`` is 32."""

    value: int


# A struct: field numbers, in rising order, with their values: bool, int, I64, bytes, str, list of one type, struct. A field
# that is ``None`` is left out.
Struct = dict[int, Any]

_TRUE, _FALSE, _STRUCT = 1, 2, 12
_KINDS = {bool: _TRUE, int: 5, I64: 6, bytes: 8, str: 8, list: 9, dict: _STRUCT}


def encoded(struct: Struct) -> bytes:
    """A struct as bytes."""
    out = bytearray()
    before = 0
    for number, value in struct.items():
        if value is None:
            continue
        kind = _KINDS[type(value)] if value is not False else _FALSE
        step = number - before
        out += bytes((step << 4 | kind,)) if step <= 15 else bytes((kind,)) + varint(number << 1)
        before = number
        if kind > _FALSE:  # a boolean field is its kind
            out += _CONTENTS[type(value)](value)
    out.append(0)
    return bytes(out)


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    if number <= 0x7F:
        return bytes((number,))
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _text(text: bytes) -> bytes:
    return varint(len(text)) + text


def _list(items: list[Any]) -> bytes:
    kind = _KINDS[type(items[0])] if items else _STRUCT
    size = len(items)
    head = bytes((size << 4 | kind,)) if size < 15 else bytes((0xF0 | kind,)) + varint(size)
    return head + b"".join([_CONTENTS[type(item)](item) for item in items])


_CONTENTS: dict[type, Callable[[Any], bytes]] = {
    int: _number,
    I64: lambda number: _number(number.value),
    bytes: _text,
    str: lambda text: _text(text.encode()),
    list: _list,
    dict: encoded,
}

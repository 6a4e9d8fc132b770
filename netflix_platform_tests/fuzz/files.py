"""A fuzzed raw day as files of every format, each with the number of records that it must be received as, counted here."""

from __future__ import annotations

import csv
import gzip
import io
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from netflix_platform.contracts import Feed
from netflix_platform_tests.fuzz.grammar import (
    EXOTIC,
    ODD_NAMES,
    Record,
    as_line,
    fitting,
    mutated,
    spoilt,
    valid_record,
)

Draw = random.Random


@dataclass(frozen=True)
class FuzzedFile:
    """``rows``: what it must count as, ``None`` where the file may as well be refused as a whole, which makes it one."""

    name: str
    content: bytes
    rows: int | None


def fuzzed_files(draw: Draw, feed: Feed, day: date, lines: int) -> list[FuzzedFile]:
    """Files of about ``lines`` records together."""
    files = []
    number = 0
    while number < lines:
        count = min(draw.choice((1, 50, 2_000, 8_000)), lines - number)
        records = [valid_record(draw, feed, day, number + index) for index in range(count)]
        suffix, write = draw.choice(_WRITERS)
        content, rows = write(draw, feed, day, records)
        files.append(FuzzedFile(f"{len(files):04}{suffix}", content, rows))
        number += count
    return files


def non_blank_lines(content: bytes) -> int:
    """Non-blank lines, counted line by line."""
    return sum(1 for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip(b" \t\n\r\x0b\x0c"))


def _lines(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> bytes:
    lines = []
    for record in records:
        way = draw.random()
        line = as_line(draw, mutated(draw, feed, record, day) if way < 0.5 else record)
        lines.append(spoilt(draw, line) if way > 0.8 else line)
    text = draw.choice((b"\n", b"\n", b"\r\n", b"\n\n")).join(lines) + draw.choice((b"", b"\n"))
    return b"\xef\xbb\xbf" + text if draw.random() < 0.1 else text


def _plain(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> tuple[bytes, int | None]:
    text = _lines(draw, feed, day, records)
    return text, non_blank_lines(text)


def _gzipped(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> tuple[bytes, int | None]:
    text = _lines(draw, feed, day, records)
    half = draw.randrange(len(text) + 1)
    content = gzip.compress(text[:half], 1) + gzip.compress(text[half:], 1)
    return (content, non_blank_lines(text)) if draw.random() < 0.8 else _broken(draw, content, _gunzip)


def _zstandard(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> tuple[bytes, int | None]:
    text = _lines(draw, feed, day, records)
    half = draw.randrange(len(text) + 1)
    content = zstandard.compress(text[:half], 1) + zstandard.compress(text[half:], 1)
    return (content, non_blank_lines(text)) if draw.random() < 0.8 else _broken(draw, content, None)


def _broken(draw: Draw, content: bytes, unpack: Callable[[bytes], bytes] | None) -> tuple[bytes, int | None]:
    """``content`` cut off, or with a byte changed; the count of a cut gzip file can be told, that of the others need not be."""
    at = draw.randrange(1, len(content))
    if draw.random() < 0.5:
        return content[:at] + bytes((content[at] ^ 0x55,)) + content[at + 1 :], None
    if unpack is None:
        return content[:at], None
    readable = unpack(content[:at]).removeprefix(b"\xef\xbb\xbf")
    whole, _, _ = readable.rpartition(b"\n")
    return content[:at], non_blank_lines(whole) + 1


def _gunzip(content: bytes) -> bytes:
    unpacked = b""
    while content:
        member = zlib.decompressobj(wbits=31)
        unpacked += member.decompress(content) + member.flush()
        if not member.eof:
            return unpacked
        content = member.unused_data
    return unpacked + b"\n"  # cut between two members: nothing is missing


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> tuple[bytes, int | None]:
    names = [*feed.column_names, *draw.sample(("x", "日本", "a b", "'", "); --", "select"), draw.randrange(3))]
    draw.shuffle(names)
    text = io.StringIO()
    writer = csv.writer(
        text, lineterminator=draw.choice(("\n", "\r\n")), quoting=draw.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    )
    writer.writerow(names)
    for record in records:
        changed = mutated(draw, feed, record, day) if draw.random() < 0.4 else record
        writer.writerow([_cell(changed.get(name)) for name in names])
    lines = text.getvalue().encode("utf-8", "surrogatepass").split(b"\n")
    if draw.random() < 0.5:
        for _ in range(len(lines) // 10):
            at = draw.randrange(1, len(lines))
            lines[at] = draw.choice(_CSV_SPOILERS)(lines[at])
    content = b"\n".join(lines)
    return content, _csv_records(content)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


_CSV_SPOILERS: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line + b",",
    lambda line: line.replace(b",", b'",', 1),
    lambda line: line.replace(b",", b',"', 1),
    lambda line: line.replace(b",", b',""', 1),
    lambda line: line.replace(b",", b";"),
    lambda line: line[: len(line) // 2],
    lambda line: b'"' + line + b'"',
    lambda line: line.replace(b"0", b"\0", 1),
    lambda line: line.replace(b"e", b"\xff", 1),
    lambda line: line + b'\r,"a\nb\r\nc"',
    lambda line: b"",
)


def _csv_records(content: bytes) -> int:
    """Records by the letter: a line break ends one where an even number of quotation marks stands before it. No header."""
    count = marks = 0
    is_filled = False
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        marks += line.count(b'"')
        is_filled = is_filled or bool(line.strip(b" \t\n\r\x0b\x0c"))
        if marks % 2 == 0:
            count += is_filled
            is_filled = False
    return max(count + is_filled - 1, 0)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(draw: Draw, feed: Feed, day: date, records: Sequence[Record]) -> tuple[bytes, int | None]:
    columns: dict[str, pa.Array] = {}
    for column in feed.columns:
        if draw.random() < 0.03:
            continue
        values = [fitting(draw, column, day) if draw.random() < 0.05 else record.get(column.name) for record in records]
        columns[column.name] = draw.choice(_ARROW_FORMS)(values)
    for name in draw.sample(ODD_NAMES, draw.randrange(4)):
        if "\0" not in name:
            columns[name] = draw.choice(_EXTRA_FORMS)(len(records))
    if not columns:
        return b"PAR1", None
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression=draw.choice(("snappy", "zstd", "none")), row_group_size=3_000)
    content = file.getvalue()
    if draw.random() < 0.1:
        at = draw.randrange(len(content))
        return content[:at] + bytes((content[at] ^ 0x55,)) + content[at + 1 :], None
    return content, len(records)


def _as_text(values: list[Any]) -> pa.Array:
    return pa.array([None if value is None else _printable(str(value)) for value in values], pa.string())


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _as_type(arrow_type: pa.DataType, convert: Callable[[Any], Any]) -> Callable[[list[Any]], pa.Array]:
    """Values of one type, text where the type does not take one of them."""

    def form(values: list[Any]) -> pa.Array:
        try:
            return pa.array([None if value is None else convert(value) for value in values], arrow_type)
        except (ValueError, TypeError, OverflowError, ArithmeticError, pa.ArrowException):
            return _as_text(values)

    return form


def _moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value)).astimezone(UTC)


_ARROW_FORMS: tuple[Callable[[list[Any]], pa.Array], ...] = (
    _as_text,
    _as_text,
    _as_text,
    lambda values: _as_text(values).cast(pa.large_string()),
    lambda values: _as_text(values).cast(pa.binary()),
    lambda values: _as_text(values).dictionary_encode(),
    _as_type(pa.int64(), int),
    _as_type(pa.uint64(), int),
    _as_type(pa.float64(), float),
    _as_type(pa.float32(), float),
    _as_type(pa.decimal128(38, 6), lambda value: Decimal(str(value))),
    _as_type(pa.bool_(), lambda value: bool(("False", "True").index(str(value)))),
    _as_type(pa.timestamp("us"), lambda value: _moment(value).replace(tzinfo=None)),
    _as_type(pa.timestamp("ns", "UTC"), _moment),
    _as_type(pa.timestamp("ms", "America/New_York"), _moment),
    _as_type(pa.date32(), lambda value: date.fromisoformat(str(value))),
    lambda values: pa.nulls(len(values)),
)
_EXTRA_FORMS: tuple[Callable[[int], pa.Array], ...] = (
    lambda rows: pa.array([[index, None] for index in range(rows)]),
    lambda rows: pa.array([{"a": index, 'b"': EXOTIC[index % 3]} for index in range(rows)]),
    lambda rows: pa.array([[("k", index)] for index in range(rows)], pa.map_(pa.string(), pa.int64())),
    lambda rows: pa.array([float("nan")] * rows),
    lambda rows: pa.array([b"\xff\x00"] * rows),
    lambda rows: pa.array([EXOTIC[index % 7] for index in range(rows)]),
    pa.nulls,
)

_WRITERS: tuple[tuple[str, Callable[[Draw, Feed, date, Sequence[Record]], tuple[bytes, int | None]]], ...] = (
    (".ndjson", _plain),
    (".ndjson", _plain),
    (".ndjson.gz", _gzipped),
    (".ndjson.zst", _zstandard),
    (".csv", _csv),
    (".parquet", _parquet),
)

"""Records as senders get them wrong: a valid record, then nothing, one or a few mutations of its values, its text or its bytes.

Everything is drawn from one ``random.Random``, so that a seed gives the same records for ever.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from netflix_platform.contracts import EVENTS, Column, Feed, Kind
from netflix_platform.contracts.events import OTHER_TYPES, PLAYBACK_TYPES
from netflix_platform.contracts.users import STATUSES

Draw = random.Random
Record = dict[str, Any]

EXOTIC = (
    "é", "日本", "𝕏", "\u202e", "\u0000", "\u2028", "\ufeff", "\ud800", "٣", "İ", "a\u0301", "\x1b[0m", "\t", "\r", "\n",
    "'; drop table raw.events; --", '"', "''", "\\", "{{ 1 }}", "$arrival_date", "%", "../../etc/passwd", "<b>", "NULL", "nan",
)  # fmt: skip
NUMBERS = (
    0, -0.0, -1, 1, 1.5, 0.0005, 0.00049999, 1e-7, 1e3, 1e15, 1e22, 1e308, -1e308, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64,
    10**19, 10**30, -(2**63), -(2**63) - 1, 86_400, 86_400.0005, 86_400.0004, 604_800, 10_000, 10_001, 3_600_000, 3_600_001,
)  # fmt: skip
NUMBER_TEXTS = (
    "5",
    "5.0",
    "5.",
    ".5",
    "-0",
    "+5",
    " 5",
    "0x1F",
    "1_000",
    "1e3",
    "1e99",
    "infinity",
    "NaN",
    "٣",
    "5,5",
    "000012",
)
MOMENTS = (
    "{d}T00:00:00Z", "{d}T23:59:59.999999Z", "{d}T23:59:59.9999999Z", "{d} 12:00", "{d}T12:00:00+05:30", "{d}T00:30:00+01",
    "{d}T23:30:00-0100", "{d}T24:00:00Z", "{d}T12:60:00Z", "{d}T12:00:60Z", "{d}T12:00:00.Z", "{d}", "{d}T12:00:00 Z",
    "2024-02-29T12:00:00Z", "2026-02-29T12:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "1000-01-01T00:00:00Z", "2999-12-31T23:59:59Z", "2999-12-31T23:59:59-15:00", "{d}T12:00:00.123456789Z", "{d}T1:00:00Z",
    "1781956800", "{d}T12:00:00.1234567891Z", "{d}t12:00:00z", "{d}T12:00:00+99:00", "-{d}T12:00:00Z", "12026-06-01T00:00:00Z",
)  # fmt: skip
ODD_NAMES = (
    "", " ", "Event_ID", "event_id ", "extra_fields", "event_date", "outcome", "file_no", "line", "text", "raw_event_id",
    "names", "fields", "a.b", "$", "$.a", "*", "'", '"', "\\", "select", "x" * 300, "\u0000", "日本", "): --", "; drop table t",
)  # fmt: skip


def valid_record(draw: Draw, feed: Feed, day: date, number: int) -> Record:
    """A record of ``feed`` that keeps the contract and arrived on ``day``."""
    if feed is EVENTS:
        return _valid_event(draw, day, number)
    moment = _moment(draw, day)
    if feed.name == "users":
        return {
            "user_id": f"u{number}",
            "changed_ts": moment,
            "signup_date": str(day - timedelta(days=draw.randrange(900))),
            "plan": draw.choice(("standard", "premium", "free for ever")),
            "country": draw.choice(("DE", "KR", "BR")),
            "age_band": "25-34",
            "status": draw.choice(STATUSES),
        }
    return {
        "title_id": f"t{number}",
        "changed_ts": moment,
        "title_name": f"Title {number} {draw.choice(EXOTIC[:3])}",
        "title_type": draw.choice(("film", "season")),
        "genres": "Drama, Crime",
        "language": "Korean",
        "is_original": draw.random() < 0.5,
        "release_date": str(day),
        "runtime_minutes": draw.randrange(1, 200),
    }


def _valid_event(draw: Draw, day: date, number: int) -> Record:
    kind = draw.choice((*PLAYBACK_TYPES, *OTHER_TYPES))
    happened = day - timedelta(days=0 if draw.random() < 0.9 else draw.randrange(3))
    record: Record = {
        "event_id": f"e{number if draw.random() < 0.97 else draw.randrange(number + 1)}",
        "event_type": kind,
        "event_ts": _moment(draw, happened),
        "user_id": f"u{draw.randrange(5000)}",
        "device_type": draw.choice(("tv", "phone")),
        "country": draw.choice(("DE", "KR")),
        "schema_version": 1,
    }
    if kind != "search":
        record["title_id"] = f"t{draw.randrange(300)}"
    if kind in PLAYBACK_TYPES:
        record |= {
            "playback_id": f"p{number}",
            "watched_seconds": draw.randrange(3_600_000) / 1000,
            "rebuffer_count": 0,
        }
    return record


def _moment(draw: Draw, day: date) -> str:
    moment = datetime.combine(day, time()) + timedelta(milliseconds=draw.randrange(86_400_000))
    return moment.isoformat(timespec="milliseconds") + "Z"


# --- mutations of values ---------------------------------------------------------------------------------------------


def mutated(draw: Draw, feed: Feed, record: Record, day: date) -> Record:
    """``record`` with one to three of its fields changed, dropped or added."""
    record = dict(record)
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        column = draw.choice(feed.columns)
        way = draw.random()
        if way < 0.15:
            record.pop(column.name, None)
        elif way < 0.3:
            record[draw.choice(ODD_NAMES)] = _any_value(draw, day, 2)
        else:
            record[column.name] = fitting(draw, column, day) if way < 0.7 else _any_value(draw, day, 3)
    return record


def fitting(draw: Draw, column: Column, day: date) -> Any:
    """A value at or near the edge of what ``column`` takes."""
    if column.allowed:
        return draw.choice((*column.allowed, column.allowed[0].upper(), column.allowed[0] + " "))
    if column.kind is Kind.TIMESTAMP:
        near = day + timedelta(days=draw.choice((-31, -30, -29, -2, -1, 0, 0, 0, 1)))
        return draw.choice(MOMENTS).format(d=near)
    if column.kind is Kind.DATE:
        return draw.choice(
            (str(day), "2024-02-29", "2026-02-29", "0000-00-00", "9999-12-31", "1000-01-01", f"{day}T00:00:00Z")
        )
    if column.kind is Kind.BOOLEAN:
        return draw.choice((True, False, "TRUE", "false", "yes", 1, 0, "t"))
    if column.kind in (Kind.INTEGER, Kind.SECONDS):
        edges = [bound + step for bound in (column.minimum, column.maximum) if bound is not None for step in (-1, 0, 1)]
        return draw.choice((*edges, draw.choice(NUMBERS), draw.choice(NUMBER_TEXTS)))
    length = draw.choice((1, 63, 64, 65, 9_999, 10_000, 10_001) if column.kind is Kind.TEXT else (1, 63, 64, 65))
    return draw.choice(("x" * length, draw.choice(EXOTIC), "", " ", draw.choice(NUMBERS), "a b", "a-b:c._"))


def _any_value(draw: Draw, day: date, depth: int) -> Any:
    way = draw.randrange(10 if depth else 8)
    if way == 0:
        return None
    if way == 1:
        return draw.random() < 0.5
    if way in (2, 3):
        return draw.choice(NUMBERS)
    if way == 4:
        return draw.choice(NUMBER_TEXTS)
    if way == 5:
        return draw.choice(MOMENTS).format(d=day)
    if way in (6, 7):
        return "".join(draw.choice((*EXOTIC, "a", "b", "")) for _ in range(draw.randrange(4)))
    if way == 8:
        return [_any_value(draw, day, depth - 1) for _ in range(draw.randrange(3))]
    return {
        draw.choice((*ODD_NAMES, "a", "event_id")): _any_value(draw, day, depth - 1) for _ in range(draw.randrange(3))
    }


# --- mutations of text and bytes -------------------------------------------------------------------------------------


def as_line(draw: Draw, record: Record) -> bytes:
    """``record`` as JSON, compact or loose, ASCII or not; lone surrogates become bytes that are no UTF-8."""
    separators = draw.choice(((",", ":"), (", ", ": "), (" ,", " :  ")))
    text = json.dumps(record, ensure_ascii=draw.random() < 0.5, separators=separators)
    return text.encode("utf-8", "surrogatepass")


def spoilt(draw: Draw, line: bytes) -> bytes:
    """``line`` with its text or bytes damaged; may hold line breaks."""
    return draw.choice(_SPOILERS)(draw, line)


def _somewhere(draw: Draw, line: bytes, what: bytes) -> bytes:
    at = draw.randrange(len(line) + 1)
    return line[:at] + what + line[at:]


def _nested(draw: Draw, line: bytes) -> bytes:
    depth = draw.choice((10, 1_000, 20_000))
    opening, closing = draw.choice(((b"[", b"]"), (b'{"a":', b"}")))
    bomb = opening * depth + (b"1" + closing * depth if draw.random() < 0.7 else b"")
    return line[:-1] + b',"bomb":' + bomb + b"}"


_ENCODINGS = ("utf-16", "utf-16-le", "latin-1", "cp037")
_LENGTHS = (*(10,) * 98, 70_000, (1 << 20) + 5)  # longer than a record may be, but seldom

_SPOILERS: tuple[Callable[[Draw, bytes], bytes], ...] = (
    lambda draw, line: line[: draw.randrange(len(line))],
    lambda draw, line: line[draw.randrange(len(line)) :],
    lambda draw, line: _somewhere(draw, line, b"\0"),
    lambda draw, line: _somewhere(draw, line, draw.choice((b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"))),
    lambda draw, line: _somewhere(draw, line, draw.choice((b"\n", b"\r", b"\r\n", b"\xe2\x80\xa8", b"\xef\xbb\xbf"))),
    lambda draw, line: _somewhere(draw, line, bytes((draw.randrange(256),))),
    lambda draw, line: line.decode("utf-8", "replace").encode(draw.choice(_ENCODINGS), "replace"),
    lambda draw, line: line[:-1] + b',"event_id":"twice"}',
    lambda draw, line: line[:-1] + b',"x":1,"x":2}',
    lambda draw, line: line[:-1] + b',"n":' + draw.choice((b"NaN", b"1e999", b"-Infinity", b"01", b"9" * 400)) + b"}",
    lambda draw, line: line[:-1] + draw.choice((b",}", b",}}", b'} {"a":1}', b'}{"a":1}', b"}]")),
    lambda draw, line: draw.choice((b"[]", b"null", b"1", b'"text"', b"[" + line + b"]", b"true", b"{}", b"//x", b"{'a':1}")),
    lambda draw, line: b" \t" + line + b" \r",
    lambda draw, line: b'{"\\u0065vent_id":' + line.partition(b":")[2] if line.startswith(b'{"event_id"') else line + line,
    lambda draw, line: draw.choice((b"", b"   ", b"\t\r", b"\x0b\x0c")),
    _nested,
    lambda draw, line: line[:-1] + b',"long":"' + b"x" * draw.choice(_LENGTHS) + b'"}',
)  # fmt: skip

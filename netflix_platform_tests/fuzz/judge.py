"""A second judge of the contract: plain Python from its words, sharing nothing with the platform's SQL but the declarations.

``verdict`` judges one line of NDJSON; ``broken_rules`` holds accepted rows of the lake against the contract, set at a time.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from netflix_platform.contracts import Column, Feed, Kind
from netflix_platform.settings import Settings

MALFORMED = frozenset({"malformed_record", "invalid_encoding", "not_an_object"})


class GrayError(Exception):
    """A value of which the contract's words leave open how it is read, for instance a number that no double holds."""


@dataclass(frozen=True)
class Verdict:
    """``reasons``: what a line may be refused for, none when it must be accepted; ``field``; ``values``: of an accepted line."""

    reasons: frozenset[str]
    field: str | None = None
    values: dict[str, Any] | None = None


def verdict(settings: Settings, feed: Feed, line: bytes, arrival: date) -> Verdict:
    """What must become of ``line``, as received on ``arrival``. Raises ``GrayError`` where two answers are right."""
    if len(line) > 1 << 20:
        return Verdict(MALFORMED)
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return Verdict(frozenset({"invalid_encoding"}))
    if text.count("[") + text.count("{") > 500:
        raise GrayError("nested deeper than Python reads")
    try:
        record = json.loads(
            text.strip(" \t\r\n"), object_pairs_hook=_Pairs, parse_constant=_refuse, parse_float=_finite
        )
    except ValueError as error:
        if re.search(r",\s*[}\]]", text):
            raise GrayError("a comma too many, which DuckDB's parser lets pass") from error
        return Verdict(MALFORMED)
    if _has_lone_surrogates(record):
        return Verdict(MALFORMED)
    if not isinstance(record, _Pairs):
        return Verdict(frozenset({"not_an_object"}))
    fields = dict(record)
    if len(fields) < len(record):
        if all(value is None for name, value in record if sum(name == other for other, _ in record) > 1):
            raise GrayError("a field that is null twice")
        return Verdict(frozenset({"malformed_record"}))
    return _judged(settings, feed, fields, arrival)


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, so that a name that comes twice shows."""


def _refuse(token: str) -> None:
    raise ValueError(token)


def _finite(text: str) -> float:
    number = float(text)
    if abs(number) == float("inf"):
        raise GrayError("a number that no double holds")
    return number


def _has_lone_surrogates(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, _Pairs):
        return any(_has_lone_surrogates(part) for pair in value for part in pair)
    return isinstance(value, list) and any(map(_has_lone_surrogates, value))


def _judged(settings: Settings, feed: Feed, fields: dict[str, Any], arrival: date) -> Verdict:
    values: dict[str, Any] = {}
    missing = {column.name for column in feed.columns if fields.get(column.name) in (None, "")}
    for column in feed.columns:
        if column.name not in missing:
            values[column.name] = _read(column.kind, fields[column.name])
    kind = values.get(feed.type_column or "")
    for column in feed.columns:
        broken = _broken(column, column.name in missing, values.get(column.name), kind)
        if broken:
            return Verdict(frozenset({broken}), column.name)
    if feed.event_time:
        day = values[feed.event_time].date()
        early = day < arrival - timedelta(days=settings.late_horizon_days)
        for reason, is_broken in (
            ("before_start", day < settings.start_date),
            ("after_arrival", day > arrival),
            ("beyond_horizon", early),
        ):
            if is_broken:
                return Verdict(frozenset({reason}), feed.event_time)
    return Verdict(frozenset(), values=values)


def _broken(column: Column, is_missing: bool, value: Any, kind: str | None) -> str | None:
    if is_missing:
        return "missing_field" if column.required or kind in column.required_for else None
    if value is None:
        return "wrong_type"
    if column.allowed and value not in column.allowed:
        return "not_allowed"
    if (column.minimum is not None and value < column.minimum) or (
        column.maximum is not None and value > column.maximum
    ):
        return "out_of_range"
    return None


# --- values: ``None`` is a value of another type ---------------------------------------------------------------------


def _read(kind: Kind, value: Any) -> Any:
    if isinstance(value, (_Pairs, list)):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        raise GrayError("an integer that no column holds")
    if isinstance(value, float) and (abs(value) >= 1e15 or 0 < abs(value) < 1e-5):
        raise GrayError("a number that is printed with an exponent")
    if kind is Kind.BOOLEAN:
        text = str(value).lower() if isinstance(value, (bool, str)) else ""
        return {"true": True, "false": False}.get(text)
    if isinstance(value, bool):
        return None
    if kind in (Kind.ID, Kind.TEXT):
        return _read_text(kind, value)
    if kind is Kind.INTEGER:
        return _read_integer(value)
    if kind is Kind.SECONDS:
        return _read_seconds(value)
    return _read_time(kind, value) if isinstance(value, str) else None


def _read_text(kind: Kind, value: Any) -> str | None:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return None
    if kind is Kind.ID:
        return value if re.fullmatch(r"[A-Za-z0-9_.:\-]{1,64}", value) else None
    return value if len(value) <= 10_000 and "\0" not in value else None


def _read_integer(value: Any) -> int | None:
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        if not re.fullmatch(r"-?[0-9]{1,19}(\.0+)?", value):
            return None
        value = int(value.partition(".")[0])
    return value if -(2**63) <= value < 2**63 else None


def _read_seconds(value: Any) -> Decimal | None:
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", value):
        return None
    number = Decimal(str(value))
    if abs(number) >= 10**15:
        if isinstance(value, str):
            raise GrayError("more digits than the column has")
        return None
    return number.quantize(Decimal("0.001"), ROUND_HALF_UP)


def _read_time(kind: Kind, text: str) -> datetime | date | None:
    if kind is Kind.DATE:
        return date.fromisoformat(text) if re.fullmatch(r"[12]\d{3}-\d\d-\d\d", text, re.A) and _is_day(text) else None
    found = re.fullmatch(
        r"([12]\d{3}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?", text, re.ASCII
    )
    if not found or not _is_day(found[1]):
        return None
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    moment = datetime.fromisoformat(found[1]).replace(hour=hour, minute=minute, second=second)
    moment += timedelta(microseconds=int((found[5] or "0").ljust(6, "0")[:6]))
    if found[6] and found[6] != "Z":
        digits = found[6][1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 14:
            raise GrayError("an offset that no zone has")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment -= offset if found[6][0] == "+" else -offset
        if not 1000 < moment.year < 2999:
            raise GrayError("a year at the edge, moved by its offset")
    return moment


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


# --- all accepted rows of a day --------------------------------------------------------------------------------------


def broken_rules(settings: Settings, feed: Feed, rows: pl.DataFrame, arrival: date) -> list[str]:
    """Rules that accepted ``rows`` (a day's lake files) break, with how many do."""
    checks: dict[str, pl.Expr] = {"arrival_date": pl.col("arrival_date") != arrival}
    for column in feed.columns:
        value = pl.col(column.name)
        if column.required:
            checks[f"{column.name} is missing"] = value.is_null()
        if column.required_for and feed.type_column:
            needed = pl.col(feed.type_column).is_in(column.required_for)
            checks[f"{column.name} is missing for its type"] = needed & value.is_null()
        if column.allowed:
            checks[f"{column.name} is not allowed"] = ~value.is_in(column.allowed)
        if column.minimum is not None:
            checks[f"{column.name} is too small"] = value < column.minimum
        if column.maximum is not None:
            checks[f"{column.name} is too large"] = value > column.maximum
        if column.kind is Kind.ID:
            checks[f"{column.name} is no id"] = ~value.str.contains(r"^[A-Za-z0-9_.:\-]{1,64}\z")
        if column.kind is Kind.TEXT:
            checks[f"{column.name} is no text"] = ~value.str.len_chars().is_between(1, 10_000) | value.str.contains(
                "\0", literal=True
            )
        if column.kind in (Kind.TIMESTAMP, Kind.DATE):
            checks[f"{column.name} is too far off"] = ~value.dt.year().is_between(
                999, 3000
            )  # an offset may move the edge
    day = pl.col("event_date")
    if feed.event_time:
        checks["event_date is another day"] = day != pl.col(feed.event_time).dt.date()
        checks["event_date is out of bounds"] = ~day.is_between(
            max(settings.start_date, arrival - timedelta(days=settings.late_horizon_days)), arrival
        )
    else:
        checks["event_date is not the arrival day"] = day != arrival
    counted = rows.select(
        **{name: expression.fill_null(False).sum() for name, expression in checks.items()},
        **{"key comes twice": pl.len() - pl.struct(feed.key).n_unique()},
    ).row(0, named=True)
    problems = [f"{name}: {count} rows" for name, count in counted.items() if count]
    unreadable = [text for text in rows["extra_fields"].drop_nulls().unique() if not _is_json_object(text)]
    if unreadable:
        problems.append(f"extra_fields is no JSON object: {len(unreadable)} texts, for example {unreadable[0][:200]!r}")
    return problems


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_constant=_refuse), dict)
    except RecursionError:
        return True
    except ValueError:
        return False

"""Whether a text that a person wrote, in a mapping file say, is a value that a column takes. Rows are judged in ``lake``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from netflix_platform.contracts.feed import Column, Kind

LONGEST_TEXT = 10_000  # characters


def value_problem(column: Column, text: str) -> str | None:
    """Why ``column`` does not take ``text``, or ``None``."""
    if column.allowed:
        return None if text in column.allowed else f"must be one of {', '.join(column.allowed)}"
    fits, wanted = _KINDS[column.kind]
    if not fits(text):
        return f"must be {wanted}"
    if column.kind not in (Kind.INTEGER, Kind.SECONDS):
        return None
    low, high = column.minimum, column.maximum
    if (low is not None and Decimal(text) < low) or (high is not None and Decimal(text) > high):
        bounds = [
            *([f"at least {low:,}"] if low is not None else []),
            *([f"at most {high:,}"] if high is not None else []),
        ]
        return f"must be {' and '.join(bounds)}"
    return None


def _is_text(text: str) -> bool:
    return 0 < len(text) <= LONGEST_TEXT and "\0" not in text


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch(r"[12]\d{3}-\d\d-\d\d", text, re.ASCII) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return re.match(r"[12]\d{3}-\d\d-\d\d[T ]\d\d:\d\d", text, re.ASCII) is not None and bool(
            datetime.fromisoformat(text)
        )
    except ValueError:
        return False


def _is_decimal(text: str) -> bool:
    try:
        return re.fullmatch(r"-?\d{1,15}(\.\d+)?", text, re.ASCII) is not None and Decimal(text).is_finite()
    except InvalidOperation:
        return False


_KINDS: Mapping[Kind, tuple[Callable[[str], bool], str]] = {
    Kind.ID: (
        lambda text: re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", text) is not None,
        "1 to 64 characters out of A-Z a-z 0-9 _ . : -",
    ),
    Kind.TEXT: (_is_text, f"a text of 1 to {LONGEST_TEXT:,} characters"),
    Kind.TIMESTAMP: (_is_moment, "a time such as 2026-07-01T20:15:00Z"),
    Kind.DATE: (_is_day, "a day such as 2026-07-01"),
    Kind.INTEGER: (lambda text: re.fullmatch(r"-?\d{1,18}", text, re.ASCII) is not None, "a whole number"),
    Kind.SECONDS: (_is_decimal, "a decimal number of seconds"),
    Kind.BOOLEAN: (lambda text: text in ("true", "false"), "true or false"),
}

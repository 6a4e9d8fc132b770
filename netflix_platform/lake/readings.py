"""How a value of each kind is read out of JSON, out of text and out of a Parquet column: SQL for "is missing" and for
the typed value, which is null when the value does not have the kind's type. No rules and no columns here.

What counts as each kind:
id           1 to 64 of A-Z a-z 0-9 _ . : - ; a JSON number only when whole (others change when they are printed)
text         up to 10,000 characters without a NUL; a JSON number only when whole
timestamp    YYYY-MM-DD, T or a blank, HH:MM, optional seconds with up to 9 decimals (kept to the microsecond), optional Z
             or offset; without one it is UTC. A date alone is none. Years 1000 to 2999
date         YYYY-MM-DD, years 1000 to 2999
integer      whole numbers, also written 5.0 or as a string
seconds      decimal numbers, also as a string, rounded to the millisecond, halves away from zero
boolean      true or false in any case, also as a string
"""

from __future__ import annotations

from dataclasses import dataclass

from netflix_platform.contracts import Kind

LONGEST_TEXT = 10_000

_WHOLE = "-?[0-9]{1,19}"
_DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_MOMENT = _DAY + r"[T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_PATTERNS = {
    Kind.ID: "[A-Za-z0-9_.:-]{1,64}",
    Kind.DATE: _DAY,
    Kind.INTEGER: _WHOLE + "([.]0+)?",
    Kind.SECONDS: "-?[0-9]{1,15}([.][0-9]{1,30})?([eE][+-]?[0-9]{1,2})?",
    Kind.BOOLEAN: "(?i)true|false",
}
_UTC = _MOMENT + "Z?"
_OFFSET = _MOMENT + "[+-][0-9]{2}(:?[0-9]{2})?"

_WHOLE_TYPES = frozenset(
    sign + name for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_MOMENT_TYPES = frozenset(
    {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_US"}
)


@dataclass(frozen=True)
class Reading:
    """SQL for one value: ``missing`` (absent, null or empty; boolean) and ``value`` (the kind's SQL type, or null)."""

    missing: str
    value: str


def absent(kind: Kind) -> Reading:
    """A column that the source does not have."""
    return Reading("true", f"null::{kind.sql_type}")


def from_text(kind: Kind, text: str) -> Reading:
    """Read the VARCHAR expression ``text``: a CSV field, or a Parquet string."""
    if kind is Kind.TEXT:
        value = f"case when length({text}) <= {LONGEST_TEXT} and not contains({text}, chr(0)) then {text} end"
    else:
        value = _checked_cast(kind, text, shown=text, mark="")
    return Reading(f"({text} is null or {text} = '')", value)


def from_json(kind: Kind, json: str) -> Reading:
    """Read ``json``, a VARCHAR expression holding one JSON value as DuckDB prints it; a JSON null is an SQL null."""
    inner = f"substring({json}, 2, length({json}) - 2)"
    if kind is Kind.TEXT:
        # Printed JSON holds a backslash only where something had to be escaped, so most texts need no second parse.
        unescaped = from_text(kind, f"json_extract_string({json}, '$')").value
        value = (
            f"case when contains({json}, '\\') then {unescaped}"
            f" when length({json}) > {LONGEST_TEXT + 2} then null"
            f" when starts_with({json}, '\"') then {inner}"
            f" when regexp_full_match({json}, '{_WHOLE}') then {json} end"
        )
    elif kind is Kind.ID:
        value = (
            f"case when regexp_full_match({json}, '\"{_PATTERNS[kind]}\"') then {inner}"
            f" when regexp_full_match({json}, '{_WHOLE}') then {json} end"
        )
    elif kind in (Kind.TIMESTAMP, Kind.DATE):
        value = _checked_cast(kind, inner, json, mark='"')
    else:
        value = _checked_cast(kind, f"trim({json}, '\"')", json, mark='"?')
    return Reading(f"({json} is null or {json} = '\"\"')", value)


def from_parquet(kind: Kind, sql_type: str, column: str) -> Reading:
    """Read ``column``, an expression of DuckDB's type ``sql_type``, without a detour through text where that is exact."""
    missing = f"{column} is null"
    family = sql_type.partition("(")[0]
    if family == "VARCHAR":
        return from_text(kind, column)
    if kind in (Kind.ID, Kind.TEXT) and (family in _WHOLE_TYPES or family == "UUID"):
        return Reading(missing, f"{column}::varchar")
    if kind in (Kind.INTEGER, Kind.SECONDS) and family in _WHOLE_TYPES:
        return Reading(missing, f"try_cast({column} as {kind.sql_type})")
    if kind is Kind.SECONDS and family == "DECIMAL":
        return Reading(missing, f"try_cast({column} as {kind.sql_type})")
    if kind is Kind.SECONDS and family == "DOUBLE":
        return Reading(missing, _rounded(column))
    if kind is Kind.TIMESTAMP and family in _MOMENT_TYPES:
        moment = f"try_cast({column} as timestamp)"
        return Reading(missing, _within(moment, "timestamp '1000-01-01'", "timestamp '2999-12-31 23:59:59.999999'"))
    if kind is Kind.DATE and family == "DATE":
        return Reading(missing, _within(column, "date '1000-01-01'", "date '2999-12-31'"))
    if kind is Kind.BOOLEAN and family == "BOOLEAN":
        return Reading(missing, column)
    return from_json(kind, f"to_json({column})::varchar")


def _checked_cast(kind: Kind, text: str, shown: str, mark: str) -> str:
    """Cast ``text`` where ``shown`` (``text`` between the quotation marks ``mark``) matches the kind's pattern.

    The pattern comes first because a cast alone takes ``0x1F``, ``1_000``, ``infinity`` and rounds ``1.7`` to 2.
    """

    def matches(pattern: str) -> str:
        return f"regexp_full_match({shown}, '{mark}({pattern}){mark}')"

    if kind is Kind.ID:
        return f"case when {matches(_PATTERNS[kind])} then {text} end"
    if kind is Kind.TIMESTAMP:
        # A cast to TIMESTAMP would leave the offset out of account.
        return (
            f"case when {matches(_UTC)} then try_cast({text} as timestamp)"
            f" when {matches(_OFFSET)} then try_cast({text} as timestamp with time zone)::timestamp end"
        )
    return f"case when {matches(_PATTERNS[kind])} then try_cast({text} as {kind.sql_type}) end"


def _rounded(column: str) -> str:
    """A DOUBLE as the decimal that its shortest text stands for, so that Parquet and JSON round alike.

    Only near a half do the two differ, so only there the text is made.
    """
    near_half = f"abs(abs({column} * 1000 - trunc({column} * 1000)) - 0.5) < 1e-3"
    return (
        f"case when not isfinite({column}) then null when {near_half} then try_cast({column}::varchar as decimal(18,3)) "
        f"else try_cast({column} as decimal(18,3)) end"
    )


def _within(value: str, first: str, last: str) -> str:
    return f"case when {value} between {first} and {last} then {value} end"

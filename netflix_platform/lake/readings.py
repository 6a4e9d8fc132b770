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

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netflix_platform.contracts import Kind
from netflix_platform.contracts.values import LONGEST_TEXT

_QUOTED, _PERHAPS_QUOTED = '"', '"?'

_WHOLE = "-?[0-9]{1,19}"
_DECIMAL = "-?[0-9]{{1,{0}}}([.][0-9]{{1,30}})?([eE][+-]?[0-9]{{1,2}})?"
_NUMBER = _DECIMAL.format(19)  # with room for nanoseconds since 1970
_DAY = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_MOMENT = _DAY + r"[T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
_MOMENT_IN_UTC = _MOMENT + "Z?"
_MOMENT_WITH_OFFSET = _MOMENT + "[+-][0-9]{2}(:?[0-9]{2})?"
_PATTERNS = {
    Kind.ID: "[A-Za-z0-9_.:-]{1,64}",
    Kind.DATE: _DAY,
    Kind.INTEGER: _WHOLE + "([.]0+)?",
    Kind.SECONDS: _DECIMAL.format(15),
    Kind.BOOLEAN: "(?i)true|false",
}
# strptime takes single digits too, but a text of 26 characters that fits has none.
_COMMON_MOMENT = '"%Y-%m-%dT%H:%M:%S.%gZ"'

# Parquet columns that need no detour through text: DuckDB's types, and the value as SQL over the column {0}.
_WHOLE_TYPES = frozenset(
    sign + name for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_MOMENT_TYPES = frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"})
_WITHIN_YEARS = "case when {0} between timestamp '1000-01-01' and timestamp '2999-12-31 23:59:59.999999' then {0} end"
_MOMENT_VALUE = _WITHIN_YEARS.format("try_cast({0} as timestamp)")
# A DOUBLE as the decimal that its shortest text stands for, so that Parquet and JSON round alike; the two differ only near
# a half, so only there the text is made.
_DOUBLE_VALUE = (
    "case when not isfinite({0}) then null "
    "when abs(abs({0} * 1000 - trunc({0} * 1000)) - 0.5) < 1e-3 then try_cast({0}::varchar as decimal(18,3)) "
    "else try_cast({0} as decimal(18,3)) end"
)
_DIRECT: Mapping[Kind, tuple[tuple[frozenset[str], str], ...]] = {
    Kind.ID: ((_WHOLE_TYPES | {"UUID"}, "{0}::varchar"),),
    Kind.TEXT: ((_WHOLE_TYPES | {"UUID"}, "{0}::varchar"),),
    Kind.TIMESTAMP: ((_MOMENT_TYPES, _MOMENT_VALUE),),
    Kind.DATE: ((frozenset({"DATE"}), "case when {0} between date '1000-01-01' and date '2999-12-31' then {0} end"),),
    Kind.INTEGER: ((_WHOLE_TYPES, "try_cast({0} as bigint)"),),
    Kind.SECONDS: (
        (_WHOLE_TYPES | {"DECIMAL"}, "try_cast({0} as decimal(18,3))"),
        (frozenset({"DOUBLE"}), _DOUBLE_VALUE),
    ),
    Kind.BOOLEAN: ((frozenset({"BOOLEAN"}), "{0}"),),
}


@dataclass(frozen=True)
class Reading:
    """SQL for one value: ``missing`` (absent, null or empty; boolean) and ``value`` (the kind's SQL type, or null).

    ``kept``: the same value by a cheaper way, for a row that keeps every rule; empty where there is none.

    A mapping can add to it: ``unlisted``: SQL that is true for a value that it does not list and refuses; ``wanted``: what is
    wanted, in words, where that is not what the contract says; ``origin``: where the value comes from, in words.
    """

    missing: str
    value: str
    unlisted: str = ""
    wanted: str = ""
    origin: str = ""
    kept: str = ""


def absent(kind: Kind) -> Reading:
    """A column that the source does not have."""
    return Reading("true", f"null::{kind.sql_type}")


def from_text(kind: Kind, text: str) -> Reading:
    """Read the VARCHAR expression ``text``: a CSV field, or a Parquet string."""
    if kind is Kind.TEXT:
        fits = f"length({text}) between 1 and {LONGEST_TEXT} and not contains({text}, chr(0))"
        value = f"case when {fits} then {text} end"
    else:
        value = _checked_cast(kind, text, shown=text, mark="")
    # What is neither missing nor mistyped is the value, so a text that was judged need not be looked at again.
    kept = f"nullif({text}, '')" if kind in (Kind.ID, Kind.TEXT) else ""
    return Reading(f"({text} is null or {text} = '')", value, kept=kept)


def from_json(kind: Kind, json: str) -> Reading:
    """Read ``json``, a VARCHAR expression holding one JSON value as DuckDB prints it; a JSON null is an SQL null."""
    return Reading(f"({json} is null or {json} = '\"\"')", _JSON_VALUES[kind](json))


def from_parquet(kind: Kind, sql_type: str, column: str) -> Reading:
    """Read ``column``, an expression of DuckDB's type ``sql_type``."""
    family = sql_type.partition("(")[0]
    if family == "VARCHAR":
        return from_text(kind, column)
    if family == "BLOB":  # some writers do not mark their texts as such
        text = from_text(kind, f"try(decode({column}))")
        return Reading(f"({column} is null or octet_length({column}) = 0)", text.value)
    for types, value in _DIRECT[kind]:
        if family in types:
            return Reading(f"{column} is null", value.format(column))
    return from_json(kind, f"to_json({column})::varchar")


def from_local_text(text: str, timezone: str) -> str:
    """SQL for the moment (UTC) that the VARCHAR ``text`` tells on the clocks of ``timezone``; null when it has an offset."""
    return (
        f"case when {_matches(text, _MOMENT)} then timezone({timezone}, try_cast({text} as timestamp))::timestamp end"
    )


def number_text(text: str) -> str:
    """SQL for the VARCHAR ``text`` where it is a decimal number, else null."""
    return f"case when {_matches(text, _NUMBER)} then {text} end"


def within_years(moment: str) -> str:
    """SQL for ``moment`` (a timestamp) where it lies in the years that the contract knows, else null."""
    return _WITHIN_YEARS.format(moment)


# --- values in JSON: the common form first, without a regular expression, which costs two to three times as much -----


def _json_id(json: str) -> str:
    string = f"when {_matches(json, _PATTERNS[Kind.ID], _QUOTED)} then {_between_marks(json)}"
    return f"case {string} when {_matches(json, _WHOLE)} then {json} end"


def _json_text(json: str) -> str:
    # Printed JSON holds a backslash only where something had to be escaped, so most texts need no second parse.
    unescaped = from_text(Kind.TEXT, f"json_extract_string({json}, '$')").value
    return (
        f"case when not starts_with({json}, '\"') then case when {_matches(json, _WHOLE)} then {json} end "
        f"when contains({json}, '\\') then {unescaped} "
        f"when length({json}) <= {LONGEST_TEXT + 2} and {json} <> '\"\"' then {_between_marks(json)} end"
    )


def _json_timestamp(json: str) -> str:
    common = f"length({json}) = 26 and {json} between '\"1' and '\"3'"
    other = _checked_cast(Kind.TIMESTAMP, _between_marks(json), json, _QUOTED)
    return f"coalesce(case when {common} then try_strptime({json}, '{_COMMON_MOMENT}') end, {other})"


def _json_integer(json: str) -> str:
    # Left to a cast, 1.7 would be rounded to 2 and 1e-7 to 0.
    common = f"not contains({json}, '.') and not contains({json}, '-')"
    other = _checked_cast(Kind.INTEGER, _without_marks(json), json, _PERHAPS_QUOTED)
    return f"coalesce(case when {common} then try_cast({json} as bigint) end, {other})"


def _json_seconds(json: str) -> str:
    other = _checked_cast(Kind.SECONDS, _without_marks(json), json, _PERHAPS_QUOTED)
    return f"coalesce(try_cast({json} as decimal(18,3)), {other})"


_JSON_VALUES: Mapping[Kind, Callable[[str], str]] = {
    Kind.ID: _json_id,
    Kind.TEXT: _json_text,
    Kind.TIMESTAMP: _json_timestamp,
    Kind.DATE: lambda json: _checked_cast(Kind.DATE, _between_marks(json), json, _QUOTED),
    Kind.INTEGER: _json_integer,
    Kind.SECONDS: _json_seconds,
    Kind.BOOLEAN: lambda json: _checked_cast(Kind.BOOLEAN, _without_marks(json), json, _PERHAPS_QUOTED),
}


# --- shared ----------------------------------------------------------------------------------------------------------


def _checked_cast(kind: Kind, text: str, shown: str, mark: str) -> str:
    """Cast ``text`` where ``shown`` (``text`` between the quotation marks ``mark``) matches the kind's pattern.

    The pattern comes first because a cast alone takes ``0x1F``, ``1_000``, ``infinity`` and rounds ``1.7`` to 2.
    """
    if kind is Kind.TIMESTAMP:
        # A cast to TIMESTAMP would leave the offset out of account.
        return (
            f"case when {_matches(shown, _MOMENT_IN_UTC, mark)} then try_cast({text} as timestamp) "
            f"when {_matches(shown, _MOMENT_WITH_OFFSET, mark)} then try_cast({text} as timestamptz)::timestamp end"
        )
    return f"case when {_matches(shown, _PATTERNS[kind], mark)} then try_cast({text} as {kind.sql_type}) end"


def _matches(text: str, pattern: str, mark: str = "") -> str:
    return f"regexp_full_match({text}, '{mark}({pattern}){mark}')"


def _between_marks(json: str) -> str:
    return f"substring({json}, 2, length({json}) - 2)"


def _without_marks(json: str) -> str:
    return f"trim({json}, '\"')"

"""One field of a mapping as SQL: from values of theirs, whatever their format, to the reading of a column of ours.

Theirs is looked at as text wherever the mapping changes it, so that the same value gives the same in every format. A value that
cannot be read is refused by the contract's own rules; nothing is guessed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from netflix_platform.contracts import Column, Kind
from netflix_platform.contracts.mapping import EPOCHS, ISO, KEEP, REFUSE, FieldMapping
from netflix_platform.engines.sql_text import literal
from netflix_platform.lake.readings import (
    Reading,
    absent,
    from_json,
    from_local_text,
    from_parquet,
    from_text,
    number_text,
    within_years,
)

_HASH_DIGITS = 32
_DECIMALS = 9  # of a number before it is multiplied, and of a factor that is
_FACTOR_DIGITS = 14
# Parquet columns whose text is what a person would write; lists, structs and the like have none.
_WITHOUT_TEXT = ("STRUCT", "MAP", "UNION", "BLOB")


@dataclass(frozen=True)
class Value:
    """SQL for one value of theirs. ``missing``: absent, null or empty; ``text``: as text, null where it is no single value;
    ``read``: as the contract reads a value of a kind.
    """

    missing: str
    text: str
    read: Callable[[Kind], Reading]


def json_value(json: str) -> Value:
    """``json``: SQL for one value as DuckDB prints it, null when there is none."""
    text = (
        f"case when starts_with({json}, '\"') then json_extract_string({json}, '$') "
        f"when not starts_with({json}, '{{') and not starts_with({json}, '[') then {json} end"
    )
    return Value(from_json(Kind.TEXT, json).missing, text, lambda kind: from_json(kind, json))


def text_value(text: str) -> Value:
    """``text``: SQL for a text."""
    return Value(from_text(Kind.TEXT, text).missing, text, lambda kind: from_text(kind, text))


def parquet_value(sql_type: str, column: str) -> Value:
    """``column``: SQL of DuckDB's type ``sql_type``."""
    if sql_type == "BLOB":
        text = f"try(decode({column}))"
    elif sql_type.startswith(_WITHOUT_TEXT) or sql_type.endswith("]"):
        text = "null::varchar"
    else:
        text = f"{column}::varchar"
    missing = from_parquet(Kind.TEXT, sql_type, column).missing
    return Value(missing, text, lambda kind: from_parquet(kind, sql_type, column))


NO_VALUE = Value("true", "null::varchar", absent)  # of a path that a file does not have


def mapped_reading(column: Column, field: FieldMapping, values: Sequence[Value]) -> Reading:
    """How ``column`` is read; ``values``: those of the field's paths, in their order."""
    if field.constant is not None:
        return Reading("false", _ours(column, field.constant), origin=field.origin)
    theirs = _made(field, _joined(field.join, values) if field.join is not None else _first(values))
    if field.values:
        reading = _listed(column, field, theirs)
    elif field.factor is not None:
        number = _multiplied(column.kind, number_text(theirs.text), field.factor)
        reading = Reading(theirs.missing, number, wanted=f"a number{f' ({field.unit})' if field.unit else ''}")
    elif (field.unit not in (None, ISO)) or field.timezone:
        reading = _time(column.kind, field, theirs)
    else:
        reading = theirs.read(column.kind)
    if field.default is not None:
        default = f"case when {theirs.missing} then {_ours(column, field.default)} else {reading.value} end"
        reading = dataclasses.replace(reading, missing="false", value=default)
    return dataclasses.replace(reading, origin=field.origin)


def _ours(column: Column, text: str) -> str:
    """A value out of the mapping, typed."""
    return from_text(column.kind, literal(text)).value


def _first(values: Sequence[Value]) -> Value:
    """The first that holds a value."""
    if len(values) == 1:
        return values[0]

    def chosen(of: Callable[[Value], str]) -> str:
        return f"case {' '.join(f'when not {value.missing} then {of(value)}' for value in values)} end"

    missing = f"({' and '.join(value.missing for value in values)})"

    def read(kind: Kind) -> Reading:
        return Reading(missing, chosen(lambda value: value.read(kind).value))

    return Value(missing, chosen(lambda value: value.text), read)


def _joined(between: str, values: Sequence[Value]) -> Value:
    """All of them as one text, with ``between`` between them; missing when one is."""
    missing = f"({' or '.join(value.missing for value in values)})"
    return _of_text(missing, f" || {literal(between)} || ".join(_as_text(value) for value in values))


def _made(field: FieldMapping, value: Value) -> Value:
    """The value hashed and prefixed, where the field says so."""
    if field.is_hashed:
        value = _of_text(value.missing, f"left(sha256({_as_text(value)}), {_HASH_DIGITS})")
    if field.prefix:
        value = _of_text(value.missing, f"{literal(field.prefix)} || {_as_text(value)}")
    return value


def _as_text(value: Value) -> str:
    # As the contract reads a text: a number only when it is whole, since others change when they are printed.
    return f"({value.read(Kind.TEXT).value})"


def _of_text(missing: str, text: str) -> Value:
    shown = f"case when not {missing} then {text} end"
    return Value(missing, shown, lambda kind: Reading(missing, from_text(kind, f"({shown})").value))


def _listed(column: Column, field: FieldMapping, theirs: Value) -> Reading:
    listed = " ".join(f"when {literal(value)} then {_ours(column, ours)}" for value, ours in field.values.items())
    other = ""
    if field.otherwise == KEEP:
        other = f"else {theirs.read(column.kind).value}"
    elif field.otherwise != REFUSE:
        other = f"else {_ours(column, field.otherwise)}"
    value = f"case when not {theirs.missing} then case {theirs.text} {listed} {other} end end"
    if field.otherwise != REFUSE:
        return Reading(theirs.missing, value)
    keys = ", ".join(map(literal, field.values))
    return Reading(theirs.missing, value, unlisted=f"not {theirs.missing} and {theirs.text} not in ({keys})")


def _time(kind: Kind, field: FieldMapping, theirs: Value) -> Reading:
    unit = field.unit or ISO
    if unit == ISO:
        if not field.timezone:
            return theirs.read(kind)
        local = from_local_text(f"({theirs.text})", literal(field.timezone))
        value = f"coalesce({local}, {theirs.read(kind).value})"
        return Reading(theirs.missing, value, wanted=f"a time such as 2026-07-01T20:15:00.250 ({field.timezone})")
    if unit in EPOCHS:
        number = f"try_cast({number_text(theirs.text)} as decimal(28,{_DECIMALS}))"
        micros = f"try(trunc({number} * {_decimal(EPOCHS[unit])})::bigint)"
        moment, wanted = (
            f"try(make_timestamp({micros}))",
            f"a number of {unit.removeprefix('epoch_')} since 1970-01-01 UTC",
        )
    else:
        parsed = f"try_strptime({theirs.text}, {literal(unit)})"
        moment = (
            f"timezone({literal(field.timezone)}, {parsed})::timestamp" if field.timezone else f"{parsed}::timestamp"
        )
        wanted = f"a time written as {unit}"
    moment = within_years(moment)
    return Reading(theirs.missing, f"({moment})::date" if kind is Kind.DATE else moment, wanted=wanted)


def _multiplied(kind: Kind, number: str, factor: Fraction) -> str:
    """``number`` (SQL for the text of one) times ``factor``, exact where decimals can say it, rounded as the kind is."""
    if (factor * 10**_DECIMALS).denominator == 1:
        product = f"try(try_cast({number} as decimal(24,{_DECIMALS})) * {_decimal(factor)})"
    else:
        product = f"try_cast({number} as double) * {factor.numerator} / {factor.denominator}"
    return (
        f"try_cast(round({product}, 0) as bigint)"
        if kind is Kind.INTEGER
        else f"try_cast({product} as {kind.sql_type})"
    )


def _decimal(number: Fraction) -> str:
    """``number`` as an SQL decimal with as many decimals as it needs."""
    decimals = next(count for count in range(_DECIMALS + 1) if (number * 10**count).denominator == 1)
    scaled = str(int(number * 10**decimals)).rjust(decimals + 1, "0")
    text = f"{scaled[: len(scaled) - decimals]}.{scaled[len(scaled) - decimals :]}".removesuffix(".")
    return f"'{text}'::decimal({_FACTOR_DIGITS},{decimals})"

"""Dates and durations as an export or a spreadsheet writes them. A column at a time: text in, typed values and notes out.

Which of ``3/4/2021``'s numbers is the month is decided once for a column, by the values that leave no choice.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Not \d, which matches digits of other scripts as well, and those have no place in a column of numbers.
_HALF = r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
_CLOCK = (
    rf"(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?::(?P<second>[0-9]{{2}})(?:[.,][0-9]{{1,9}})?)?{_HALF}"
    r"(?:\s*(?:[Zz]|UTC|GMT|\+00:?00))?"
)
_YEAR_FIRST = (
    r"^(?P<year>[12][0-9]{3})\.?[-/. ]\s?(?P<month>[0-9]{1,2})\.?[-/. ]\s?(?P<day>[0-9]{1,2})\.?"
    rf"(?:(?:[Tt]|,?\s+){_CLOCK})?$"
)
# No dot behind two digits of a year: in Korean "21. 7. 13." begins with the year.
_YEAR_LAST = (
    r"^(?P<one>[0-9]{1,2})(?P<mark>[-/.])\s?(?P<two>[0-9]{1,2})[-/.]\s?(?P<year>[12][0-9]{3}\.?|[0-9]{2})"
    rf"(?:,?\s+{_CLOCK})?$"
)
_PARTS = (
    r"^(?:(?P<first>[0-9]{1,4}):)?(?P<second>[0-9]{1,4}):(?P<third>[0-9]{2})(?:[.,][0-9]{1,9})?"
    rf"{_HALF}$"
)

# What the order is taken to be where no value of the column tells.
_MONTH_FIRST_UNLESS_TOLD = {"/": True, "-": False, ".": False}


@dataclass(frozen=True)
class Starts:
    """``at``: microseconds, UTC, null where the text is no date. ``with_clock``: whether the text has a time of the day."""

    at: pl.Series
    with_clock: pl.Series
    with_seconds: pl.Series
    notes: tuple[str, ...]


def read_starts(texts: pl.Series) -> Starts:
    """Read ``2021-07-13 14:53:45``, ``7/13/2021 14:53``, ``13/7/21``, ``13.07.2021 14:53`` and the like, all as UTC.

    Two-digit years are of this century. Seconds may be lacking. Day and month in the wrong order for the column are no date.
    """
    frame = pl.DataFrame({"text": texts}).with_columns(
        pl.col("text").str.extract_groups(_YEAR_FIRST).alias("first"),
        pl.col("text").str.extract_groups(_YEAR_LAST).alias("last"),
    )
    one, two = (pl.col("last").struct.field(name).cast(pl.Int64) for name in ("one", "two"))
    frame = frame.with_columns(one.alias("one"), two.alias("two"), pl.col("last").struct.field("mark").alias("mark"))
    month_first, notes = _orders(frame)
    leads = pl.col("mark").replace_strict(month_first, default=None, return_dtype=pl.Boolean)

    def part(name: str) -> pl.Expr:
        return pl.coalesce(pl.col("first").struct.field(name), pl.col("last").struct.field(name))

    def number(name: str) -> pl.Expr:
        return pl.col("first").struct.field(name).cast(pl.Int64)

    year, hour, half = (
        part("year").str.strip_chars_end("."),
        part("hour").cast(pl.Int64),
        part("half").str.to_lowercase(),
    )
    on_the_dial = hour.is_between(1, 12)  # otherwise "13:05 PM" would become 25 o'clock, or pass as something else
    frame = frame.select(
        pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year).alias("year"),
        pl.coalesce(number("month"), pl.when(leads).then("one").otherwise("two")).alias("month"),
        pl.coalesce(number("day"), pl.when(leads).then("two").otherwise("one")).alias("day"),
        pl.when(half.is_null())
        .then(hour.fill_null(0))
        .when(on_the_dial)
        .then(hour % 12 + pl.when(half == "p").then(12).otherwise(0))
        .alias("hour"),
        part("minute").fill_null("00").alias("minute"),
        part("second").fill_null("00").alias("second"),
        hour.is_not_null().alias("with_clock"),
        part("second").is_not_null().alias("with_seconds"),
    )
    day = pl.concat_str("year", pl.lit("-"), _two_digits("month"), pl.lit("-"), _two_digits("day"))
    clock = pl.concat_str(_two_digits("hour"), pl.lit(":"), "minute", pl.lit(":"), "second")
    frame = frame.with_columns(
        pl.concat_str(day, clock, separator=" ")
        .str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
        .alias("at")
    )
    return Starts(frame["at"], frame["with_clock"], frame["with_seconds"], notes)


def minutes_come_first(*texts: pl.Series) -> bool:
    """Whether two numbers, ``26:38``, are minutes and seconds: some value has more hours than a day, were they hours."""
    parts = pl.concat(texts).drop_nulls().str.extract_groups(_PARTS)
    if parts.is_empty():
        return False
    fields = parts.struct.unnest()
    return fields.select((pl.col("first").is_null() & (pl.col("second").cast(pl.Int64) >= 24)).any()).item() is True


def read_durations(texts: pl.Series, minutes_first: bool) -> pl.Series:
    """Milliseconds of ``0:26:38``, ``00:26:38``, a clock's ``12:26:38 AM``; null where the text is no duration.

    Two numbers are minutes and seconds if ``minutes_first``, and otherwise no duration: they might be hours and minutes.
    """
    fields = pl.DataFrame({"text": texts}).select(pl.col("text").str.extract_groups(_PARTS)).unnest("text")
    first, second, third = (pl.col(name).cast(pl.Int64) for name in ("first", "second", "third"))
    half = pl.col("half").str.to_lowercase()
    hours = (
        pl.when(half.is_null())
        .then(first)
        .when(first.is_between(1, 12))
        .then(first % 12 + pl.when(half == "p").then(12).otherwise(0))
    )
    seconds = (
        pl.when(first.is_not_null() & (second < 60) & (third < 60))
        .then(hours * 3_600 + second * 60 + third)
        .when(first.is_null() & pl.lit(minutes_first) & (third < 60) & half.is_null())
        .then(second * 60 + third)
    )
    return fields.select((seconds * 1_000).alias("milliseconds"))["milliseconds"]


def _two_digits(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.zfill(2)


def _orders(frame: pl.DataFrame) -> tuple[dict[str, bool], tuple[str, ...]]:
    """For each mark between the numbers whether the month comes first, and what a person should know of it."""
    month, day = pl.col("one").is_between(1, 12), pl.col("one").is_between(13, 31)
    counted = (
        frame.filter(pl.col("mark").is_not_null())
        .group_by("mark")
        .agg(
            (day & pl.col("two").is_between(1, 12)).sum().alias("day_first"),
            (month & pl.col("two").is_between(13, 31)).sum().alias("month_first"),
        )
    )
    orders, notes = dict(_MONTH_FIRST_UNLESS_TOLD), []
    for mark, day_first, month_first in sorted(counted.iter_rows()):
        forms = (f"month{mark}day{mark}year", f"day{mark}month{mark}year")
        if day_first != month_first:
            orders[mark] = month_first > day_first
        taken = forms[0] if orders[mark] else forms[1]
        if not day_first and not month_first and mark != ".":
            notes.append(f"No date of the file tells day and month apart; all are read as {taken}.")
        elif day_first and month_first:
            misfits = day_first if orders[mark] else month_first
            notes.append(f"Most dates are {taken}, but {misfits} can only be the other way round; those are refused.")
    return orders, tuple(notes)

"""What the media servers' formats have in common: times, whole numbers and details out of columns of text."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

_OFFSET = r"([+-]\d{2}):?(\d{2})$"
_MINUTE = pl.duration(minutes=1)


def cleaned(name: str) -> pl.Expr:
    """The column without blanks around its values; null where nothing is left."""
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def whole_number(text: pl.Expr) -> pl.Expr:
    """A column of texts as integers, ``12.0`` among them; null for anything else."""
    return text.str.strip_chars().str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def utc_time(text: pl.Expr, time_zone: str) -> pl.Expr:
    """Times like ``2024-05-01 20:15:00[.123]`` (or with a T) as UTC without zone; null for anything else.

    A time with an offset (``Z``, ``+02:00``) is what it says, one without is local time of ``time_zone``: of the two hours that
    the end of summer time repeats it is the first, and in the hour that its beginning skips an hour later.
    """
    plain = text.str.strip_chars().str.replace("[Tt]", " ").str.replace("[Zz]$", "+00:00")
    wall = (
        plain.str.replace(_OFFSET, "")
        .str.strip_chars()
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    )
    hours = plain.str.extract(_OFFSET, 1).cast(pl.Int64, strict=False)
    minutes = plain.str.extract(_OFFSET, 2).cast(pl.Int64, strict=False)
    offset = hours * 60 + pl.when(plain.str.contains(r"-\d{2}:?\d{2}$")).then(-minutes).otherwise(minutes)
    told = plain.str.contains(r"\d{2}:\d{2}.*[+-]\d{2}:?\d{2}$")
    return pl.when(told).then(wall - offset * _MINUTE).otherwise(_local(wall, time_zone))


def _local(wall: pl.Expr, time_zone: str) -> pl.Expr:
    def as_utc(moment: pl.Expr) -> pl.Expr:
        zoned = moment.dt.replace_time_zone(time_zone, ambiguous="earliest", non_existent="null")
        return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)

    return as_utc(wall).fill_null(as_utc(wall + pl.duration(hours=1)))


def details(columns: Mapping[str, pl.Expr]) -> pl.Expr:
    """The texts as one JSON object by name, without those that are null; null where all are."""
    parts = []
    for name, text in columns.items():
        quoted = pl.struct(text.cast(pl.String).alias(name)).struct.json_encode()
        parts.append(pl.when(text.is_not_null()).then(quoted.str.slice(1).str.strip_suffix("}")))
    inner = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(inner != "").then(pl.lit("{") + inner + pl.lit("}"))

"""Reading the catalogue file: delimiter, the names of its columns, and for every row the line on which it begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from netflix_platform.sources.delimited import (
    Row,
    TextFileError,
    delimiter_of,
    header_names,
    header_of,
    read_text,
    rows_of,
)

_REQUIRED = ("show_id", "type", "title", "country", "date_added", "rating", "duration", "listed_in")
_EITHER_NAME = ("cast", "casts")  # the column is called both ways in the copies that are about; it is not used
_EXPECTED = (
    "show_id, type, title, director, cast (or casts), country, date_added, release_year, rating, duration, listed_in"
)

# What copies of the public file call its columns, beside their own names (any case, blanks or underscores between words).
ALIASES: Mapping[str, Sequence[str]] = {
    "show_id": ("id", "showid", "title_id"),
    "type": ("content_type", "show_type"),
    "director": ("directors",),
    "country": ("countries", "country_name"),
    "date_added": ("added_date", "added_on"),
    "rating": ("maturity_rating", "age_rating", "content_rating"),
    "listed_in": ("genres", "genre", "categories"),
}
_UNNAMED = re.compile(r"(unnamed:_?\d+)?")  # what a spreadsheet or pandas calls a column without a name
_INDEX = re.compile(r"(unnamed:_?\d+|index)?")
_DELIMITER_KINDS = {";": "semicolon_separated", "\t": "tab_separated"}


class CatalogError(ValueError):
    """The file as a whole is no catalogue. The message names the file, what is missing and what was expected."""


@dataclass(frozen=True)
class CatalogTable:
    """A file's rows as (line on which the row begins, values by column), ``None`` for one with the wrong number of fields.

    ``renamed``: columns that were known by another name, as the file has them → as they are taken. ``mended``: what else was put
    right about the file as a whole, by kind.
    """

    rows: Iterator[tuple[int, dict[str, str] | None]]
    renamed: Mapping[str, str]
    mended: Counter[str]


def read_table(file: Path) -> CatalogTable:
    """Read the catalogue: separated by commas, semicolons or tabs, UTF-8 with or without a byte order mark.

    Lines may end in CRLF or LF and a quoted value may hold line breaks. Empty lines are passed over. Raises ``CatalogError`` when
    the file cannot be read, lacks a required column or is not UTF-8: a file in Windows-1252 cannot be told from its many
    relatives, and guessing wrong would spoil names in silence.
    """
    try:
        text = read_text(file)
        header = header_of(text)
        delimiter = delimiter_of(header)
        found = header_names(header)
        names, renamed = _known(found)
        _require_columns(file, found, names)
        mended = Counter({"renamed_column": len(renamed)}) if renamed else Counter[str]()
        mended.update([_DELIMITER_KINDS[delimiter]] if delimiter in _DELIMITER_KINDS else [])
        mended.update(["index_column"] if _INDEX.fullmatch(names[0]) else [])
        mended.update("unnamed_column" for name in names[1:] if _UNNAMED.fullmatch(name))
        return CatalogTable(_rows(file, rows_of(file, text, delimiter), names), renamed, mended)
    except TextFileError as error:
        raise CatalogError(str(error)) from error


def _rows(file: Path, rows: Iterator[Row], names: Sequence[str]) -> Iterator[tuple[int, dict[str, str] | None]]:
    try:
        next(rows)  # the header
        for row in rows:
            is_whole = len(row.values) == len(names) and not row.is_cut
            yield row.line, dict(zip(names, row.values, strict=True)) if is_whole else None
    except TextFileError as error:
        raise CatalogError(str(error)) from error


def _known(found: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The header with aliases replaced, each by a name that the header does not have itself; and which ones were."""
    renamed: dict[str, str] = {}
    for name, aliases in ALIASES.items():
        if name not in found and (alias := next((alias for alias in aliases if alias in found), None)):
            renamed[alias] = name
    return [renamed.get(name, name) for name in found], renamed


def _require_columns(file: Path, found: Sequence[str], names: Sequence[str]) -> None:
    missing = [name for name in _REQUIRED if name not in names]
    if not set(_EITHER_NAME) & set(names):
        missing.append("cast (or casts)")
    if missing:
        raise CatalogError(
            f"{file}: is no titles catalogue: missing columns {', '.join(missing)}; "
            f"expected a CSV file with the columns {_EXPECTED}; found {', '.join(found)[:200] or 'nothing'}"
        )

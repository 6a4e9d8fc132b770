"""Reading the catalogue file: encoding, header, and for every row the line on which it begins."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

_REQUIRED = ("show_id", "type", "title", "country", "date_added", "rating", "duration", "listed_in")
_EITHER_NAME = ("cast", "casts")  # the column is called both ways in the copies that are about; it is not used
_EXPECTED = (
    "show_id, type, title, director, cast (or casts), country, date_added, release_year, rating, duration, listed_in"
)


class CatalogError(ValueError):
    """The file as a whole is no catalogue. The message names the file, what is missing and what was expected."""


def read_rows(file: Path) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Yield (line on which the row begins, values by column); ``None`` for a row with the wrong number of fields.

    UTF-8 with or without a byte order mark; lines may end in CRLF or LF and a quoted value may hold line breaks. Empty lines
    are passed over. Raises ``CatalogError`` when the file cannot be read or lacks a required column.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            header = [name.strip().lower() for name in next(reader, [])]
            _require_columns(file, header)
            line = reader.line_num + 1
            for values in reader:
                if any(value.strip() for value in values):
                    yield line, dict(zip(header, values, strict=True)) if len(values) == len(header) else None
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 (byte {error.object[error.start]:#04x} at offset {error.start}); save it as UTF-8"
        raise CatalogError(f"{file}: {problem}") from error
    except csv.Error as error:
        raise CatalogError(f"{file}, line {reader.line_num}: is no readable CSV ({error})") from error
    except OSError as error:
        raise CatalogError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from error


def _require_columns(file: Path, header: list[str]) -> None:
    missing = [name for name in _REQUIRED if name not in header]
    if not set(_EITHER_NAME) & set(header):
        missing.append("cast (or casts)")
    if missing:
        found = ", ".join(header)[:200] or "nothing"
        raise CatalogError(
            f"{file}: is no titles catalogue: missing columns {', '.join(missing)}; "
            f"expected a CSV file with the columns {_EXPECTED}; found {found}"
        )

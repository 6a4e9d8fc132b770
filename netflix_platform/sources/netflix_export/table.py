"""From lines to rows: which of the two tables the header announces, and where each row begins and ends."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path

from netflix_platform.sources.history import HistoryFileError
from netflix_platform.sources.netflix_export.words import fold

SEPARATORS = ",;\t|"
MAX_LINES_OF_A_ROW = 5  # a quoted value may hold line breaks; more than this is a quotation mark that is never closed


class Kind(Enum):
    """The two tables: everything about every viewing of an account, or the days on which a profile watched what."""

    ACTIVITY = "ViewingActivity.csv"
    HISTORY = "NetflixViewingHistory.csv"


_ACTIVITY_COLUMNS = (
    *("Profile Name", "Start Time", "Duration", "Attributes", "Title", "Supplemental Video Type", "Device Type"),
    *("Bookmark", "Latest Bookmark", "Country"),
)
COLUMNS = {Kind.ACTIVITY: _ACTIVITY_COLUMNS, Kind.HISTORY: ("Title", "Date")}
# "StartTime", "start_time" and "START TIME" are the same column.
_NAMES = {name.replace(" ", "").lower(): name for name in _ACTIVITY_COLUMNS}
_NOT_REQUIRED = ("Attributes", "Latest Bookmark")  # they are no part of what tells two viewings apart
# What makes a header one of this table though columns are missing: one of these, and three of the table's in all. Title,
# Duration and Country are in other tables about films too.
_TELLING, _ENOUGH_TO_BE_MEANT = {"Profile Name", "Start Time"}, 3

_TITLES = (
    "title titel título titre titolo tytuł titlu titul název názov cím otsikko nimi tittel başlık "
    "название назва τίτλος 제목 タイトル 标题 標題 片名"
)
_DATES = "date datum fecha data dato päivämäärä tarih dátum dată tanggal дата ημερομηνία 날짜 日付 日期"
_TITLE_WORDS, _DATE_WORDS = frozenset(fold(_TITLES).split()), frozenset(fold(_DATES).split())


@dataclass(frozen=True)
class Header:
    """``columns``: name of each column, in the table's own spelling where it is one of the table's."""

    kind: Kind
    separator: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """``values``: ``None`` for a row with another number of fields than the header. ``text``: the row as the file has it."""

    line: int
    values: list[str] | None
    text: str


def read_header(file: Path, numbered: Iterator[tuple[int, str]]) -> Header:
    """Read up to the header. Raises ``HistoryFileError``: not one of the two tables; which columns are missing or twice."""
    for _, line in islice(numbered, 10):
        if not line.strip() or line.casefold().strip('"').startswith("sep="):  # spreadsheets write and want "sep=;"
            continue
        header = parse_header(line)
        if header is None:
            found = " ".join(line.split())[:200]
            raise HistoryFileError(
                f"{file}: is no viewing history of Netflix; expected the columns {', '.join(_ACTIVITY_COLUMNS)} "
                f"(or Title,Date); found {found!r}"
            )
        _require_columns(file, header)
        return header
    raise HistoryFileError(f"{file}: has no header; give ViewingActivity.csv from the export that Netflix sent")


def parse_header(line: str) -> Header | None:
    """The header that ``line`` is, complete or not; ``None`` when it is none of the two."""
    best: tuple[int, Header] | None = None
    for separator in SEPARATORS:
        names = [name.strip() for name in _split(line, separator)]
        if len(names) == 2 and fold(names[0]) in _TITLE_WORDS and fold(names[1]) in _DATE_WORDS:
            return Header(Kind.HISTORY, separator, COLUMNS[Kind.HISTORY])
        columns = tuple(_NAMES.get("".join(filter(str.isalnum, fold(name))), name) for name in names)
        known = set(columns) & set(_NAMES.values())
        if known & _TELLING and len(known) >= _ENOUGH_TO_BE_MEANT and (best is None or len(known) > best[0]):
            best = len(known), Header(Kind.ACTIVITY, separator, columns)
    return best[1] if best else None


def read_rows(numbered: Iterator[tuple[int, str]], header: Header) -> Iterator[Row]:
    """Yield the rows. Lines without any value are passed over.

    A quotation mark that is opened and not closed would swallow the rows behind it: where joining a few lines does not give a
    row of the right length, the line alone is the row that is wrong, and reading goes on behind it.
    """
    waiting: list[tuple[int, str]] = []
    while item := (waiting.pop(0) if waiting else next(numbered, None)):
        line, text = item
        values = _values(text, header)
        if values is None and text.count('"') % 2:
            waiting += islice(numbered, MAX_LINES_OF_A_ROW - 1 - len(waiting))
            for more in range(1, len(waiting) + 1):
                joined = "\n".join([text, *(following for _, following in waiting[:more])])
                values = _values(joined, header)
                if values is not None:
                    text = joined
                    del waiting[:more]
                    break
        if text.strip(header.separator + ' "\t'):
            # A zero byte has no place in the text columns of what comes after.
            yield Row(line, values, text.replace("\x00", "\u2400"))


def _values(text: str, header: Header) -> list[str] | None:
    values = _split(text, header.separator)
    width = len(header.columns)
    if len(values) > width and not any(value.strip() for value in values[width:]):
        values = values[:width]  # a spreadsheet saved empty columns behind the last one
    return values if len(values) == width and "\x00" not in text else None


def _split(text: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return []


def _require_columns(file: Path, header: Header) -> None:
    twice = sorted({name for name in header.columns if header.columns.count(name) > 1 and name})
    if twice:
        raise HistoryFileError(
            f"{file}: has the column {', '.join(twice)} more than once; give the file as Netflix sent it"
        )
    required = [name for name in _NAMES.values() if name not in _NOT_REQUIRED]
    missing = [name for name in required if header.kind is Kind.ACTIVITY and name not in header.columns]
    if missing:
        raise HistoryFileError(
            f"{file}: lacks the columns {', '.join(missing)}; found {', '.join(header.columns)[:300]}; "
            "give the file as Netflix sent it"
        )

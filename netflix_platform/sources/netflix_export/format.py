"""The format as a whole: recognise a file, read it."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path, PurePosixPath

import polars as pl

from netflix_platform.sources.history import HistoryFile, HistoryFileError
from netflix_platform.sources.netflix_export.activity import read_activity
from netflix_platform.sources.netflix_export.files import EXPORT_FOLDER, MEMBERS, read_lines, zip_members
from netflix_platform.sources.netflix_export.history import read_history
from netflix_platform.sources.netflix_export.table import (
    COLUMNS,
    Header,
    Kind,
    Row,
    parse_header,
    read_header,
    read_rows,
)


class NetflixExport:
    """``ViewingActivity.csv``, alone or in the export's zip, and ``NetflixViewingHistory.csv``; satisfies ``HistoryFormat``."""

    name = "netflix_export"
    label = "Netflix personal export"

    def recognizes(self, file: Path) -> bool:
        """Whether a zip holds one of the two files or an export's folder, or a text file begins with a header of theirs.

        A header that lacks some columns counts: ``read`` says which. Never raises.
        """
        if members := zip_members(file):
            paths = [PurePosixPath(member) for member in members]
            return any(path.name.casefold() in MEMBERS or EXPORT_FOLDER in path.parts for path in paths)
        try:
            with closing(read_lines(file)) as lines:
                return any(parse_header(line) for line in islice(lines, 3))
        except HistoryFileError:
            return False

    def read(self, file: Path) -> HistoryFile:
        """Read all of it. Raises ``HistoryFileError``, which names the file, what is wrong and what to do."""
        numbered = iter(enumerate(read_lines(file), start=1))
        header = read_header(file, numbered)
        table = _table(header, list(read_rows(numbered, header)))
        if table.is_empty():
            raise HistoryFileError(f"{file}: has a header and no rows; ask Netflix for the export again")
        return read_activity(table) if header.kind is Kind.ACTIVITY else read_history(table)


def _table(header: Header, rows: list[Row]) -> pl.DataFrame:
    """The rows as columns of text, with ``line``, ``row`` (its text) and ``fits``.

    A column that is not one of the table's has a plus before its name, so that it takes no other's place; one without a name is
    left out.
    """
    nothing = [None] * len(header.columns)
    by_column = zip(*(row.values or nothing for row in rows), strict=True) if rows else [[]] * len(header.columns)
    names = [name if name in COLUMNS[header.kind] else f"+{name}" for name in header.columns]
    columns = {name: list(values) for name, values in zip(names, by_column, strict=True) if name != "+"}
    return pl.DataFrame(
        {
            "line": [row.line for row in rows],
            "row": [row.text for row in rows],
            "fits": [row.values is not None for row in rows],
            **columns,
        },
        schema={"line": pl.Int64, "row": pl.String, "fits": pl.Boolean, **dict.fromkeys(columns, pl.String)},
    )

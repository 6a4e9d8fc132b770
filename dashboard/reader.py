"""Opens a published version, runs one query, closes it; the only module that imports DuckDB.

Results are cached by the version's file name, the SQL and its parameters: a version never changes, so nothing expires.
Connections are never kept, since DuckDB would go on serving a file that its path no longer holds.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from dashboard.published import OutdatedVersion, Published, UnreadableVersion, VersionGone

_log = logging.getLogger(__name__)


def frame(published: Published, sql: str, **parameters: object) -> pd.DataFrame:
    """All rows of a query; ``parameters`` fill its ``$names``.

    Raises ``OutdatedVersion`` for a table or column that is not there, ``VersionGone`` when the file is not there,
    ``UnreadableVersion`` for any other trouble with it.
    """
    return _frame(str(published.file), sql, parameters)


def record(published: Published, sql: str, **parameters: object) -> dict[str, Any]:
    """The first row of a query by column name, as Python values; empty when there is none. Raises as ``frame`` does."""
    return _record(str(published.file), sql, parameters)


def has_columns(published: Published, table: str, names: Collection[str]) -> bool:
    """Whether the version's ``table`` has all of ``names``; versions of older code lack the newest. Raises as ``frame`` does."""
    # One query for all tables, so that a page asks for it once.
    rows = frame(published, "select table_name, column_name from duckdb_columns() where not internal")
    return set(names) <= set(rows.loc[rows["table_name"] == table, "column_name"])


def columns_or_null(published: Published, table: str, types: Mapping[str, str]) -> str:
    """The select list of ``types`` (column → SQL type), with nulls for all of them where the version's table lacks one."""
    if has_columns(published, table, types.keys()):
        return ", ".join(types)
    return ", ".join(f"null::{kind} as {name}" for name, kind in types.items())


@st.cache_data(show_spinner=False, max_entries=300)
def _frame(file: str, sql: str, parameters: dict[str, object]) -> pd.DataFrame:
    with _opened(Published(Path(file)), sql) as connection:
        return connection.execute(sql, parameters).df()


@st.cache_data(show_spinner=False, max_entries=300)
def _record(file: str, sql: str, parameters: dict[str, object]) -> dict[str, Any]:
    with _opened(Published(Path(file)), sql) as connection:
        result = connection.execute(sql, parameters)
        row = result.fetchone()
        return dict(zip([column[0] for column in result.description], row, strict=True)) if row else {}


@contextmanager
def _opened(published: Published, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one query; how long it took from opening to its last row goes to the log (debug)."""
    begun = time.perf_counter()
    try:
        with duckdb.connect(published.file, read_only=True) as connection:
            yield connection
        _log.debug("%.1f ms: %s", (time.perf_counter() - begun) * 1000, " ".join(sql.split()))
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        if not published.file.is_file():
            raise VersionGone(published) from error
        raise OutdatedVersion(published, _lack(error)) from error
    except duckdb.Error as error:
        if not published.file.is_file():
            raise VersionGone(published) from error
        raise UnreadableVersion(published, _first_line(error)) from error


def _lack(error: Exception) -> str:
    """What is missing, in words, from DuckDB's message; the message itself where it is of another form."""
    if table := re.search(r"Table with name (\S+) does not exist", str(error)):
        return f"it holds no table `{table[1]}`"
    if column := re.search(r'column "([^"]+)" not found', str(error)):
        return f"it holds no column `{column[1]}`"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".!").replace("`", "'")

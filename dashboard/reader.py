"""Runs queries on a published version; the only module that imports DuckDB.

Results are cached by the version's file name, the SQL and its parameters: a version never changes, so nothing expires. A
connection lives as long as one drawing of a page at most (``kept_open``), since DuckDB would go on serving a file that is gone.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from dashboard.published import OutdatedVersion, Published, UnreadableVersion, VersionGone

_log = logging.getLogger(__name__)
# Of the page that is being drawn in this thread: its open connections by file, and what closes them.
_kept: ContextVar[tuple[ExitStack, dict[str, duckdb.DuckDBPyConnection]] | None] = ContextVar("kept", default=None)


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
def kept_open() -> Iterator[None]:
    """Within it a version is opened once, by the first query that is not cached: opening costs more than most queries do."""
    with ExitStack() as stack:
        before = _kept.set((stack, {}))
        try:
            yield
        finally:
            _kept.reset(before)


@contextmanager
def _opened(published: Published, sql: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for one query. How long that took goes to the log (debug), with the opening where there was one."""
    begun = time.perf_counter()
    try:
        with ExitStack() as alone:
            stack, connections = _kept.get() or (alone, {})
            file = str(published.file)
            if file not in connections:
                connections[file] = stack.enter_context(duckdb.connect(file, read_only=True))
            elif not published.file.is_file():
                raise VersionGone(published)
            yield connections[file]
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

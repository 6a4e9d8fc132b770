"""The audit's tables in the warehouse before a pull: its history brought back when the file was lost, its batches made ready.

The published versions hold every audit table that gathers history. A warehouse that was made anew takes them over from the
newest version, so that what happened survives the loss of the warehouse and the pruning of Dagster's records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from netflix_platform.audit.frames import sql_columns
from netflix_platform.engines.sql_text import identifier, literal

_SCHEMA = "audit"
_ORIGIN = "version_before"


def restore_history(connection: duckdb.DuckDBPyConnection, tables: Iterable[str], version: Path | None) -> list[str]:
    """Take ``tables`` that the warehouse lacks over from the published ``version``; returns those that came.

    Only into a warehouse that was never audited: a table that is merely new has no history, and dbt makes it. A version that
    cannot be read gives nothing, since the platform has to work without one too.
    """
    wanted = list(tables)
    if version is None or any(is_built(connection, table) for table in wanted):
        return []
    try:
        connection.execute(f"attach {literal(str(version))} as {_ORIGIN} (read_only)")
    except duckdb.Error:
        return []
    try:
        there = {
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where database_name = ?", [_ORIGIN]
            ).fetchall()
        }
        restored = [table for table in wanted if table in there]
        connection.execute("begin")
        for table in restored:
            connection.execute(f"create table {_SCHEMA}.{identifier(table)} as from {_ORIGIN}.main.{identifier(table)}")
        connection.execute("commit")
        return restored
    finally:
        connection.execute(f"detach {_ORIGIN}")


def prepare_batches(connection: duckdb.DuckDBPyConnection, batches: Mapping[str, Mapping[str, str]]) -> None:
    """Make the tables of ``batches`` (name: a frame's columns) where they are missing or have other columns.

    Writing a frame makes no table for an empty one, and puts its columns into a table of an earlier version by their place.
    """
    for name, columns in batches.items():
        wanted = sql_columns(columns)
        there = connection.execute(
            "select column_name, lower(data_type) from duckdb_columns() "
            "where database_name = current_database() and schema_name = ? and table_name = ? order by column_index",
            [_SCHEMA, name],
        ).fetchall()
        if dict(there) == wanted and [row[0] for row in there] == list(wanted):
            continue
        typed = ", ".join(f"{identifier(column)} {sql_type}" for column, sql_type in wanted.items())
        connection.execute(f"create or replace table {_SCHEMA}.{name} ({typed})")


def is_built(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the warehouse has the audit table."""
    row = connection.execute(
        "select count(*) from duckdb_tables() "
        "where database_name = current_database() and schema_name = ? and table_name = ?",
        [_SCHEMA, table],
    ).fetchone()
    return bool(row and row[0])

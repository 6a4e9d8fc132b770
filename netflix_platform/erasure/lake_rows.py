"""A user's rows in the lake, its quarantine and the warehouse: how many, and the days that they are on. Changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from netflix_platform.contracts.raw_files import raw_suffix
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.engines.sql_text import exact_path, identifier
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.raw_files import FEEDS_ABOUT_USERS
from netflix_platform.erasure.records import FIELD, csv_judge, json_judge, text_judge
from netflix_platform.settings import Settings

_OPTIONS = "hive_partitioning = false, filename = true"


class LakeError(RuntimeError):
    """A file of the lake that cannot be read. The message says what to do."""


@dataclass
class LakeRows:
    """Rows by arrival day, in the lake and in the quarantine, and the event days of those in the lake."""

    lake: Counter[date] = field(default_factory=Counter)
    quarantine: Counter[date] = field(default_factory=Counter)
    event_days: set[date] = field(default_factory=set)


def lake_rows(settings: Settings, identity: Identity) -> LakeRows:
    """Look through every file of the lake that can hold a user. Raises ``LakeError``."""
    found = LakeRows()
    with connect(settings) as connection:
        for feed in FEEDS_ABOUT_USERS:
            files = sorted((settings.lake_dir / feed).glob("event_date=*/arrival_date=*.parquet"))
            query = f"""
                select arrival_date, event_date, count(*) from read_parquet(?, {_OPTIONS})
                where {FIELD} = ? group by all
            """
            for arrival_date, event_date, rows in _rows(connection, query, files, [identity.user_id]):
                found.lake[arrival_date] += rows
                found.event_days.add(event_date)
            quarantined = sorted((settings.lake_dir / "quarantine" / feed).glob("arrival_date=*.parquet"))
            for arrival_date, source_file, line in _possible_lines(connection, quarantined, identity):
                if _is_theirs(identity, source_file, line):
                    found.quarantine[arrival_date] += 1
    return found


def warehouse_rows(connection: duckdb.DuckDBPyConnection, identity: Identity) -> tuple[int, set[date]]:
    """Rows in the feed tables, and the event days on which any table of the warehouse holds the user."""
    rows, days = 0, set()
    for schema, table, columns in tables_about_users(connection):
        name = f"{identifier(schema)}.{identifier(table)}"
        if schema == "raw":
            row = connection.execute(f"select count(*) from {name} where {FIELD} = ?", [identity.user_id]).fetchone()
            rows += row[0] if row else 0
        if "event_date" in columns:
            query = f"select distinct event_date from {name} where {FIELD} = ?"
            days |= {row[0] for row in connection.execute(query, [identity.user_id]).fetchall()}
    return rows, days


def tables_about_users(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, list[str]]]:
    """Schema, name and columns of every table that has a user column."""
    tables = connection.execute("""
        select schema_name, table_name, list(column_name)
        from duckdb_columns() join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database() group by all order by all
    """).fetchall()
    return [(schema, table, columns) for schema, table, columns in tables if FIELD in columns]


def _rows(connection: duckdb.DuckDBPyConnection, query: str, files: list[Path], values: list[str]) -> list[tuple]:
    if not files:
        return []
    try:
        return connection.execute(query, [[exact_path(path) for path in files], *values]).fetchall()
    except duckdb.IOException as error:
        raise LakeError(
            f"a file of the lake cannot be read ({str(error).splitlines()[0]}); run the arrival day in its name again "
            "(make day DAY=…), then give the command again"
        ) from error


def _possible_lines(
    connection: duckdb.DuckDBPyConnection, files: list[Path], identity: Identity
) -> list[tuple[date, str, str]]:
    """Quarantined lines that mention the id, or escape a character that may belong to it."""
    query = f"""
        select arrival_date, source_file, original_line from read_parquet(?, {_OPTIONS})
        where contains(original_line, ?) or contains(original_line, '\\u00')
    """
    return _rows(connection, query, files, [identity.user_id])


def _is_theirs(identity: Identity, source_file: str, line: str) -> bool:
    """As the raw file's line was judged. A CSV record's header is not kept with it: it is judged by what it mentions."""
    suffix = raw_suffix(source_file)
    if suffix == ".csv":
        return csv_judge(identity, [])(line.encode("utf-8", "backslashreplace"))
    judge = text_judge(identity) if suffix is None else json_judge(identity)
    return judge(line.encode("utf-8", "backslashreplace"))

"""Opening the warehouse, and the tables that exist before dbt's. Nothing else opens the warehouse file for writing but dbt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import duckdb

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.settings import Settings

# What the lake adds to a feed's own columns: unknown fields as JSON text, the two dates, and where the row came from.
LINEAGE_COLUMNS = {
    "extra_fields": "VARCHAR",
    "event_date": "DATE",
    "arrival_date": "DATE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}

# Netflix's own weekly lists, for comparison. No feed: no arrival day, nobody's data, replaced as a whole.
PUBLISHED_TOP10_TABLE = "raw.published_top10"
_PUBLISHED_TOP10_COLUMNS = """
    week_start date, top10_list varchar, rank bigint, show_title varchar, season_title varchar, title_name varchar,
    hours_viewed bigint, runtime_minutes bigint, views bigint, cumulative_weeks_in_top_10 bigint"""

_AUDIT_TABLES = {
    "load_ledger": """
        feed varchar, event_date date, lake_rows bigint, repeated_rows bigint, warehouse_rows bigint, loaded_at timestamp""",
    "event_day_states": """
        event_date date, state varchar, stage varchar, reason varchar, run_id varchar, changed_at timestamp""",
    "waivers": """
        event_date date, reason varchar, waived_at timestamp, state_changed_at timestamp""",
}

_SECONDS_TO_WAIT = 20.0


class WarehouseLockedError(RuntimeError):
    """Another process holds the warehouse file. The message says which, and what to do."""


class WarehouseUnreadableError(RuntimeError):
    """The warehouse file cannot be opened. The message names it, and says what to do."""


def table_columns(feed: Feed) -> dict[str, str]:
    """Columns of ``raw.<feed>`` and of its lake files, name → SQL type, in order."""
    return {column.name: column.kind.sql_type for column in feed.columns} | LINEAGE_COLUMNS


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for writing, its own tables made when they are missing.

    Only inside a step of the warehouse pool: a second process would be refused by DuckDB. Raises ``WarehouseLockedError``
    when another process holds the file for longer than a moment, and ``WarehouseUnreadableError`` for a file that is no database.
    """
    with _unlocked(settings) as connection:
        connection.execute("create schema if not exists raw")
        connection.execute("create schema if not exists audit")
        for feed in FEEDS.values():
            columns = ", ".join(f"{name} {sql_type}" for name, sql_type in table_columns(feed).items())
            connection.execute(f"create table if not exists raw.{feed.name} ({columns})")
            _add_new_columns(connection, feed)
        connection.execute(f"create table if not exists {PUBLISHED_TOP10_TABLE} ({_PUBLISHED_TOP10_COLUMNS})")
        for name, columns in _AUDIT_TABLES.items():
            connection.execute(f"create table if not exists audit.{name} ({columns})")
        yield connection


def _add_new_columns(connection: duckdb.DuckDBPyConnection, feed: Feed) -> None:
    """Bring a table of before a version of the contract up to it; what was loaded then has no value there."""
    rows = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'raw' and table_name = ?", [feed.name]
    ).fetchall()
    for name in table_columns(feed).keys() - {row[0] for row in rows}:
        connection.execute(f"alter table raw.{feed.name} add column if not exists {name} {table_columns(feed)[name]}")


@contextmanager
def _unlocked(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    deadline = time.monotonic() + _SECONDS_TO_WAIT
    with ExitStack() as stack:
        while True:
            try:
                connection = stack.enter_context(connect(settings, settings.warehouse_file))
                break
            except duckdb.Error as error:
                if not isinstance(error, duckdb.IOException) or "lock" not in str(error):
                    raise WarehouseUnreadableError(
                        f"{settings.warehouse_file} cannot be opened ({error}). If it is damaged, move it away and run make "
                        "rebuild: the lake holds everything that it held."
                    ) from error
                if time.monotonic() > deadline:
                    raise WarehouseLockedError(
                        f"{settings.warehouse_file} is held by another process for more than {_SECONDS_TO_WAIT:.0f} s ({error}). "
                        "Close what you opened by hand (data/serving is there to be read), or end the dbt that a killed run left."
                    ) from error
                time.sleep(0.5)
        yield connection

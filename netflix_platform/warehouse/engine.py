"""What differs by ``NETFLIX_ENGINE`` from the warehouse on: where event days are loaded, models are built and marts are read.

Whichever it is, the books stay in the DuckDB file ``settings.warehouse_file``: states, ledgers, waivers and the audit. They are
small, and have to change in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.duckdb_engine import connect as connect_duckdb
from netflix_platform.engines.spark import session as spark
from netflix_platform.engines.spark.readiness import refuse_unready
from netflix_platform.engines.sql_text import literal
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import PUBLISHED_TOP10_TABLE
from netflix_platform.warehouse.load import Load, load_days
from netflix_platform.warehouse.spark_load import load_days_on_spark

# What a statement that an engine refuses raises.
QUERY_ERRORS = (duckdb.Error, spark.SparkSessionError)
# Of the books, what business models and their tests read.
_READ_BY_MODELS = (PUBLISHED_TOP10_TABLE, "audit.load_ledger")


class Rows(Protocol):
    """A statement's rows."""

    @property
    def description(self) -> Any: ...

    def fetchall(self) -> list[tuple[Any, ...]]: ...

    def fetchone(self) -> tuple[Any, ...] | None: ...


class Tables(Protocol):
    """Where the business models lie, to be asked in the SQL that both engines share."""

    def execute(self, sql: str) -> Rows: ...


class WarehouseEngine(Protocol):
    """The seam: everything above it is the same on every engine."""

    name: str
    # Why `make forget` cannot remove a user's rows, or None.
    cannot_forget: str | None

    def refuse_when_away(self, settings: Settings) -> None:
        """Raise one of ``QUERY_ERRORS``, which says what to do, when the engine cannot be used now."""

    def load_days(
        self, books: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date], run_id: str
    ) -> list[Load]:
        """Replace ``event_days`` of ``raw.<feed>``; see ``load.load_days``."""

    def building(self, settings: Settings) -> AbstractContextManager[None]:
        """While dbt builds the business models; nobody holds the books."""

    def tables(self, books: duckdb.DuckDBPyConnection, settings: Settings) -> AbstractContextManager[Tables]:
        """The business models, to be queried."""

    def hand_over(
        self, settings: Settings, tables: Sequence[tuple[str, str]], folder: Path
    ) -> Mapping[tuple[str, str], str]:
        """Business tables (schema, name) that lie elsewhere than in the books: each as something that DuckDB selects from."""


class _DuckDB:
    name: str = "duckdb"
    cannot_forget: str | None = None

    def refuse_when_away(self, settings: Settings) -> None:
        return

    def load_days(
        self, books: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date], run_id: str
    ) -> list[Load]:
        return load_days(books, settings, feed, event_days, run_id)

    def building(self, settings: Settings) -> AbstractContextManager[None]:
        return nullcontext()

    def tables(self, books: duckdb.DuckDBPyConnection, settings: Settings) -> AbstractContextManager[Tables]:
        return nullcontext(books)

    def hand_over(
        self, settings: Settings, tables: Sequence[tuple[str, str]], folder: Path
    ) -> Mapping[tuple[str, str], str]:
        return {}


class _Spark:
    name: str = "spark"
    cannot_forget: str | None = (
        "with NETFLIX_ENGINE=spark the warehouse lies in Spark's tables, out of which make forget cannot take a user yet; "
        "nothing was changed. Forget the user with NETFLIX_ENGINE=duckdb (raw files and the lake are the same), then run make "
        "rebuild with Spark"
    )

    def refuse_when_away(self, settings: Settings) -> None:
        refuse_unready(settings)

    def load_days(
        self, books: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date], run_id: str
    ) -> list[Load]:
        return load_days_on_spark(books, settings, feed, event_days, run_id)

    @contextmanager
    def building(self, settings: Settings) -> Iterator[None]:
        with connect_duckdb(settings, settings.warehouse_file) as books:
            copies = {name: books.sql(f"from {name}").to_arrow_table() for name in _READ_BY_MODELS}
            columns = {
                name: ", ".join(
                    f"{column} {spark.spark_type(str(kind))}"
                    for column, kind in zip(relation.columns, relation.types, strict=True)
                )
                for name, relation in ((name, books.table(name)) for name in _READ_BY_MODELS)
            }
        with spark.connect(settings) as session:
            for name, rows in copies.items():
                session.execute(f"create schema if not exists {name.split('.')[0]}")
                session.replace_table(name, rows, columns[name])
            yield

    def tables(self, books: duckdb.DuckDBPyConnection, settings: Settings) -> AbstractContextManager[Tables]:
        return spark.connect(settings)

    def hand_over(
        self, settings: Settings, tables: Sequence[tuple[str, str]], folder: Path
    ) -> Mapping[tuple[str, str], str]:
        relations = {}
        with spark.connect(settings) as session:
            there = {
                (schema, name) for schema in {schema for schema, _ in tables} for name in session.table_names(schema)
            }
            for schema, name in tables:
                if (schema, name) in there:
                    files = folder / f"{schema}.{name}"
                    session.write_parquet(f"select * from {schema}.{name}", files)
                    relations[schema, name] = (
                        f"read_parquet({literal(f'{files}/*.parquet')}, hive_partitioning = false)"
                    )
        return relations


_ENGINES: Mapping[str, WarehouseEngine] = {engine.name: engine for engine in (_DuckDB(), _Spark())}


def warehouse_engine(settings: Settings) -> WarehouseEngine:
    """The engine that ``NETFLIX_ENGINE`` names; settings refuse any other."""
    return _ENGINES[settings.engine]

"""The session in which this process speaks to a Spark cluster, over Spark Connect. The only module that imports pyspark."""

from __future__ import annotations

import importlib.util
import logging
import os
import pickle
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from itertools import dropwhile
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from netflix_platform.engines.spark import tasks
from netflix_platform.engines.spark.catalogue import problem_with_catalogue
from netflix_platform.settings import Settings

Result = TypeVar("Result")

# What the SQL of loads and models relies on, whatever the cluster's own defaults are.
CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    # As in DuckDB, a timestamp is a wall clock's, which is UTC everywhere here.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    # A day that is written again takes the place of that day and of nothing else.
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    "spark.sql.sources.default": "parquet",
    "spark.sql.legacy.createHiveTableByDefault": "false",
    # What a server may have otherwise for other people's SQL: what names and texts are, and what a value becomes in a column.
    "spark.sql.caseSensitive": "false",
    "spark.sql.ansi.enforceReservedKeywords": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
}
_REACH_SECONDS = 5.0
_UNAVAILABLE = "StatusCode.UNAVAILABLE"
_RETRIES = 3  # of a call that the server did not answer, within some seconds; the default is ten minutes
_DEFAULT_PORT = 15002
# What Spark says itself of a worker whose Python cannot even begin.
_SIGNS_OF_A_MISSING_PYTHON = ("PYTHON_VERSION_MISMATCH", "ModuleNotFoundError", "Cannot run program")
# What is told of a server that is ending, or has gone while it was spoken to.
_SIGNS_OF_AN_END = ("SparkContext was shut down", "stopped Spark", _UNAVAILABLE)
_SPARK_TYPES = {"VARCHAR": "string", "TIMESTAMP": "timestamp_ntz"}


class SparkSessionError(RuntimeError):
    """The cluster cannot be reached, or refused a statement. The message says which, and what to do."""


class SparkQuery:
    """The rows of a statement, in the shape of a DuckDB cursor: tuples, and the columns' names in ``description``."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self.description = [(name,) for name in frame.columns]

    def fetchall(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in _told(self._frame.collect)]

    def fetchone(self) -> tuple[Any, ...] | None:
        return next(iter(self.fetchall()), None)


class SparkConnection:
    """Statements on the cluster; the calls that DuckDB's connection has too are called and answer alike."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def execute(self, sql: str) -> SparkQuery:
        """Run one statement. Raises ``SparkSessionError`` with the cluster's own words."""
        return _told(lambda: SparkQuery(self._session.sql(sql)))

    def setting(self, name: str) -> str:
        """What the server or this session was told of one of Spark's settings; empty where that is nothing."""
        return str(_told(lambda: self._session.conf.get(name, None) or ""))

    def interrupt(self) -> None:
        """End whatever the session is at; for another thread than the one that waits for it."""
        self._session.interruptAll()

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns."""
        return list(_told(lambda: self._session.table(table).columns))

    def table_names(self, schema: str) -> set[str]:
        """The tables and views of a schema, in this process's catalogue; none when there is no such schema."""
        rows = self.execute(f"show schemas like '{schema}'").fetchall()
        return {row[1] for row in self.execute(f"show tables in {schema}").fetchall()} if rows else set()

    def drop_partitions(self, table: str, column: str, days: Sequence[date]) -> None:
        """Remove the partitions of ``days`` from a table by day; those that it does not have are passed over."""
        there = {row[0] for row in self.execute(f"show partitions {table}").fetchall()} if days else set()
        gone = [f"partition ({column} = date '{day}')" for day in days if f"{column}={day}" in there]
        if gone:
            self.execute(f"alter table {table} drop if exists {', '.join(gone)}")

    def read_parquet(self, view: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Make files readable as a temporary view with these columns (name: type) and ``filename``; what a file lacks is null."""
        schema = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())

        def make() -> None:
            frame = self._session.read.schema(schema).parquet(*(_exact_url(path) for path in files))
            frame.selectExpr("*", "url_decode(_metadata.file_path) as filename").createOrReplaceTempView(view)

        _told(make)

    def write_parquet(self, sql: str, folder: Path) -> None:
        """Let the workers write the rows of a query as Parquet files in ``folder``, which they and this process must share."""
        _told(lambda: self._session.sql(sql).write.mode("overwrite").parquet(f"file://{folder}"))

    def run_tasks(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Make each of ``calls`` (picklable) in a Python process on a worker, as a task of its own; what they return, in order.

        A task that fails or whose worker dies is tried again, so a call may be made more than once, even twice at a time; what is
        returned is of one that came to its end. Raises ``SparkSessionError``.
        """
        function = tasks.arrow_function([pickle.dumps(call) for call in calls], tasks.environment())

        def collect() -> Any:
            frame = self._session.range(0, len(calls), 1, len(calls))
            return frame.mapInArrow(function, tasks.SCHEMA).collect()

        try:
            rows = sorted(_told(collect)) if calls else []
        except SparkSessionError as error:
            if any(sign in str(error) for sign in _SIGNS_OF_A_MISSING_PYTHON):
                raise SparkSessionError(f"{error}. {tasks.INSTALL}") from error
            raise
        for _, _, problem in rows:
            if problem:
                raise SparkSessionError(f"Spark: {problem}")
        return [pickle.loads(result) for _, result, _ in rows]

    def replace_table(self, name: str, rows: Any, columns: str) -> None:
        """Replace a small table by the rows of a pyarrow table, in columns ``columns`` (name and type each, comma-separated)."""
        self.execute(f"create table if not exists {name} ({columns}) using parquet")
        if rows.num_rows:
            _told(lambda: self._session.createDataFrame(rows).write.mode("overwrite").insertInto(name))
        else:
            self.execute(f"truncate table {name}")


@contextmanager
def connect(settings: Settings) -> Iterator[SparkConnection]:
    """A session on the cluster that ``SPARK_REMOTE`` names, by default the one of ``make spark-up``.

    dbt, in this process, works in the same session. Raises ``SparkSessionError`` when the cluster cannot be reached.
    """
    refuse_unusable(settings)
    os.environ["SPARK_REMOTE"] = settings.spark_remote  # dbt-spark reads it there
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.client.retries import DefaultPolicy

    def open_session() -> Any:
        builder: Any = SparkSession.builder.remote(settings.spark_remote)
        session = builder.getOrCreate()
        session.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES, initial_backoff=200)])
        for name, value in CONFIGURATION.items():
            session.conf.set(name, value)
        return session

    # dbt-spark asks for Hive's support at every statement; the server has it, and over Connect it cannot be asked for.
    warnings.filterwarnings("ignore", message="Failed to set spark.sql.catalogImplementation")
    # What goes wrong is raised, and told by whoever asked. Before that pyspark would print it, page by page.
    warnings.filterwarnings("ignore", message=r"\[RETRIES_EXCEEDED\]")
    if "SPARK_CONNECT_LOG_LEVEL" not in os.environ:
        logging.getLogger("pyspark.sql.connect.logging").setLevel(logging.CRITICAL)
    connection = SparkConnection(_opened(open_session, settings))
    try:
        if problem := problem_with_catalogue(connection, settings):
            raise SparkSessionError(problem)
        yield connection
    except BaseException:
        # A session whose server went away never comes back; the next connection makes another one.
        close()
        raise


def _opened(open_session: Callable[[], Any], settings: Settings) -> Any:
    try:
        return _told(open_session)
    except SparkSessionError as error:
        if _UNAVAILABLE not in str(error):
            raise
        raise SparkSessionError(
            f"What listens at {urlsplit(settings.spark_remote).netloc} does not answer as a Spark Connect server "
            f"({_first_lines(error.__cause__ or error)}). SPARK_REMOTE names that server's port ({_DEFAULT_PORT} by default), "
            "not the master's, with /;use_ssl=true behind it where the server wants TLS."
        ) from error


def close() -> None:
    """End the session of this process, if there is one."""
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        with suppress(Exception):  # the server is away already
            session.stop()


def spark_type(sql_type: str) -> str:
    """A column type of the contracts in Spark's words."""
    return _SPARK_TYPES.get(sql_type.upper(), sql_type.lower())


def refuse_unusable(settings: Settings) -> None:
    """Raise ``SparkSessionError`` when nobody listens at ``SPARK_REMOTE`` (pyspark would try for minutes), or it is missing."""
    place = urlsplit(settings.spark_remote)
    port = place.port or _DEFAULT_PORT
    try:
        socket.create_connection((place.hostname or "127.0.0.1", port), timeout=_REACH_SECONDS).close()
    except OSError as error:
        raise SparkSessionError(
            f"No Spark cluster answers at {place.hostname}:{port} ({error}). Start it (the local one: make spark-up), or name "
            "another one in SPARK_REMOTE; what was not finished is taken up by the next run."
        ) from error
    if not (importlib.util.find_spec("pyspark") and importlib.util.find_spec("dbt.adapters.spark")):
        raise SparkSessionError("pyspark and dbt-spark are not installed; make setup-spark installs them.")


def _told(call: Any) -> Any:
    """Run ``call``; what pyspark raises becomes a ``SparkSessionError`` with its first lines."""
    from pyspark.errors import PySparkException

    try:
        return call()
    except Exception as error:
        told = _first_lines(error)
        # The server may be gone, or still there to say that it is ending.
        if type(error).__module__.startswith("grpc") or any(sign in told for sign in _SIGNS_OF_AN_END):
            raise SparkSessionError(
                f"The Spark cluster went away in the middle ({told}). Start it again (the local one: make spark-up) and run the "
                "same command: nothing of the unfinished work counts."
            ) from error
        if isinstance(error, PySparkException | OSError):
            raise SparkSessionError(f"Spark: {told}") from error
        raise


def _exact_url(path: Path) -> str:
    """``path`` for a Spark reader, which would take some characters in it for a pattern."""
    return "file://" + "".join(f"[{character}]" if character in "*?[{" else character for character in str(path))


def _first_lines(error: BaseException) -> str:
    """What went wrong, without where: of a task's Python traceback only what was raised."""
    text = str(error).split("JVM stacktrace:")[0]
    _, found, traceback = text.rpartition("Traceback (most recent call last):\n")
    if found:
        text = "\n".join(dropwhile(lambda line: line.startswith(" "), traceback.splitlines()))
    return " ".join(text.split())[:600]

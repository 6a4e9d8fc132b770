"""Loading event days on Spark: each day's partition of ``raw.<feed>`` is overwritten by what lies in the lake.

Two stores cannot share a transaction, so the books (the DuckDB file with the states and ledgers) say that days are being loaded
before Spark touches them, and that they are loaded only when Spark is done: whoever is killed in between leaves failed days,
which are not published, and which the next load mends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.spark.session import SparkConnection, SparkSessionError, connect, spark_type
from netflix_platform.engines.sql_text import exact_path
from netflix_platform.lake.layout import lake_files_of_event_day
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import table_columns
from netflix_platform.warehouse.load import (
    FIRST_ARRIVAL,
    MEND,
    LakeFileError,
    Load,
    arrivals_by_day,
    loads_of,
    record,
    said,
    smaller_arrivals,
    unreadable_files,
)
from netflix_platform.warehouse.states import known_days, mark_load_begun, mark_loaded

_LAKE_ROWS = "lake_rows_of_this_load"
_NOT_ON_THIS_CLUSTER = "its tables are not on this Spark cluster; make rebuild builds all days there"
_UNFINISHED = "its load on Spark began and did not end; run the day again"


def load_days_on_spark(
    books: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date], run_id: str
) -> list[Load]:
    """``load.load_days`` on Spark: the same rows, the same ledger, the same states.

    Raises ``LakeFileError`` for a file that cannot be read, and ``SparkSessionError`` when the cluster cannot be reached or goes
    away; the days are failed then.
    """
    with connect(settings) as spark:
        if feed.event_time:
            if feed.name not in spark.table_names("raw"):
                # Another cluster than before, or its tables are lost: the books tell of days that are not there.
                mark_load_begun(books, dict.fromkeys(known_days(books), _NOT_ON_THIS_CLUSTER), run_id)
            mark_load_begun(books, dict.fromkeys(event_days, _UNFINISHED), run_id)
        loads = _replace_days(spark, settings, feed, event_days)
    books.execute("begin")
    try:
        record(books, loads)
        if feed.event_time:
            mark_loaded(books, event_days, run_id)
        books.execute("commit")
    except BaseException:
        books.execute("rollback")
        raise
    return loads


def _replace_days(spark: SparkConnection, settings: Settings, feed: Feed, event_days: Sequence[date]) -> list[Load]:
    table = f"raw.{feed.name}"
    columns = {name: spark_type(sql_type) for name, sql_type in table_columns(feed).items()}
    _create(spark, table, columns)
    files = [path for day in event_days for path in lake_files_of_event_day(settings, feed.name, day)]
    if not files:
        spark.drop_partitions(table, "event_date", event_days)
        return [Load(feed.name, day, 0, 0, 0, {}) for day in event_days]
    try:
        spark.read_parquet(_LAKE_ROWS, files, columns)
        arrivals = arrivals_by_day(
            spark.execute(
                f"select filename, event_date, arrival_date, count(*) from {_LAKE_ROWS} group by all order by all"
            ).fetchall()
        )
        repeated, kept = _first_arrivals(spark, feed, arrivals, list(columns))
        spark.drop_partitions(table, "event_date", [day for day in event_days if day not in arrivals])
        # Files of a useful size, whatever the number of days and of workers.
        spark.execute(
            f"insert overwrite {table} by name select /*+ rebalance(event_date) */ {', '.join(columns)} from ({kept})"
        )
    except SparkSessionError as error:
        damaged = unreadable_files([exact_path(path) for path in files])
        if not damaged:
            raise
        raise LakeFileError(
            f"{said(event_days)} of {feed.name}: a lake file cannot be read ({'; '.join(damaged)}). {MEND}"
        ) from error
    days = ", ".join(f"date '{day}'" for day in event_days)
    loaded = dict(
        spark.execute(
            f"select event_date, count(*) from {table} where event_date in ({days}) group by event_date"
        ).fetchall()
    )
    return loads_of(feed, event_days, arrivals, repeated, loaded)


def _create(spark: SparkConnection, table: str, columns: Mapping[str, str]) -> None:
    """The table, if it is missing; and the columns that a later version of the contract brought."""
    listed = ", ".join(f"{name} {sql_type}" for name, sql_type in columns.items())
    spark.execute("create schema if not exists raw")
    spark.execute(f"create table if not exists {table} ({listed}) using parquet partitioned by (event_date)")
    known = spark.columns(table)
    new = [f"{name} {sql_type}" for name, sql_type in columns.items() if name not in known]
    if new:
        spark.execute(f"alter table {table} add columns ({', '.join(new)})")


def _first_arrivals(
    spark: SparkConnection, feed: Feed, arrivals: Mapping[date, Mapping[date, int]], columns: Sequence[str]
) -> tuple[dict[date, int], str]:
    """Rows per event day that repeat a key of an earlier arrival, and the query for all others; see ``load._repeats``."""
    smaller = smaller_arrivals(arrivals)
    if not smaller:
        return {}, f"select {', '.join(columns)} from {_LAKE_ROWS}"
    key = ", ".join(("event_date", *feed.key))
    possible = f"""
        select distinct {key} from {_LAKE_ROWS}
        left semi join (select * from values {", ".join(smaller)} as smaller (event_date, arrival_date))
            using (event_date, arrival_date)
    """
    ranked = f"""
        select event_date, arrival_date, source_file, source_line,
            row_number() over (partition by {key} order by {FIRST_ARRIVAL}) as arrival_number
        from {_LAKE_ROWS} left semi join ({possible}) using ({key})
    """
    later = f"select event_date, arrival_date, source_file, source_line from ({ranked}) where arrival_number > 1"
    repeated = dict(spark.execute(f"select event_date, count(*) from ({later}) group by event_date").fetchall())
    if not repeated:
        return {}, f"select {', '.join(columns)} from {_LAKE_ROWS}"
    place = f"event_date, {FIRST_ARRIVAL}"
    return repeated, f"select {', '.join(columns)} from {_LAKE_ROWS} left anti join ({later}) using ({place})"

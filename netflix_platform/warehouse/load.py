"""Loading one event day: in one transaction the day is deleted, inserted from all its lake files, counted and marked loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.sql_text import exact_path
from netflix_platform.lake.layout import lake_files_of_event_day
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import table_columns
from netflix_platform.warehouse.states import mark_loaded

# First arrival wins; within one arrival the lake has one row per key already, file and line only make the order total.
FIRST_ARRIVAL = "arrival_date, source_file, source_line"

# The dates are columns of the files; folder names of the user's own path must not be taken for more of them.
_LAKE_ROWS = "read_parquet(?, hive_partitioning = false)"


class LakeFileError(RuntimeError):
    """A lake file that cannot be read. The message names the file and the day to run again."""


@dataclass(frozen=True)
class Load:
    """The warehouse ledger of one feed and event day: ``lake_rows = warehouse_rows + repeated_rows``.

    ``arrivals``: rows read per arrival day, counted from the very files that the transaction read.
    """

    feed: str
    event_date: date
    lake_rows: int
    repeated_rows: int
    warehouse_rows: int
    arrivals: dict[date, int]

    @property
    def is_balanced(self) -> bool:
        return self.lake_rows == self.warehouse_rows + self.repeated_rows


def load_day(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_date: date, run_id: str
) -> Load:
    """Replace event day ``event_date`` of ``raw.<feed>`` by what lies in the lake, keeping the first arrival of each key.

    Raises ``LakeFileError`` for a file that cannot be read; the transaction is rolled back and the day stays as it was.
    """
    connection.execute("begin")
    try:
        load = _replace_day(connection, settings, feed, event_date)
        _record(connection, load)
        if feed.event_time:
            mark_loaded(connection, event_date, run_id)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return load


def _replace_day(connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_date: date) -> Load:
    table = f"raw.{feed.name}"
    connection.execute(f"delete from {table} where event_date = ?", [event_date])
    files = [exact_path(path) for path in lake_files_of_event_day(settings, feed.name, event_date)]
    if not files:
        return Load(feed.name, event_date, 0, 0, 0, {})
    columns = ", ".join(table_columns(feed))
    key = ", ".join(feed.key)
    try:
        arrivals = _arrivals(connection, files, event_date)
        # Two steps cost half of ranking every row: find the few repeated keys first, rank only their rows.
        connection.execute(
            f"create or replace temp table repeated as select {key}, count(*) as copies from {_LAKE_ROWS} "
            "group by all having count(*) > 1",
            [files],
        )
        connection.execute(
            f"insert into {table} by name select {columns} from {_LAKE_ROWS} anti join repeated using ({key})", [files]
        )
        connection.execute(
            f"insert into {table} by name select {columns} from {_LAKE_ROWS} semi join repeated using ({key}) "
            f"qualify row_number() over (partition by {key} order by {FIRST_ARRIVAL}) = 1",
            [files],
        )
    except duckdb.Error as error:
        raise LakeFileError(
            f"event day {event_date} of {feed.name}: a lake file cannot be read ({error}). Run the arrival day in its name "
            "again from the lake on (make day DAY=…), which writes it anew."
        ) from error
    repeated = connection.execute("select coalesce(sum(copies - 1), 0)::bigint from repeated").fetchone()
    loaded = connection.execute(f"select count(*) from {table} where event_date = ?", [event_date]).fetchone()
    assert repeated and loaded  # an aggregate always gives a row
    return Load(feed.name, event_date, sum(arrivals.values()), repeated[0], loaded[0], arrivals)


def _arrivals(connection: duckdb.DuckDBPyConnection, files: list[str], event_date: date) -> dict[date, int]:
    """Rows per arrival day. Raises ``LakeFileError`` for a file that holds rows of another day than its place says: they
    would be added to a day that this load does not replace.
    """
    found = connection.execute(
        f"select filename, arrival_date, count(*), count(*) filter (where event_date is distinct from ?) from {_LAKE_ROWS} "
        "group by all order by all",
        [event_date, files],
    ).fetchall()
    for filename, arrival_date, _, of_other_days in found:
        if of_other_days or Path(filename).stem != f"arrival_date={arrival_date}":
            raise LakeFileError(
                f"event day {event_date}: {filename} holds rows of another day than its place says. Run the arrival day in its "
                "name again from the lake on (make day DAY=…), which writes it anew."
            )
    return {arrival_date: rows for _, arrival_date, rows, _ in found}


def _record(connection: duckdb.DuckDBPyConnection, load: Load) -> None:
    connection.execute("delete from audit.load_ledger where feed = ? and event_date = ?", [load.feed, load.event_date])
    connection.execute(
        "insert into audit.load_ledger values (?, ?, ?, ?, ?, ?)",
        [load.feed, load.event_date, load.lake_rows, load.repeated_rows, load.warehouse_rows, _now()],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

"""Loading event days: in one transaction a day is deleted, inserted from all its lake files, counted and marked loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.sql_text import exact_path, literal
from netflix_platform.lake.layout import in_small_groups, lake_files_of_event_day
from netflix_platform.settings import Settings
from netflix_platform.warehouse.states import mark_loaded

# First arrival wins; within one arrival the lake has one row per key already, file and line only make the order total.
FIRST_ARRIVAL = "arrival_date, source_file, source_line"
_PLACE = f"event_date, {FIRST_ARRIVAL}"

# A transaction over many small days costs little more than over one; large days gain nothing and would make it long.
_MOST_BYTES_TOGETHER = 16 << 20  # of lake files


MEND = "Run the arrival day in its name again from the lake on (make day DAY=…), which writes it anew."


class LakeFileError(RuntimeError):
    """Lake files that cannot be read. The message names them and the days to run again."""


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
    """``load_days`` for one day."""
    return load_days(connection, settings, feed, [event_date], run_id)[0]


def load_days(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date], run_id: str
) -> list[Load]:
    """Replace ``event_days`` of ``raw.<feed>`` by what lies in the lake, keeping the first arrival of each key of a day.

    All days are one transaction, see ``together``. Raises ``LakeFileError`` for a file that cannot be read; the transaction is
    rolled back and the days stay as they were.
    """
    connection.execute("begin")
    try:
        loads = _replace_days(connection, settings, feed, event_days)
        record(connection, loads)
        if feed.event_time:
            mark_loaded(connection, event_days, run_id)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return loads


def together(settings: Settings, feed: Feed, event_days: Iterable[date]) -> Iterator[list[date]]:
    """``event_days`` in order, in groups that are loaded together: small days many at once, large ones alone."""
    yield from in_small_groups(
        event_days,
        lambda day: sum(path.stat().st_size for path in lake_files_of_event_day(settings, feed.name, day)),
        _MOST_BYTES_TOGETHER,
    )


def _replace_days(
    connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, event_days: Sequence[date]
) -> list[Load]:
    table = f"raw.{feed.name}"
    connection.execute(f"delete from {table} where event_date in (select unnest(?))", [list(event_days)])
    files = [exact_path(path) for day in event_days for path in lake_files_of_event_day(settings, feed.name, day)]
    if not files:
        return [Load(feed.name, day, 0, 0, 0, {}) for day in event_days]
    # Small files are read once, each costs as much to open as to read; a large day would only be copied once more.
    kind = "table" if len(event_days) > 1 else "view"
    try:
        connection.execute(
            f"create or replace temp {kind} {kind}_of_lake_rows as from read_parquet([{', '.join(map(literal, files))}], "
            # The dates are columns of the files; folder names of the user's own path must not be taken for more of them. Files of
            # before a version of the contract lack the columns that it brought.
            "hive_partitioning = false, union_by_name = true, filename = true)"
        )
        lake_rows = f"{kind}_of_lake_rows"
        arrivals = arrivals_by_day(
            connection.execute(
                f"select filename, event_date, arrival_date, count(*) from {lake_rows} group by all order by all"
            ).fetchall()
        )
        repeated, dropped = _repeats(connection, feed, lake_rows, arrivals)
        rows = f"select * exclude (filename) from {lake_rows}"
        if repeated:
            rows += f" anti join ({dropped}) using ({_PLACE})"
        connection.execute(f"insert into {table} by name {rows}")
        connection.execute(f"drop {kind} {lake_rows}")
    except duckdb.Error as error:
        damaged = unreadable_files(files) or [str(error)]
        raise LakeFileError(
            f"{said(event_days)} of {feed.name}: a lake file cannot be read ({'; '.join(damaged)}). {MEND}"
        ) from error
    loaded = _counts(
        connection,
        f"select event_date, count(*) from {table} where event_date in (select unnest(?)) group by all",
        list(event_days),
    )
    return loads_of(feed, event_days, arrivals, repeated, loaded)


def loads_of(
    feed: Feed,
    event_days: Sequence[date],
    arrivals: Mapping[date, dict[date, int]],
    repeated: Mapping[date, int],
    loaded: Mapping[date, int],
) -> list[Load]:
    """The ledgers of ``event_days`` from what was counted by day; a day that a count lacks has none."""
    return [
        Load(
            feed.name,
            day,
            sum(arrivals.get(day, {}).values()),
            repeated.get(day, 0),
            loaded.get(day, 0),
            arrivals.get(day, {}),
        )
        for day in event_days
    ]


def _repeats(
    connection: duckdb.DuckDBPyConnection, feed: Feed, lake_rows: str, arrivals: Mapping[date, Mapping[date, int]]
) -> tuple[dict[date, int], str]:
    """Rows per event day that repeat a key of an earlier arrival, and the query for their places.

    Only keys of the arrivals beside a day's largest are looked for, which are few: conforming leaves one row of each key in an
    arrival day, so a key that repeats lies in two of them. Whether it did is not taken on trust: the models' tests ask the table.
    """
    smaller = smaller_arrivals(arrivals)
    if not smaller:
        return {}, ""
    key = ", ".join(("event_date", *feed.key))
    connection.execute(
        f"""
        create or replace temp table repeated as
        with smaller (event_date, arrival_date) as (values {", ".join(smaller)}),
        possible as (select distinct {key} from {lake_rows} semi join smaller using (event_date, arrival_date))
        select {key}, count(*) as copies from {lake_rows} semi join possible using ({key}) group by all having count(*) > 1
        """
    )
    dropped = (
        f"select {_PLACE} from {lake_rows} semi join repeated using ({key}) "
        f"qualify row_number() over (partition by {key} order by {FIRST_ARRIVAL}) > 1"
    )
    return _counts(connection, "select event_date, sum(copies - 1)::bigint from repeated group by all"), dropped


def smaller_arrivals(arrivals: Mapping[date, Mapping[date, int]]) -> list[str]:
    """All arrivals but the largest of each event day, as SQL rows ``(event_date, arrival_date)``."""
    return [
        f"(date '{event_date}', date '{arrival_date}')"
        for event_date, of_day in arrivals.items()
        for arrival_date in sorted(of_day, key=lambda day: of_day[day])[:-1]
    ]


def _counts(connection: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> dict[date, int]:
    return dict(connection.execute(query, list(parameters)).fetchall())


def unreadable_files(files: Sequence[str]) -> list[str]:
    """What DuckDB says of each of ``files`` that it cannot read to its end, with its name, in order.

    Of several damaged files a query over all of them names whichever a thread met first.
    """
    found = []
    with duckdb.connect() as connection:
        for file in files:
            try:
                # Values are read, not only counted from the footer.
                connection.execute(f"select count(columns(*)) from read_parquet({literal(file)})").fetchall()
            except duckdb.Error as error:
                said = str(error).splitlines()[0]
                found.append(said if file in said else f"{file}: {said}")
    return found


def said(event_days: Sequence[date]) -> str:
    """The days in words, for a message."""
    return f"event day {event_days[0]}" if len(event_days) == 1 else f"event days {event_days[0]} to {event_days[-1]}"


def arrivals_by_day(found: Iterable[tuple[str, date, date, int]]) -> dict[date, dict[date, int]]:
    """Rows per event day and arrival day, from those per file, event day and arrival day.

    Raises ``LakeFileError`` for a file that holds rows of another day than its place says: they would be added to a day that this
    load does not replace.
    """
    arrivals: dict[date, dict[date, int]] = {}
    for filename, event_date, arrival_date, rows in found:
        place = Path(filename)
        if place.parent.name != f"event_date={event_date}" or place.stem != f"arrival_date={arrival_date}":
            raise LakeFileError(
                f"{place.parent.name.replace('event_date=', 'event day ')}: {filename} holds rows of another day than its place "
                f"says. {MEND}"
            )
        arrivals.setdefault(event_date, {})[arrival_date] = rows
    return arrivals


def record(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> None:
    """Replace the ledger of the loaded days; part of the caller's transaction."""
    days = [load.event_date for load in loads]
    connection.execute(
        "delete from audit.load_ledger where feed = ? and event_date in (select unnest(?))", [loads[0].feed, days]
    )
    connection.execute(
        "insert into audit.load_ledger select ?, unnest(?::date[]), unnest(?::bigint[]), unnest(?::bigint[]), "
        "unnest(?::bigint[]), ?",
        [
            loads[0].feed,
            days,
            [load.lake_rows for load in loads],
            [load.repeated_rows for load in loads],
            [load.warehouse_rows for load in loads],
            _now(),
        ],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

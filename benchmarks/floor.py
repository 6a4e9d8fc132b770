"""The floor: what the pipeline does to the data, done by one hand-written DuckDB script and nothing else.

From raw days as Parquet to the same marts, row for row: judge every row by the contract's rules, set the refused ones and the
repeats of an arrival day aside, write the lake (one file per event day and arrival day, the platform's compression), load it
into a warehouse file keeping the first arrival of an event, then dimensions, fact, aggregates and marts (``floor.sql``, and for
newer marts the models' own SQL). It is
written as somebody would who knows the data and DuckDB well: the rules stand here once more, as plain SQL for this one world,
and every shortcut that leaves the result alone is taken.

What it leaves out is what the platform is for: no run can be repeated or interrupted, no day replaced, no row is counted, nothing
is checked, audited, published or recorded, and another format than Parquet, a second source or a new column would need another
script.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.floor_feeds import FEEDS, FloorFeed
from benchmarks.floor_models import CompiledModel, build_missing, read_models

_PARQUET = "format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000"


@dataclass(frozen=True)
class Floor:
    """``raw``: the folder of raw days; ``work``: an empty folder for everything that is made; ``start``: the first day;
    ``models``: the business models, of which those are run that ``floor.sql`` does not hold.
    """

    raw: Path
    work: Path
    start: date
    days: int
    models: list[CompiledModel]
    memory_limit: str = "3GB"
    cpu_seconds: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Do everything once. ``cpu_seconds`` then holds the process's CPU seconds by step."""
        (self.work / "lake").mkdir(parents=True)
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self.memory_limit,
            "temp_directory": str(self.work / "tmp"),
            "TimeZone": "UTC",
            "autoinstall_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
        with duckdb.connect(str(self.work / "netflix.duckdb"), config=config) as connection:
            for feed in FEEDS:
                with self._timed("conform"):
                    for day in self._days():
                        self._conform(connection, feed, day)
                with self._timed("load"):
                    self._load(connection, feed)
            with self._timed("models"):
                connection.execute((Path(__file__).parent / "floor.sql").read_text())
                build_missing(connection, self.models)
            with self._timed("close"):
                connection.execute("checkpoint")

    def _days(self) -> Iterator[date]:
        return (self.start + timedelta(days=number) for number in range(self.days))

    def _conform(self, connection: duckdb.DuckDBPyConnection, feed: FloorFeed, day: date) -> None:
        """Write the lake files and the refused rows of one arrival day.

        Every row is looked at twice, which costs a third of keeping the rows in between: once for what is to be set aside, which
        is little, and once to write the rest.
        """
        files = sorted((self.raw / feed.name / f"arrival_date={day}").glob("*.parquet"))
        if not files:
            return
        raw = f"read_parquet([{_listed(files)}], hive_partitioning = false, filename = true, file_row_number = true)"
        there = {row[0]: row[1] for row in connection.execute(f"describe from {raw}").fetchall()}
        columns, mistyped = _readings(feed, there)
        connection.execute(f"""
            create or replace temp view typed as
            select {columns}, {_extra_fields(feed, there)} as extra_fields,
                {feed.event_date.format(day=day)} as event_date, {mistyped} as mistyped, date '{day}' as arrival_date,
                parse_filename(filename) as source_file, file_row_number + 1 as source_line, file_index as file_no
            from {raw}
        """)
        connection.execute(f"""
            create or replace temp table refused as
            select '{feed.name}' as feed, arrival_date, source_file, source_line, file_no,
                {feed.reason.format(start=self.start, day=day)} as reason, to_json(typed)::varchar as original_line
            from typed where ({feed.rules.format(start=self.start, day=day)}) is not true
        """)
        # The few keys that come more than once are found by their hashes, then compared themselves.
        key = ", ".join(feed.key)
        connection.execute(f"""
            create or replace temp table aside as
            with often as (select hash({key}) as mark from typed group by all having count(*) > 1),
            places as (
                select file_no, source_line, row_number() over (partition by {key} order by file_no, source_line) as place
                from typed semi join often on hash({key}) = mark anti join refused using (file_no, source_line)
            )
            select file_no, source_line from places where place > 1
            union all select file_no, source_line from refused
        """)
        kept = "select * exclude (file_no, mistyped) from typed anti join aside using (file_no, source_line)"
        # Nearly all of a day happened on it. Written by partition, those rows would cost twice as much.
        folder = self.work / "lake" / feed.name / f"event_date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        file = f"arrival_date={day}.parquet"
        connection.execute(f"copy ({kept} where event_date = date '{day}') to '{folder / file}' ({_PARQUET})")
        if feed.comes_late:
            connection.execute(f"create or replace temp table late as {kept} where event_date <> date '{day}'")
            connection.execute(
                f"copy late to '{folder.parent}' ({_PARQUET}, partition_by (event_date), write_partition_columns true, "
                f"overwrite_or_ignore true, filename_pattern 'arrival_date={day}_{{i}}')"
            )
        quarantine = self.work / "quarantine" / feed.name
        quarantine.mkdir(parents=True, exist_ok=True)
        connection.execute(f"copy (select * exclude (file_no) from refused) to '{quarantine / file}' ({_PARQUET})")

    def _load(self, connection: duckdb.DuckDBPyConnection, feed: FloorFeed) -> None:
        """Fill ``raw.<feed>`` from the lake. A key is known from an earlier arrival only if an arrival is not the first of its
        event day, so only those rows are looked up.
        """
        connection.execute("create schema if not exists raw")
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type in feed.columns.items())
        connection.execute(
            f"create table raw.{feed.name} ({columns}, extra_fields varchar, event_date date, arrival_date date, "
            "source_file varchar, source_line bigint)"
        )
        first, later = [], []
        for folder in sorted((self.work / "lake" / feed.name).glob("event_date=*")):
            files = sorted(folder.glob("*.parquet"))
            first.append(files[0])
            later.extend(files[1:])
        if first:
            connection.execute(f"insert into raw.{feed.name} by name from {_lake(first)}")
        if later:
            key = ", ".join(["event_date", *feed.key])
            connection.execute(f"""
                create temp table later as from {_lake(later)}
                qualify row_number() over (partition by {key} order by arrival_date, source_file, source_line) = 1
            """)
            connection.execute(f"""
                insert into raw.{feed.name} by name
                from later anti join (
                    select {key} from raw.{feed.name} semi join later using ({key})
                ) using ({key})
            """)

    @contextmanager
    def _timed(self, step: str) -> Iterator[None]:
        before = _cpu_seconds()
        yield
        self.cpu_seconds[step] = self.cpu_seconds.get(step, 0.0) + _cpu_seconds() - before


def _lake(files: list[Path]) -> str:
    return f"read_parquet([{_listed(files)}], hive_partitioning = false)"


def _listed(files: list[Path]) -> str:
    return ", ".join(f"'{file}'" for file in files)


def _readings(feed: FloorFeed, there: Mapping[str, str]) -> tuple[str, str]:
    """SQL for the contract's columns, and for whether a value of a row does not have its column's type."""
    values, mistyped = [], []
    for name, sql_type in feed.columns.items():
        if name not in there:
            value = f"null::{sql_type}"
        elif sql_type == "varchar":
            value = f"nullif({name}, '')"
        elif _never_fails(there[name], sql_type):
            value = f"{name}::{sql_type}"
        else:
            value = f"try_cast({name} as {sql_type})"
            missing = f"nullif({name}, '')" if there[name] == "VARCHAR" else name
            mistyped.append(f"({missing} is not null and {value} is null)")
        values.append(f"{value} as {name}")
    return ", ".join(values), " or ".join(mistyped) or "false"


def _never_fails(raw_type: str, sql_type: str) -> bool:
    """Whether every value of a raw column fits into the contract's type, so that no row need be asked."""
    return (
        raw_type.lower() == sql_type
        or (sql_type == "bigint" and raw_type in ("SMALLINT", "INTEGER", "BIGINT"))
        or (sql_type == "timestamp" and raw_type in ("TIMESTAMP", "TIMESTAMP_MS"))
        or (sql_type == "decimal(18, 3)" and raw_type == "DECIMAL(9,3)")
    )


def _extra_fields(feed: FloorFeed, there: Iterable[str]) -> str:
    """SQL for the columns that the contract does not know, as a JSON text."""
    others = [name for name in there if name not in {*feed.columns, "filename", "file_row_number"}]
    if not others:
        return "null::varchar"
    found = " or ".join(f"{name} is not null" for name in others)
    pairs = ", ".join(f"'{name}', {name}" for name in others)
    return f"case when {found} then json_merge_patch('{{}}', json_object({pairs}))::varchar end"


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _main() -> None:
    raw, work, start, days, models, memory_limit = sys.argv[1:]
    floor = Floor(Path(raw), Path(work), date.fromisoformat(start), int(days), read_models(Path(models)), memory_limit)
    floor.run()
    print(json.dumps(floor.cpu_seconds))


if __name__ == "__main__":
    _main()

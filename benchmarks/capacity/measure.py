"""``python -m benchmarks.capacity.measure``: runs the platform at several sizes and keeps the points in ``measured.json``.

Three kinds, each replacing its own section only: ``duckdb`` (one day of 1 to 16 million events, ten of 200,000), ``history``
(what the models that are rebuilt whole cost over a long history), ``spark`` (``measure_spark``). Points are kept as they were
measured; what is made of them is in ``parameters``. CPU seconds are user and system, so another job beside disturbs little.
"""

from __future__ import annotations

import argparse
import json
import resource
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.capacity.measure_spark import measure_spark
from benchmarks.capacity.parameters import MEASURED, MEMORY_LIMIT
from benchmarks.floor_models import compile_models, read_models
from benchmarks.measuring import commit, machine
from benchmarks.platforms import Platform
from netflix_platform.settings import load_settings

# Days, events a day, users, raw format. Users vary apart from events, so that what each costs can be told apart.
SHAPES: tuple[tuple[int, int, int, str], ...] = (
    (1, 1_000_000, 400_000, "parquet"),
    (1, 1_000_000, 400_000, "ndjson"),
    (1, 4_000_000, 400_000, "parquet"),
    (1, 4_000_000, 1_600_000, "parquet"),
    (1, 4_000_000, 400_000, "ndjson"),
    (10, 200_000, 80_000, "parquet"),
    (1, 16_000_000, 1_600_000, "parquet"),
)


def measure_duckdb(folder: Path, shapes: Sequence[tuple[int, int, int, str]] = SHAPES) -> list[dict[str, Any]]:
    """One point per shape: raw days are generated, then one Dagster run builds and publishes them. 10 GB of disk, 6 minutes."""
    points = []
    for days, events, users, raw_format in shapes:
        scale = f"events_per_day={events},users={users},titles={2_000 if days > 1 else 5_000}"
        platform = Platform(folder / "platform", days, scale, raw_format, folder / "prepared", MEMORY_LIMIT)
        rows = platform.generate().told["rows"]
        run = platform.first_run()
        point = {"days": days, "users": users, "format": raw_format, "events": rows, **run.as_dict()}
        points.append({**point, "steps": run.told["steps"], "records": run.told["records"], **_left_by(platform.data)})
        platform.remove()
        print(f"{days} x {events:,} events, {users:,} users, {raw_format}: {run.cpu_seconds:.1f} CPU s", flush=True)
    return points


def measure_history(data: Path, work: Path) -> list[dict[str, Any]]:
    """One point: CPU seconds of each model that is rebuilt whole, over all days of ``data``, which stays as it is.

    Without dbt: the models' compiled SQL in one process, results thrown away. ``mart_title_funnel`` is built whole here, as it
    is on Spark; on DuckDB a run builds only the launches that its days touch.
    """
    settings = load_settings({"NETFLIX_DATA_DIR": str(data)})
    models = read_models(compile_models(work / "compiled", settings.child_environment()))
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(work / "tmp"),
        "autoinstall_known_extensions": "false",
        "TimeZone": "UTC",
    }
    seconds: dict[str, float] = {}
    with duckdb.connect(config=config) as connection:
        connection.execute(f"attach '{settings.warehouse_file}' as netflix (read_only)")
        connection.execute("use netflix")
        for model in models:
            # The marts by day are priced by the run of a day; everything else reads all days.
            if model.is_view or _is_by_day(connection, model.schema, model.name):
                continue
            begun = _cpu_seconds()
            connection.execute(f"create or replace table memory.main.built as {model.query}")
            seconds[model.name] = round(_cpu_seconds() - begun, 2)
        rows = _rows(connection, "netflix")
        days = _count(connection, "select count(distinct event_date) from aggregates.agg_title_day")
    tables = ("raw.events", "raw.users", "facts.fct_watch", "aggregates.agg_user_day", "aggregates.agg_title_day")
    bytes_of = {"warehouse": settings.warehouse_file.stat().st_size, "lake": _size(settings.lake_dir / "events")}
    published = sorted(settings.serving_dir.glob("netflix-*.duckdb"))[-1]
    return [
        {
            "days": days,
            "models": seconds,
            "rows": {table: rows[table] for table in tables},
            "published_rows": _published_rows(published),
            "bytes": {**bytes_of, "published": published.stat().st_size, "dagster": _size(settings.dagster_dir)},
            "arrivals": _arrivals(settings.lake_dir / "events"),
        }
    ]


def write_section(
    name: str, command: str, points: Sequence[Mapping[str, Any]], file: Path = MEASURED, **more: Any
) -> None:
    """Replace one section of ``measured.json``: how and when it was measured, and its points."""
    there = json.loads(file.read_text()) if file.exists() else {}
    about = {"command": command, "date": datetime.now(UTC).date().isoformat(), "commit": commit(), "machine": machine()}
    there[name] = {**about, **more, "points": list(points)}
    draft = file.with_suffix(".tmp")
    draft.write_text(json.dumps(there, indent=1) + "\n")
    draft.replace(file)


def _left_by(data: Path) -> dict[str, Any]:
    """Bytes, files and rows of a platform that was built."""
    published = sorted((data / "serving").glob("netflix-*.duckdb"))[-1]
    with duckdb.connect(str(data / "warehouse" / "netflix.duckdb"), read_only=True) as connection:
        rows = _rows(connection, "netflix")
    feeds = ("events", "users", "titles")
    return {
        "raw_bytes": {feed: _size(data / "raw" / feed) for feed in feeds},
        "lake_bytes": {feed: _size(data / "lake" / feed) for feed in feeds},
        "raw_files": _files(data / "raw" / "events"),
        "lake_files": _files(data / "lake" / "events"),
        "warehouse_bytes": (data / "warehouse" / "netflix.duckdb").stat().st_size,
        "published_bytes": published.stat().st_size,
        "published_rows": _published_rows(published),
        "dagster_bytes": _size(data / "dagster"),
        "rows": {name: count for name, count in rows.items() if name.startswith(("raw.", "facts.", "agg", "dim"))},
    }


def _arrivals(lake: Path) -> dict[str, int]:
    """Rows of the lake by days between arrival and event."""
    return {
        str(delay): rows
        for delay, rows in duckdb.execute(f"""
            select
                regexp_extract(filename, 'arrival_date=([0-9-]+)', 1)::date
                    - regexp_extract(filename, 'event_date=([0-9-]+)', 1)::date as delay,
                count(*)
            from read_parquet('{lake}/*/*.parquet', filename = true, hive_partitioning = false)
            group by delay order by delay
        """).fetchall()
    }


def _published_rows(file: Path) -> dict[str, int]:
    with duckdb.connect(str(file), read_only=True) as connection:
        catalog = str(connection.execute("select current_database()").fetchall()[0][0])
        rows = _rows(connection, catalog)
    return {name.removeprefix("main."): count for name, count in rows.items() if not name.startswith("main.audit")}


def _rows(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, int]:
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = ?", [catalog]
    ).fetchall()
    return {name: _count(connection, f"select count(*) from {name}") for (name,) in tables}


def _is_by_day(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    if name == "dim_date":
        return False
    daily = ("fct_", "agg_", "mart_qoe", "mart_audience", "mart_sessions", "mart_daily")
    return schema != "dimensions" and name.startswith(daily)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _files(folder: Path) -> int:
    return sum(1 for file in folder.rglob("*") if file.is_file())


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure one kind and keep its points."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity.measure", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("kind", choices=("duckdb", "history", "spark"))
    parser.add_argument("--folder", type=Path, required=True, help="an empty folder to work in; it is left there")
    parser.add_argument(
        "--data", type=Path, help="history only: a data folder of many days, e.g. a year of NETFLIX_SCALE=city"
    )
    options = parser.parse_args()
    if options.kind == "history" and options.data is None:
        parser.error(
            "history needs --data: a data folder of many days, e.g. made by NETFLIX_SCALE=city DAYS=365 make demo"
        )
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.kind == "duckdb":
        points = measure_duckdb(options.folder)
    elif options.kind == "history":
        points = measure_history(options.data, options.folder)
    else:
        points = measure_spark(options.folder)
    own = f"python -m benchmarks.capacity.measure {options.kind} --folder FOLDER"
    write_section(options.kind, own + (" --data DATA" if options.data else ""), points)


if __name__ == "__main__":
    main()

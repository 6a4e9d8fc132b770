"""Publishing a version and rolling back to an older one.

A version is written to a new file under a temporary name, renamed, and only then named in ``CURRENT`` (by rename too). A
path that a process has open is never replaced: DuckDB caches by path and would go on serving the old file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.lake.layout import move_into_place, staging_folder, write_text
from netflix_platform.serving.publications import record_publication
from netflix_platform.settings import Settings
from netflix_platform.warehouse.engine import warehouse_engine
from netflix_platform.warehouse.states import DayState

VERSIONS_KEPT = 3
_VERSION_FILE = re.compile(r"netflix-(\d{8}T\d{12}Z)\.duckdb")


@dataclass(frozen=True)
class PublishedTable:
    """A table that is published: where the warehouse holds it, and whether it tells of the business or of the pipeline."""

    schema: str
    name: str
    is_business: bool


@dataclass(frozen=True)
class Version:
    """A published version: its name, its file, and the rows of each table in it."""

    name: str
    path: Path
    rows: dict[str, int]


class PublishError(RuntimeError):
    """Nothing was published; the message says why and what to do."""


def publish(
    settings: Settings, tables: Sequence[PublishedTable], refused: Sequence[DayState] = (), run_id: str = ""
) -> Version:
    """Write a new version from the warehouse and make it current; keeps the last ``VERSIONS_KEPT`` states of the business marts.

    With ``refused`` days the business tables are carried over from the current version, or left out when there is none;
    the audit tables are fresh all the same. A table that the warehouse does not hold yet is left out.
    """
    now = datetime.now(UTC)
    name = f"netflix-{now:%Y%m%dT%H%M%S%f}Z.duckdb"
    previous = current_file(settings) if refused else None
    with staging_folder(settings, "serving") as folder:
        with connect(settings, folder / name) as connection:
            _attach(connection, settings.warehouse_file, "warehouse")
            business = [(table.schema, table.name) for table in tables if table.is_business and not refused]
            elsewhere = warehouse_engine(settings).hand_over(settings, business, folder / "handed_over")
            if previous:
                _attach(connection, previous, "previous")
            rows = {}
            for table in tables:
                relation = _relation(connection, table, bool(refused), previous is not None, elsewhere)
                if relation:
                    connection.execute(f"create table {table.name} as from {relation}")
                    rows[table.name] = _count(connection, table.name)
            _write_info(connection, name, now, refused, previous is not None, run_id)
            connection.execute("detach warehouse")
            if previous:
                connection.execute("detach previous")
        move_into_place(folder / name, settings.serving_dir / name)
    make_current(settings, name, "run", run_id)
    _prune(settings, keep=name)
    return Version(name, settings.serving_dir / name, rows)


def versions(settings: Settings) -> list[str]:
    """File names of the versions that are kept, newest first."""
    if not settings.serving_dir.is_dir():
        return []
    return sorted((p.name for p in settings.serving_dir.iterdir() if _VERSION_FILE.fullmatch(p.name)), reverse=True)


def current_file(settings: Settings) -> Path | None:
    """The file that ``CURRENT`` names, or ``None`` when nothing is published or the file is gone."""
    pointer = settings.serving_dir / "CURRENT"
    if not pointer.is_file():
        return None
    name = pointer.read_text(errors="replace").strip()
    path = settings.serving_dir / name
    return path if _VERSION_FILE.fullmatch(name) and path.is_file() else None


def make_current(settings: Settings, name: str, made_by: str = "run", run_id: str = "") -> None:
    """Switch readers to the version in file ``name``; ``made_by``: ``run`` or ``rollback``, as the audit tells it."""
    before = current_file(settings)
    write_text(settings, settings.serving_dir / "CURRENT", name + "\n")
    record_publication(settings, name, before.name if before else None, made_by, run_id)


def rollback(settings: Settings) -> tuple[str | None, str]:
    """Point ``CURRENT`` at the newest older version with other business figures than the one it names; returns (from, to).

    Versions that a failure added hold the same business marts as the one before them and are passed over, and so are those
    that have none or cannot be read. Raises ``PublishError`` when no such version is kept.
    """
    now = current_file(settings)
    kept = versions(settings)
    shown = _business_published_at(now) if now else None
    older = [
        name
        for name in kept
        if (now is None or name < now.name) and _business_published_at(settings.serving_dir / name) not in (None, shown)
    ]
    if not older:
        raise PublishError(
            f"no version with other figures than {now.name if now else 'nothing'} is kept in {settings.serving_dir} "
            f"(kept: {', '.join(kept) or 'none'}); publish one by running a day: make day DAY=…"
        )
    make_current(settings, older[0], "rollback")
    return (now.name if now else None), older[0]


def refusal(days: Iterable[DayState]) -> str:
    """Why the business marts are held back, and the commands that mend it."""
    listed = list(days)
    named = "; ".join(str(day) for day in listed[:10]) + (f"; and {len(listed) - 10} more" if len(listed) > 10 else "")
    failed = [day.event_date for day in listed if day.state == "failed"]
    waiver = f", or publish a failed day as it is (make waive DAY={failed[0]} REASON='…')" if failed else ""
    return (
        f"The business marts stay as they were: {len(listed)} event day(s) in the warehouse have not passed their audit: "
        f"{named}. Mend the cause and run the days again (make backfill FROM={listed[0].event_date} "
        f"TO={listed[-1].event_date}){waiver}."
    )


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, alias: str) -> None:
    quoted = str(path).replace("'", "''")
    connection.execute(f"attach '{quoted}' as {alias} (read_only)")


def _relation(
    connection: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    business_is_refused: bool,
    has_previous: bool,
    elsewhere: Mapping[tuple[str, str], str],
) -> str | None:
    """Where the new version takes ``table`` from: the engine or the warehouse, the previous version, or nowhere."""
    if table.is_business and business_is_refused:
        exists = has_previous and _exists(connection, "previous", "main", table.name)
        return f"previous.main.{table.name}" if exists else None
    if (table.schema, table.name) in elsewhere:
        return elsewhere[table.schema, table.name]
    exists = _exists(connection, "warehouse", table.schema, table.name)
    return f"warehouse.{table.schema}.{table.name}" if exists else None


def _exists(connection: duckdb.DuckDBPyConnection, catalog: str, schema: str, name: str) -> bool:
    row = connection.execute(
        "select count(*) from information_schema.tables where table_catalog = ? and table_schema = ? and table_name = ?",
        [catalog, schema, name],
    ).fetchone()
    return bool(row and row[0])


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _write_info(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    now: datetime,
    refused: Sequence[DayState],
    has_previous: bool,
    run_id: str,
) -> None:
    """One row about the version: which days it holds, when the business marts are from, and which days were refused."""
    first: date | None = None
    last: date | None = None
    if _exists(connection, _catalog(connection), "main", "mart_daily_kpis"):
        span = connection.execute("select min(event_date), max(event_date) from mart_daily_kpis").fetchone()
        first, last = span if span else (None, None)
    business_published_at: datetime | None = now.replace(tzinfo=None)
    if refused:
        row = (
            connection.execute("select business_published_at from previous.main.serving_info").fetchone()
            if has_previous
            else None
        )
        business_published_at = row[0] if row else None
    connection.execute("""
        create table serving_info (
            version varchar, published_at timestamp, first_event_date date, last_event_date date,
            business_published_at timestamp, refused_days varchar, run_id varchar
        )""")
    days = ",".join(day.event_date.isoformat() for day in refused)
    version = name.removesuffix(".duckdb").removeprefix("netflix-")
    connection.execute(
        "insert into serving_info values (?, ?, ?, ?, ?, ?, ?)",
        [version, now.replace(tzinfo=None), first, last, business_published_at, days, run_id],
    )


def _catalog(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute("select current_database()").fetchone()
    assert row  # always one row
    return str(row[0])


def _business_published_at(path: Path) -> datetime | None:
    """When the business marts of a version were published; ``None`` for a version that has none or cannot be read."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select business_published_at from serving_info").fetchone()
    except duckdb.Error:
        return None
    return row[0] if row else None


def _prune(settings: Settings, keep: str) -> None:
    """Keep the newest version of each of the last ``VERSIONS_KEPT`` states of the business marts, and ``keep``."""
    seen: set[datetime | None] = set()
    for name in versions(settings):
        state = _business_published_at(settings.serving_dir / name)
        if name != keep and (state in seen or len(seen) >= VERSIONS_KEPT):
            (settings.serving_dir / name).unlink(missing_ok=True)
        seen.add(state)

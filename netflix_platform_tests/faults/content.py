"""Everything that a platform holds, as hashes to compare two platforms by: the figures, the ledgers, the lake row by row."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from netflix_platform.settings import Settings
from netflix_platform_tests.platform_runs import BUSINESS_TABLES

# Columns that tell of a run and not of the data.
_OF_A_RUN = ("loaded_at", "written_at", "run_id", "changed_at")
_LEDGERS = ("audit.load_ledger", "audit.event_day_states", "audit.audit_row_ledger", "audit.audit_warehouse_ledger")


def content(settings: Settings) -> dict[str, str]:
    """Hash of the sorted rows by name: tables of the warehouse, published business tables, lake and quarantine files."""
    return dict(_hashes(settings))


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Names of what is missing, of what is too much, and of what differs."""
    missing = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    extra = [f"{name} should not be there" for name in sorted(found.keys() - expected.keys())]
    differing = [f"{name} differs" for name in sorted(expected.keys() & found.keys()) if expected[name] != found[name]]
    return [*missing, *extra, *differing]


def published_file(settings: Settings) -> Path:
    """The file that ``CURRENT`` names."""
    return settings.serving_dir / (settings.serving_dir / "CURRENT").read_text().strip()


def _hashes(settings: Settings) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        for table in (*BUSINESS_TABLES, *_LEDGERS):
            yield f"warehouse {table}", _hash(connection, table)
    with duckdb.connect(str(published_file(settings)), read_only=True) as connection:
        names = connection.execute("select table_name from information_schema.tables order by all").fetchall()
        for name in (row[0] for row in names):
            if name.startswith("mart_") and name != "mart_pipeline_health":
                yield f"published {name}", _hash(connection, name)
    with duckdb.connect() as connection:
        for path in sorted(settings.lake_dir.rglob("*.parquet")):
            relation = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}', hive_partitioning = false)"
            yield f"lake {path.relative_to(settings.lake_dir)}", _hash(connection, relation)
    for path in sorted(settings.lake_dir.glob("_ledger/*/*.json")):
        yield f"ledger {path.relative_to(settings.lake_dir)}", hashlib.sha256(path.read_bytes()).hexdigest()
    for mark in sorted(settings.lake_dir.glob("_unverified/*/*")):
        yield f"mark {mark.relative_to(settings.lake_dir)}", "there"
    for path in sorted(settings.raw_dir.rglob("*")):
        if path.is_file():
            yield f"raw {path.relative_to(settings.raw_dir)}", hashlib.sha256(path.read_bytes()).hexdigest()


def _hash(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
    kept = ", ".join(f'"{name}"' for name in columns if name not in _OF_A_RUN)
    rows: Iterable[tuple[str]] = connection.execute(
        f"select t::varchar from (select {kept} from {relation}) as t order by all"
    ).fetchall()
    return hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()

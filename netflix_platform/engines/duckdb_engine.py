"""DuckDB connections, configured in one place: UTC, a memory limit, and a folder to spill to beyond it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from netflix_platform.settings import Settings


def configuration(settings: Settings) -> dict[str, str]:
    """The options of every connection; two connections of one process to one file must agree on them."""
    return {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(settings.spill_dir),
        "TimeZone": "UTC",
        # Rows carry their order in (file, line) where it matters; DuckDB need not keep it, which halves peak memory.
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
    }


@contextmanager
def connect(
    settings: Settings, database: Path | None = None, read_only: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open ``database`` (in memory when ``None``) and close it whatever happens."""
    settings.spill_dir.mkdir(parents=True, exist_ok=True)
    if database is not None and not read_only:
        database.parent.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(database) if database else ":memory:", read_only=read_only, config=dict(configuration(settings))
    )
    try:
        yield connection
    finally:
        connection.close()

"""``raw.published_top10``: Netflix's own weekly lists, from the files that lie in ``data/reference/published_top10/``, if any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from netflix_platform.contracts.raw_files import is_ignored
from netflix_platform.settings import Settings
from netflix_platform.sources.published_top10 import (
    PUBLISHED_COLUMNS,
    PublishedTop10,
    PublishedTop10Error,
    merged,
    read,
)
from netflix_platform.warehouse.database import PUBLISHED_TOP10_TABLE


@dataclass(frozen=True)
class PublishedTop10Load:
    """One load: ``rows`` in the table, of ``weeks`` weeks, from ``files``; and what could not be taken, one sentence each."""

    rows: int
    weeks: int
    files: tuple[str, ...]
    problems: tuple[str, ...]


def published_top10_dir(settings: Settings) -> Path:
    """Where the files are kept; the folder need not exist."""
    return settings.data_dir / "reference" / "published_top10"


def load_published_top10(connection: duckdb.DuckDBPyConnection, settings: Settings) -> PublishedTop10Load:
    """Replace the table's rows by those of the files, in one transaction. Without files it is empty.

    A file that is no such list and a row that cannot be used are left out and told; the rest is loaded.
    """
    taken: list[PublishedTop10] = []
    problems: list[str] = []
    for file in _files(settings):
        try:
            taken.append(read(file))
        except PublishedTop10Error as error:
            problems.append(str(error))
    problems += [message for top10 in taken for message in top10.messages()]
    lists = merged(taken)
    connection.register("published_lists", lists.to_arrow())
    connection.execute("begin")
    try:
        connection.execute(f"delete from {PUBLISHED_TOP10_TABLE}")
        columns = ", ".join(PUBLISHED_COLUMNS)
        connection.execute(f"insert into {PUBLISHED_TOP10_TABLE} ({columns}) select {columns} from published_lists")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    finally:
        connection.unregister("published_lists")
    names = tuple(top10.file.name for top10 in taken)
    return PublishedTop10Load(lists.height, lists["week_start"].n_unique(), names, tuple(problems))


def _files(settings: Settings) -> list[Path]:
    folder = published_top10_dir(settings)
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(file for file in found if file.is_file() and not is_ignored(file.name))

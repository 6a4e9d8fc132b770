"""Dagster's SQLite event log with connections that are kept: the same files and tables, a third of the time.

Dagster's own class makes an engine, opens the file, and closes it again for every record, and SQLite then writes to the disk
at each commit and each close. A run of 120 days makes some six thousand records; there that is most of its wall time.
"""

import contextlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy.pool import StaticPool

# The index and the runs that are written or looked at just now; each kept engine holds one file open.
_ENGINES_KEPT = 8
_BUSY_TIMEOUT_SECONDS = 30
_RECORDS = ("runs.db", "index.db", "schedules.db")


def records_problem(dagster_dir: Path, error: BaseException) -> str | None:
    """What is wrong with Dagster's own records, with what to do; ``None`` when ``error`` does not come from there."""
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    trouble = next((one for one in causes if isinstance(one, sqlite3.DatabaseError)), None)
    if trouble is None:
        return None
    if "locked" in str(trouble):
        return (
            f"Dagster's records in {dagster_dir} are locked by another process. Close what has opened a file there (a backup, a "
            "database tool), then give the same command again; it takes up the work where it stopped."
        )
    damaged = [name for name in _RECORDS if _is_damaged(dagster_dir / name)]
    return (
        f"Dagster's records in {dagster_dir} cannot be read ({', '.join(damaged) or 'one of its files'}: {trouble}). Bring the "
        f"file back from a backup, or move the folder away (mv {dagster_dir} {dagster_dir}.damaged) and run make demo: raw, "
        "lake, warehouse, audit and what is published stay; only the history in the Dagster UI begins anew."
    )


def _is_damaged(file: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return connection.execute("pragma quick_check(1)").fetchone() != ("ok",)
    except sqlite3.Error:
        return True


class KeptConnectionEventLogStorage(SqliteEventLogStorage):
    """``SqliteEventLogStorage`` that keeps one connection per shard (the index, or a run's own file)."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()
        self._engines_lock = threading.Lock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "KeptConnectionEventLogStorage":
        return cls(inst_data=inst_data, **config_value)

    @contextlib.contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock, self._engine(shard).connect() as connection, connection.begin():
            yield connection

    def _engine(self, shard: str) -> db.Engine:
        with self._engines_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = db.create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=StaticPool,
                    connect_args={"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
                )
                # In WAL mode a crash of the process loses nothing; only a power cut may take the last records with it.
                db.event.listen(
                    engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal")
                )
                # Says at once what is wrong with a file that is locked or damaged; Dagster's own start tries that ten times.
                with engine.connect() as connection:
                    connection.exec_driver_sql("select count(*) from sqlite_master")
                self._initdb(engine)
                self._engines[shard] = engine
            self._engines.move_to_end(shard)
            while len(self._engines) > _ENGINES_KEPT:
                self._engines.popitem(last=False)[1].dispose()
            return engine

    def dispose(self) -> None:
        """Close the kept connections along with the storage."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()

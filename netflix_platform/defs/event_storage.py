"""Dagster's SQLite event log with connections that are kept: the same files and tables, a third of the time.

Dagster's own class makes an engine, opens the file, and closes it again for every record, and SQLite then writes to the disk
at each commit and each close. A run of 120 days makes some six thousand records; there that is most of its wall time.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as db
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy.pool import StaticPool

# The index and the runs that are written or looked at just now; each kept engine holds one file open.
_ENGINES_KEPT = 8
_BUSY_TIMEOUT_SECONDS = 30


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

"""Dagster's SQLite event log with connections that are kept: the same files and tables, a third of the time.

Dagster's own class makes an engine, opens the file, and closes it again for every record, and SQLite then writes to the disk
at each commit and each close. A run of 120 days makes some six thousand records; there that is most of its wall time.
"""

import contextlib
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as db
from alembic.script import ScriptDirectory
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    EVENT_TYPE_TO_PIPELINE_RUN_STATUS,
    DagsterEventType,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.sql import get_alembic_config
from dagster_shared.serdes import serialize_value
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


@cache
def _newest_revision() -> str | None:
    return ScriptDirectory.from_config(get_alembic_config(sqlite_event_log.__file__)).get_current_head()


class KeptConnectionEventLogStorage(SqliteEventLogStorage):
    """``SqliteEventLogStorage`` that keeps one connection per shard (the index, or a run's own file) and writes in batches."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()
        self._engines_lock = threading.Lock()
        self._plans_ranges = False
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """Whether a run's plan is one record per asset rather than one per asset and day; see ``planning_ranges``."""
        return self._plans_ranges

    @contextlib.contextmanager
    def planning_ranges(self) -> Iterator[None]:
        """Runs that are made meanwhile plan their range of days in one record per asset.

        Dagster's plan of a range is a record per asset and day, of assets that are not stored by day too: nine years of days are
        140,000 records that say nothing but what the run's tags say. The price is that the Dagster UI shows the run, and not
        each of its days, as being at work.
        """
        self._plans_ranges = True
        try:
            yield
        finally:
            self._plans_ranges = False

    def store_event(self, event: EventLogEntry) -> None:
        """Store one record as ``store_event_batch`` stores many."""
        if event.dagster_event_type in EVENT_TYPE_TO_PIPELINE_RUN_STATUS:
            super().store_event(event)  # the index has these too
        else:
            self.store_event_batch([event])

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; one that it had once it has. Asked for at every record of a check."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _initdb(self, engine: db.Engine, for_index_shard: bool = False) -> None:
        """Make a new file's tables; one that is stamped with Dagster's newest revision has them, which one query tells.

        Dagster's own way reads all of its migrations from their files each time, which costs more than a run's records.
        """
        with engine.connect() as connection:
            there = connection.exec_driver_sql("select 1 from sqlite_master where name = 'alembic_version'").first()
            stamped = there and connection.exec_driver_sql("select version_num from alembic_version").scalar()
        if stamped is None or stamped != _newest_revision():
            super()._initdb(engine, for_index_shard)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store what belongs together in one transaction per file, each record serialized once.

        Dagster's own way is one by one, three transactions each. What it keeps per asset, not per record, is written for the
        newest record of each kind, since that is what would be left.
        """
        by_run: dict[str, list[EventLogEntry]] = {}
        for event in events:
            by_run.setdefault(event.run_id, []).append(event)
        for run_id, of_run in by_run.items():
            rows = [self._event_to_row(event) for event in of_run]
            with self.run_connection(run_id) as connection:
                connection.execute(SqlEventLogStorageTable.insert(), rows)
            indexed = [
                (event, row)
                for event, row in zip(of_run, rows, strict=True)
                if event.dagster_event_type in ASSET_EVENTS | ASSET_CHECK_EVENTS
            ]
            if indexed:
                self._store_in_index([event for event, _ in indexed], [row for _, row in indexed])

    def _store_in_index(self, events: Sequence[EventLogEntry], rows: Sequence[dict[str, Any]]) -> None:
        with self.index_transaction() as connection:
            connection.execute(SqlEventLogStorageTable.insert(), rows)
            # Nobody else writes within the transaction, so the numbers just given are the last ones, without a gap.
            newest: int = connection.execute(db.select(db.func.max(SqlEventLogStorageTable.c.id))).scalar_one()
            numbered = list(zip(events, range(newest - len(rows) + 1, newest + 1), strict=True))
            of_assets = [(event, number) for event, number in numbered if event.dagster_event_type in ASSET_EVENTS]
            if of_assets:
                self._store_asset_event_tags(connection, *zip(*of_assets, strict=True))
            newest_of_kind = {
                (event.get_dagster_event().asset_key, event.dagster_event_type): (event, number)
                for event, number in of_assets
            }
            for event, number in newest_of_kind.values():
                self._store_asset_event(connection, event, number)
            planned = [
                self._planned_check(event, number)
                for event, number in numbered
                if event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED
            ]
            if planned:
                connection.execute(AssetCheckExecutionsTable.insert(), planned)
        for event, number in numbered:
            if event.dagster_event_type == DagsterEventType.ASSET_CHECK_EVALUATION:
                self.store_asset_check_event(event, number)

    def _planned_check(self, event: EventLogEntry, event_id: int) -> dict[str, Any]:
        """One row per check and run, whatever the run's days: the platform's checks give one verdict per run, which names days.

        Dagster's own rows, one per check and day, would stay planned for ever.
        """
        planned = event.get_dagster_event().asset_check_planned_data
        return {
            "asset_key": planned.asset_key.to_string(),
            "check_name": planned.check_name,
            "partition": None,
            "run_id": event.run_id,
            "execution_status": AssetCheckExecutionRecordStatus.PLANNED.value,
            "evaluation_event": serialize_value(event),
            "evaluation_event_timestamp": self._event_insert_timestamp(event),
            "evaluation_event_storage_id": event_id,
        }

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

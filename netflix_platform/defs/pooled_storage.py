"""Dagster's records in PostgreSQL over connections that are kept: the same tables, a fiftieth of the time per statement.

Dagster's own class connects anew for every statement, which costs the client 4 ms of CPU and the server 12 (a process and a
password each time) where the statement itself costs a third of one.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import pg_url_from_config

# An instance is used by few threads at once; those beyond get a connection that is closed when they are done with it.
_KEPT, _AT_MOST = 2, 20


class RangePlanningEventLogStorage(PostgresEventLogStorage):
    """The event log, where the plan of a run over a range of days is one record per asset.

    Dagster's plan is a record per asset and day, each written by itself: 30 days of the job ``rebuild`` are 1,669 records in
    8,500 statements before the run is even queued. The price is that the Dagster UI shows the run, and not each of its days,
    as being at work (``event_storage`` does so for long ranges only, since it writes the records of a plan together).
    """

    @property
    def supports_partition_subset_in_asset_materialization_planned_events(self) -> bool:
        """Whether a run's plan is one record per asset rather than one per asset and day."""
        return True

    def dispose(self) -> None:
        """Close the kept connections too, along with the instance whose stores share them."""
        super().dispose()
        self._engine.dispose()


class PooledPostgresStorage(DagsterPostgresStorage):
    """``DagsterPostgresStorage`` whose three stores share one small pool of connections."""

    def __init__(self, postgres_url: str, inst_data: Any = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        self._event_log_storage = RangePlanningEventLogStorage(postgres_url, should_autocreate_tables=False)
        self._engine = sqlalchemy.create_engine(
            postgres_url,
            isolation_level="AUTOCOMMIT",
            pool_size=_KEPT,
            max_overflow=_AT_MOST - _KEPT,
            pool_pre_ping=True,  # a server that was started anew has closed them
        )
        for store in (self._run_storage, self._event_log_storage, self._schedule_storage):
            store._engine = self._engine

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "PooledPostgresStorage":
        return cls(pg_url_from_config(config_value), inst_data)

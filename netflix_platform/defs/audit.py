"""The audit's batches: Dagster's records, ledgers, incidents and other accounts, pulled into the warehouse through the DuckDB
pandas IO manager.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb
import pandas as pd
from dagster_duckdb_pandas import DuckDBPandasIOManager, DuckDBPandasTypeHandler

from netflix_platform.audit.alerts import ALERT_COLUMNS, pull_alerts
from netflix_platform.audit.erasures import ERASURE_COLUMNS, pull_erasures
from netflix_platform.audit.frames import (
    CHECK_COLUMNS,
    MATERIALIZATION_COLUMNS,
    PUBLICATION_COLUMNS,
    RUN_COLUMNS,
    STEP_COLUMNS,
    typed_frame,
)
from netflix_platform.audit.history import is_built, prepare_batches, restore_history
from netflix_platform.audit.landing_files import LANDING_FILE_COLUMNS, pull_landing_files
from netflix_platform.audit.late_arrivals import LATE_ARRIVAL_COLUMNS, pull_late_arrivals
from netflix_platform.audit.ledgers import LEDGER_COLUMNS, pull_ledgers
from netflix_platform.audit.records import NO_RUN, Watermark, pull
from netflix_platform.defs.alerting import watch_before_publishing
from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.engines.duckdb_engine import configuration
from netflix_platform.serving.publications import read_publications
from netflix_platform.serving.publish import versions
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse


@dataclass(frozen=True)
class _BatchTable:
    """What a batch holds, and its frame's columns."""

    description: str
    columns: Mapping[str, str]


_BATCHES = {
    "run_records": _BatchTable("Runs that changed since the last pull.", RUN_COLUMNS),
    "step_records": _BatchTable("Steps of those runs, with their seconds, rows and retries.", STEP_COLUMNS),
    "materialization_records": _BatchTable(
        "Materializations of those runs, with their rows, not seen before.", MATERIALIZATION_COLUMNS
    ),
    "check_records": _BatchTable("Check results not seen before, of those runs and of none.", CHECK_COLUMNS),
    "ledger_records": _BatchTable("Row ledgers of raw days written since the last pull.", LEDGER_COLUMNS),
    "late_arrival_records": _BatchTable("What those raw days brought for other event days.", LATE_ARRIVAL_COLUMNS),
    "alert_records": _BatchTable("Incidents that are open, and those that changed since the last pull.", ALERT_COLUMNS),
    "publication_records": _BatchTable("Which version was current from when, by whom.", PUBLICATION_COLUMNS),
    "erasure_records": _BatchTable("Users that were forgotten: when, why, how many rows.", ERASURE_COLUMNS),
    "landing_file_records": _BatchTable("Landed files and what became of each.", LANDING_FILE_COLUMNS),
}


class _BatchHandler(DuckDBPandasTypeHandler):
    """Dagster's, without its warning about an empty frame: the table is there, and an empty batch is what it should hold."""

    def handle_output(self, context: dg.OutputContext, table_slice: Any, obj: pd.DataFrame, connection: Any) -> None:
        if not obj.empty:
            super().handle_output(context, table_slice, obj, connection)


class BatchIOManager(DuckDBPandasIOManager):
    """Writes frames into tables that ``prepare_batches`` has made."""

    @staticmethod
    def type_handlers() -> Sequence[_BatchHandler]:
        return [_BatchHandler()]


def audit_io_manager(settings: Settings) -> BatchIOManager:
    """Writes each batch over the last one, as table ``audit.<name>`` of the warehouse."""
    return BatchIOManager(
        database=str(settings.warehouse_file), schema="audit", connection_config=configuration(settings)
    )


def audit_assets(settings: Settings, after: Sequence[dg.AssetKey], history: Sequence[str] = ()) -> dg.AssetsDefinition:
    """One step that pulls the batches, once everything in ``after`` has been done in the run.

    ``history``: audit tables that gather what the batches bring, to be restored when the warehouse file was lost.
    """

    @dg.multi_asset(
        name="audit_records",
        group_name="audit",
        pool=WAREHOUSE_POOL,
        deps=list(after),
        outs={
            name: dg.AssetOut(
                key=dg.AssetKey(["audit", name]),
                description=batch.description,
                kinds={"pandas", "duckdb"},
                io_manager_key="audit_io_manager",
            )
            for name, batch in _BATCHES.items()
        },
    )
    def audit_records(context: dg.AssetExecutionContext) -> Iterator[dg.Output[pd.DataFrame]]:
        with open_warehouse(settings) as connection:
            newest = next(iter(versions(settings)), None)
            restored = restore_history(connection, history, settings.serving_dir / newest if newest else None)
            prepare_batches(connection, {name: batch.columns for name, batch in _BATCHES.items()})
            watermark, ledgers_since = _watermarks(connection)
            alerts_since = _alerts_watermark(connection)
            # dbt builds the row ledger after the late arrivals, so its watermark holds for both once both are built.
            late_since = ledgers_since if is_built(connection, "audit_late_arrivals") else None
        if restored:
            context.log.info(f"the warehouse is new: {', '.join(restored)} restored from version {newest}")
        watch_before_publishing(context.instance, settings, context.run_id)
        batch = pull(context.instance, watermark)
        frames = {
            "run_records": batch.runs,
            "step_records": batch.steps,
            "materialization_records": batch.materializations,
            "check_records": batch.checks,
            "ledger_records": pull_ledgers(settings, ledgers_since),
            "late_arrival_records": pull_late_arrivals(settings, late_since),
            "alert_records": pull_alerts(settings, alerts_since),
            "publication_records": typed_frame(read_publications(settings), PUBLICATION_COLUMNS),
            "erasure_records": pull_erasures(settings),
            "landing_file_records": pull_landing_files(settings),
        }
        for name in _BATCHES:
            yield dg.Output(frames[name], output_name=name, metadata={"dagster/row_count": len(frames[name])})

    return audit_records


def _watermarks(connection: duckdb.DuckDBPyConnection) -> tuple[Watermark, datetime | None]:
    """What dbt has merged already; nothing before the first build of the audit models."""
    if not is_built(connection, "audit_pipeline_runs"):
        return Watermark(), None
    updated = connection.execute("select max(updated_at) from audit.audit_pipeline_runs").fetchone()
    unfinished = "select run_id from audit.audit_pipeline_runs where ended_at is null"
    last_events: dict[str, int] = {}
    for table in ("audit_asset_materializations", "audit_check_results"):
        if is_built(connection, table):
            query = f"select run_id, max(storage_id) from audit.{table} where run_id in ({unfinished}) group by all"
            for run_id, last in connection.execute(query).fetchall():
                # The older of the two: an event that is read twice is merged by its key, one that is skipped is lost.
                last_events[run_id] = min(last, last_events.get(run_id, last))
    if is_built(connection, "audit_check_results"):
        query = "select max(storage_id) from audit.audit_check_results where run_id = ?"
        row = connection.execute(query, [NO_RUN]).fetchone()
        last_events[NO_RUN] = row[0] or 0 if row else 0
    ledgers = (
        connection.execute("select max(written_at) from audit.audit_row_ledger").fetchone()
        if is_built(connection, "audit_row_ledger")
        else None
    )
    return Watermark(_moment(updated), last_events), _moment(ledgers)


def _alerts_watermark(connection: duckdb.DuckDBPyConnection) -> datetime | None:
    if not is_built(connection, "audit_alerts"):
        return None
    return _moment(connection.execute("select max(updated_at) from audit.audit_alerts").fetchone())


def _moment(row: tuple[datetime | None, ...] | None) -> datetime | None:
    return row[0].replace(tzinfo=UTC) if row and row[0] else None

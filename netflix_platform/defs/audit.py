"""The audit's batches: Dagster's records and the row ledgers, pulled into the warehouse through the DuckDB pandas IO manager."""

from collections.abc import Sequence
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pandas as pd
from dagster_duckdb_pandas import DuckDBPandasIOManager

from netflix_platform.audit.ledgers import pull_ledgers
from netflix_platform.audit.records import Watermark, pull
from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.engines.duckdb_engine import configuration
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse

_BATCHES = {
    "run_records": "Runs that changed since the last pull.",
    "step_records": "Steps of those runs, with their seconds.",
    "materialization_records": "Materializations of those runs, with their rows, not seen before.",
    "check_records": "Check results of those runs, not seen before.",
    "ledger_records": "Row ledgers of raw days written since the last pull.",
}


def audit_io_manager(settings: Settings) -> DuckDBPandasIOManager:
    """Writes each batch over the last one, as table ``audit.<name>`` of the warehouse."""
    return DuckDBPandasIOManager(
        database=str(settings.warehouse_file), schema="audit", connection_config=configuration(settings)
    )


def audit_assets(settings: Settings, after: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """One step that pulls the five batches, once everything in ``after`` has been done in the run."""

    @dg.multi_asset(
        name="audit_records",
        group_name="audit",
        pool=WAREHOUSE_POOL,
        deps=list(after),
        outs={
            name: dg.AssetOut(
                key=dg.AssetKey(["audit", name]),
                description=description,
                kinds={"pandas", "duckdb"},
                io_manager_key="audit_io_manager",
            )
            for name, description in _BATCHES.items()
        },
    )
    def audit_records(
        context: dg.AssetExecutionContext,
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        with open_warehouse(settings) as connection:
            watermark, ledgers_since = _watermarks(connection)
        batch = pull(context.instance, watermark)
        ledgers = pull_ledgers(settings, ledgers_since)
        frames = (batch.runs, batch.steps, batch.materializations, batch.checks, ledgers)
        for name, frame in zip(_BATCHES, frames, strict=True):
            context.add_output_metadata({"dagster/row_count": len(frame)}, output_name=name)
        return frames

    return audit_records


def _watermarks(connection: duckdb.DuckDBPyConnection) -> tuple[Watermark, datetime | None]:
    """What dbt has merged already; nothing before the first build of the audit models."""
    if not _is_built(connection, "audit_pipeline_runs"):
        return Watermark(), None
    updated = connection.execute("select max(updated_at) from audit.audit_pipeline_runs").fetchone()
    unfinished = "select run_id from audit.audit_pipeline_runs where ended_at is null"
    last_events: dict[str, int] = {}
    for table in ("audit_asset_materializations", "audit_check_results"):
        if _is_built(connection, table):
            query = f"select run_id, max(storage_id) from audit.{table} where run_id in ({unfinished}) group by all"
            for run_id, last in connection.execute(query).fetchall():
                # The older of the two: an event that is read twice is merged by its key, one that is skipped is lost.
                last_events[run_id] = min(last, last_events.get(run_id, last))
    ledgers = (
        connection.execute("select max(written_at) from audit.audit_row_ledger").fetchone()
        if _is_built(connection, "audit_row_ledger")
        else None
    )
    return Watermark(_moment(updated), last_events), _moment(ledgers)


def _is_built(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    row = connection.execute(
        "select count(*) from information_schema.tables where table_schema = 'audit' and table_name = ?", [table]
    ).fetchone()
    return bool(row and row[0])


def _moment(row: tuple[datetime | None, ...] | None) -> datetime | None:
    return row[0].replace(tzinfo=UTC) if row and row[0] else None

"""The dbt models as assets: one dbt call for the business models, one for the audit models; and each day's verdict.

Which asset is stored by day, published or grouped where is read from the models' own metadata, never from their names.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    dbt_assets,
)

from netflix_platform.defs.column_lineage import asset_keys, lineage_metadata, read_lineage
from netflix_platform.defs.day_metadata import DayMetadata
from netflix_platform.defs.dbt_calls import build, is_parsed, parse
from netflix_platform.defs.dbt_checks import explained
from netflix_platform.defs.partitions import WAREHOUSE_POOL, daily, daily_partitions, days_of_run
from netflix_platform.settings import PROJECT_ROOT, Settings
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.engine import Tables, warehouse_engine
from netflix_platform.warehouse.states import mark_verdicts, newest_day
from netflix_platform.warehouse.verdict import failed_days, succeeded

AUDIT_MODELS = "tag:audit"


def dbt_project(settings: Settings, engine: str = "duckdb") -> DbtProject:
    """The dbt project with a current manifest; its artifacts lie under the data folder (they hold the warehouse's name).

    The engine's target; the business models are built on the settings' engine, the audit models on DuckDB whichever that is.

    The manifest is made when it is missing or was made of something else, by one process at a time.
    """
    project = DbtProject(
        project_dir=PROJECT_ROOT / "dbt_netflix",
        profiles_dir=PROJECT_ROOT / "dbt_netflix",
        target_path=settings.dbt_dir / ("target" if engine == "duckdb" else f"target-{engine}"),
        target=engine,
    )
    settings.dbt_dir.mkdir(parents=True, exist_ok=True)
    with (settings.dbt_dir / "manifest.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thresholds = settings.thresholds.as_environment()
        if not is_parsed(project, thresholds):
            parse(project, thresholds)
    return project


class LayerTranslator(DagsterDbtTranslator):
    """Groups by layer (the model's folder); partitions by the models' own metadata; columns with what they are made of."""

    def __init__(self, settings: Settings, project: DbtProject) -> None:
        # Several tables are written along with warehouse/events: their dbt sources share its key.
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._partitions = daily_partitions(settings)
        self._lineage = read_lineage(settings)
        self._keys = asset_keys(json.loads(project.manifest_path.read_text())) if self._lineage else {}

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """dagster-dbt's, and the lineage of columns that ``make docs`` found."""
        return {
            **super().get_metadata(dbt_resource_props),
            **lineage_metadata(self._lineage, dbt_resource_props, self._keys),
        }

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The folder below ``models/``: staging, facts, dimensions, aggregates, marts or audit."""
        return str(dbt_resource_props["fqn"][1])

    def get_partitions_def(self, dbt_resource_props: Mapping[str, Any]) -> dg.PartitionsDefinition | None:
        """Daily for what is stored by day and for the views on it; models that are rebuilt whole carry none."""
        meta = _meta(dbt_resource_props)
        return self._partitions if meta.get("daily") or meta.get("daily_view") else None


def dbt_model_assets(settings: Settings, project: DbtProject, audit_project: DbtProject) -> list[dg.AssetsDefinition]:
    """``dbt_business`` (staging to marts, by day where stored by day) and ``dbt_audit`` (the audit models, whole)."""
    engine = warehouse_engine(settings)
    by_day = {
        node["unique_id"]: (node["schema"], node["name"]) for node in _models(project) if _meta(node).get("daily")
    }

    @dbt_assets(
        manifest=project.manifest_path,
        exclude=AUDIT_MODELS,
        name="dbt_business",
        project=project,
        dagster_dbt_translator=LayerTranslator(settings, project),
        pool=WAREHOUSE_POOL,
        backfill_policy=daily(settings)["backfill_policy"],
    )
    def dbt_business(context: dg.AssetExecutionContext) -> Iterator[Any]:
        days = days_of_run(context)
        with _told_to_dbt(days), engine.building(settings):
            built = build(context, exclude=AUDIT_MODELS)
        results = built.results
        # dbt has let go of the warehouse; both run inside the same slot of the pool.
        with open_warehouse(settings) as connection, engine.tables(connection, settings) as tables:
            _add_row_counts(context, tables, _tables_built(project, results), by_day, days)
            # What a run without days breaks is in the warehouse all the same: it counts against the newest day.
            newest = newest_day(connection)
            failures = failed_days(tables, results, days or ([newest] if newest else []))
            # What stands behind a failed test is not built, for no day of the run: those days stay as they are, loaded.
            judged = days if by_day.keys() <= succeeded(results) else list(failures)
            mark_verdicts(connection, judged or list(failures), failures, context.run_id)
            events = explained(built.events, results, tables)
        yield from events
        _fail_for_errors(results)

    @dbt_assets(
        manifest=audit_project.manifest_path,
        select=AUDIT_MODELS,
        name="dbt_audit",
        project=audit_project,
        dagster_dbt_translator=LayerTranslator(settings, audit_project),
        pool=WAREHOUSE_POOL,
    )
    def dbt_audit(context: dg.AssetExecutionContext) -> Iterator[Any]:
        built = build(context, select=AUDIT_MODELS)
        with open_warehouse(settings) as connection:
            _add_row_counts(context, connection, _tables_built(audit_project, built.results), by_day, [])
            events = explained(built.events, built.results, connection)
        yield from events
        _fail_for_errors(built.results)

    return [dbt_business, dbt_audit]


def published_models(project: DbtProject) -> list[Mapping[str, Any]]:
    """Manifest nodes of the models marked ``meta.publish: true``, by name."""
    return sorted((node for node in _models(project) if _meta(node).get("publish")), key=lambda node: node["name"])


def is_audit_model(node: Mapping[str, Any]) -> bool:
    """Whether a model tells of the pipeline (published always) rather than of the business (published when audited)."""
    return "audit" in node["tags"]


def gathers_history(node: Mapping[str, Any]) -> bool:
    """Whether a model adds each batch to what it holds, so that its table cannot be built again from its sources."""
    return bool(node["config"]["materialized"] == "incremental")


def _models(project: DbtProject) -> list[Mapping[str, Any]]:
    manifest = json.loads(project.manifest_path.read_text())
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta: Mapping[str, Any] = node.get("config", {}).get("meta") or node.get("meta") or {}
    return meta


@contextmanager
def _told_to_dbt(days: list[date]) -> Iterator[None]:
    """The run's days for dbt, as environment variables: changed ``--vars`` would cost a full parse each time."""
    variables = {"NETFLIX_FROM_DATE": str(days[0]), "NETFLIX_TO_DATE": str(days[-1])} if days else {}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name in variables:
            os.environ.pop(name)


def _fail_for_errors(results: Sequence[Mapping[str, Any]]) -> None:
    """A failed test is a failed check and stops what is downstream; a model that could not be built fails the step."""
    errors = [result for result in results if result["status"] == "error"]
    if errors:
        raise dg.Failure(
            "dbt could not build: " + "; ".join(f"{result['unique_id']}: {result['message']}" for result in errors),
            metadata={"failed": [result["unique_id"] for result in errors]},
        )


def _tables_built(project: DbtProject, results: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Schema and name of the models that a call built and that hold rows: counting a view reads all that is below it."""
    built = succeeded(results)
    return {
        (node["schema"], node["name"])
        for node in _models(project)
        if node["unique_id"] in built and node["config"]["materialized"] != "view"
    }


def _add_row_counts(
    context: dg.AssetExecutionContext,
    tables: Tables,
    built: set[tuple[str, str]],
    by_day: Mapping[str, tuple[str, str]],
    days: list[date],
) -> None:
    """Row counts of the models just built: per day where a model is stored by day, of the whole table elsewhere."""
    selected = {(key.path[-2], key.path[-1]): key for key in context.selected_asset_keys}
    counted = sorted(selected.keys() & built)
    if not counted:
        return
    daily_ones = {model for model in by_day.values() if days}
    # One statement for all: on a cluster each costs a second, however little it reads.
    counts = " union all ".join(
        f"select '{schema}.{name}' as model, event_date, count(*) as row_count from {schema}.{name} "
        f"where event_date between date '{days[0]}' and date '{days[-1]}' group by event_date"
        if (schema, name) in daily_ones
        else f"select '{schema}.{name}' as model, cast(null as date) as event_date, count(*) as row_count from {schema}.{name}"
        for schema, name in counted
    )
    found = {(model, day): count for model, day, count in tables.execute(counts).fetchall()}
    for schema, name in counted:
        key, model = selected[schema, name], f"{schema}.{name}"
        if (schema, name) in daily_ones:
            with DayMetadata(context) as metadata:
                for day in days:
                    count = dg.MetadataValue.int(found.get((model, day), 0))
                    metadata.add(day, {"dagster/partition_row_count": count}, key)
        else:
            count = dg.MetadataValue.int(found[model, None])
            context.add_asset_metadata({"dagster/row_count": count}, asset_key=key)

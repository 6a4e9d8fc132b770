"""serving: the published version; and the dashboard that reads it, as an asset of its own so that the graph ends there."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtProject

from netflix_platform.defs.dbt import is_audit_model, published_models
from netflix_platform.defs.freshness import freshness_check_spec, freshness_result
from netflix_platform.defs.partitions import WAREHOUSE_POOL
from netflix_platform.defs.recovery import is_alive, recover_dead_runs
from netflix_platform.object_store.pushing import push
from netflix_platform.object_store.units import SERVING
from netflix_platform.serving.publish import PublishedTable, publish, refusal
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.states import unpublishable_days

LEFT_TO_RUN = "left_to_run"


class PublishConfig(dg.Config):
    """How serving answers when a day has not passed its audit.

    ``fail_when_refused``: the run fails, so that nobody overlooks it (default). False in the run that follows a failure
    and only has to show it: fresh audit tables, business marts as they were.
    """

    fail_when_refused: bool = True


def serving_assets(settings: Settings, project: DbtProject) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """``serving`` and, behind it, ``dashboard``."""
    nodes = published_models(project)
    tables = [PublishedTable(node["schema"], node["name"], not is_audit_model(node)) for node in nodes]

    @dg.asset(
        key="serving",
        deps=[dg.AssetKey([table.schema, table.name]) for table in tables],
        group_name="serving",
        kinds={"duckdb"},
        pool=WAREHOUSE_POOL,
        description="The published version: every model marked `publish`, in a new read-only file that `CURRENT` names. "
        "Business marts are published only when every event day that they hold has passed its audit or was waived.",
        metadata={"folder": str(settings.serving_dir)},
        check_specs=[freshness_check_spec(settings)],
    )
    def serving(context: dg.AssetExecutionContext, config: PublishConfig) -> Iterator[Any]:
        later = _runs_still_to_publish(context)
        if later:
            context.log.info(f"left to run {later[0]}, which is still going and publishes after this one")
            yield dg.MaterializeResult(metadata={LEFT_TO_RUN: later[0]}, check_results=[freshness_result(settings)])
            return
        with open_warehouse(settings) as connection:
            refused = unpublishable_days(connection)
        version = publish(settings, tables, refused, context.run_id)
        push(settings, [SERVING])
        metadata: dict[str, Any] = {
            "version": version.name,
            "path": dg.MetadataValue.path(str(version.path)),
            "size_bytes": version.path.stat().st_size,
            "rows": dg.MetadataValue.json(version.rows),
            "refused_days": [day.event_date.isoformat() for day in refused],
        }
        fresh = freshness_result(settings)
        if refused and config.fail_when_refused:
            yield fresh
            raise dg.Failure(refusal(refused), metadata=metadata, allow_retries=False)
        if refused:
            context.log.warning(refusal(refused))
        yield dg.MaterializeResult(metadata=metadata, check_results=[fresh])

    dashboard = dg.AssetSpec(
        "dashboard",
        deps=["serving"],
        group_name="serving",
        kinds={"streamlit"},
        description="Streamlit pages on the published version; `make dev` serves them.",
        metadata={"url": dg.MetadataValue.url(f"http://127.0.0.1:{settings.dashboard_port}")},
    )
    return [serving, dashboard]


def _runs_still_to_publish(context: dg.AssetExecutionContext) -> list[str]:
    """Ids of other runs at work whose serving step has not begun.

    This step has the pool's only slot, so a step of theirs that has begun is over: the last run always publishes. Runs that
    wait in a queue, or whose process is gone, are not waited for: nobody knows when, or that, they will go on.
    """
    recover_dead_runs(context.instance)
    others = []
    for run in context.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if run.run_id == context.run_id or not is_alive(run) or not _holds_serving(context.instance, run):
            continue
        begun = context.instance.all_logs(run.run_id, of_type={dg.DagsterEventType.STEP_START})
        if not any(entry.step_key == "serving" for entry in begun):
            others.append(run.run_id)
    return others


def _holds_serving(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    plan_id = run.execution_plan_snapshot_id
    return plan_id is not None and "serving" in instance.get_execution_plan_snapshot(plan_id).step_keys_to_execute

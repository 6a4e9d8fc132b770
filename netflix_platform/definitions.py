"""The code location: assembles assets, checks, jobs, schedules, sensors and resources in pipeline order; nothing else."""

import gc
import warnings

import dagster as dg

from netflix_platform.defs.alerting import alerts_sensor
from netflix_platform.defs.audit import audit_assets, audit_io_manager
from netflix_platform.defs.catch_up import catch_up_sensor
from netflix_platform.defs.dbt import (
    dbt_model_assets,
    dbt_project,
    gathers_history,
    is_audit_model,
    published_models,
)
from netflix_platform.defs.freshness import freshness_sensor
from netflix_platform.defs.jobs import JOBS, daily_schedule
from netflix_platform.defs.lake import lake_assets
from netflix_platform.defs.landing import landing_assets, landing_sensor
from netflix_platform.defs.late import late_arrivals_sensor
from netflix_platform.defs.progress import progress_logger
from netflix_platform.defs.raw import raw_assets
from netflix_platform.defs.recovery import signing_in_process_executor
from netflix_platform.defs.reference import reference_assets
from netflix_platform.defs.second_opinion import second_opinion_check
from netflix_platform.defs.sensors import SENSORS
from netflix_platform.defs.serving import serving_assets
from netflix_platform.defs.waiting import wait_patiently
from netflix_platform.defs.waiving import waive_job
from netflix_platform.defs.warehouse import warehouse_assets
from netflix_platform.settings import Settings, export_to_children, load_settings, open_platform


def build_defs(settings: Settings) -> dg.Definitions:
    """The definitions for one data folder; records the folder's world if it is new."""
    # Backfill policies are marked beta; said once per asset and process, it hides what matters in a log.
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    wait_patiently()
    open_platform(settings)
    export_to_children(settings)
    audit_project = dbt_project(settings)
    project = dbt_project(settings, settings.engine)
    marts = [dg.AssetKey([n["schema"], n["name"]]) for n in published_models(project) if not is_audit_model(n)]
    history = [n["name"] for n in published_models(project) if is_audit_model(n) and gathers_history(n)]
    landed = landing_assets(settings)
    return dg.Definitions(
        assets=[
            *raw_assets(settings),
            *lake_assets(settings),
            *landed,
            *warehouse_assets(settings),
            *reference_assets(settings),
            *dbt_model_assets(settings, project, audit_project),
            audit_assets(settings, after=[*marts, *(asset.key for asset in landed)], history=history),
            *serving_assets(settings, project),
        ],
        asset_checks=[second_opinion_check(settings)],
        jobs=[*JOBS, waive_job(settings)],
        schedules=[daily_schedule],
        sensors=[
            landing_sensor(settings),
            late_arrivals_sensor(settings),
            catch_up_sensor(settings),
            *SENSORS,
            freshness_sensor(settings),
            alerts_sensor(settings),
        ],
        resources={"audit_io_manager": audit_io_manager(settings)},
        executor=signing_in_process_executor,
        loggers={"progress": progress_logger},
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster loads: the platform of the data folder that the environment names."""
    loaded = build_defs(load_settings())
    # It stays to the end of the process: looking through it for garbage, again and again, was a tenth of a small run.
    gc.freeze()
    return loaded

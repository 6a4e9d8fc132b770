"""What a Celery worker of the platform loads: the task that runs a run, and everything that runs import.

A worker forks a process for each run. What is imported here is imported once, by the process that is forked from, which opens
nothing; so a run costs no interpreter of its own. It also means that a worker goes on with the code that it was started with.
"""

import importlib
import os

from dagster_celery.config import DEFAULT_CONFIG
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

# The later ones are imported by steps and by Dagster's instance, as late as they can.
for _module in (
    "netflix_platform.definitions",
    "netflix_platform.second_opinion",
    "dagster_postgres",
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dbt.task.build",
    "pyarrow.dataset",
    "sqlparse",
):
    importlib.import_module(_module)

_BROKER = os.environ["NETFLIX_BROKER_URL"]
app = make_app(
    {
        "broker": _BROKER,
        "backend": _BROKER,
        "config_source": {**DEFAULT_CONFIG, "broker_connection_retry_on_startup": True},
    }
)
execute_job = create_execute_job_task(app)

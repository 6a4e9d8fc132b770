"""How the daemon hands a run to a Celery worker, and how it finds out that the worker is gone.

Whole runs are handed over, not steps: the platform's runs work in one process, by far the cheapest way for its days
(``recovery``), and one process is what can be found dead. Celery itself tells nothing of a worker that was killed: the task
was taken out of the queue when it began, and stays "started" for ever. So the workers are asked. (On the daemon's own host
``recovery`` sees the process itself, and sooner.)
"""

import time
from typing import Any

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

# A machine that is busy answers late. Taking a run for dead that is not would run its days twice, at the same time.
_ANSWER_SECONDS = 5.0
_ASKED = 4
_ENDED = ("SUCCESS", "FAILURE")


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """Dagster's launcher of runs as Celery tasks, which tells a run whose worker is gone from one that is at work."""

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Failed when its task ended in an error, or when no worker has it: several times asked, each time with patience."""
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task_id is None:  # the launcher writes it down after the worker may have begun
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        for _ in range(_ASKED):
            task = self.celery.AsyncResult(task_id)
            if task.state in _ENDED:
                return super().check_run_worker_health(run)
            if self._is_at_work(task_id, task.info):
                return CheckRunHealthResult(WorkerStatus.RUNNING)
            time.sleep(1.0)
        return CheckRunHealthResult(WorkerStatus.FAILED, "no Celery worker has this run any more: killed, or cut off")

    def _is_at_work(self, task_id: str, info: Any) -> bool:
        worker = info.get("hostname") if isinstance(info, dict) else None
        asked = {"destination": [worker], "limit": 1} if worker else {}
        active = self.celery.control.inspect(timeout=_ANSWER_SECONDS, **asked).active() or {}
        return any(task["id"] == task_id for tasks in active.values() for task in tasks)

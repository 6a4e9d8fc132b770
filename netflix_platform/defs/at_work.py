"""Which days are being worked on, queued or running, and by whomever: so that nobody asks for the same day twice."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import dagster as dg
from dagster._core.execution.backfill import BulkActionsFilter, BulkActionStatus, PartitionBackfill

from netflix_platform.defs.partitions import run_span
from netflix_platform.defs.recovery import command_is_alive
from netflix_platform.defs.sensors import COMMAND_TAG

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
    dg.DagsterRunStatus.MANAGED,
]
_BACKFILLS_AT_WORK = [BulkActionStatus.REQUESTED, BulkActionStatus.CANCELING, BulkActionStatus.FAILING]
# A command starts its runs one after another; its latest run is among the newest of all, however many others there are.
_NEWEST_RUNS = 50


def days_of(first: date, last: date) -> list[date]:
    """All days from ``first`` to ``last``."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def unfinished_runs(instance: dg.DagsterInstance) -> list[dg.RunRecord]:
    """Runs that are queued or running."""
    return list(instance.get_run_records(dg.RunsFilter(statuses=UNFINISHED)))


def is_at_work(run: dg.DagsterRun) -> bool:
    """Whether a run goes on, or the command that started it does: between its runs it has none that is unfinished.

    One whose process died goes on too: for some seconds it is over, and its retry not made yet.
    """
    goes_on = not run.is_finished or run.is_complete_and_waiting_to_retry
    return goes_on or (COMMAND_TAG in run.tags and command_is_alive(run))


def days_at_work(instance: dg.DagsterInstance) -> set[date]:
    """Days of every run that is queued or running, of commands between two runs, and of backfills that the UI started."""
    runs = [
        *(record.dagster_run for record in unfinished_runs(instance)),
        *filter(is_at_work, instance.get_runs(limit=_NEWEST_RUNS)),
    ]
    days = set(_days_of_runs(runs))
    for backfill in instance.get_backfills(filters=BulkActionsFilter(statuses=_BACKFILLS_AT_WORK)):
        days.update(_days_of_backfill(backfill))
    return days


def _days_of_runs(runs: Iterable[dg.DagsterRun]) -> Iterator[date]:
    for run in runs:
        span = run_span(run)
        if span:
            yield from days_of(*span)


def _days_of_backfill(backfill: PartitionBackfill) -> Iterator[date]:
    keys: set[Any] = set(backfill.partition_names or ())
    if backfill.asset_backfill_data:
        for subset in backfill.asset_backfill_data.target_subset.partitions_subsets_by_asset_key.values():
            keys.update(subset.get_partition_keys())
    yield from (date.fromisoformat(key) for key in keys)

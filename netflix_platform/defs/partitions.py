"""The one daily partitions definition, how ranges become runs, and the pool of those who open the warehouse."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

import dagster as dg

from netflix_platform.settings import Settings

# One slot, set in dagster.yaml: a DuckDB file takes one writing process, and shuts other readers out while it writes.
WAREHOUSE_POOL = "warehouse"
_SECONDS_BETWEEN_REPORTS = 5.0


def daily_partitions(settings: Settings) -> dg.DailyPartitionsDefinition:
    """UTC days from the platform's start to yesterday; raw reads a key as arrival day, all that follows as event day."""
    return dg.DailyPartitionsDefinition(start_date=settings.start_date.isoformat(), timezone="UTC")


def daily(settings: Settings) -> dict[str, Any]:
    """The arguments that every asset stored by day shares: partitions, and a range as one run (or chunks of a set size)."""
    policy = (
        dg.BackfillPolicy.multi_run(max_partitions_per_run=settings.days_per_run)
        if settings.days_per_run
        else dg.BackfillPolicy.single_run()
    )
    return {"partitions_def": daily_partitions(settings), "backfill_policy": policy}


def each_day(context: dg.AssetExecutionContext) -> Iterator[date]:
    """The run's days, oldest first, with a line in the log every few seconds on how far the step is."""
    for group in in_groups(context, lambda days: ([day] for day in days)):
        yield from group


def in_groups(
    context: dg.AssetExecutionContext, group: Callable[[list[date]], Iterable[list[date]]]
) -> Iterator[list[date]]:
    """The run's days, oldest first, in the groups that ``group`` makes of them, reported as ``each_day`` does."""
    days = [date.fromisoformat(key) for key in context.partition_keys]
    reported, done = time.monotonic(), 0
    for together in group(days):
        yield together
        done += len(together)
        if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
            context.log.info(f"{done:,} of {len(days):,} days done, now past {together[-1]}")
            reported = time.monotonic()


def days_of_run(context: dg.AssetExecutionContext) -> list[date]:
    """The run's days, oldest first; empty in a run without partitions."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return []
    return [date.fromisoformat(key) for key in context.partition_keys]


def run_span(run: dg.DagsterRun) -> tuple[date, date] | None:
    """First and last day that a run was asked for; ``None`` for one without partitions."""
    day = run.tags.get("dagster/partition")
    first = run.tags.get("dagster/asset_partition_range_start", day)
    last = run.tags.get("dagster/asset_partition_range_end", day)
    return (date.fromisoformat(first), date.fromisoformat(last)) if first and last else None

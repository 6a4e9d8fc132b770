"""Late data: which event days have more in the lake than the warehouse has read, and the sensor that asks for them.

A lake run of arrival day D reports the event days it touched. A touched day is stale when the lake's content for it
differs from what its last load read; so the same change is asked for once, and a re-run that changed nothing asks nothing.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import cast

import dagster as dg

from netflix_platform.lake.ledger import lake_state_of_event_day
from netflix_platform.settings import Settings

LAKE_EVENTS = dg.AssetKey(["lake", "events"])
WAREHOUSE_EVENTS = dg.AssetKey(["warehouse", "events"])
_MATERIALIZATIONS_PER_TICK = 200


def stale_days(instance: dg.DagsterInstance, settings: Settings, candidates: Iterable[date]) -> list[date]:
    """Of ``candidates``, the event days that were loaded before and whose lake content has changed since; oldest first.

    A day that was never loaded is not late but missing: its own run, a backfill or the schedule brings it.
    """
    return [day for day in sorted(set(candidates)) if _is_stale(instance, settings, day)]


def contiguous(days: Sequence[date]) -> list[tuple[date, date]]:
    """Sorted days as ranges (first, last), one per stretch without a gap."""
    ranges: list[tuple[date, date]] = []
    for day in days:
        if ranges and ranges[-1][1] + timedelta(days=1) == day:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def late_arrivals_sensor(settings: Settings) -> dg.SensorDefinition:
    """Asks the job ``rebuild`` for the event days that late data touched, as one run per stretch of days."""

    @dg.sensor(
        name="late_arrivals",
        job_name="rebuild",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Rebuilds the event days that an arrival day touched besides its own.",
    )
    def late_arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        instance = context.instance
        cursor = int(context.cursor) if context.cursor else None
        touched, cursor_now, waits_for = _touched_since(instance, cursor)
        if waits_for:
            return dg.SkipReason(f"run {waits_for} is still going and may rebuild what it touches by itself")
        days = stale_days(instance, settings, touched)
        requests = [
            dg.RunRequest(
                run_key=f"late-{first}-{last}-{cursor_now}",
                tags={
                    "dagster/asset_partition_range_start": str(first),
                    "dagster/asset_partition_range_end": str(last),
                },
            )
            for first, last in contiguous(days)
        ]
        skipped = None if requests else f"{len(touched)} touched day(s), none of them stale"
        return dg.SensorResult(run_requests=requests, skip_reason=skipped, cursor=str(cursor_now or 0))

    return late_arrivals


def _touched_since(instance: dg.DagsterInstance, cursor: int | None) -> tuple[set[date], int | None, str | None]:
    """Event days that lake runs after ``cursor`` touched, the new cursor, and the id of a run that should end first."""
    touched: set[date] = set()
    last = cursor
    result = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=LAKE_EVENTS, after_storage_id=cursor),
        limit=_MATERIALIZATIONS_PER_TICK,
        ascending=True,
    )
    for record in result.records:
        run = instance.get_run_by_id(record.run_id)
        if run is not None and not run.is_finished:
            return touched, last, run.run_id
        materialization = record.asset_materialization
        days = materialization.metadata.get("touched_days") if materialization else None
        if days:
            touched |= {date.fromisoformat(text) for text in cast("list[str]", days.value)}
        last = record.storage_id
    return touched, last, None


def _is_stale(instance: dg.DagsterInstance, settings: Settings, day: date) -> bool:
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=WAREHOUSE_EVENTS, asset_partitions=[day.isoformat()]), limit=1
    ).records
    if not records or records[0].asset_materialization is None:
        return False
    read = records[0].asset_materialization.metadata.get("lake_state")
    there = {str(arrival): mark for arrival, mark in lake_state_of_event_day(settings, "events", day).items()}
    return read is None or json.loads(str(read.value)) != there

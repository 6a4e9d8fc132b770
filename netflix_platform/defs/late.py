"""Late data: which event days have more in the lake than the warehouse has read, and the sensor that asks for them.

A lake run of arrival day D reports the event days it touched. A touched day is stale when the lake's content for it
differs from what its last load read; so the same change is asked for once, and a re-run that changed nothing asks nothing.
Staleness is derived, never stored: what the sensor keeps is only which days to look at. A rebuild that fails leaves its day
stale, and the sensor ``catch_up`` tries again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import cast

import dagster as dg

from netflix_platform.contracts import FEEDS
from netflix_platform.defs.at_work import days_at_work, is_at_work
from netflix_platform.lake.ledger import lake_state_of_event_day
from netflix_platform.settings import Settings

LAKE_EVENTS = dg.AssetKey(["lake", "events"])
_RECORDS_PER_TICK = 200
_DAYS_PER_QUERY = 500
# Whoever touched a day is waited for, since it may rebuild what it touched; not for ever, since a run can hang.
_LONGEST_WAIT = timedelta(hours=6)


@dataclass(frozen=True)
class Touch:
    """A day to look at: the run that touched it last, and since when it is waited for (UTC)."""

    run_id: str
    since: datetime


@dataclass(frozen=True)
class Position:
    """The sensor's cursor: the newest lake record seen per feed, and the days whose turn has not come."""

    seen: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[date, Touch] = field(default_factory=dict)

    @classmethod
    def read(cls, cursor: str | None) -> "Position":
        """From the cursor's text; one that cannot be read starts anew, since looking twice asks for nothing twice."""
        try:
            content = json.loads(cursor or "{}")
            if isinstance(content, int):  # what earlier versions of the platform wrote
                return cls(dict.fromkeys(FEEDS, content))
            return cls(
                {feed: int(seen) for feed, seen in content.get("seen", {}).items()},
                {
                    date.fromisoformat(day): Touch(str(run_id), datetime.fromtimestamp(since, UTC))
                    for day, (run_id, since) in content.get("waiting", {}).items()
                },
            )
        except (ValueError, TypeError, AttributeError):
            return cls()

    def __str__(self) -> str:
        waiting = {str(day): [touch.run_id, touch.since.timestamp()] for day, touch in sorted(self.waiting.items())}
        return json.dumps({"seen": dict(self.seen), "waiting": waiting})


def stale_days(instance: dg.DagsterInstance, settings: Settings, candidates: Iterable[date]) -> list[date]:
    """Of ``candidates``, the event days that were loaded before and whose lake content has changed since; oldest first.

    A day that was never loaded is not late but missing: its own run, a backfill or the schedule brings it.
    """
    last = settings.last_complete_day()
    days = {day for day in candidates if settings.start_date <= day <= last}
    stale: set[date] = set()
    for feed in FEEDS:
        for day, read in _read_by_last_load(instance, feed, days - stale).items():
            there = {str(arrival): mark for arrival, mark in lake_state_of_event_day(settings, feed, day).items()}
            if read != there:
                stale.add(day)
    return sorted(stale)


def touched_by(instance: dg.DagsterInstance, arrival_days: Iterable[date]) -> set[date]:
    """Event days that the last lake run of each of ``arrival_days`` touched, or the one before it did and left."""
    days = sorted(day.isoformat() for day in arrival_days)
    chunks = (days[first : first + _DAYS_PER_QUERY] for first in range(0, len(days), _DAYS_PER_QUERY))
    return {touched for chunk in chunks for touched in _touched_days(_newest_two(instance, chunk))}


def contiguous(days: Sequence[date], longest: int = 0, gap: int = 0) -> list[tuple[date, date]]:
    """Sorted days as ranges (first, last), none of over ``longest`` days (0: any); gaps of up to ``gap`` days are taken in."""
    ranges: list[tuple[date, date]] = []
    for day in days:
        goes_on = ranges and day - ranges[-1][1] <= timedelta(days=1 + gap)
        if goes_on and not (longest and (day - ranges[-1][0]).days >= longest):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return ranges


def range_tags(first: date, last: date) -> dict[str, str]:
    """Tags by which a requested run knows its days."""
    return {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}


def late_arrivals_sensor(settings: Settings) -> dg.SensorDefinition:
    """Asks the job ``rebuild`` for the event days that late data touched, as one run per stretch of days."""

    @dg.sensor(
        name="late_arrivals",
        job_name="rebuild",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Rebuilds the event days that an arrival day touched besides its own.",
    )
    def late_arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        instance, now = context.instance, datetime.now(UTC)
        before = Position.read(context.cursor)
        news, seen, has_more = _touched_since(instance, before.seen)
        found = {
            day: Touch(run_id, before.waiting[day].since if day in before.waiting else now)
            for day, run_id in news.items()
        }
        waiting = {**before.waiting, **found}
        held = waiting if has_more else _held(instance, waiting, now)
        looked_at = waiting.keys() - held.keys()
        stale = stale_days(instance, settings, looked_at)
        requests = [
            # The newest record tells two requests for the same days apart: a day comes to be looked at by a new record only.
            dg.RunRequest(run_key=f"late-{first}-{last}-{max(seen.values())}", tags=range_tags(first, last))
            for first, last in contiguous(stale, settings.days_per_run)
        ]
        said = f"{len(looked_at)} touched day(s) looked at, none of them stale"
        if held:
            said += f"; {len(held)} wait for runs at work, or for records yet to be read"
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else said, cursor=str(Position(seen, held))
        )

    return late_arrivals


def _held(instance: dg.DagsterInstance, waiting: Mapping[date, Touch], now: datetime) -> dict[date, Touch]:
    """Days that a run at work may yet rebuild: the one that touched them, or one over these days, by whomever.

    When it has ended they are looked at again, since it may have read the lake before the change.
    """
    if not waiting:
        return {}
    busy = days_at_work(instance)
    runs = {run_id: instance.get_run_by_id(run_id) for run_id in {touch.run_id for touch in waiting.values()}}
    at_work = {run_id for run_id, run in runs.items() if run and is_at_work(run)}
    return {
        day: touch
        for day, touch in waiting.items()
        if (day in busy or touch.run_id in at_work) and now - touch.since < _LONGEST_WAIT
    }


def _touched_since(
    instance: dg.DagsterInstance, seen: Mapping[str, int]
) -> tuple[dict[date, str], dict[str, int], bool]:
    """Event days that lake runs after ``seen`` touched, with the run; what is seen now; and whether there are more records."""
    touched: dict[date, str] = {}
    now_seen: dict[str, int] = {}
    has_more = False
    for feed in FEEDS:
        key = dg.AssetKey(["lake", feed])
        last = _still_valid(instance, key, seen.get(feed, 0))
        page = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=key, after_storage_id=last), limit=_RECORDS_PER_TICK, ascending=True
        )
        for record in page.records:
            last = record.storage_id
            day = date.fromisoformat(record.partition_key) if record.partition_key else None
            if day is None:
                continue
            # What the run before it touched and this one did not is touched too: the rows are gone from the lake.
            earlier = _lake_records(instance, feed, day, limit=1, before=record.storage_id) if feed == "events" else []
            for touched_day in {day, *_touched_days([record, *earlier])}:
                touched[touched_day] = record.run_id
        now_seen[feed] = last
        has_more = has_more or page.has_more
    return touched, now_seen, has_more


def _still_valid(instance: dg.DagsterInstance, key: dg.AssetKey, seen: int) -> int:
    """``seen``, or the beginning when no record is that new: the newest ones were removed, and numbers are given again."""
    newest = instance.fetch_materializations(key, limit=1).records
    return seen if newest and newest[0].storage_id >= seen else 0


def _lake_records(
    instance: dg.DagsterInstance, feed: str, day: date, limit: int, before: int | None = None
) -> Sequence[dg.EventLogRecord]:
    chosen = dg.AssetRecordsFilter(
        asset_key=dg.AssetKey(["lake", feed]), asset_partitions=[day.isoformat()], before_storage_id=before
    )
    return instance.fetch_materializations(chosen, limit=limit).records


def _newest_two(instance: dg.DagsterInstance, days: Sequence[str]) -> Iterator[dg.EventLogRecord]:
    """The newest lake record of each of ``days`` and the one before it: a query for all of them, not one for each."""
    wanted = dict.fromkeys(days, 2)
    chosen = dg.AssetRecordsFilter(asset_key=LAKE_EVENTS, asset_partitions=list(days))
    cursor = None
    while any(wanted.values()):
        page = instance.fetch_materializations(chosen, limit=2 * len(days), cursor=cursor)
        for record in page.records:
            if record.partition_key and wanted[record.partition_key]:
                wanted[record.partition_key] -= 1
                yield record
        if not page.has_more:
            return
        cursor = page.cursor


def _touched_days(records: Iterable[dg.EventLogRecord]) -> set[date]:
    touched: set[date] = set()
    for record in records:
        days = record.asset_materialization.metadata.get("touched_days") if record.asset_materialization else None
        touched |= {date.fromisoformat(text) for text in cast("list[str]", days.value)} if days else set()
    return touched


def _read_by_last_load(
    instance: dg.DagsterInstance, feed: str, days: Iterable[date]
) -> dict[date, dict[str, str] | None]:
    """What the last load of each day read of the lake; days that were never loaded are left out."""
    key, texts = dg.AssetKey(["warehouse", feed]), {day.isoformat() for day in days}
    if not texts:
        return {}
    newest = instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION, texts)
    ids = list(newest.values())
    if not ids:
        return {}
    records = instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=key, storage_ids=ids), limit=len(ids)
    ).records
    read: dict[date, dict[str, str] | None] = {}
    for record in records:
        if record.asset_materialization and record.partition_key:
            state = record.asset_materialization.metadata.get("lake_state")
            read[date.fromisoformat(record.partition_key)] = json.loads(str(state.value)) if state else None
    return read

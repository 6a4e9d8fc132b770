"""Watching over the platform: runs and ticks become incidents, incidents become alerts; by a sensor, and by every command.

What was seen is kept with the incidents, so that the sensor and a command do not repeat each other.
"""

import json
import logging
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb

from netflix_platform.alerts.delivery import deliver
from netflix_platform.alerts.detection import record_run, record_so_far, record_ticks, retire_warnings
from netflix_platform.alerts.incidents import in_microseconds
from netflix_platform.alerts.store import IncidentStore, open_store
from netflix_platform.defs.at_work import UNFINISHED
from netflix_platform.defs.jobs import refresh_audit_job
from netflix_platform.defs.run_ends import is_refresh, new_ticks, read_run_end
from netflix_platform.serving.publish import current_file
from netflix_platform.settings import Settings

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
# A new list of incidents begins with the last day: what happened before is history, not news.
_FIRST_LOOK_BACK = timedelta(days=1)
# Runs are found by the clock of the process that ended them: look back a little over skews. A run is told of once all the same.
_OVERLAP = timedelta(seconds=60)
_RUNS_LISTED, _RUNS_READ = 200, 25
# The run that a failure brings with it (sensor audit_after_failure) may show the incident: it goes first.
_SHOWN_AFTER = timedelta(seconds=30)
_COMMAND_SECONDS = 6.0

_RUNS_NOTE, _TICKS_NOTE, _SHOWN_NOTE = "runs_ended_until", "ticks_seen", "refresh_requested_for"


def alerts_sensor(settings: Settings) -> dg.SensorDefinition:
    """Finds, records and tells, all in one tick; asks for ``refresh_audit`` when the published list of incidents is behind."""

    @dg.sensor(
        name="alerts",
        job=refresh_audit_job,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Records incidents (failed runs, checks, sensors) and their ends, and tells NETFLIX_ALERT_URLS of them.",
    )
    def alerts(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        with open_store(settings) as store:
            watch(context.instance, store)
            problems = deliver(store, settings)
            for problem in problems:
                context.log.warning(f"an alert was not delivered: {problem}")
            change = change_to_publish(context.instance, store, settings)
            if change is not None:
                return dg.RunRequest(run_key=f"incidents-{change}")
            wrong = len(store.open_incidents())
        return dg.SkipReason(f"{wrong} incident(s) open, {len(problems)} target(s) out of reach")

    return alerts


def watch_and_tell(instance: dg.DagsterInstance, settings: Settings) -> None:
    """One pass for a command, which works without the daemon too: a few seconds at most, and never its failure."""
    log = logging.getLogger(__name__)
    try:
        with open_store(settings) as store:
            watch(instance, store)
            for problem in deliver(store, settings, _COMMAND_SECONDS):
                log.warning("an alert was not delivered: %s; the next command or the daemon tries again", problem)
    except Exception as error:  # whatever it is, the command's own work is done and its answer must be true
        log.warning("alerts could not be looked after (%s); the command's own work is not affected", error)


def watch_before_publishing(instance: dg.DagsterInstance, settings: Settings, run_id: str) -> None:
    """Record what is known while a run is still going, so that the version that it publishes tells of it.

    Without this, the run that mends a day would publish the day's incident as open. Never the run's failure.
    """
    try:
        with open_store(settings) as store:
            watch(instance, store)
            record = instance.get_run_record_by_id(run_id)
            if record:
                record_so_far(store, read_run_end(instance, record))
    except Exception as error:
        logging.getLogger(__name__).warning("incidents may be published late: %s", error)


def watch(instance: dg.DagsterInstance, store: IncidentStore) -> None:
    """Record what runs and ticks that ended since the last pass say; bounded, what is left over comes with the next."""
    now = store.clock()
    begin = now - _FIRST_LOOK_BACK
    known = store.note(_RUNS_NOTE)
    _watch_runs(instance, store, datetime.fromisoformat(known) if known else begin)
    seen: dict[str, int] = json.loads(store.note(_TICKS_NOTE) or "{}")
    ticks, now_seen = new_ticks(instance, seen, begin)
    with store.transaction():
        if json.loads(store.note(_TICKS_NOTE) or "{}") == seen:  # otherwise another process has recorded them
            record_ticks(store, ticks)
            store.set_note(_TICKS_NOTE, json.dumps(now_seen))
        retire_warnings(store)
        if known is None:
            store.forget_what_is_over()


def change_to_publish(instance: dg.DagsterInstance, store: IncidentStore, settings: Settings) -> int | None:
    """The newest opening or closing, when the published list lacks it and no run is about to bring it; asked for once."""
    newest = store.newest_edge()
    if newest is None or newest <= int(store.note(_SHOWN_NOTE) or 0):
        return None
    if in_microseconds(store.clock() - _SHOWN_AFTER) < newest or instance.get_runs_count(
        dg.RunsFilter(statuses=UNFINISHED)
    ):
        return None
    store.set_note(_SHOWN_NOTE, str(newest))
    published = _published_change(settings)
    return newest if published is not None and published < newest else None


def _watch_runs(instance: dg.DagsterInstance, store: IncidentStore, known_until: datetime) -> None:
    listed = instance.get_run_records(
        dg.RunsFilter(statuses=_ENDED, updated_after=known_until - _OVERLAP),
        limit=_RUNS_LISTED,
        order_by="update_timestamp",
        ascending=True,
    )
    until, read = known_until, 0
    oldest = known_until - _FIRST_LOOK_BACK
    for record in listed:
        if read == _RUNS_READ:
            break
        until = max(until, record.update_timestamp.astimezone(UTC))
        ended = datetime.fromtimestamp(record.end_time or record.update_timestamp.timestamp(), UTC)
        # A tag that is added to an old run is no news of it.
        if ended < oldest or store.has_seen(record.dagster_run.run_id):
            continue
        read += 1
        run = read_run_end(instance, record)
        with store.transaction():
            if not store.first_sight(run.run_id, ended):
                continue
            record_run(store, run)
            if run.failed and is_refresh(record.dagster_run):
                # A refresh that fails would fail again: its own incident asks for none.
                store.set_note(_SHOWN_NOTE, str(store.newest_edge() or 0))
    else:
        if len(listed) == _RUNS_LISTED:
            until += _OVERLAP  # a full page of the overlap alone must not be listed for ever
    with store.transaction():
        # Another process may have come further.
        store.forget_sightings(oldest - _OVERLAP)
        store.set_note(_RUNS_NOTE, max(until.isoformat(timespec="microseconds"), store.note(_RUNS_NOTE) or ""))


def _published_change(settings: Settings) -> int | None:
    """``updated_at`` of the newest incident that readers see, in microseconds, 0 for none; ``None``: nothing is published."""
    path = current_file(settings)
    if path is None:
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            row = connection.execute("select epoch_us(max(updated_at)) from audit_alerts").fetchone()
    except duckdb.Error:
        return 0  # a version of a time before the table, or one that was removed just now
    return int(row[0] or 0) if row else 0

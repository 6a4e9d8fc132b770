"""The sensor that mends an outage: days that are missing, failed or left stale are asked for again, in bounded batches.

Gathers facts and hands the plan to Dagster; what to ask for is decided in ``catch_up_plan``.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from netflix_platform.alerts.store import AlertStoreError, Problem, open_store
from netflix_platform.defs.at_work import days_at_work, unfinished_runs
from netflix_platform.defs.catch_up_plan import (
    Bounds,
    History,
    Need,
    Outcome,
    PastRun,
    Request,
    Work,
    due_days,
    histories,
    plan,
)
from netflix_platform.defs.jobs import daily_job, rebuild_job, refresh_audit_job
from netflix_platform.defs.late import range_tags, stale_days
from netflix_platform.defs.missing import MissingDays, missing_days
from netflix_platform.defs.partitions import run_span
from netflix_platform.serving.published_days import PublishedDays, read_newest
from netflix_platform.settings import Settings

CATCH_UP_TAG = "netflix/catch_up"
_GIVEN_UP = "given_up_day"
_NEWEST_RUNS = 500
# After a longer silence the daemon was down: the schedule, which makes up for its own missed ticks, goes first.
_SILENCE = timedelta(minutes=5)
# A run that has not ended by then hangs, and what is published will not change because of it.
_LONGEST_RUN = timedelta(hours=6)
_OUTCOMES = {
    dg.DagsterRunStatus.SUCCESS: Outcome.SUCCESS,
    dg.DagsterRunStatus.FAILURE: Outcome.FAILURE,
    dg.DagsterRunStatus.CANCELED: Outcome.CANCELED,
}


def catch_up_sensor(settings: Settings) -> dg.SensorDefinition:
    """Asks ``daily`` for days that lack raw or lake, and ``rebuild`` for those that lack, or failed in, what follows."""

    @dg.sensor(
        name="catch_up",
        jobs=[daily_job, rebuild_job, refresh_audit_job],
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="After an outage: builds days that are missing or failed, oldest first, in bounded batches; gives up on a "
        "day after repeated failures.",
    )
    def catch_up(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        now = datetime.now(UTC)
        requests, said = _tick(context, settings, now)
        return dg.SensorResult(
            run_requests=requests, skip_reason=None if requests else said, cursor=str(now.timestamp())
        )

    return catch_up


def _tick(context: dg.SensorEvaluationContext, settings: Settings, now: datetime) -> tuple[list[dg.RunRequest], str]:
    """The runs to ask for, and what to say when there are none."""
    instance, repository = context.instance, context.repository_def
    assert repository  # Dagster hands it to every sensor
    published = read_newest(settings)
    due = due_days(settings, now)
    missing = missing_days(instance, repository.asset_graph, settings, published, due)
    if missing.is_empty_platform:
        return [], "nothing was ever built in this data folder: run make demo"
    if published and not settings.warehouse_file.exists():
        return [], f"{settings.warehouse_file} is gone: run make rebuild, which builds it from the lake"
    if now - _last_tick(context.cursor) > _SILENCE:
        return (
            [],
            "the first look after a pause: the schedule makes up for the ticks that it missed before this sensor does",
        )
    unfinished = unfinished_runs(instance)
    past = histories(due, _finished_runs(instance))
    work = _missing_work(missing)
    # While runs are at work, what is published is about to change, and so is what lake and warehouse hold.
    is_quiet = not any(now - record.create_timestamp < _LONGEST_RUN for record in unfinished)
    if is_quiet:
        work |= _unwell_work(published, set(due) - work.keys())
        work |= _stale_work(instance, settings, {day: past[day] for day in due if day not in work})
    own_runs = sum(CATCH_UP_TAG in record.dagster_run.tags for record in unfinished)
    busy = days_at_work(instance) if work else set()
    decided = plan(work, busy, past, own_runs, Bounds.of(settings), now)
    _tell(context, settings, work, {day: past[day] for day in decided.given_up}, is_quiet)
    requests = [_run_request(request, settings, repository.asset_graph, now) for request in decided.requests]
    if not work and is_quiet and (published is None or published.days is None):
        requests += _publish_request(instance)
    waiting = f"{len(decided.waiting)} wait for a run that is queued or running, or was cancelled within the hour"
    parts = [f"{len(work)} day(s) to build" if work else "every day that is due was built"]
    parts += [] if is_quiet else ["whether they are well is looked at when the runs at work have ended"]
    parts += [waiting] if decided.waiting else []
    parts += [f"given up: {', '.join(map(str, decided.given_up[:10]))}"] if decided.given_up else []
    parts += [f"{own_runs} run(s) of this sensor at work"] if own_runs else []
    return requests, "; ".join(parts)


def _missing_work(missing: MissingDays) -> dict[date, Work]:
    return {
        **{day: Work(Need.COLLECT, "never collected") for day in missing.raw},
        **{day: Work(Need.CONFORM, "collected, but not in the lake, or not verified there") for day in missing.lake},
        **{day: Work(Need.REBUILD, "in the lake, but never built") for day in missing.later},
    }


def _unwell_work(published: PublishedDays | None, days: Collection[date]) -> dict[date, Work]:
    """Days that were built and may not be published as they are; nothing when no version tells."""
    if published is None or published.days is None:
        return {}
    states = {day: published.days.get(day) for day in days if day not in published.good}
    return {
        day: Work(Need.REBUILD, known.state if known else "not in the published version")
        for day, known in states.items()
    }


def _stale_work(instance: dg.DagsterInstance, settings: Settings, past: Mapping[date, History]) -> dict[date, Work]:
    """Days whose newest run failed and that lack late data: whoever asked for them asks once only."""
    tried = [day for day, history in past.items() if history.newest and history.newest.outcome is not Outcome.SUCCESS]
    return {day: Work(Need.REBUILD, "late data was not loaded") for day in stale_days(instance, settings, tried)}


def _finished_runs(instance: dg.DagsterInstance) -> list[PastRun]:
    """The newest finished runs over days, newest first."""
    runs = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=list(_OUTCOMES)), limit=_NEWEST_RUNS):
        run, span = record.dagster_run, run_span(record.dagster_run)
        if span:
            ended = datetime.fromtimestamp(record.end_time, UTC) if record.end_time else record.update_timestamp
            runs.append(PastRun(run.run_id, *span, _OUTCOMES[run.status], ended, CATCH_UP_TAG in run.tags))
    return runs


def _run_request(request: Request, settings: Settings, graph: AssetGraph, now: datetime) -> dg.RunRequest:
    """Raw that is there is not collected again: the source may have changed its mind, or be gone."""
    need = request.work.need
    above_raw = [key for key in graph.materializable_asset_keys if graph.get(key).group_name != "raw"]
    return dg.RunRequest(
        # Each attempt has another run before it; the date keeps the key of a first attempt from being met again for ever.
        run_key=f"catch-up-{request.first}-{request.last}-{request.after or 'first'}-{now:%Y%m%d}",
        job_name=rebuild_job.name if need is Need.REBUILD else daily_job.name,
        asset_selection=above_raw if need is Need.CONFORM else None,
        tags={
            **range_tags(request.first, request.last),
            CATCH_UP_TAG: f"attempt {request.attempt} of {settings.catch_up_attempts}: {request.work.why}",
        },
    )


def _publish_request(instance: dg.DagsterInstance) -> list[dg.RunRequest]:
    """Everything is built and nothing published, or by an older platform: publish, unless that was tried and failed."""
    newest = instance.get_run_records(dg.RunsFilter(job_name=refresh_audit_job.name), limit=1)
    if newest and newest[0].dagster_run.status is not dg.DagsterRunStatus.SUCCESS:
        return []
    after = newest[0].dagster_run.run_id if newest else "first"
    return [
        dg.RunRequest(
            run_key=f"catch-up-publish-{after}", job_name=refresh_audit_job.name, tags={CATCH_UP_TAG: "publish"}
        )
    ]


def _tell(
    context: dg.SensorEvaluationContext,
    settings: Settings,
    work: Collection[date],
    given_up: Mapping[date, History],
    is_quiet: bool,
) -> None:
    """Open an incident for each day newly given up; close those of days that are well, which only a quiet moment shows."""
    try:
        with open_store(settings) as store:
            open_keys = store.open_keys(_GIVEN_UP)
            for day, history in given_up.items():
                if _key(day) not in open_keys:
                    store.report(_problem(day, history))
            if is_quiet:
                for key in open_keys - {_key(day) for day in work}:
                    store.resolve(key)
    except AlertStoreError as error:
        # Building days matters more than telling of them; the next look tells again.
        context.log.warning(str(error))


def _key(day: date) -> str:
    return f"{_GIVEN_UP}:{day}"


def _problem(day: date, history: History) -> Problem:
    run = history.newest
    return Problem(
        kind=_GIVEN_UP,
        key=_key(day),
        severity="ERROR",
        title=f"Event day {day} was given up after {history.attempts} attempts",
        details=f"The last {history.attempts} runs over {day} did not make it well"
        + (f"; the newest, {run.run_id}, {run.outcome}." if run else ".")
        + " It is not tried again by itself: a run over the day that succeeds, whoever starts it, ends this.",
        first_day=day,
        last_day=day,
        run_id=run.run_id if run else None,
        first_step=f"make day DAY={day}",
    )


def _last_tick(cursor: str | None) -> datetime:
    try:
        return datetime.fromtimestamp(float(cursor or 0), UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)

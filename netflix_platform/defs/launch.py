"""Runs that a command starts: in this process, recorded in the instance like any other, with progress in the terminal."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dagster as dg

from netflix_platform.defs.alerting import watch_and_tell
from netflix_platform.defs.event_storage import KeptConnectionEventLogStorage
from netflix_platform.defs.jobs import SHOW_FAILURE
from netflix_platform.defs.late import contiguous, stale_days, touched_by
from netflix_platform.defs.missing import missing_days
from netflix_platform.defs.progress import only_progress
from netflix_platform.defs.recovery import process_tags, recover_dead_runs
from netflix_platform.defs.sensors import COMMAND_TAG
from netflix_platform.defs.serving import LEFT_TO_RUN
from netflix_platform.lake.layout import remove_abandoned_staging
from netflix_platform.serving.published_days import read_newest
from netflix_platform.settings import HISTORY_SOURCES, Settings
from netflix_platform.sources.registry import open_source

_DAYS_PLANNED_ONE_BY_ONE = 31
# A quiet day of a household costs 30 ms of CPU, the two runs of a range of days 20 s.
_GAP_OF_HISTORY = 600

_STEP_EVENTS = {
    dg.DagsterEventType.STEP_START,
    dg.DagsterEventType.STEP_SUCCESS,
    dg.DagsterEventType.STEP_FAILURE,
}


@dataclass
class Outcome:
    """What the runs of one command did: seconds by layer, failures as sentences, and the days they built."""

    seconds_by_layer: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    days_built: list[date] = field(default_factory=list)


class Launcher:
    """Starts runs of the code location's jobs for one command, one after another."""

    def __init__(self, settings: Settings, defs: dg.Definitions, instance: dg.DagsterInstance, command: str) -> None:
        self._settings = settings
        self._defs = defs
        self._instance = instance
        self._command = command
        self.outcome = Outcome()
        self.recovered = recover_dead_runs(instance)
        remove_abandoned_staging(settings)

    def build(self, arrival_days: Sequence[date], event_days: Sequence[date] = ()) -> Outcome:
        """Ingest ``arrival_days``, then build them, ``event_days`` and every day that late data touched.

        Two runs rather than one, so that the touched days are known before dbt is called: a second call of dbt costs more than
        a second run. Ends with an audit refresh when a run failed, so that the dashboard tells of it.
        """
        self._run_each("ingest", self._ranges_to_ingest(arrival_days))
        if not self.outcome.failures:
            touched = touched_by(self._instance, arrival_days)
            wanted = sorted({*arrival_days, *event_days, *stale_days(self._instance, self._settings, touched)})
            self._run_each("rebuild", self._ranges(wanted))
            self.outcome.days_built = wanted
        if self.outcome.failures:
            watch_and_tell(self._instance, self._settings)  # before the refresh, which publishes the incident
            self._run("refresh_audit", config=SHOW_FAILURE)
        watch_and_tell(self._instance, self._settings)
        return self.outcome

    def refresh(self) -> Outcome:
        """Pull the audit and publish what may be published."""
        self._run("refresh_audit")
        watch_and_tell(self._instance, self._settings)
        return self.outcome

    def waive(self, day: date, reason: str) -> Outcome:
        """Waive a failed day, then publish what may be published now."""
        self._run("waive", config={"ops": {"waive_day": {"config": {"day": str(day), "reason": reason}}}})
        if not self.outcome.failures:
            return self.refresh()
        watch_and_tell(self._instance, self._settings)
        return self.outcome

    def conform(self, arrival_days: Iterable[date]) -> Outcome:
        """Conform raw days again as they lie there: the lake's half of ``ingest``, without asking the source."""
        return self._run_part("ingest", lambda group: group == "lake", arrival_days)

    def build_unpublished(self, event_days: Iterable[date]) -> Outcome:
        """Build event days up to the business marts. A failure is shown on the dashboard, success is published by nobody."""
        self._run_part("rebuild", lambda group: group not in ("raw", "lake", "audit", "serving"), event_days)
        if self.outcome.failures:
            self._run("refresh_audit", config=SHOW_FAILURE)
        return self.outcome

    def _run_part(self, job_name: str, is_in_part: Callable[[str | None], bool], days: Iterable[date]) -> Outcome:
        graph = self._defs.resolve_asset_graph()
        keys = [key for key in graph.materializable_asset_keys if is_in_part(graph.get(key).group_name)]
        for first, last in contiguous(sorted(set(days)), self._settings.days_per_run):
            self._run(job_name, first, last, only=keys)
        return self.outcome

    def run_own(self, job: dg.JobDefinition) -> Outcome:
        """Run a job that the command itself made, which the code location does not know."""
        self._run(job)
        return self.outcome

    def missing_days(self, days: Iterable[date]) -> tuple[list[date], list[date]]:
        """Of ``days``, those whose raw or lake is missing, and those whose warehouse or dbt models are; oldest first.

        The former with those of which the source has something else than raw by now, which may lie outside of ``days``. Raises
        ``LandingError`` for a landing folder that cannot be read as one.
        """
        graph = self._defs.resolve_asset_graph()
        wanted = set(days)
        missing = missing_days(self._instance, graph, self._settings, read_newest(self._settings), wanted)
        changed = open_source(self._settings).days_to_collect(wanted)
        return sorted(missing.raw | missing.lake | changed), sorted(missing.later - changed)

    def _run_each(self, job: str, ranges: Iterable[tuple[date, date]]) -> None:
        for first, last in ranges:
            self._run(job, first, last)

    def _run(
        self,
        job: str | dg.JobDefinition,
        first: date | None = None,
        last: date | None = None,
        config: Mapping[str, Any] | None = None,
        only: Sequence[dg.AssetKey] | None = None,
    ) -> None:
        job_def = self._defs.resolve_job_def(job) if isinstance(job, str) else job
        print(f"{job_def.name}{span_text(first, last)}", flush=True)
        with only_progress(), self._plan(first, last):
            result = job_def.execute_in_process(
                instance=self._instance,
                run_config={"loggers": {"progress": {}}, **(config or {})},
                tags={
                    **process_tags(),
                    COMMAND_TAG: self._command,
                    "dagster/max_retries": "0",  # whoever gave the command sees that it ended
                    **partition_tags(first, last),
                },
                asset_selection=only,
                raise_on_error=False,
            )
        # A step that was interrupted keeps its slot, and this process lives on.
        self._instance.event_log_storage.free_concurrency_slots_for_run(result.run_id)
        self._add_seconds(result.run_id)
        if _was_interrupted(result):
            raise KeyboardInterrupt
        if not result.success:
            self.outcome.failures.extend(failures(result.all_events, result.run_id, job_def.name))
        self._follow_to_publication(result.all_events)

    def _ranges_to_ingest(self, days: Iterable[date]) -> list[tuple[date, date]]:
        return self._ranges(days)

    def _ranges(self, days: Iterable[date]) -> list[tuple[date, date]]:
        """``days`` as the ranges of runs. A file of history touches days here and there, and a run costs more than quiet days."""
        gap = _GAP_OF_HISTORY if self._settings.source in HISTORY_SOURCES else 0
        return contiguous(sorted(set(days)), self._settings.days_per_run, gap)

    def _plan(self, first: date | None, last: date | None) -> AbstractContextManager[None]:
        """How a run's plan is recorded: day by day for a range that a person may watch in the UI, in one for a longer one."""
        storage = self._instance.event_log_storage
        if (
            first
            and last
            and (last - first).days > _DAYS_PLANNED_ONE_BY_ONE
            and isinstance(storage, KeptConnectionEventLogStorage)
        ):
            return storage.planning_ranges()
        return nullcontext()

    def _follow_to_publication(self, events: Iterable[dg.DagsterEvent]) -> None:
        """When publishing was left to another run: wait for its end, then publish, so that this command's answer is true."""
        for event in events:
            if event.event_type != dg.DagsterEventType.ASSET_MATERIALIZATION:
                continue
            left_to = event.materialization.metadata.get(LEFT_TO_RUN)
            if left_to is not None:
                print(f"  waiting for run {left_to.value}, which publishes", flush=True)
                while (other := self._instance.get_run_by_id(str(left_to.value))) and not other.is_finished:
                    time.sleep(1)
                    recover_dead_runs(self._instance)
                self._run("refresh_audit")

    def _add_seconds(self, run_id: str) -> None:
        begun: dict[str, float] = {}
        for entry in self._instance.all_logs(run_id, of_type=_STEP_EVENTS):
            step = entry.step_key or ""
            if entry.get_dagster_event().event_type == dg.DagsterEventType.STEP_START:
                begun[step] = entry.timestamp
            else:
                layer = step.split("__")[0]
                seconds = entry.timestamp - begun.get(step, entry.timestamp)
                self.outcome.seconds_by_layer[layer] = self.outcome.seconds_by_layer.get(layer, 0.0) + seconds


def span_text(first: date | None, last: date | None) -> str:
    """A run's days as a person reads them, behind the job's name."""
    return "" if first is None else f" for {first}" if first == last else f" for {first} to {last}"


def partition_tags(first: date | None, last: date | None) -> dict[str, str]:
    """The tags that give a run its days."""
    if first is None or last is None:
        return {}
    if first == last:
        return {"dagster/partition": str(first)}
    return {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    # Between two steps, waiting for the warehouse, no step fails: then the run itself tells.
    errors += [event.job_failure_data.error for event in result.all_events if event.is_job_failure]
    return any(error and "DagsterExecutionInterruptedError" in error.to_string() for error in errors)


def failures(events: Iterable[dg.DagsterEvent], run_id: str, job_name: str) -> list[str]:
    """One sentence per failed step or blocking check, the most telling part first."""
    sentences = []
    for event in events:
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
                asset = check.asset_key.to_user_string()
                sentences.append(f"check {check.check_name} of {asset}: {check.description or 'see the run'}")
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE:
            error = event.step_failure_data.error
            user = event.step_failure_data.user_failure_data
            told = user.description if user and user.description else (error.message.strip() if error else "failed")
            cause = error.cause.message.strip() if error and error.cause and not user else ""
            sentences.append(f"step {event.step_key}: {cause or told}")
    return sentences or [f"run {run_id} of {job_name} failed; the Dagster UI shows why"]

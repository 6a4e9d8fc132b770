"""Runs that a command starts: in this process, recorded in the instance like any other, with progress in the terminal."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import dagster as dg

from netflix_platform.defs.jobs import SHOW_FAILURE
from netflix_platform.defs.late import contiguous, stale_days
from netflix_platform.defs.progress import only_progress
from netflix_platform.defs.recovery import process_tags, recover_dead_runs
from netflix_platform.defs.sensors import COMMAND_TAG
from netflix_platform.defs.serving import LEFT_TO_RUN
from netflix_platform.lake.layout import remove_abandoned_staging
from netflix_platform.lake.ledger import read_ledger
from netflix_platform.settings import Settings

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

        Two runs rather than one, so that the touched days are known before dbt starts: a second dbt start costs more than
        a second run. Ends with an audit refresh when a run failed, so that the dashboard tells of it.
        """
        for first, last in self._ranges(sorted(set(arrival_days))):
            self._run("ingest", first, last)
        if not self.outcome.failures:
            touched = self._touched_by(arrival_days)
            wanted = sorted({*arrival_days, *event_days, *stale_days(self._instance, self._settings, touched)})
            for first, last in self._ranges(wanted):
                self._run("rebuild", first, last)
            self.outcome.days_built = wanted
        if self.outcome.failures:
            self._run("refresh_audit", config=SHOW_FAILURE)
        return self.outcome

    def refresh(self) -> Outcome:
        """Pull the audit and publish what may be published."""
        self._run("refresh_audit")
        return self.outcome

    def waive(self, day: date, reason: str) -> Outcome:
        """Waive a failed day, then publish what may be published now."""
        self._run("waive", config={"ops": {"waive_day": {"config": {"day": str(day), "reason": reason}}}})
        return self.outcome if self.outcome.failures else self.refresh()

    def missing_days(self, days: Iterable[date]) -> tuple[list[date], list[date]]:
        """Of ``days``, those whose raw or lake is missing, and those whose warehouse or dbt models are; oldest first."""
        graph = self._defs.resolve_asset_graph()
        ingest: set[date] = set()
        rebuild: set[date] = set()
        wanted = {day.isoformat(): day for day in days}
        for key in graph.materializable_asset_keys:
            node = graph.get(key)
            if node.partitions_def is None:
                continue
            missing = wanted.keys() - self._instance.get_materialized_partitions(key)
            (ingest if node.group_name in ("raw", "lake") else rebuild).update(wanted[text] for text in missing)
        return sorted(ingest), sorted(rebuild)

    def _touched_by(self, arrival_days: Iterable[date]) -> set[date]:
        touched: set[date] = set()
        for day in arrival_days:
            ledger = read_ledger(self._settings, "events", day)
            touched.update(ledger.touched_days if ledger else ())
        return touched

    def _ranges(self, days: Sequence[date]) -> list[tuple[date, date]]:
        """Stretches of days, none longer than the setting allows for one run."""
        longest = self._settings.days_per_run or len(days)
        ranges = []
        for first, last in contiguous(days):
            begin = first
            while begin <= last:
                end = min(begin + timedelta(days=longest - 1), last)
                ranges.append((begin, end))
                begin = end + timedelta(days=1)
        return ranges

    def _run(
        self,
        job_name: str,
        first: date | None = None,
        last: date | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> None:
        span = "" if first is None else f" for {first}" if first == last else f" for {first} to {last}"
        print(f"{job_name}{span}", flush=True)
        with only_progress():
            result = self._defs.resolve_job_def(job_name).execute_in_process(
                instance=self._instance,
                run_config={"loggers": {"progress": {}}, **(config or {})},
                tags={**process_tags(), COMMAND_TAG: self._command, **_partition_tags(first, last)},
                raise_on_error=False,
            )
        self._add_seconds(result.run_id)
        if _was_interrupted(result):
            raise KeyboardInterrupt
        if not result.success:
            self.outcome.failures.extend(_failures(result, job_name))
        self._follow_to_publication(result)

    def _follow_to_publication(self, result: dg.ExecuteInProcessResult) -> None:
        """When publishing was left to another run: wait for its end, then publish, so that this command's answer is true."""
        for event in result.get_asset_materialization_events():
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


def _partition_tags(first: date | None, last: date | None) -> dict[str, str]:
    if first is None or last is None:
        return {}
    if first == last:
        return {"dagster/partition": str(first)}
    return {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    return any(error and "DagsterExecutionInterruptedError" in error.to_string() for error in errors)


def _failures(result: dg.ExecuteInProcessResult, job_name: str) -> list[str]:
    """One sentence per failed step or blocking check, the most telling part first."""
    sentences = []
    for event in result.all_events:
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
    return sentences or [f"run {result.run_id} of {job_name} failed; the Dagster UI shows why"]

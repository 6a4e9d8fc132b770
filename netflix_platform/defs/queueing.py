"""Runs that a command puts into Dagster's queue and waits for: somebody else, a Celery worker, does the work.

The arrival days of a command become several runs, which workers ingest side by side; their event days become one, since the
warehouse has one writer and every run starts dbt anew.
"""

import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg
from dagster._core.code_pointer import CodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from netflix_platform.defs.late import contiguous
from netflix_platform.defs.launch import Launcher, Outcome, failures, partition_tags, span_text
from netflix_platform.defs.recovery import command_tags, recover_dead_runs
from netflix_platform.defs.sensors import COMMAND_TAG
from netflix_platform.orchestration.cluster import refuse_to_wait
from netflix_platform.settings import PROJECT_ROOT

# As workspace.yaml has it.
_LOCATION, _MODULE, _ATTRIBUTE = "netflix_platform", "netflix_platform.definitions", "defs"
# A run costs some seconds whatever its days are; a worker that is killed costs the days of its run once more.
_RUNS_PER_WORKER = 3
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BETWEEN_RECOVERIES = 10.0


class QueueingLauncher(Launcher):
    """A ``Launcher`` whose runs are queued. Dagster tries a run once more whose worker was killed; the command follows."""

    def _ranges_to_ingest(self, days: Iterable[date]) -> list[tuple[date, date]]:
        ordered = sorted(set(days))
        shares = _RUNS_PER_WORKER * self._settings.cluster_workers
        return contiguous(ordered, self._settings.days_per_run or -(-len(ordered) // shares))

    def _run_each(self, job: str, ranges: Iterable[tuple[date, date]]) -> None:
        self._wait_for([self._submit(job, first, last) for first, last in ranges])

    def _run(
        self,
        job: str | dg.JobDefinition,
        first: date | None = None,
        last: date | None = None,
        config: Mapping[str, Any] | None = None,
        only: Sequence[dg.AssetKey] | None = None,
    ) -> None:
        self._wait_for([self._submit(job if isinstance(job, str) else job.name, first, last, config, only)])

    def build(self, arrival_days: Sequence[date], event_days: Sequence[date] = ()) -> Outcome:
        """As ``Launcher`` does, all arrival days at once; see there."""
        try:
            return super().build(arrival_days, event_days)
        except KeyboardInterrupt:
            print("\nwhat was queued goes on without this command; the Dagster UI stops it", file=sys.stderr)
            raise

    def _submit(
        self,
        job: str,
        first: date | None,
        last: date | None,
        config: Mapping[str, Any] | None = None,
        only: Sequence[dg.AssetKey] | None = None,
    ) -> str:
        job_def = self._defs.resolve_job_def(job)
        if only is not None:
            job_def = job_def.get_subset(asset_selection=set(only))
        run = self._instance.create_run_for_job(
            job_def,
            run_config=config,
            tags={COMMAND_TAG: self._command, **command_tags(), **partition_tags(first, last)},
            asset_selection=frozenset(only) if only is not None else None,
            status=dg.DagsterRunStatus.NOT_STARTED,
            remote_job_origin=_remote_origin(job),
            job_code_origin=_code_origin(job),
        )
        self._instance.run_coordinator.submit_run(_context(run))
        print(f"{job}{span_text(first, last)}: queued, run {run.run_id[:8]}", flush=True)
        return run.run_id

    def _wait_for(self, run_ids: Sequence[str]) -> None:
        """Until all runs, and those that were made in place of killed ones, have ended; notes how, and what they tell."""
        waiting, next_recovery = list(run_ids), time.monotonic()
        while waiting:
            if time.monotonic() >= next_recovery:
                recover_dead_runs(self._instance)
                refuse_to_wait(self._settings)
                next_recovery = time.monotonic() + _SECONDS_BETWEEN_RECOVERIES
            for run in self._instance.get_runs(dg.RunsFilter(run_ids=waiting)):
                if not run.is_finished or run.is_complete_and_waiting_to_retry:
                    continue
                waiting.remove(run.run_id)
                retry = run.tags.get(AUTO_RETRY_RUN_ID_TAG)
                if retry is not None:
                    print(f"  run {run.run_id[:8]} was killed; run {retry[:8]} takes up its work", flush=True)
                    waiting.append(retry)
                else:
                    self._note_end(run)
            if waiting:
                time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _note_end(self, run: dg.DagsterRun) -> None:
        self._add_seconds(run.run_id)
        print(f"  run {run.run_id[:8]} of {run.job_name}: {run.status.value}", flush=True)
        entries = self._instance.all_logs(run.run_id)
        events = [entry.get_dagster_event() for entry in entries if entry.is_dagster_event]
        if run.status != dg.DagsterRunStatus.SUCCESS:
            self.outcome.failures.extend(failures(events, run.run_id, run.job_name))
        self._follow_to_publication(events)


def _context(run: dg.DagsterRun) -> Any:
    """What the queue wants to know of a run. It looks at no workspace: the daemon has one when the run's turn comes."""
    from dagster._core.run_coordinator import SubmitRunContext

    return SubmitRunContext(run, workspace=None)  # type: ignore[arg-type]


def _remote_origin(job: str) -> RemoteJobOrigin:
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(module_name=_MODULE, executable_path=sys.executable, working_directory=str(PROJECT_ROOT)),
        _LOCATION,
    )
    return RemoteRepositoryOrigin(location, "__repository__").get_job_origin(job)


def _code_origin(job: str) -> JobPythonOrigin:
    """Where a worker finds the job."""
    pointer = CodePointer.from_module(_MODULE, _ATTRIBUTE, str(PROJECT_ROOT))
    return JobPythonOrigin(job, RepositoryPythonOrigin(sys.executable, pointer, None, ["dagster"], {}))

"""Days over two workers: one is killed in the middle, the warehouse has one writer, and the figures are those of one process."""

import shutil
import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import WorkerStatus

from netflix_platform.defs.recovery import PROCESS_TAG
from netflix_platform.orchestration import cluster
from netflix_platform_tests.faults.content import content, differences
from netflix_platform_tests.orchestration.platform import (
    ClusterPlatform,
    kill_in_the_middle_of_a_run,
    spans_of_steps,
)
from netflix_platform_tests.platform_runs import TestPlatform
from netflix_platform_tests.ports import free_ports

pytestmark = pytest.mark.cluster

DAYS = 6
SCALE = "events_per_day=400,users=120,titles=40"


@pytest.fixture(scope="module")
def platform() -> Iterator[ClusterPlatform]:
    """Days that nobody has built yet, and the cluster that will."""
    # Not one of pytest's folders, which are for their owner alone: run by root, PostgreSQL's own user has to get in.
    folder = Path(tempfile.mkdtemp(prefix="netflix-cluster-"))
    folder.chmod(0o711)
    clustered = ClusterPlatform(folder / "data", DAYS, scale=SCALE, port=free_ports(in_a_row=2))
    try:
        clustered.make("cluster", "up")
        yield clustered
    finally:
        clustered.make("cluster", "down")
        shutil.rmtree(folder)


def test_a_worker_that_is_killed_loses_no_day(platform: ClusterPlatform, tmp_path: Path):
    calm = TestPlatform(tmp_path / "data", DAYS, scale=SCALE)
    span = (str(calm.day(0)), str(calm.day(DAYS - 1)))
    calm.run("backfill", *span)

    command = platform.start("backfill", *span)
    with platform.instance() as instance:
        killed = kill_in_the_middle_of_a_run(platform, instance, "worker-1")
        printed, _ = command.communicate(timeout=900)
        assert command.returncode == 0, printed
        assert "was killed; run" in printed
        assert instance.get_run_by_id(killed).status == dg.DagsterRunStatus.FAILURE
        retries = [run for run in instance.get_runs() if run.parent_run_id == killed]
        assert [run.status for run in retries] == [dg.DagsterRunStatus.SUCCESS]
        assert instance.event_log_storage.get_concurrency_run_ids() == set()
        # What finds a dead worker on another host, where nobody sees its processes: Celery still says that the task has begun.
        health = instance.run_launcher.check_run_worker_health
        assert health(instance.get_run_by_id(killed)).status == WorkerStatus.FAILED
        assert health(retries[0]).status == WorkerStatus.SUCCESS
    assert cluster.status(platform.settings)["worker-1"].startswith("dead")
    assert differences(content(calm.settings), content(platform.settings)) == []


def test_steps_at_the_warehouse_never_overlap_whichever_worker_they_are_on(platform: ClusterPlatform):
    if cluster.status(platform.settings)["worker-1"].startswith("dead"):  # the other test's
        assert platform.make("cluster", "up").startswith("Started: worker-1. ")
    before = content(platform.settings)
    commands = [platform.start("rebuild", str(platform.day(n)), str(platform.day(n))) for n in (1, 4)]
    for command in commands:
        printed, _ = command.communicate(timeout=900)
        assert command.returncode == 0, printed
    with platform.instance() as instance:
        records = instance.get_run_records(dg.RunsFilter(job_name="rebuild"), limit=2)
        spans = [spans_of_steps(instance, record.dagster_run.run_id) for record in records]
    assert len({record.dagster_run.tags[PROCESS_TAG] for record in records}) == 2
    for one, other in (records, records[::-1]):
        assert one.create_timestamp.timestamp() < other.end_time, "one had ended before the other was asked for"
    # Every step of this job opens the warehouse, or waits for a step that does.
    for one, other in combinations(sorted(span for steps in spans for span in steps.values()), 2):
        assert one[1] <= other[0]
    assert differences(before, content(platform.settings)) == []

"""Runs whose process is gone are found and ended; those that live, or live elsewhere, are left alone."""

import json
import os
import signal
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG

from netflix_platform.defs.at_work import is_at_work
from netflix_platform.defs.recovery import (
    COMMAND_PROCESS_TAG,
    HOST_TAG,
    PROCESS_TAG,
    SIGNED_RUN_TAG,
    command_tags,
    process_tags,
    recover_dead_runs,
    signing_in_process_executor,
)
from netflix_platform.defs.sensors import COMMAND_TAG
from netflix_platform.settings import PROJECT_ROOT


@dg.op
def nothing():
    pass


@dg.job(executor_def=signing_in_process_executor)
def signed():
    nothing()


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as temporary:
        yield temporary


SIGN_AND_SLEEP = """
import json, time
from netflix_platform.defs.recovery import process_tags
print(json.dumps(process_tags()), flush=True)
time.sleep(60)
"""


@pytest.fixture
def sleeper():
    """A process that has signed, as a run's process does, and sleeps; with its signature."""
    process = subprocess.Popen(
        [sys.executable, "-c", SIGN_AND_SLEEP], cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process, json.loads(process.stdout.readline())
    process.kill()
    process.wait()


def started_run(instance, tags):
    run = instance.create_run_for_job(signed, tags=tags, status=dg.DagsterRunStatus.STARTED)
    return run.run_id


def status(instance, run_id):
    return instance.get_run_by_id(run_id).status


def test_a_killed_process_is_found_and_its_slot_freed(instance, sleeper):
    process, signature = sleeper
    run_id = started_run(instance, signature)
    instance.event_log_storage.set_concurrency_slots("warehouse", 1)
    assert instance.event_log_storage.claim_concurrency_slot("warehouse", run_id, "step").is_claimed
    assert recover_dead_runs(instance) == []
    process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert recover_dead_runs(instance) == [run_id]
    assert status(instance, run_id) == dg.DagsterRunStatus.FAILURE
    assert instance.event_log_storage.claim_concurrency_slot("warehouse", "another", "step").is_claimed


def test_a_run_that_was_being_stopped_is_stopped_and_not_failed(instance):
    """A failed one would be tried again, against the will of whoever stopped it."""
    run_id = started_run(instance, {**process_tags(), PROCESS_TAG: "1@gone"})
    instance.report_run_canceling(instance.get_run_by_id(run_id))
    assert recover_dead_runs(instance) == [run_id]
    assert status(instance, run_id) == dg.DagsterRunStatus.CANCELED


def test_a_retry_is_not_taken_for_dead_by_the_signature_of_the_run_before_it(instance):
    """Dagster copies the tags of the run that died: until the retry's own process signs, nobody has signed it."""
    gone = {**process_tags(), PROCESS_TAG: "1@gone"}
    dead = started_run(instance, gone)
    retry = instance.create_run_for_job(
        signed,
        tags={**gone, SIGNED_RUN_TAG: dead},
        parent_run_id=dead,
        root_run_id=dead,
        status=dg.DagsterRunStatus.STARTING,
    ).run_id
    assert recover_dead_runs(instance) == [dead]
    assert status(instance, retry) == dg.DagsterRunStatus.STARTING
    instance.add_run_tags(retry, {SIGNED_RUN_TAG: retry})
    assert recover_dead_runs(instance) == [retry]


def test_a_killed_run_is_at_work_until_its_retry_is(instance):
    """Or the sensors would ask for its days once more, in the seconds between."""
    run_id = instance.create_run_for_job(signed, tags=process_tags(), status=dg.DagsterRunStatus.STARTED).run_id
    instance.report_run_failed(instance.get_run_by_id(run_id))
    assert not is_at_work(instance.get_run_by_id(run_id))
    instance.add_run_tags(run_id, {WILL_RETRY_TAG: "true"})
    assert is_at_work(instance.get_run_by_id(run_id))
    instance.add_run_tags(run_id, {AUTO_RETRY_RUN_ID_TAG: "the retry"})
    assert not is_at_work(instance.get_run_by_id(run_id))


def test_a_command_whose_runs_others_run_is_at_work_between_two_of_them(instance, sleeper):
    """Or the sensors would ask for its days once more, when the run that ingested them has ended and its process with it."""
    ended = {**process_tags(), PROCESS_TAG: "1@gone", COMMAND_TAG: "make backfill"}
    process, signature = sleeper
    host, signs = signature[HOST_TAG], signature[PROCESS_TAG]

    def is_known_to_be_at_work(tags):
        run_id = instance.create_run_for_job(signed, tags=tags, status=dg.DagsterRunStatus.STARTED).run_id
        instance.report_run_failed(instance.get_run_by_id(run_id))
        return is_at_work(instance.get_run_by_id(run_id))

    assert is_known_to_be_at_work({**ended, **command_tags()})
    assert is_known_to_be_at_work({**ended, COMMAND_PROCESS_TAG: f"{host} {signs}"})
    assert not is_known_to_be_at_work(ended)
    assert not is_known_to_be_at_work({**ended, COMMAND_PROCESS_TAG: f"elsewhere {signs}"})
    process.kill()
    process.wait()
    assert not is_known_to_be_at_work({**ended, COMMAND_PROCESS_TAG: f"{host} {signs}"})


def test_a_process_id_that_was_given_to_somebody_else_counts_as_dead(instance):
    run_id = started_run(instance, {**process_tags(), PROCESS_TAG: f"{os.getpid()}@1.00"})
    assert recover_dead_runs(instance) == [run_id]


def test_runs_of_other_hosts_unsigned_runs_and_ended_runs_are_left_alone(instance):
    elsewhere = started_run(instance, {HOST_TAG: "elsewhere", PROCESS_TAG: "1@1.00"})
    unsigned = started_run(instance, {})
    assert recover_dead_runs(instance) == []
    assert {status(instance, elsewhere), status(instance, unsigned)} == {dg.DagsterRunStatus.STARTED}


def test_the_executor_signs_its_run(instance):
    result = dg.execute_job(dg.reconstructable(job_to_execute), instance=instance)
    assert result.success
    tags = instance.get_run_by_id(result.run_id).tags
    assert tags[HOST_TAG] == process_tags()[HOST_TAG]
    assert tags[PROCESS_TAG] == process_tags()[PROCESS_TAG]
    assert tags[SIGNED_RUN_TAG] == result.run_id


def job_to_execute():
    return signed

"""How a step waits for the warehouse: asleep, to be stopped at any time, and not behind a run that is over."""

import os
import signal

import dagster as dg
import pytest
from dagster._core.executor import in_process

from netflix_platform.defs import waiting
from netflix_platform.defs.launch import _was_interrupted
from netflix_platform.defs.recovery import process_tags
from netflix_platform.defs.waiting import PatientClaims, wait_patiently

POOL = "warehouse"


@dg.op(pool=POOL)
def works():
    pass


@dg.job
def at_the_warehouse():
    works()


@pytest.fixture
def instance(tmp_path):
    pools = {"pools": {"default_limit": 1, "granularity": "op"}}
    with dg.instance_for_test(temp_dir=str(tmp_path), overrides={"concurrency": pools}) as temporary:
        wait_patiently()
        temporary.event_log_storage.set_concurrency_slots(POOL, 1)
        yield temporary


def hold_the_slot(instance, status, **tags):
    run = instance.create_run_for_job(at_the_warehouse, status=status, tags=tags)
    assert instance.event_log_storage.claim_concurrency_slot(POOL, run.run_id, "works").is_claimed
    return run.run_id


def test_who_waits_sleeps_and_begins_when_the_slot_is_free(instance):
    holder = hold_the_slot(instance, dg.DagsterRunStatus.STARTED, **process_tags())
    run = instance.create_run_for_job(at_the_warehouse)
    with PatientClaims(instance, run) as claims:
        assert not claims.claim(POOL, "works")
        # Dagster's own answer is 0, whatever it waits for.
        assert 0 < claims.interval_to_next_pending_claim_check() <= waiting._SECONDS_ASLEEP
        instance.event_log_storage.free_concurrency_slots_for_run(holder)
        claims._pending_timeouts["works"] = 0.0  # its time has come
        assert claims.claim(POOL, "works")


def test_a_slot_that_an_ended_run_left_is_freed_by_who_waits_for_it(instance, monkeypatch):
    """Without a daemon nobody else would: such a run waited for ever."""
    monkeypatch.setattr(waiting, "_SECONDS_BETWEEN_RECOVERIES", 0.0)
    hold_the_slot(instance, dg.DagsterRunStatus.FAILURE)
    assert at_the_warehouse.execute_in_process(instance=instance).success


def test_a_slot_of_an_ended_run_whose_process_is_at_work_stays_its_own(instance):
    """Marked as ended by force: what it writes must not be written by two."""
    holder = hold_the_slot(instance, dg.DagsterRunStatus.CANCELED, **process_tags())
    waiting.recover_dead_runs(instance)
    assert [slot.run_id for slot in instance.event_log_storage.get_concurrency_info(POOL).claimed_slots] == [holder]


def test_who_waits_can_be_stopped(instance, monkeypatch):
    hold_the_slot(instance, dg.DagsterRunStatus.STARTED, **process_tags())
    claim = PatientClaims.claim

    def interrupted(self, *arguments):
        is_claimed = claim(self, *arguments)
        os.kill(os.getpid(), signal.SIGINT)
        return is_claimed

    monkeypatch.setattr(PatientClaims, "claim", interrupted)
    result = at_the_warehouse.execute_in_process(instance=instance, raise_on_error=False)
    assert instance.get_run_by_id(result.run_id).status == dg.DagsterRunStatus.FAILURE
    assert _was_interrupted(result)
    assert not instance.event_log_storage.get_concurrency_info(POOL).pending_steps[1:]


def test_every_in_process_run_waits_so():
    wait_patiently()
    assert in_process.InstanceConcurrencyContext is PatientClaims

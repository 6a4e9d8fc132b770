"""What follows a run that failed or was cancelled: one audit refresh each, unless somebody else sees to it."""

import dagster as dg
import pytest

from netflix_platform.defs.jobs import refresh_audit_job
from netflix_platform.defs.recovery import PROCESS_TAG, process_tags
from netflix_platform.defs.sensors import COMMAND_TAG, audit_after_cancel, audit_after_failure

ENDED = {"audit_after_failure": dg.DagsterEventType.RUN_FAILURE, "audit_after_cancel": dg.DagsterEventType.RUN_CANCELED}


@dg.op
def nothing():
    pass


@dg.job(name="rebuild")
def rebuild():
    nothing()


@dg.job(name=refresh_audit_job.name)
def refresh_audit():
    nothing()


@pytest.fixture(params=[audit_after_failure, audit_after_cancel], ids=lambda sensor: sensor.name)
def answer(request):
    """What the sensor answers to the end of a run of ``job`` with ``tags``."""
    sensor = request.param
    instance = dg.DagsterInstance.ephemeral()

    def ask(job, tags):
        run = instance.create_run_for_job(job, tags=tags)
        event = dg.DagsterEvent(ENDED[sensor.name].value, job.name)
        context = dg.build_run_status_sensor_context(sensor.name, event, instance, run)
        return run, sensor(context)

    return ask


def test_an_ended_run_brings_one_refresh(answer):
    run, request = answer(rebuild, {})
    assert isinstance(request, dg.RunRequest)
    assert request.run_key == f"audit-{run.run_id}"


def test_a_command_that_lives_refreshes_by_itself(answer):
    _, skipped = answer(rebuild, {**process_tags(), COMMAND_TAG: "make day"})
    assert isinstance(skipped, dg.SkipReason)


def test_a_command_that_was_killed_leaves_it_to_the_sensor(answer):
    _, request = answer(rebuild, {**process_tags(), PROCESS_TAG: "1@gone", COMMAND_TAG: "make day"})
    assert isinstance(request, dg.RunRequest)


def test_a_failed_refresh_asks_for_no_other(answer):
    _, skipped = answer(refresh_audit, {})
    assert isinstance(skipped, dg.SkipReason)

"""Who launched a run: the tags of a run that is done over again are those of the first one, and must not speak for it."""

import pytest

from netflix_platform.audit.launchers import launched_by, retry_of

SCHEDULE = {"dagster/schedule_name": "daily_schedule", "dagster/tick": "1"}
SENSOR = {"dagster/sensor_name": "catch_up", "netflix/catch_up": "attempt 1 of 3: never collected"}
COMMAND = {"netflix/command": "make day DAY=2026-06-01"}
BACKFILL = {"dagster/backfill": "abc", "dagster/from_ui": "true"}
AGAIN = {"dagster/parent_run_id": "r1", "dagster/root_run_id": "r0", "dagster/is_resume_retry": "true"}
AUTOMATIC = {**AGAIN, "dagster/retry_number": "1"}


@pytest.mark.parametrize(
    ("tags", "launcher"),
    [
        ({}, "person"),
        ({"dagster/from_ui": "true"}, "person"),
        (SCHEDULE, "schedule daily_schedule"),
        (SENSOR, "sensor catch_up"),
        (COMMAND, "command make day DAY=2026-06-01"),
        (BACKFILL, "backfill abc"),
        ({**SCHEDULE, **AGAIN}, "person (re-execution)"),
        ({**COMMAND, **AGAIN}, "person (re-execution)"),
        ({**SCHEDULE, **AUTOMATIC}, "automatic retry"),
        ({**BACKFILL, **AUTOMATIC}, "automatic retry"),
    ],
)
def test_launchers(tags, launcher):
    assert launched_by(tags) == launcher


def test_the_run_that_is_done_over_again():
    assert retry_of(AGAIN) == "r1"
    assert retry_of({"dagster/root_run_id": "r0"}) == "r0"
    assert retry_of(SCHEDULE) is None

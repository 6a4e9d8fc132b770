"""Who or what launched a run, and which run it does over again: read from the run's tags."""

from __future__ import annotations

from collections.abc import Mapping

_PARENT_TAG, _ROOT_TAG = "dagster/parent_run_id", "dagster/root_run_id"
# Dagster's daemon numbers the runs that it starts in place of failed ones; a person's re-execution has no number.
_AUTOMATIC_TAG = "dagster/retry_number"
_LAUNCHERS = (
    ("netflix/command", "command"),
    ("dagster/schedule_name", "schedule"),
    ("dagster/sensor_name", "sensor"),
    ("dagster/backfill", "backfill"),
)
PERSON, RE_EXECUTION, AUTOMATIC_RETRY = "person", "person (re-execution)", "automatic retry"


def launched_by(tags: Mapping[str, str]) -> str:
    """``command …``, ``schedule …``, ``sensor …``, ``backfill …``, a person, or what does a run over again.

    A run that is done over again carries the tags of the first one, its schedule's or its command's too: who did it over
    comes first. A backfill is always launched by a person; each of its runs is the backfill's.
    """
    if _AUTOMATIC_TAG in tags:
        return AUTOMATIC_RETRY
    if _PARENT_TAG in tags:
        return RE_EXECUTION
    return next((f"{launcher} {tags[tag]}" for tag, launcher in _LAUNCHERS if tag in tags), PERSON)


def retry_of(tags: Mapping[str, str]) -> str | None:
    """The run that this one does over again, if there is one."""
    return tags.get(_PARENT_TAG) or tags.get(_ROOT_TAG)

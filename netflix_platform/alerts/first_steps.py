"""The first thing to do about a problem, one line per check, step or kind. docs/runbook.md says the same at length.

``{again}`` is the command that runs the problem's days again, ``{first_day}`` its first day, ``{arrival_day}`` the arrival
day that the problem's own text names.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date

_LOOK_AND_MEND = (
    "look at the failing rows (the run's page names the test), mend them, then {again}; "
    "or make waive DAY={first_day} REASON='…' if the day is right as it is"
)

BY_CHECK = {
    "row_ledger": "{again}",
    "warehouse_ledger": "make day DAY={arrival_day}",
    "unreadable_files": "deliver the file that the message names again, or mend its permissions, then {again}",
    "published_top10_readable": "put the file that the message names into its folder again, or remove it; then {again}",
    "repeated_share": "ask the sender about a replay; the repeats are left out already, nothing has to run again",
    "schema_drift": "ask the sender what changed; put a new field into netflix_platform/contracts/, then {again}",
    "null_share": "ask the sender why the field is missing; once it is delivered again, {again}",
    "second_opinion": "{again}; figures that differ still are read in two ways: report the message",
    "quarantine_share": "look at what was refused (data/lake/quarantine/), mend the sender or the contract, then {again}",
}
A_TEST_THAT_BLOCKS = _LOOK_AND_MEND
A_CHECK_THAT_WARNS = (
    "compare the day with its neighbours on the dashboard; mend the source if it is wrong, then {again}"
)

BY_STEP = {
    "serving": "make day DAY={first_day}",
    "audit_records": "make demo",
    "dbt_audit": "make demo",
    "waive_day": "read the message: only a day that failed its audit can be waived",
}
A_STEP = "read the error on the run's page, mend its cause, then {again}"
A_KILLED_RUN = "{again}"

BY_KIND = {"sensor_failure": "read the tick's error in the Dagster UI (Automation), mend its cause"}

_WITHOUT_DAYS = "make demo"  # builds and publishes what is missing
_ARRIVAL_DAY = re.compile(r"arrival day (\d{4}-\d\d-\d\d)")


def for_check(name: str, severity: str, days: Collection[date], details: str) -> str:
    """What to do first about a failed check."""
    default = A_TEST_THAT_BLOCKS if severity == "ERROR" else A_CHECK_THAT_WARNS
    return _filled(BY_CHECK.get(name, default), days, details)


def for_step(name: str | None, days: Collection[date], details: str) -> str:
    """What to do first about a failed step; ``None``: about a run that ended without any."""
    return _filled(A_KILLED_RUN if name is None else BY_STEP.get(name, A_STEP), days, details)


def _filled(text: str, days: Collection[date], details: str) -> str:
    first, last = min(days, default=None), max(days, default=None)
    if first is None:
        again = _WITHOUT_DAYS
    elif first == last:
        again = f"make day DAY={first}"
    else:
        again = f"make backfill FROM={first} TO={last}"
    named = _ARRIVAL_DAY.search(details)
    return text.format(again=again, first_day=first or "…", arrival_day=named[1] if named else first or "…")

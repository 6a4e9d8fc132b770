"""Invented incidents for the alerts inbox, by what the inbox shall look like."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from netflix_platform_tests.dashboard.sample import Sample

HOSTILE = (
    "<script>alert(1)</script> <b>bold</b> **stars** _lines_ `ticks` $x^2$ and $y$ [link](javascript:alert(1)) "
    "![picture](http://127.0.0.1:9/x.png) :red[red] :material/delete: :smile: # head | a | b | http://127.0.0.1:9/auto ~~gone~~ "
)
COLUMNS = {
    "incident_id": "int64",
    "kind": "string",
    "incident_key": "string",
    "severity": "string",
    "title": "string",
    "details": "string",
    "first_day": "datetime64[us]",
    "last_day": "datetime64[us]",
    "opened_at": "datetime64[us]",
    "last_seen_at": "datetime64[us]",
    "closed_at": "datetime64[us]",
    "occurrences": "int64",
    "run_id": "string",
    "first_step": "string",
    "sent": "boolean",
    "delivery_problem": "string",
}
# As the platform writes it: what to do, with commands in it.
SENTENCE = (
    "look at the failing rows (the run's page names the test), mend them, then make day DAY=2026-11-16; "
    "or make waive DAY=2026-11-16 REASON='known outage' if the day is right as it is"
)
RUN = "8f14e45fceea167a5a36dedd4bea2543"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def alerts(sample: Sample) -> pd.DataFrame:
    """The incidents of ``sample.alerts``: none for "quiet", else "open", "over", "many" or "hostile"."""
    now = sample.published_at
    rows = {"quiet": _none, "open": _open, "over": _over, "many": _many, "hostile": _hostile}[sample.alerts](now)
    numbered = [{"incident_id": number + 1, **row} for number, row in enumerate(rows)]
    return pd.DataFrame(numbered, columns=list(COLUMNS)).astype(COLUMNS)


def _incident(opened_at: datetime, **said: Any) -> dict[str, Any]:
    day = datetime.combine(opened_at.date() - DAY, datetime.min.time())
    usual = {
        "kind": "failed_check",
        "severity": "ERROR",
        "title": "row_ledger failed on lake/events",
        "details": "received 20,118, accounted for 20,106: 12 rows are missing",
        "first_day": day,
        "last_day": day,
        "opened_at": opened_at,
        "last_seen_at": opened_at,
        "closed_at": None,
        "occurrences": 1,
        "run_id": RUN,
        "first_step": f"make day DAY={day:%Y-%m-%d}",
        "sent": True,
        "delivery_problem": None,
    }
    row = {**usual, **said}
    return {"incident_key": f"{row['kind']}:{row['title']}:{day:%Y-%m-%d}", **row}


def _none(now: datetime) -> list[dict[str, Any]]:
    return []


def _open(now: datetime) -> list[dict[str, Any]]:
    return [
        _incident(now - 3 * HOUR),
        _incident(
            now - 26 * HOUR,
            kind="given_up_day",
            title=f"{now - 2 * DAY:%Y-%m-%d} was given up after 3 failed runs",
            details="step lake__events: line 18,204 of part-0001.ndjson.gz is cut off\n" * 30,
            occurrences=3,
            last_seen_at=now - 20 * HOUR,
            sent=False,
            delivery_problem="json://127.0.0.1:8080: connection refused",
        ),
        _incident(
            now - 9 * DAY,
            severity="WARN",
            title="unknown_titles_are_rare warns on raw/events",
            details=None,
            first_day=now - 9 * DAY,
            last_day=now - 3 * DAY,
            occurrences=7,
            first_step=SENTENCE,
            run_id=None,
        ),
    ]


def _over(now: datetime) -> list[dict[str, Any]]:
    return [
        _incident(
            now - (2 + 3 * number) * DAY, closed_at=now - (2 + 3 * number) * DAY + (number + 1) * 5 * HOUR, **said
        )
        for number, said in enumerate(
            [
                {"kind": "run_failure", "title": "Run of daily failed in step dbt_business"},
                {"kind": "freshness", "title": "1 event day is late", "run_id": None, "occurrences": 12},
                {"severity": "WARN", "title": "row_count_is_usual warns on fct_watch", "sent": False},
                {"kind": "sensor_failure", "title": "Sensor catch_up failed", "run_id": None, "sent": False}
                | {"delivery_problem": "mailto://…: timed out after 10 s"},
            ]
        )
    ]


def _many(now: datetime) -> list[dict[str, Any]]:
    still = [
        _incident(
            now - number * 7 * HOUR,
            severity="ERROR" if number % 3 else "WARN",
            title=f"not_null_fct_watch_user_id failed on facts/fct_watch, no. {number + 1}",
        )
        for number in range(60)
    ]
    return [*still, *_over(now)]


def _hostile(now: datetime) -> list[dict[str, Any]]:
    said = {"title": HOSTILE * 3, "details": HOSTILE * 20, "first_step": HOSTILE, "run_id": "javascript:alert(1)"}
    without_blanks = {"title": "x" * 500, "details": "y" * 5000, "first_step": "z" * 400}
    return [
        _incident(now - HOUR, **said, sent=False, delivery_problem=HOSTILE),
        _incident(now - 2 * HOUR, **without_blanks, sent=False, delivery_problem="w" * 400),
        _incident(now - 50 * HOUR, **said, closed_at=now - 49 * HOUR),
    ]

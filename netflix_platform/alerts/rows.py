"""Incidents as rows of the SQLite file: what each column holds."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Mapping
from datetime import date

from netflix_platform.alerts.incidents import (
    SEVERITIES,
    Incident,
    Problem,
    days_as_text,
    days_from_text,
    from_microseconds,
    in_microseconds,
)


def columns(problem: Problem) -> dict[str, object]:
    """What a problem says, by column."""
    return {
        "kind": problem.kind,
        "incident_key": problem.key,
        "severity": problem.severity,
        "title": problem.title,
        "details": problem.details,
        "first_day": str(problem.first_day) if problem.first_day else None,
        "last_day": str(problem.last_day) if problem.last_day else None,
        "run_id": problem.run_id,
        "first_step": problem.first_step,
        "waits_for": waits_as_text(problem.waits_for),
    }


def widened(known: Incident, problem: Problem, seen: int) -> dict[str, object]:
    """What changes when an open incident is reported again: it counts up and spans the days of both reports."""
    marks = known.waits_for.keys() | problem.waits_for.keys()
    none: frozenset[date] = frozenset()
    both = dataclasses.replace(
        problem,
        first_day=min((day for day in (known.first_day, problem.first_day) if day), default=None),
        last_day=max((day for day in (known.last_day, problem.last_day) if day), default=None),
        severity=max(known.severity, problem.severity, key=SEVERITIES.index),
        run_id=problem.run_id or known.run_id,
        waits_for={mark: known.waits_for.get(mark, none) | problem.waits_for.get(mark, none) for mark in marks},
    )
    return {
        **columns(both),
        "last_seen_at": max(seen, in_microseconds(known.last_seen_at)),
        "occurrences": known.occurrences + 1,
    }


def waits_as_text(waits_for: Mapping[str, frozenset[date]]) -> str:
    """Days by mark, as text."""
    return json.dumps({mark: days_as_text(days) for mark, days in sorted(waits_for.items())})


def incident_of(row: sqlite3.Row) -> Incident:
    """The incident that a row holds."""
    return Incident(
        incident_id=row["incident_id"],
        kind=row["kind"],
        key=row["incident_key"],
        severity=row["severity"],
        title=row["title"],
        details=row["details"],
        first_day=date.fromisoformat(row["first_day"]) if row["first_day"] else None,
        last_day=date.fromisoformat(row["last_day"]) if row["last_day"] else None,
        opened_at=from_microseconds(row["opened_at"]),
        last_seen_at=from_microseconds(row["last_seen_at"]),
        closed_at=from_microseconds(row["closed_at"]) if row["closed_at"] else None,
        occurrences=row["occurrences"],
        run_id=row["run_id"],
        first_step=row["first_step"],
        waits_for={mark: days_from_text(text) for mark, text in json.loads(row["waits_for"]).items()},
        comes_and_goes=bool(row["comes_and_goes"]),
    )

"""The state of every event day: ``loaded`` by the load, then ``audited`` or ``failed``; and waivers by the person on call.

Publishing asks ``unpublishable_days``: every day in the warehouse must be audited, or failed and waived since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

# Who gave a day its state: the load (and its ledger), or the models built on it (and their tests).
LOAD, MODELS = "load", "models"


@dataclass(frozen=True)
class DayState:
    """State of one event day: ``loaded``, ``audited`` or ``failed``, and why it failed."""

    event_date: date
    state: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.event_date} ({self.state}{': ' + self.reason if self.reason else ''})"


class WaiveError(ValueError):
    """A day that cannot be waived, with why."""


def mark_loaded(connection: duckdb.DuckDBPyConnection, event_days: Iterable[date], run_id: str) -> None:
    """Part of the load's own transaction: whatever the days were before, they have to be audited again."""
    _set_states(connection, dict.fromkeys(event_days), "loaded", LOAD, run_id)


def mark_load_begun(connection: duckdb.DuckDBPyConnection, days: Mapping[date, str], run_id: str) -> None:
    """Mark days failed, with a reason each, while an engine that shares no transaction with the states is loading them."""
    connection.execute("begin")
    _set_states(connection, days, "failed", LOAD, run_id)
    connection.execute("commit")


def mark_load_failed(connection: duckdb.DuckDBPyConnection, failures: Mapping[date, str], run_id: str) -> None:
    """Mark loaded days whose ledger does not add up, with the reason of each; only loading a day again ends it."""
    known = known_days(connection)
    connection.execute("begin")
    _set_states(connection, {day: why for day, why in failures.items() if day in known}, "failed", LOAD, run_id)
    connection.execute("commit")


def mark_verdicts(
    connection: duckdb.DuckDBPyConnection, days: Iterable[date], failures: Mapping[date, str], run_id: str
) -> None:
    """Record what the models' tests say of ``days``: ``failed`` with its reason for those in ``failures``, else ``audited``.

    Days that were never loaded have no state and get none. A day whose load failed its ledger stays failed, however well its
    rows are built: what is missing cannot fail a test.
    """
    known = _days_in_state(connection, "not (state = 'failed' and stage = 'load')")
    judged = [day for day in days if day in known]
    connection.execute("begin")
    _set_states(connection, {day: None for day in judged if day not in failures}, "audited", MODELS, run_id)
    _set_states(connection, {day: failures[day] for day in judged if day in failures}, "failed", MODELS, run_id)
    connection.execute("commit")


def known_days(connection: duckdb.DuckDBPyConnection) -> set[date]:
    """Every event day that was ever loaded."""
    return _days_in_state(connection, "true")


def newest_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The newest event day that was ever loaded."""
    row = connection.execute("select max(event_date) from audit.event_day_states").fetchone()
    return row[0] if row else None


def unpublishable_days(connection: duckdb.DuckDBPyConnection) -> list[DayState]:
    """Days that business marts must not hold, oldest first: neither audited nor waived in the state that they are in."""
    rows = connection.execute("""
        select event_date, state, reason
        from audit.event_day_states s
        where state <> 'audited'
          and not exists (
              from audit.waivers w
              where w.event_date = s.event_date and w.state_changed_at = s.changed_at and s.state = 'failed'
          )
        order by event_date
    """).fetchall()
    return [DayState(*row) for row in rows]


def waive(connection: duckdb.DuckDBPyConnection, event_date: date, reason: str) -> DayState:
    """Let a failed day be published as it is, with a reason that the audit keeps.

    Holds for the verdict that stands now: loading or auditing the day again ends it. Raises ``WaiveError`` for a day that
    is not failed.
    """
    row = connection.execute(
        "select event_date, state, reason, changed_at from audit.event_day_states where event_date = ?", [event_date]
    ).fetchone()
    if row is None:
        raise WaiveError(
            f"{event_date} has never been loaded: there is nothing to waive. Run make day DAY={event_date}."
        )
    state = DayState(*row[:3])
    if state.state != "failed":
        raise WaiveError(f"{event_date} is {state.state}, not failed: there is nothing to waive.")
    if not reason.strip():
        raise WaiveError("A waiver needs a reason: make waive DAY=… REASON='why it may be published all the same'.")
    connection.execute("insert into audit.waivers values (?, ?, ?, ?)", [event_date, reason.strip(), _now(), row[3]])
    return state


def _days_in_state(connection: duckdb.DuckDBPyConnection, condition: str) -> set[date]:
    rows = connection.execute(f"select event_date from audit.event_day_states where {condition}").fetchall()
    return {row[0] for row in rows}


def _set_states(
    connection: duckdb.DuckDBPyConnection, days: Mapping[date, str | None], state: str, stage: str, run_id: str
) -> None:
    if not days:
        return
    changed_at = _now()
    connection.execute("delete from audit.event_day_states where event_date in (select unnest(?))", [list(days)])
    connection.execute(
        "insert into audit.event_day_states select unnest(?::date[]), ?, ?, unnest(?::varchar[]), ?, ?",
        [list(days), state, stage, list(days.values()), run_id, changed_at],
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

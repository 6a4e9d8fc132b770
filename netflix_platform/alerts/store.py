"""Incidents as they open, count up, widen and close, each change written together with the deliveries that it makes due.

Whoever finds a problem calls ``report``, whoever sees it ended ``resolve`` or ``cover``. A reopened incident is a new one.

An incident that closes before its opening was told to a target is told there once, as over: the closing text holds all that
the opening's would. A message that something is broken, read after it was mended, makes a person look for nothing.
One that comes and goes (the same problem of the same days, opened for the fourth time within an hour) is told when it has
lasted ten minutes, and not at all if it is over by then; it is recorded like any other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta

from netflix_platform.alerts.database import AlertStoreError, connect, transaction
from netflix_platform.alerts.incidents import SEVERITIES, Incident, Problem, in_microseconds
from netflix_platform.alerts.rows import columns, incident_of, waits_as_text, widened
from netflix_platform.alerts.targets import targets_of
from netflix_platform.settings import Settings

__all__ = ["AlertStoreError", "Incident", "IncidentStore", "Problem", "open_store"]

_OPENINGS_TOLD_AT_ONCE = 3
_WITHIN = timedelta(hours=1)
_HELD_FOR = timedelta(minutes=10)


@contextmanager
def open_store(
    settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[IncidentStore]:
    """The incidents of a data folder; ``clock`` tells the time in UTC. For the thread that opened it only.

    Raises ``AlertStoreError`` when the file cannot be used.
    """
    with closing(connect(settings.alerts_file)) as connection:
        yield IncidentStore(connection, settings.alert_urls, settings.alert_severity, clock)


class IncidentStore:
    """See the module. Every method is a transaction of its own, or part of the one that ``transaction`` holds open."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        alert_urls: Iterable[str],
        alert_severity: str,
        clock: Callable[[], datetime],
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.targets = targets_of(alert_urls, str(self.note("salt")))
        least = SEVERITIES.index(alert_severity.upper())
        self.severities_sent = SEVERITIES[least:]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes everything inside one transaction."""
        with transaction(self.connection):
            yield

    def report(self, problem: Problem) -> Incident:
        """Open an incident, or count up the one that is open under the problem's key, widening it to the problem's days."""
        with self.transaction():
            now = in_microseconds(self.clock())
            seen = in_microseconds(problem.seen_at) if problem.seen_at else now
            known = self._open("incident_key = ?", problem.key)
            if known:
                self._write(known[0].incident_id, widened(known[0], problem, seen))
                incident_id = known[0].incident_id
            else:
                incident_id = self._insert(problem, seen, now)
            self.make_deliveries(incident_id)
            return self.incident(incident_id)

    def resolve(self, key: str, is_told: bool = True) -> bool:
        """Close the incident that is open under ``key``; says whether there was one. ``is_told``: as an alert too."""
        with self.transaction():
            known = self._open("incident_key = ?", key)
            for incident in known:
                self._close(incident, is_told)
            return bool(known)

    def cover(
        self, mark: str, days: frozenset[date] | None = None, except_for: frozenset[date] = frozenset()
    ) -> list[Incident]:
        """Tell the incidents that wait for ``mark`` that it is well on ``days`` (``None``: on every day but ``except_for``).

        An incident that then waits for nothing more is closed; returns those.
        """
        closed = []
        with self.transaction():
            for incident in self._open("instr(waits_for, ?) > 0", json.dumps(mark)):
                waited = incident.waits_for.get(mark)
                if waited is None:
                    continue
                left = waited & except_for if days is None else waited - days
                if left == waited and waited:
                    continue
                waits_for = {**incident.waits_for, mark: left}
                if not left:
                    del waits_for[mark]
                self._write(incident.incident_id, {"waits_for": waits_as_text(waits_for)})
                if not waits_for:
                    self._close(incident)
                    closed.append(incident)
        return closed

    def open_keys(self, kind: str) -> set[str]:
        """Keys of the open incidents of a kind."""
        return {incident.key for incident in self._open("kind = ?", kind)}

    def open_incidents(self) -> list[Incident]:
        """What is wrong now, oldest first."""
        return self._open("true")

    def incidents(self, since: datetime | None = None) -> list[Incident]:
        """Open and closed, oldest first; only what changed at or after ``since`` when it is given."""
        after = in_microseconds(since) if since else 0
        rows = self.connection.execute("select * from incidents where changed_at >= ? order by incident_id", [after])
        return [incident_of(row) for row in rows]

    def incident(self, incident_id: int) -> Incident:
        """One incident. Raises ``KeyError`` for an id that is not known."""
        row = self.connection.execute("select * from incidents where incident_id = ?", [incident_id]).fetchone()
        if row is None:
            raise KeyError(incident_id)
        return incident_of(row)

    def note(self, name: str) -> str | None:
        """What ``set_note`` kept under a name: cursors and the like."""
        row = self.connection.execute("select value from notes where name = ?", [name]).fetchone()
        return row["value"] if row else None

    def set_note(self, name: str, value: str) -> None:
        """Keep a text under a name."""
        self.connection.execute("insert or replace into notes values (?, ?)", [name, value])

    def first_sight(self, what: str, seen_at: datetime) -> bool:
        """Whether something (a run, a check of it) is seen for the first time; from now on it is not."""
        inserted = self.connection.execute(
            "insert or ignore into sightings values (?, ?)", [what, in_microseconds(seen_at)]
        )
        return inserted.rowcount > 0

    def has_seen(self, what: str) -> bool:
        """Whether ``first_sight`` was asked about it before."""
        return self.connection.execute("select 1 from sightings where what = ?", [what]).fetchone() is not None

    def forget_sightings(self, before: datetime) -> None:
        """Forget what was seen before a time: it will not be asked about again."""
        self.connection.execute("delete from sightings where seen_at < ?", [in_microseconds(before)])

    def newest_edge(self) -> int | None:
        """When an incident last opened or closed, as the audit's ``updated_at`` in microseconds; ``None``: never."""
        row = self.connection.execute("select max(edge_at) as newest from incidents").fetchone()
        return row["newest"]

    def make_deliveries(self, incident_id: int) -> None:
        """Make the opening due at every target that has not been told, if the incident is of a severity that is sent."""
        incident = self.incident(incident_id)
        if incident.closed_at is not None or incident.severity not in self.severities_sent:
            return
        now = in_microseconds(self.clock())
        due = now + (_HELD_FOR // timedelta(microseconds=1) if incident.comes_and_goes else 0)
        for target in self.targets:
            self.connection.execute(
                "insert or ignore into deliveries (incident_id, edge, target, shown_as, created_at, next_attempt_at) "
                "values (?, 'opened', ?, ?, ?, ?)",
                [incident_id, target.target_id, target.shown_as, now, due],
            )

    def forget_what_is_over(self) -> None:
        """Drop incidents that are over: for a first look back, which finds what was mended long ago.

        After the loss of a file the audit has them already.
        """
        over = "select incident_id from incidents where closed_at is not null"
        self.connection.execute(f"delete from deliveries where incident_id in ({over})")
        self.connection.execute("delete from incidents where closed_at is not null")

    def touch(self, incident_id: int) -> None:
        """Mark an incident as changed, since its deliveries did."""
        self._write(incident_id, {})

    def _insert(self, problem: Problem, seen: int, now: int) -> int:
        often = self.connection.execute(
            "select count(*) as openings from incidents "
            "where incident_key = ? and incident_id > ? and first_day is ? and last_day is ?",
            [problem.key, now - _WITHIN // timedelta(microseconds=1), *_span(problem)],
        ).fetchone()
        newest = self.connection.execute("select max(incident_id) as newest from incidents").fetchone()["newest"]
        incident_id = max(now, (newest or 0) + 1)
        changed = self._next_change()
        values = {
            "incident_id": incident_id,
            **columns(problem),
            "opened_at": seen,
            "last_seen_at": seen,
            "occurrences": 1,
            "comes_and_goes": often["openings"] >= _OPENINGS_TOLD_AT_ONCE,
            "edge_at": changed,
            "changed_at": changed,
        }
        self.connection.execute(
            f"insert into incidents ({', '.join(values)}) values ({', '.join('?' * len(values))})", [*values.values()]
        )
        return incident_id

    def _close(self, incident: Incident, is_told: bool = True) -> None:
        """Close, take back openings that nobody has been told of, and make the closing due where somebody shall be told."""
        now = in_microseconds(self.clock())
        changed = self._next_change()
        self._write(
            incident.incident_id,
            {"closed_at": max(now, in_microseconds(incident.opened_at)), "edge_at": changed},
            changed,
        )
        if not is_told:
            return
        if incident.comes_and_goes:
            self.connection.execute(
                "update deliveries set outcome = 'held_back', problem = 'it came and went, and was over within ten minutes' "
                "where incident_id = ? and attempts = 0 and outcome is null and next_attempt_at > ? "
                "and (claimed_until is null or claimed_until <= ?)",
                [incident.incident_id, now, now],
            )
        self.connection.execute(
            "insert or ignore into deliveries (incident_id, edge, target, shown_as, created_at, next_attempt_at) "
            "select incident_id, 'closed', target, shown_as, ?, ? from deliveries "
            "where incident_id = ? and edge = 'opened' and outcome is not 'held_back'",
            [now, now, incident.incident_id],
        )

    def _write(self, incident_id: int, values: Mapping[str, object], changed: int | None = None) -> None:
        new = {**values, "changed_at": changed or self._next_change()}
        columns = ", ".join(f"{name} = ?" for name in new)
        self.connection.execute(f"update incidents set {columns} where incident_id = ?", [*new.values(), incident_id])

    def _next_change(self) -> int:
        last = self.connection.execute("select max(changed_at) as last from incidents").fetchone()["last"]
        return max(in_microseconds(self.clock()), (last or 0) + 1)

    def _open(self, condition: str, *values: object) -> list[Incident]:
        rows = self.connection.execute(
            f"select * from incidents where closed_at is null and {condition} order by incident_id", values
        )
        return [incident_of(row) for row in rows]


def _span(problem: Problem) -> list[str | None]:
    return [str(day) if day else None for day in (problem.first_day, problem.last_day)]

"""Deliveries that are due: claimed by one process at a time, and settled or put off by what came of them.

A claim is a lease: who is killed between claim and answer keeps nothing back, the lease runs out and the next one sends. So
every alert arrives at least once, and in practice once.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from netflix_platform.alerts.incidents import Incident, in_microseconds
from netflix_platform.alerts.store import IncidentStore
from netflix_platform.alerts.targets import Target

_SECOND = 1_000_000  # microseconds
_LEASE = 60 * _SECOND
_FIRST_WAIT, _LONGEST_WAIT = 30 * _SECOND, 3_600 * _SECOND
_GIVEN_UP_AFTER = timedelta(hours=24) // timedelta(microseconds=1)
_MOST_PER_TARGET = 50


@dataclass(frozen=True)
class Due:
    """One edge (``opened`` or ``closed``) of an incident that is to be told to a target."""

    incident: Incident
    edge: str
    target: Target


class Outbox:
    """The deliveries of a store, for its thread."""

    def __init__(self, store: IncidentStore) -> None:
        self._store = store
        self._claim = uuid.uuid4().hex

    def claim(self) -> dict[Target, list[Due]]:
        """Take what is due at each target, oldest first; it is this outbox's until it says what came of it, or for a minute."""
        claimed: dict[Target, list[Due]] = {}
        with self._store.transaction():
            now = self._now()
            for incident in self._store.open_incidents():
                # A target that was added while something is wrong shall hear of it.
                self._store.make_deliveries(incident.incident_id)
            self._tell_with_closing(now)
            self._give_up(now)
            for target in self._store.targets:
                due = self._claim_of(target, now)
                if due:
                    claimed[target] = due
        return claimed

    def delivered(self, told: Iterable[Due]) -> None:
        """What was claimed has arrived."""
        with self._store.transaction():
            for due in told:
                self._settle(due, "outcome = 'delivered', delivered_at = ?, problem = null", self._now())

    def failed(self, told: Iterable[Due], problem: str) -> None:
        """What was claimed did not arrive: it is tried again after a wait that doubles, an hour at most, for a day."""
        with self._store.transaction():
            now = self._now()
            for due in told:
                self._settle(
                    due,
                    f"problem = ?, attempts = attempts + 1, "
                    f"next_attempt_at = ? + min({_LONGEST_WAIT}, {_FIRST_WAIT} << min(attempts, 10))",
                    problem,
                    now,
                )

    def put_off(self, not_tried: Iterable[Due], problem: str | None = None) -> None:
        """Give back what was claimed and not tried: at once, or after the first wait when a problem kept it from being."""
        with self._store.transaction():
            wait = _FIRST_WAIT if problem else 0
            for due in not_tried:
                self._settle(due, "problem = coalesce(?, problem), next_attempt_at = ?", problem, self._now() + wait)

    def _claim_of(self, target: Target, now: int) -> list[Due]:
        rows = self._store.connection.execute(
            """
            select incident_id, edge from deliveries as due
            where
                target = ? and outcome is null and next_attempt_at <= ? and coalesce(claimed_until, 0) <= ?
                -- first the opening, then the closing
                and (edge = 'opened' or not exists (
                    select 1 from deliveries as opening
                    where
                        opening.incident_id = due.incident_id and opening.target = due.target
                        and opening.edge = 'opened' and opening.outcome is null
                ))
            order by created_at, incident_id limit ?
            """,
            [target.target_id, now, now, _MOST_PER_TARGET],
        ).fetchall()
        for row in rows:
            self._store.connection.execute(
                "update deliveries set claimed_by = ?, claimed_until = ? where incident_id = ? and edge = ? and target = ?",
                [self._claim, now + _LEASE, row["incident_id"], row["edge"], target.target_id],
            )
        return [Due(self._store.incident(row["incident_id"]), row["edge"], target) for row in rows]

    def _tell_with_closing(self, now: int) -> None:
        """An opening that nobody has been told of, and nobody is being told of, goes into the closing's text."""
        self._store.connection.execute(
            """
            update deliveries set outcome = 'told_with_closing'
            where
                edge = 'opened' and outcome is null and coalesce(claimed_until, 0) <= ?
                and exists (
                    select 1 from deliveries as closing
                    where
                        closing.incident_id = deliveries.incident_id and closing.target = deliveries.target
                        and closing.edge = 'closed'
                )
            """,
            [now],
        )

    def _give_up(self, now: int) -> None:
        given_up = self._store.connection.execute(
            """
            update deliveries
            set
                outcome = 'given_up',
                problem = 'given up after a day: ' || coalesce(problem, 'no longer in NETFLIX_ALERT_URLS')
            where outcome is null and created_at <= ? and coalesce(claimed_until, 0) <= ?
            returning incident_id
            """,
            [now - _GIVEN_UP_AFTER, now],
        ).fetchall()
        self._touch(row["incident_id"] for row in given_up)

    def _settle(self, due: Due, change: str, *values: object) -> None:
        """Change a delivery that is still this outbox's: a lease that ran out may have made it another's."""
        self._store.connection.execute(
            f"update deliveries set {change}, claimed_by = null, claimed_until = null "
            "where incident_id = ? and edge = ? and target = ? and claimed_by = ? and outcome is null",
            [*values, due.incident.incident_id, due.edge, due.target.target_id, self._claim],
        )
        self._touch([due.incident.incident_id])

    def _touch(self, incident_ids: Iterable[int]) -> None:
        for incident_id in set(incident_ids):
            self._store.touch(incident_id)

    def _now(self) -> int:
        return in_microseconds(self._store.clock())


def together(due: Sequence[Due]) -> list[list[Due]]:
    """What makes one message: the same edge of what the same run brought, or of the same kind where no run did."""
    messages: dict[tuple[str, str], list[Due]] = {}
    for item in due:
        messages.setdefault((item.edge, item.incident.run_id or item.incident.kind), []).append(item)
    return list(messages.values())

"""The SQLite file behind the incidents: opened, laid out, and written in transactions that several processes may ask for.

Times are microseconds since 1970 (UTC). ``changed_at`` never repeats and never goes back within a file, and it goes on from
the clock when the file is lost: it is the watermark of those who read changes. Ids are made the same way, for the same
reason. View ``alert_records`` is what the audit reads.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_BUSY_SECONDS = 10.0
_VERSION = 2
_SCHEMA = """
create table incidents (
    incident_id integer primary key,
    kind text not null,
    incident_key text not null,
    severity text not null,
    title text not null,
    details text not null,
    first_day text,
    last_day text,
    opened_at integer not null,
    last_seen_at integer not null,
    closed_at integer,
    occurrences integer not null,
    run_id text,
    first_step text not null,
    waits_for text not null,
    comes_and_goes integer not null,
    -- changed_at of the opening or the closing: what a reader of the list has to see, counting up is not
    edge_at integer not null,
    changed_at integer not null unique
);
create unique index one_open_incident_per_key on incidents (incident_key) where closed_at is null;
create index incidents_by_key on incidents (incident_key, incident_id);
create index incidents_by_edge on incidents (edge_at);

create table deliveries (
    incident_id integer not null references incidents,
    edge text not null check (edge in ('opened', 'closed')),
    target text not null,
    shown_as text not null,
    attempts integer not null default 0,
    created_at integer not null,
    next_attempt_at integer not null,
    claimed_by text,
    claimed_until integer,
    delivered_at integer,
    -- null while there is something to do; then delivered, told_with_closing, held_back or given_up
    outcome text,
    problem text,
    primary key (incident_id, edge, target)
);
create index deliveries_due on deliveries (target, next_attempt_at) where outcome is null;

create table notes (name text primary key, value text not null);
create table sightings (what text primary key, seen_at integer not null);
create index sightings_by_time on sightings (seen_at);

create view alert_records as
select
    incident_id, kind, incident_key, severity, title, details, first_day, last_day, opened_at, last_seen_at, closed_at,
    occurrences, run_id, first_step,
    exists (
        select 1 from deliveries as told
        where told.incident_id = incidents.incident_id and told.delivered_at is not null
    ) as sent,
    (
        select group_concat(shown_as || ': ' || problem, '; ') from deliveries as troubled
        where
            troubled.incident_id = incidents.incident_id and troubled.problem is not null
            and coalesce(troubled.outcome, '') not in ('delivered', 'told_with_closing')
    ) as delivery_problem,
    changed_at as updated_at
from incidents;
"""


class AlertStoreError(RuntimeError):
    """The file of the incidents cannot be used; the message names it and says what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, and lay it out when it is new. Raises ``AlertStoreError`` for one that is damaged or out of reach."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            _use_wal(connection)
            connection.execute("pragma synchronous = normal")
            _lay_out(connection)
        except BaseException:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise AlertStoreError(
            f"{path} cannot be used ({error}). If it is damaged, move it away: a new one is made at the next use, and the "
            "published table audit_alerts keeps the history."
        ) from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, with the file's only writer's place from the start; inside another one it is part of that."""
    if connection.in_transaction:
        yield
        return
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers and the writer do not shut each other out. Switching a new file does not wait for a busy one by itself."""
    give_up_at = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.05)
        else:
            return


def _lay_out(connection: sqlite3.Connection) -> None:
    if _version(connection) == _VERSION:
        return
    with transaction(connection):
        if _version(connection) == 0:  # otherwise another process was quicker
            for statement in _SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute("insert into notes values ('salt', ?)", [secrets.token_hex(16)])
            connection.execute(f"pragma user_version = {_VERSION}")
        elif _version(connection) != _VERSION:
            raise sqlite3.DatabaseError("another version of the platform made it")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])

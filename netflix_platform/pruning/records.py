"""Dagster's records of old runs: which may go, and their removal from the SQLite files that the instance keeps.

Dagster keeps an index of asset, check and run events of all runs (``index.db``), a file of all events per run
(``<run id>.db``), the runs (``runs.db``) and the ticks (``schedules.db``). Deleting a run through Dagster takes its events out
of the index too, and with them the status of every partition that it was the last to materialize. So here a row of the
index goes only when a newer one says the same, and a run that a kept row is about stays, without its log.

Numbers of rows that are gone are given out again by SQLite, and cursors of sensors go by them: the newest row of every
numbered table stays. The index comes first and the run's own row last, so that a prune that is killed is taken up again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from netflix_platform.settings import Settings

INDEX, RUNS, SCHEDULES = "index.db", "runs.db", "schedules.db"
RUNLESS = ".db"  # the file of events that belong to no run
_BUSY_SECONDS = 30.0
_FINISHED = ("SUCCESS", "FAILURE", "CANCELED")
# Backfills in these states are over; one of any other may yet look at its runs.
_BACKFILLS_OVER = ("COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED")
# Two records of each partition: what the newest run of a raw day no longer touches, the one before it tells.
_KEPT_PER_PARTITION = 2
_TABLES = {
    INDEX: ("event_logs", "asset_event_tags", "asset_keys", "asset_check_executions"),
    RUNS: ("runs", "run_tags", "bulk_actions"),
    SCHEDULES: ("job_ticks",),
}


class RecordsError(RuntimeError):
    """Dagster's records are not as they should be. The message names the file and what to do."""


@dataclass(frozen=True)
class OldRuns:
    """Finished runs that ended before the cutoff: those to go, and those that status depends on, whose logs may go."""

    to_go: frozenset[str]
    to_strip: frozenset[str]


@dataclass(frozen=True)
class OldEvents:
    """Rows of the index that nobody needs, by number; and of checks that were evaluated."""

    events: frozenset[int]
    checks: frozenset[int]


def is_there(settings: Settings) -> bool:
    """Whether the data folder has any records at all."""
    return (settings.dagster_dir / INDEX).is_file() and (settings.dagster_dir / RUNS).is_file()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A database of Dagster's in a transaction, which is written when the block ends. Raises ``RecordsError``."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        there = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
        missing = [table for table in _TABLES.get(path.name, ("event_logs",)) if table not in there]
        if missing:
            raise RecordsError(
                f"{path} has no table {missing[0]}: another version of Dagster made it; nothing was removed"
            )
        connection.execute("begin immediate")
        try:
            yield connection
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise


def old_runs(settings: Settings, cutoff: datetime, in_audit: frozenset[str]) -> OldRuns:
    """Runs that ended before ``cutoff`` (UTC) and that the audit holds (``in_audit``: their ids), sorted by what may go."""
    with opened(settings.dagster_dir / RUNS) as connection:
        rows = connection.execute(
            f"""
            select run_id from runs
            where status in ({_listed(_FINISHED)}) and coalesce(end_time, unixepoch(update_timestamp)) < ?
                and (backfill_id is null or backfill_id not in (
                    select key from bulk_actions where status not in ({_listed(_BACKFILLS_OVER)})
                ))
            """,
            [cutoff.timestamp()],
        ).fetchall()
    old = frozenset(row[0] for row in rows) & in_audit
    with opened(settings.dagster_dir / INDEX) as connection:
        needed = _runs_of_needed_rows(connection)
    return OldRuns(old - needed, old & needed)


def old_events(settings: Settings, cutoff: datetime, runs: OldRuns) -> OldEvents:
    """Rows of the index that belong to old runs, or to none and are older than ``cutoff``, and that a newer row stands for."""
    old = runs.to_go | runs.to_strip
    with opened(settings.dagster_dir / INDEX) as connection:
        _name_old_runs(connection, old)
        moment = _as_stored(cutoff)
        is_old = "(run_id in (select run_id from old_runs) or (coalesce(run_id, '') = '' and {0} < ?))"
        events = connection.execute(
            f"select id from event_logs where {is_old.format('timestamp')} and id not in ({_NEEDED_EVENTS})", [moment]
        ).fetchall()
        checks = connection.execute(
            f"select id from asset_check_executions where {is_old.format('evaluation_event_timestamp')} "
            f"and id not in ({_NEEDED_CHECKS})",
            [moment],
        ).fetchall()
    return OldEvents(frozenset(row[0] for row in events), frozenset(row[0] for row in checks))


def remove_events(settings: Settings, old: OldEvents) -> None:
    """Take the rows out of the index."""
    with opened(settings.dagster_dir / INDEX) as connection:
        for table, ids in (("event_logs", old.events), ("asset_check_executions", old.checks)):
            connection.executemany(f"delete from {table} where id = ?", [(number,) for number in sorted(ids)])
        connection.executemany("delete from asset_event_tags where event_id = ?", [(n,) for n in sorted(old.events)])


def remove_runs(settings: Settings, run_ids: frozenset[str]) -> None:
    """Take the runs themselves away, last of all."""
    with opened(settings.dagster_dir / RUNS) as connection:
        for table in ("run_tags", "runs"):
            connection.executemany(f"delete from {table} where run_id = ?", [(run_id,) for run_id in sorted(run_ids)])


def strip_log(path: Path) -> int:
    """Leave of a run's own events what its assets and checks say, and how it ended; returns the rows removed (count)."""
    with opened(path) as connection:
        return connection.execute(f"delete from event_logs where {_STRIPPED}").rowcount


def strippable(path: Path) -> int:
    """What ``strip_log`` would remove (count)."""
    with opened(path) as connection:
        return int(connection.execute(f"select count(*) from event_logs where {_STRIPPED}").fetchone()[0])


def old_runless(path: Path, cutoff: datetime, remove: bool) -> int:
    """Events of no run that are older than ``cutoff``, the newest excepted (count); removed when ``remove``."""
    if not path.is_file():
        return 0
    condition = "timestamp < ? and id < (select max(id) from event_logs)"
    with opened(path) as connection:
        if remove:
            return connection.execute(f"delete from event_logs where {condition}", [_as_stored(cutoff)]).rowcount
        row = connection.execute(f"select count(*) from event_logs where {condition}", [_as_stored(cutoff)]).fetchone()
        return int(row[0])


def old_ticks(settings: Settings, cutoff: datetime, remove: bool) -> int:
    """Ticks of schedules and sensors older than ``cutoff`` (count), removed when ``remove``.

    The newest of each stays, so do those that are not over.
    """
    if not (settings.dagster_dir / SCHEDULES).is_file():
        return 0
    condition = """
        timestamp < ? and status <> 'STARTED'
        and id not in (select max(id) from job_ticks group by coalesce(selector_id, job_origin_id))
    """
    with opened(settings.dagster_dir / SCHEDULES) as connection:
        if remove:
            return connection.execute(f"delete from job_ticks where {condition}", [_as_stored(cutoff)]).rowcount
        row = connection.execute(f"select count(*) from job_ticks where {condition}", [_as_stored(cutoff)]).fetchone()
        return int(row[0])


def known_runs(settings: Settings) -> frozenset[str]:
    """Ids of all runs."""
    with opened(settings.dagster_dir / RUNS) as connection:
        return frozenset(row[0] for row in connection.execute("select run_id from runs"))


def are_at_work(settings: Settings) -> bool:
    """Whether any run is not over."""
    with opened(settings.dagster_dir / RUNS) as connection:
        query = f"select count(*) from runs where status not in ({_listed(_FINISHED)})"
        return bool(connection.execute(query).fetchone()[0])


def free_share(path: Path) -> float:
    """The share of a database's file that holds nothing."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS)) as connection:
        pages, free = (connection.execute(f"pragma {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    return free / max(pages, 1)


def shrink(path: Path) -> None:
    """Give the space of removed rows back to the disk; whoever else writes waits meanwhile."""
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("vacuum")
        connection.execute("pragma wal_checkpoint(truncate)")


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _as_stored(moment: datetime) -> str:
    """As Dagster's tables hold times: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


_KEPT_TYPES = (
    "'ASSET_MATERIALIZATION', 'ASSET_CHECK_EVALUATION', "
    "'PIPELINE_START', 'PIPELINE_SUCCESS', 'PIPELINE_FAILURE', 'PIPELINE_CANCELED'"
)
_STRIPPED = f"""
    coalesce(dagster_event_type, '') not in ({_KEPT_TYPES}) and id < (select max(id) from event_logs)
"""
# Of every asset, partition and kind of event the newest; of every kind of event at all the newest, which cursors go by.
_NEEDED_EVENTS = f"""
    select id from (
        select id, row_number() over (partition by asset_key, partition, dagster_event_type order by id desc) as place
        from event_logs where asset_key is not null
    ) where place <= {_KEPT_PER_PARTITION}
    union all select max(id) from event_logs group by dagster_event_type
"""
# The newest of every check, and the newest that was evaluated: one that is planned for ever hides it.
_NEEDED_CHECKS = """
    select max(id) from asset_check_executions group by asset_key, check_name, partition
    union all
    select max(id) from asset_check_executions where execution_status <> 'PLANNED'
    group by asset_key, check_name, partition
"""


def _runs_of_needed_rows(connection: sqlite3.Connection) -> frozenset[str]:
    """Runs that a row says something about that no newer row says: the newest of each partition, not the one before it."""
    rows = connection.execute(f"""
        select run_id from event_logs where id in (
            select max(id) from event_logs where asset_key is not null group by asset_key, partition, dagster_event_type
        )
        union select run_id from asset_check_executions where id in ({_NEEDED_CHECKS})
        union select last_run_id from asset_keys
    """).fetchall()
    return frozenset(row[0] for row in rows if row[0])


def _name_old_runs(connection: sqlite3.Connection, run_ids: frozenset[str]) -> None:
    connection.execute("create temp table old_runs (run_id text primary key)")
    connection.executemany("insert into old_runs values (?)", [(run_id,) for run_id in sorted(run_ids)])

"""The audit models gather batches by key: what a batch does not bring stays as it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import pytest

from netflix_platform_tests.dbt.conftest import NO_UNIT_TESTS, Warehouse
from netflix_platform_tests.dbt.planted import AUDIT_TABLES, create_tables, day

AUDIT = (
    "audit.audit_pipeline_runs",
    "audit.audit_step_runs",
    "audit.audit_asset_materializations",
    "audit.audit_check_results",
)
NOON = datetime(2026, 3, 4, 12)


def minutes(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def run(run_id: str, status: str, updated: int, **fields: Any) -> dict[str, Any]:
    ended = minutes(updated) if status in ("SUCCESS", "FAILURE") else None
    return {
        "run_id": run_id,
        "job_name": "daily",
        "status": status,
        "launched_by": "schedule",
        "partition_from": None,
        "partition_to": None,
        "created_at": NOON,
        "started_at": NOON,
        "ended_at": ended,
        "updated_at": minutes(updated),
        "retry_of_run_id": None,
    } | fields


def step(run_id: str, key: str, status: str, rows: int | None = None, retries: int = 0) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "step_key": key,
        "status": status,
        "started_at": NOON,
        "ended_at": minutes(1),
        "duration_seconds": 60.0,
        "rows_written": rows,
        "retries": retries,
    }


def materialization(storage_id: int, run_id: str, partition: date | None, rows: int | None) -> dict[str, Any]:
    return {
        "storage_id": storage_id,
        "run_id": run_id,
        "asset_key": "raw/events",
        "partition": partition and str(partition),
        "row_count": rows,
        "recorded_at": minutes(storage_id),
    }


def check(storage_id: int, passed: bool) -> dict[str, Any]:
    return {
        "storage_id": storage_id,
        "run_id": "r1",
        "asset_key": "lake/events",
        "check_name": "ledger_is_balanced",
        "severity": "ERROR",
        "passed": passed,
        "description": None,
        "recorded_at": minutes(storage_id),
        "first_day": day(0),
        "last_day": day(1),
        "failed_days": None if passed else str(day(1)),
    }


def ledger(arrival_date: date, received: int, accepted: int, feed: str = "events") -> dict[str, Any]:
    return {
        "feed": feed,
        "arrival_date": arrival_date,
        "received_rows": received,
        "accepted_rows": accepted,
        "repeated_rows": 2,
        "quarantined_rows": 1,
        "written_at": NOON,
    }


class Audit:
    """A warehouse whose batches are replaced at each pull, as pandas frames, and whose audit models are then built."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def pull(self, **batches: list[dict[str, Any]]) -> None:
        """Replace the given batch tables by rows, all others by empty ones, and build the audit models."""
        with self.warehouse.open() as connection:
            for name in (name for name in AUDIT_TABLES if name.endswith("_records")):
                frame = pd.DataFrame(batches.get(name, []))
                if frame.empty:
                    connection.execute(f"delete from audit.{name}")
                else:  # the frame decides the column types: a column without a value has none
                    connection.execute(f"create or replace table audit.{name} as select * from frame")
        self.warehouse.build("--select", "tag:audit")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(sql)


@pytest.fixture
def audit(parsed_project: Any, tmp_path: Any) -> Audit:
    with duckdb.connect(str(tmp_path / "netflix.duckdb")) as connection:
        create_tables(connection)
    return Audit(Warehouse(tmp_path / "netflix.duckdb", parsed_project))


def test_batches_add_up_to_the_history(audit: Audit) -> None:
    runs = """
        select run_id, status, steps, failed_steps, materialized_partitions, rows_written, duration_seconds, ended_at
        from audit.audit_pipeline_runs order by run_id
    """
    range_of_days = {"partition_from": day(0), "partition_to": day(1)}
    audit.pull(
        run_records=[run("r1", "STARTED", 1, **range_of_days), run("r2", "CANCELED", 1)],
        step_records=[step("r1", "raw", "SUCCESS")],
        materialization_records=[materialization(1, "r1", day(0), 10), materialization(2, "r1", day(1), None)],
        check_records=[check(3, True)],
    )
    assert audit.rows(runs) == [
        ("r1", "STARTED", 1, 0, 2, 10, None, None),
        ("r2", "CANCELED", 0, 0, 0, 0, None, None),
    ]

    before = audit.warehouse.hashes(*AUDIT)
    audit.pull()
    assert audit.warehouse.hashes(*AUDIT) == before, "an empty pull changes nothing"

    audit.pull(
        run_records=[run("r1", "STARTED", 2), run("r1", "FAILURE", 3, **range_of_days), run("r3", "SUCCESS", 3)],
        step_records=[step("r1", "lake", "FAILURE"), step("r1", "raw", "SUCCESS")],
        check_records=[check(4, False)],
    )
    assert audit.rows(runs) == [
        ("r1", "FAILURE", 2, 1, 2, 10, 180.0, minutes(3)),
        ("r2", "CANCELED", 0, 0, 0, 0, None, None),
        ("r3", "SUCCESS", 0, 0, 0, 0, 180.0, minutes(3)),
    ]
    assert audit.rows("select storage_id, passed from audit.audit_check_results order by 1") == [(3, True), (4, False)]

    audit.pull(materialization_records=[materialization(2, "r1", day(1), 5), materialization(5, "r3", None, 7)])
    assert audit.rows(runs) == [
        ("r1", "FAILURE", 2, 1, 2, 15, 180.0, minutes(3)),
        ("r2", "CANCELED", 0, 0, 0, 0, None, None),
        ("r3", "SUCCESS", 0, 0, 1, 7, 180.0, minutes(3)),
    ], "records that come without their run still count for it"


def test_a_full_refresh_keeps_the_history(audit: Audit) -> None:
    audit.pull(run_records=[run("r1", "SUCCESS", 1)], check_records=[check(1, True)])
    audit.pull()
    before = audit.warehouse.hashes(*AUDIT)
    audit.warehouse.build("--select", "tag:audit", "--full-refresh")
    assert audit.warehouse.hashes(*AUDIT) == before


def test_health_tells_how_each_day_stands(audit: Audit) -> None:
    audit.rows(f"""
        insert into audit.event_day_states values
            ('{day(0)}', 'audited', null, 'r1', '{NOON}'),
            ('{day(1)}', 'failed', 'plays jumped', 'r1', '{NOON}'),
            ('{day(2)}', 'failed', 'plays jumped', 'r1', '{NOON}');
        insert into audit.waivers values
            ('{day(1)}', 'a premiere', '{NOON}', '{NOON}'),
            ('{day(1)}', 'said twice', '{NOON}', '{NOON}'),
            ('{day(2)}', 'an earlier verdict', '{NOON}', '{minutes(-5)}');
        insert into audit.load_ledger values
            ('events', '{day(0)}', 10, 1, 9, '{NOON}'),
            ('events', '{day(1)}', 10, 1, 8, '{NOON}'),
            ('users', '{day(2)}', 3, 0, 3, '{NOON}')
    """)
    audit.pull(
        run_records=[
            run("r1", "SUCCESS", 1, partition_from=day(0), partition_to=day(2)),
            run("r2", "FAILURE", 2, partition_from=day(1), partition_to=day(1), started_at=minutes(1)),
            run("r3", "SUCCESS", 3),
        ],
        ledger_records=[ledger(day(0), 13, 10), ledger(day(3), 99, 10), ledger(day(0), 4, 1, feed="users")],
    )
    assert audit.rows("""
        select event_date, state, is_waived, received_rows, warehouse_rows, ledgers_balanced, last_run_id, last_run_status
        from marts.mart_pipeline_health order by event_date
    """) == [
        (day(0), "audited", False, 13, 9, True, "r1", "SUCCESS"),
        (day(1), "failed", True, None, 8, False, "r2", "FAILURE"),
        (day(2), "failed", False, None, None, True, "r1", "SUCCESS"),
        (day(3), "not_loaded", False, 99, None, False, None, None),
    ]
    assert audit.rows("select arrival_date, feed, is_balanced from audit.audit_row_ledger order by all") == [
        (day(0), "events", True),
        (day(0), "users", True),
        (day(3), "events", False),
    ]
    warnings = {
        "audit_row_ledger_is_balanced",
        "audit_warehouse_ledger_is_balanced",
        "mart_pipeline_health_ledgers_are_balanced",
    }
    statuses = audit.warehouse.results("test", "--select", "tag:audit", *NO_UNIT_TESTS)
    assert {name for name, status in statuses.items() if status == "warn"} == warnings
    audit.pull(ledger_records=[ledger(day(3), 13, 10)])
    statuses = audit.warehouse.results("test", "--select", "audit_row_ledger_is_balanced")
    assert statuses == {"audit_row_ledger_is_balanced": "pass"}


def test_steps_tell_rows_per_second_and_runs_tell_retries(audit: Audit) -> None:
    audit.pull(
        run_records=[run("r1", "SUCCESS", 1), run("r2", "SUCCESS", 2, retry_of_run_id="r1")],
        step_records=[
            step("r1", "raw", "SUCCESS", rows=120, retries=2),
            step("r1", "lake", "INTERRUPTED", retries=1),
            step("r2", "serving", "SUCCESS"),
        ],
        check_records=[check(1, True), check(2, False)],
    )
    assert audit.rows(
        "select step_key, rows_written, rows_per_second, retries from audit.audit_step_runs order by all"
    ) == [("lake", None, None, 1), ("raw", 120, 2.0, 2), ("serving", None, None, 0)]
    assert audit.rows(
        "select run_id, failed_steps, retries, retry_of_run_id from audit.audit_pipeline_runs order by 1"
    ) == [
        ("r1", 1, 3, None),
        ("r2", 0, 0, "r1"),
    ]
    assert audit.rows("select first_day, last_day, failed_days from audit.audit_check_results order by storage_id") == [
        (day(0), day(1), None),
        (day(0), day(1), str(day(1))),
    ]


def test_publications_and_erasures_are_gathered(audit: Audit) -> None:
    switch = {
        "publication_id": "p1",
        "version": "netflix-1.duckdb",
        "current_from": NOON,
        "run_id": "r1",
        "made_by": "run",
    }
    back = switch | {"publication_id": "p2", "version": "netflix-0.duckdb", "run_id": None, "made_by": "rollback"}
    erasure = {"erasure_id": "e1", "erased_at": NOON, "reason": "asked", "raw_rows": 3, "lake_rows": 2}
    rest = {"quarantine_rows": 1, "warehouse_rows": 2}
    audit.pull(
        publication_records=[switch | {"replaced_version": None}, back | {"replaced_version": "netflix-1.duckdb"}],
        erasure_records=[erasure | rest],
    )
    audit.pull(erasure_records=[erasure | rest])
    assert audit.rows("select version, made_by from audit.audit_publications order by publication_id") == [
        ("netflix-1.duckdb", "run"),
        ("netflix-0.duckdb", "rollback"),
    ]
    assert audit.rows("select erasure_id, raw_rows from audit.audit_erasures") == [("e1", 3)]


def test_landed_files_are_those_that_were_listed_last(audit: Audit) -> None:
    file = {name: None for name in ("reason", "event_days", "first_event_date", "last_event_date", "raw_file")} | {
        "feed": "events",
        "path": "a.ndjson",
        "state": "ready",
        "arrival_date": day(0),
        "sha256": "ab",
        "size_bytes": 4,
        "received_rows": None,
        "accepted_rows": None,
    }
    audit.pull(landing_file_records=[file, file | {"path": "gone.ndjson"}])
    audit.pull(landing_file_records=[file | {"state": "taken", "received_rows": 2}])
    assert audit.rows("select path, state, arrival_date, received_rows from audit.audit_landing_files") == [
        ("a.ndjson", "taken", day(0), 2)
    ]


def test_tables_of_an_earlier_version_get_the_new_columns_and_keep_their_rows(audit: Audit) -> None:
    """What the platform had built before steps told their rows: the tables without the columns, with their history."""
    audit.pull(
        run_records=[run("r0", "STARTED", 1), run("r1", "SUCCESS", 1)],
        step_records=[step("r1", "raw", "SUCCESS")],
        check_records=[check(1, True)],
    )
    for table, columns in {
        "audit_step_runs": ("rows_written", "rows_per_second", "retries"),
        "audit_pipeline_runs": ("retries", "retry_of_run_id"),
        "audit_check_results": ("first_day", "last_day", "failed_days"),
    }.items():
        for column in columns:
            audit.rows(f"alter table audit.{table} drop column {column}")
    audit.rows("drop table audit.audit_publications; drop table audit.audit_erasures")
    # r0 comes back as materializations alone: its own row is taken from the table that lacks the column.
    audit.pull(
        run_records=[run("r2", "SUCCESS", 2, retry_of_run_id="r1")],
        step_records=[step("r2", "raw", "SUCCESS", rows=60, retries=1)],
        materialization_records=[materialization(1, "r0", day(0), 5)],
        check_records=[check(2, False)],
    )
    assert audit.rows(
        "select run_id, rows_written, retries, retry_of_run_id from audit.audit_pipeline_runs order by 1"
    ) == [("r0", 5, 0, None), ("r1", 0, None, None), ("r2", 0, 1, "r1")]
    assert audit.rows("select run_id, rows_per_second, retries from audit.audit_step_runs order by 1") == [
        ("r1", None, None),
        ("r2", 1.0, 1),
    ]
    assert audit.rows("select storage_id, failed_days from audit.audit_check_results order by 1") == [
        (1, None),
        (2, str(day(1))),
    ]

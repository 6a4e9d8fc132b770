"""A warehouse made anew gets the audit's history back, and batches of an earlier version get the columns of this one."""

import duckdb
import pytest

from netflix_platform.audit.frames import RUN_COLUMNS, STEP_COLUMNS, sql_columns, typed_frame
from netflix_platform.audit.history import is_built, prepare_batches, restore_history
from netflix_platform.warehouse.database import open_warehouse

HISTORY = ("audit_pipeline_runs", "audit_check_results", "audit_new_one")


@pytest.fixture
def version(tmp_path):
    path = tmp_path / "netflix-20260601T000000000000Z.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table audit_pipeline_runs as select 'r1' as run_id, 'SUCCESS' as status")
        connection.execute("create table audit_check_results as select 'r1' as run_id, 1::bigint as storage_id")
        connection.execute("create table mart_daily_kpis as select 1 as plays")
    return path


def test_a_new_warehouse_takes_the_history_over(settings, version):
    with open_warehouse(settings) as connection:
        assert restore_history(connection, HISTORY, version) == ["audit_pipeline_runs", "audit_check_results"]
        assert connection.execute("from audit.audit_pipeline_runs").fetchall() == [("r1", "SUCCESS")]
        assert not is_built(connection, "audit_new_one")
        assert not is_built(connection, "mart_daily_kpis")
        connection.execute("insert into audit.audit_pipeline_runs values ('r2', 'STARTED')")
        assert restore_history(connection, HISTORY, version) == [], "only once"
        assert len(connection.execute("from audit.audit_pipeline_runs").fetchall()) == 2
    version.unlink()  # and the version is not held open


def test_a_missing_or_damaged_version_gives_nothing(settings, tmp_path):
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no database")
    with open_warehouse(settings) as connection:
        assert restore_history(connection, HISTORY, None) == []
        assert restore_history(connection, HISTORY, damaged) == []
        assert restore_history(connection, HISTORY, tmp_path / "none.duckdb") == []


def test_batches_are_there_with_the_columns_of_this_version(settings):
    batches = {"run_records": RUN_COLUMNS, "step_records": STEP_COLUMNS}
    with open_warehouse(settings) as connection:
        connection.execute("create table audit.step_records as select 'r1' as run_id, 'raw' as step_key")
        prepare_batches(connection, batches)
        described = connection.execute("describe audit.step_records").fetchall()
        assert {row[0]: row[1].lower() for row in described} == sql_columns(STEP_COLUMNS)
        frame = typed_frame([{"run_id": "r1", "step_key": "raw"}], STEP_COLUMNS)  # noqa: F841 (DuckDB finds it)
        connection.execute("insert into audit.step_records select * from frame")
        prepare_batches(connection, batches)
        assert connection.execute("select count(*) from audit.step_records").fetchone() == (1,), "one that fits stays"

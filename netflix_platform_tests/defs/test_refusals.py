"""What is refused between the layers: unverified lake days, a warehouse that is held; and failed dbt tests in words."""

import subprocess
import sys
from datetime import date

import dagster as dg
import duckdb
import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.defs.dbt_checks import explained
from netflix_platform.defs.warehouse import ledger_problem
from netflix_platform.lake.conform import conform_day
from netflix_platform.lake.layout import raw_day, unverified_mark
from netflix_platform.warehouse import database
from netflix_platform.warehouse.load import load_day

DAY = date(2026, 6, 2)
LINE = '{"event_id": "e1", "event_type": "search", "event_ts": "2026-06-02T10:00:00Z", "user_id": "u1"}\n'


def test_a_lake_day_that_no_recount_has_passed_fails_the_load(settings):
    raw_day(settings, "events", DAY).mkdir(parents=True)
    (raw_day(settings, "events", DAY) / "a.ndjson").write_text(LINE)
    conform_day(settings, EVENTS, DAY)
    with database.open_warehouse(settings) as connection:
        load = load_day(connection, settings, EVENTS, DAY, "run")
    assert ledger_problem(settings, load) is None
    mark = unverified_mark(settings, "events", DAY)
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert f"arrival day {DAY} has not passed its row ledger check" in ledger_problem(settings, load)


def test_a_warehouse_that_somebody_holds_is_waited_for_and_then_named(settings, monkeypatch):
    monkeypatch.setattr(database, "_SECONDS_TO_WAIT", 1.0)
    with database.open_warehouse(settings):
        pass
    code = f"import duckdb, time; c = duckdb.connect({str(settings.warehouse_file)!r}); print('held', flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(database.WarehouseLockedError, match=str(holder.pid)), database.open_warehouse(settings):
            pass
    finally:
        holder.kill()
        holder.wait()
    with database.open_warehouse(settings) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_failed_dbt_test_shows_dbts_message_and_the_first_failing_rows():
    good, bad = (
        dg.AssetCheckResult(
            passed=passed, asset_key="m", check_name=name, metadata={"unique_id": f"test.netflix.{name}"}
        )
        for name, passed in (("good", True), ("bad", False))
    )
    query = "select * from (values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')) rows(id, name)"
    results = [{"unique_id": "test.netflix.bad", "message": "Got 4 results", "compiled_code": query}]
    with duckdb.connect() as connection:
        kept, told = explained([good, bad], results, connection)
    assert kept is good
    assert not told.passed
    assert told.description == "Got 4 results; for example id=1, name=a | id=2, name=b | id=3, name=c"

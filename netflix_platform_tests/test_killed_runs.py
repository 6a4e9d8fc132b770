"""A process that is killed leaves nothing behind: no run that looks alive, no pool slot, no half-written figure."""

import signal
import time

import duckdb
import pytest


def test_killed_runs_are_ended_and_the_next_one_starts_at_once(platform):
    """SIGKILL while the lake is written, while the warehouse loads, and while dbt works; then one run in peace."""
    before = platform.fingerprints()
    first, last = str(platform.day(0)), str(platform.day(3))
    for moment in ("raw/users", "lake/users", "warehouse/users"):
        kill_after(platform.start("backfill", first, last), moment)
        wait_until_nobody_holds(platform)
    platform.run("backfill", first, last)
    assert platform.fingerprints() == before
    statuses = dict(platform.published("select status, count(*) from audit_pipeline_runs group by all"))
    assert statuses["FAILURE"] == 3
    # The run that published sees itself as started; those that were killed must not.
    assert statuses["STARTED"] == 1


def kill_after(process, step):
    """SIGKILL a little after ``step`` has ended, in the middle of the one behind it."""
    deadline = time.monotonic() + 120
    for line in process.stdout:
        if step in line or time.monotonic() > deadline:
            break
    time.sleep(0.5 if step != "warehouse/users" else 3.0)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def wait_until_nobody_holds(platform, seconds=30):
    """Dbt is a process of its own and ends when it finds its parent gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            duckdb.connect(str(platform.settings.warehouse_file)).close()
        except duckdb.Error:
            time.sleep(0.2)
        else:
            return
    pytest.fail("something still holds the warehouse")


def test_a_lost_warehouse_is_rebuilt_from_the_lake(platform):
    before = platform.fingerprints()
    platform.settings.warehouse_file.unlink()
    platform.run("rebuild")
    assert platform.fingerprints() == before
    kinds = platform.published("select count(distinct feed) from audit_row_ledger")
    assert kinds == [(3,)]

"""Dagster's own records locked, damaged or partly gone: a command says so in words and names what mends it."""

import os
import sqlite3

import pytest
import sqlalchemy
from dagster._core.events.log import EventLogEntry

from netflix_platform.defs import event_storage
from netflix_platform.defs.event_storage import KeptConnectionEventLogStorage, records_problem
from netflix_platform_tests.platform_runs import TestPlatform


@pytest.fixture
def records(tmp_path):
    """A folder of records with an index and the shard of one run."""
    folder = tmp_path / "dagster"
    folder.mkdir()
    storage = KeptConnectionEventLogStorage(str(folder))
    storage.store_event(EventLogEntry(error_info=None, level=10, user_message="m", run_id="r", timestamp=1.0))
    storage.dispose()
    return folder


def trouble_of(folder):
    with pytest.raises(sqlalchemy.exc.DatabaseError) as raised:
        KeptConnectionEventLogStorage(str(folder)).get_maximum_record_id()
    return records_problem(folder, raised.value)


def test_locked_records_are_told_of_at_the_first_try(records, monkeypatch):
    monkeypatch.setattr(event_storage, "_BUSY_TIMEOUT_SECONDS", 0.1)
    holder = sqlite3.connect(records / "index.db", isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    holder.execute("begin exclusive")
    told = trouble_of(records)
    assert f"Dagster's records in {records} are locked by another process" in told
    assert "give the same command again" in told
    holder.close()
    assert len(KeptConnectionEventLogStorage(str(records)).get_logs_for_run("r")) == 1


def test_a_lost_shard_is_as_if_the_run_had_said_nothing(records):
    for shard in records.glob("r.db*"):
        shard.unlink()
    assert KeptConnectionEventLogStorage(str(records)).get_logs_for_run("r") == []


def test_other_errors_are_not_of_the_records(records):
    assert records_problem(records, ValueError("database is locked")) is None


def test_a_command_names_the_damaged_file(tmp_path):
    platform = TestPlatform(tmp_path / "data", 1)
    records = platform.settings.dagster_dir
    records.mkdir(parents=True)
    (records / "index.db").write_bytes(os.urandom(50_000))
    printed = platform.run("waive", str(platform.day(0)), "as it is", expect=1)
    assert "Traceback" not in printed
    assert f"Dagster's records in {records} cannot be read (index.db: file is not a database)" in printed
    # What the message says.
    records.rename(tmp_path / "damaged")
    printed = platform.run("waive", str(platform.day(0)), "as it is", expect=1)
    assert "has never been loaded" in printed

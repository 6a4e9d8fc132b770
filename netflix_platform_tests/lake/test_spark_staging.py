"""Days staged by tasks, as on a Spark cluster: the same lake, quarantine and ledgers as of one process, whatever the shares."""

import dataclasses
import pickle
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from netflix_platform.contracts import EVENTS, FEEDS, USERS
from netflix_platform.contracts.mapping_file import MappingError
from netflix_platform.engines.spark import tasks
from netflix_platform.engines.spark.session import SparkSessionError
from netflix_platform.lake import conform as conforming
from netflix_platform.lake import spark_staging
from netflix_platform.lake.conform import Conformer, conform_day, together
from netflix_platform.lake.ledger import audit_ledger, read_ledger
from netflix_platform.lake.spark_staging import SparkStaging
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.lake.in_process_tasks import InProcessTasks
from netflix_platform_tests.lake.raw_days import DAY, deliver, event, lake_content, ndjson
from netflix_platform_tests.lake.test_raw_formats import as_csv, as_parquet
from netflix_platform_tests.lake.test_together import DAYS, at, four_days

EXAMPLES = PROJECT_ROOT / "docs" / "examples"


@pytest.fixture
def cluster(monkeypatch) -> InProcessTasks:
    """Stands for the cluster of platforms whose engine is Spark."""
    opened = InProcessTasks()

    @contextmanager
    def staging(settings):
        yield SparkStaging(opened, settings)

    monkeypatch.setitem(
        conforming._ENGINES, "spark", dataclasses.replace(conforming._ENGINES["spark"], staging=staging)
    )
    return opened


@pytest.fixture
def a_task_for_each_file(monkeypatch):
    monkeypatch.setattr(spark_staging, "_LEAST_BYTES_OF_A_TASK", 1)
    monkeypatch.setattr(spark_staging, "_MOST_TASKS", 10**6)


@pytest.fixture
def twins(settings, with_days, tmp_path):
    """Two platforms, the second on Spark, to be given the same files; its folder's name would be a pattern to most readers."""
    return settings, with_days(data_dir=tmp_path / "spark [1]*", engine="spark")


def many_formats(settings) -> None:
    """A day in every format: repeats within a file, across files and across event days, late rows with delays, more unknown
    fields than a ledger lists, refused rows, files that cannot be read, and a key that is repeated by a refused row only.
    """
    yesterday, before = DAY - timedelta(days=1), DAY - timedelta(days=9)
    late = [
        event(f"late-{day}-{n}", event_ts=f"{day}T10:00:00Z", received_ts=f"{DAY}T00:00:0{n}Z")
        for day in (yesterday, before)
        for n in range(9)
    ]
    odd = [at(DAY, f"odd-{number}", **{f"field_{number % 150}": number}) for number in range(200)]
    some = [event(f"e{number}", watched_seconds=number / 8, device_type='a "b", c\n') for number in range(50)]
    deliver(settings, "a.ndjson", ndjson(*some, *late, "broken", at(yesterday, "e7"), b"\xff", "[1]"))
    deliver(settings, "b.ndjson.zst", ndjson(*some[40:], *odd, event("bad", watched_seconds=-1), event("bad")))
    deliver(settings, "c.csv", as_csv(*some[:3], event("csv", country="FR")))
    deliver(settings, "d.parquet", as_parquet(*some[45:], event("parquet")))
    deliver(settings, "e.ndjson.gz", b"no gzip")
    deliver(settings, "f.parquet", b"no parquet")
    deliver(settings, "g.txt", b"of no known format")
    deliver(
        settings,
        "h.ndjson",
        ndjson(late[0], at(DAY - timedelta(days=200), "too-late"), event("last", schema_version=99)),
    )
    user = {"user_id": "u1", "changed_ts": f"{DAY}T00:00:00Z", "status": "active"}
    deliver(settings, "a.ndjson", ndjson(user, user | {"status": "cancelled"}), USERS)
    deliver(settings, "b.ndjson", ndjson(user, user | {"user_id": "u2"}, "broken"), USERS)


def types(settings) -> dict[str, dict[str, pa.DataType]]:
    """Of every Parquet file in the lake; not which columns it calls ``not null``: what DuckDB can tell of that varies by day."""
    schemas = {path: pq.read_schema(path) for path in settings.lake_dir.rglob("*.parquet")}
    return {
        str(path.relative_to(settings.lake_dir)): dict(zip(schema.names, schema.types, strict=True))
        for path, schema in schemas.items()
    }


def test_a_day_in_shares_is_as_in_one_process(twins, cluster, a_task_for_each_file):
    duckdb, spark = twins
    for platform in twins:
        many_formats(platform)
    for feed in (EVENTS, USERS):
        expected = conform_day(duckdb, feed, DAY)
        assert expected.repeated_rows and expected.quarantined_rows
        for attempts in (2, 1) if feed is EVENTS else (1,):
            cluster.attempts = attempts
            assert asdict(conform_day(spark, feed, DAY)) == asdict(expected)
            assert audit_ledger(spark, feed.name, DAY) == []
            assert list(spark.spill_dir.iterdir()) == []  # of no attempt anything is left
    assert lake_content(spark) == lake_content(duckdb)
    assert types(spark) == types(duckdb)
    events = read_ledger(spark, "events", DAY)
    assert "*" in events.unknown_fields and events.newest_version == 99
    assert len(events.event_days) == 3 and any(day.delay for day in events.event_days.values())
    # For the events: a task for each file; then one for each of three event days, and the quarantine.
    assert cluster.jobs[:2] == [8, 4]


@pytest.mark.parametrize(("bytes_of_a_task", "jobs"), [(4 << 20, [1, 1]), (1, [2, 2, 2, 1])])
def test_days_together_are_as_in_one_process(twins, cluster, bytes_of_a_task, jobs, monkeypatch):
    """Small days are one task; days of one file a task each at the same time; only the day of two files takes three steps."""
    monkeypatch.setattr(spark_staging, "_LEAST_BYTES_OF_A_TASK", bytes_of_a_task)
    ledgers = []
    for platform in twins:
        assert list(together(four_days(platform), EVENTS, DAYS)) == [DAYS]
        with Conformer(platform) as conformer:
            ledgers.append([asdict(ledger) for feed in FEEDS.values() for ledger in conformer.conform_days(feed, DAYS)])
    assert ledgers[0] == ledgers[1]
    assert lake_content(twins[0]) == lake_content(twins[1])
    assert cluster.jobs == jobs


def test_mapped_files_go_through_the_mapping_on_the_workers(twins, cluster, a_task_for_each_file, tmp_path):
    day = date(2026, 6, 21)
    mapping = EXAMPLES / "player_log.mapping.yaml"
    duckdb, spark = (dataclasses.replace(platform, mapping=mapping, source="landing") for platform in twins)
    for platform in (duckdb, spark):
        for name in ("player_log.ndjson", "player_log.csv"):
            deliver(platform, name, (EXAMPLES / name).read_bytes(), day=day)
    assert asdict(conform_day(spark, EVENTS, day)) == asdict(conform_day(duckdb, EVENTS, day))
    assert lake_content(spark) == lake_content(duckdb)
    assert conform_day(spark, EVENTS, day).repeated_rows
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: 2\n")
    with pytest.raises(MappingError, match=r"broken\.yaml"):
        conform_day(dataclasses.replace(spark, mapping=broken), EVENTS, day)


def test_repeats_that_a_cluster_did_not_find_would_show(twins, cluster, a_task_for_each_file, monkeypatch):
    for platform in twins:
        deliver(platform, "a.ndjson", ndjson(event("a"), event("b")))
        deliver(platform, "b.ndjson", ndjson(event("a")))
    monkeypatch.setattr(cluster, "write_parquet", lambda sql, folder: folder.mkdir())
    expected, found = (conform_day(platform, EVENTS, DAY) for platform in twins)
    assert (expected.repeated_rows, found.repeated_rows) == (1, 0)
    assert found.event_days[DAY].fingerprint != expected.event_days[DAY].fingerprint
    assert lake_content(twins[0]) != lake_content(twins[1])


@pytest.mark.parametrize("job", [0, 1])
def test_a_cluster_that_goes_away_leaves_the_lake_as_it_was(twins, cluster, a_task_for_each_file, job, monkeypatch):
    spark = twins[1]
    deliver(spark, "a.ndjson", ndjson(event("a"), "broken"))
    deliver(spark, "b.ndjson", ndjson(event("a"), event("b")))
    ledger = conform_day(spark, EVENTS, DAY)
    before = lake_content(spark)
    deliver(spark, "c.ndjson", ndjson(event("new")))
    cluster.jobs.clear()
    run_tasks = cluster.run_tasks

    def until_it_is_gone(calls):
        if len(cluster.jobs) == job:
            raise SparkSessionError("The Spark cluster went away in the middle")
        return run_tasks(calls)

    with monkeypatch.context() as gone:
        gone.setattr(cluster, "run_tasks", until_it_is_gone)
        with pytest.raises(SparkSessionError):
            conform_day(spark, EVENTS, DAY)
    assert lake_content(spark) == before
    assert list(spark.spill_dir.iterdir()) == []
    assert conform_day(spark, EVENTS, DAY).accepted_rows == ledger.accepted_rows + 1


def test_a_worker_that_would_judge_otherwise_says_what_to_install():
    needed = {**tasks.environment(), "duckdb": "1.0.0"}
    function = tasks.arrow_function([pickle.dumps(dict)], needed)
    (answer,) = (
        row for batch in function(iter([pa.RecordBatch.from_pydict({"id": [0]})])) for row in batch.to_pylist()
    )
    assert answer["result"] is None
    assert "where 1.0.0 is needed" in answer["problem"] and "requirements-spark.lock" in answer["problem"]


def test_passwords_stay_here(with_days, tmp_path):
    settings = with_days(
        alert_urls=("mailto://user:secret@example.com",),
        broker_given="redis://:secret@b",
        spark_remote="sc://h;token=secret",
    )
    told = spark_staging._for_workers(settings, tmp_path)
    assert b"secret" in pickle.dumps(settings)
    assert b"secret" not in pickle.dumps(told)
    assert (told.data_dir, told.late_horizon_days) == (settings.data_dir, settings.late_horizon_days)

"""A Connect server that somebody else has started, with settings of theirs: it does the same, or what it lacks is told.

One process of pyspark's own, with the metastore that Hive makes by default.
"""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.engines.spark import cluster, readiness, session
from netflix_platform.engines.spark.java import find_java
from netflix_platform.engines.spark.session import SparkSessionError, connect
from netflix_platform.lake.conform import conform_day
from netflix_platform.services import processes
from netflix_platform.settings import PROJECT_ROOT, Settings, load_settings
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.load import load_days
from netflix_platform.warehouse.spark_load import load_days_on_spark
from netflix_platform.warehouse.states import mark_loaded, unpublishable_days
from netflix_platform_tests.lake.raw_days import DAY, lake_content
from netflix_platform_tests.lake.test_spark_staging import many_formats
from netflix_platform_tests.ports import free_ports

pytestmark = pytest.mark.spark

# What would change rows if it were relied on.
OF_OTHERS = {
    "spark.sql.catalogImplementation": "hive",
    "spark.sql.session.timeZone": "America/New_York",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.storeAssignmentPolicy": "LEGACY",
    "spark.sql.caseSensitive": "true",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.sql.sources.default": "orc",
    "spark.sql.legacy.createHiveTableByDefault": "true",
    "spark.sql.shuffle.partitions": "3",
    "spark.sql.ansi.enforceReservedKeywords": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
}


@contextmanager
def server(folder: Path, configuration: dict[str, str]) -> Iterator[str]:
    """The address of a Connect server that works in ``folder``, in a time zone far from UTC."""
    port = free_ports()
    of_server = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.driver.memory": "700m",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    command = [str(cluster._spark_home() / "bin" / "spark-submit"), "--master", "local[1]"]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    for name, value in (of_server | configuration).items():
        command += ["--conf", f"{name}={value}"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "JAVA_HOME": str(find_java().resolve().parents[1]),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(PROJECT_ROOT),
        "TZ": "Asia/Kolkata",
    }
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "server.log"
    session.close()  # another cluster's, of another test
    started = processes.start("connect", [*command, "spark-internal"], log, environment, folder=folder)
    try:
        while not processes.listens(port):
            assert started.is_alive, processes.last_lines(log)
            time.sleep(0.1)
        yield f"sc://127.0.0.1:{port}"
    finally:
        session.close()
        processes.stop([started])


def of(remote: str, data_dir: Path) -> Settings:
    environ = {"NETFLIX_DATA_DIR": str(data_dir), "NETFLIX_START_DATE": "2026-06-01", "NETFLIX_MEMORY_LIMIT": "500MB"}
    return load_settings(environ | {"NETFLIX_ENGINE": "spark", "SPARK_REMOTE": remote})


def test_a_server_with_other_settings_gives_the_same_lake_and_tables(tmp_path: Path):
    with server(tmp_path / "server", OF_OTHERS) as remote:
        spark = of(remote, tmp_path / "spark")
        duckdb = replace(spark, data_dir=tmp_path / "duckdb", engine="duckdb")
        readiness.refuse_unready(spark)
        assert not list(spark.spill_dir.iterdir())
        with connect(spark) as connection:
            nowhere = readiness._problem_with_files(connection, tmp_path / "nowhere")
        assert nowhere == f"the worker {socket.gethostname()} cannot write there (No such file or directory)"

        for platform in (spark, duckdb):
            many_formats(platform)
        expected = conform_day(duckdb, EVENTS, DAY)
        assert asdict(conform_day(spark, EVENTS, DAY)) == asdict(expected)
        assert lake_content(spark) == lake_content(duckdb)

        days = sorted(expected.event_days)
        with open_warehouse(duckdb) as books:
            loads = load_days(books, duckdb, EVENTS, days, "run")
            rows = books.execute("select * exclude (extra_fields) from raw.events order by all").fetchall()
            columns = [column[0] for column in books.description]
        with open_warehouse(spark) as books:
            mark_loaded(books, [date(2026, 6, 1)], "on another cluster")
            assert load_days_on_spark(books, spark, EVENTS, days, "run") == loads
            # Of a day that the books have from elsewhere nothing is published.
            refused = unpublishable_days(books)
        assert {day.event_date for day in refused if day.state == "failed"} == {date(2026, 6, 1)}
        assert "not on this Spark cluster; make rebuild" in str(refused[0])
        with connect(spark) as connection:
            found = connection.execute(f"select {', '.join(columns)} from raw.events order by all").fetchall()
        assert sorted(found, key=str) == sorted(rows, key=str)


def test_a_server_that_forgets_its_tables_is_refused(tmp_path: Path):
    refused = pytest.raises(SparkSessionError, match=r"has no metastore.*catalogImplementation=hive")
    with server(tmp_path / "server", {}) as remote, refused:
        readiness.refuse_unready(of(remote, tmp_path / "data"))


def test_what_is_no_connect_server_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    session.close()
    monkeypatch.setattr(session, "_RETRIES", 0)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(SparkSessionError, match=r"does not answer as a Spark Connect server .* not the master's"):
            readiness.refuse_unready(of(f"sc://127.0.0.1:{other.server_port}", tmp_path / "data"))
        other.shutdown()

"""What Spark cannot start or work with is said in a sentence, before anything has begun. No cluster is needed for this."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netflix_platform.engines.spark import metastore
from netflix_platform.engines.spark.java import find_java
from netflix_platform.engines.spark.session import SparkSessionError, refuse_unusable
from netflix_platform.services import processes
from netflix_platform.services.processes import ClusterError, Process
from netflix_platform.settings import PROJECT_ROOT, SettingError, load_settings
from netflix_platform.warehouse.engine import warehouse_engine


def _java(folder: Path, told: str) -> None:
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    program.write_text(f"#!/bin/sh\necho '{told}' >&2\n")
    program.chmod(0o755)


@pytest.mark.parametrize(
    "told", ['openjdk version "17.0.15" 2025-04-15', 'java version "21"', 'openjdk version "25-ea" 2026-09-15']
)
def test_a_java_that_is_new_enough_is_taken(tmp_path, monkeypatch, told):
    _java(tmp_path / "jdk", told)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    assert find_java() == tmp_path / "jdk" / "bin" / "java"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('java version "1.8.0_401"', r"is 8: install one"),
        ('openjdk version "11.0.2" 2019-01-15', r"is 11: install one"),
        ("what is Java", r"does not tell its version \(what is Java\)"),
    ],
)
def test_a_java_that_spark_does_not_run_on_is_refused(tmp_path, monkeypatch, told, said):
    _java(tmp_path / "jdk", told)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "jdk"))
    with pytest.raises(ClusterError, match=said):
        find_java()


def test_no_java_at_all_is_refused_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ClusterError, match=r"no java is on the path.*openjdk-17"):
        find_java()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ClusterError, match="holds no bin/java"):
        find_java()


def test_a_port_that_is_taken_is_named_with_its_setting():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.listens(port)
        with pytest.raises(
            SettingError, match=f"NETFLIX_SPARK_PORT={port}: port {port}, which the master needs, is taken"
        ):
            processes.refuse_taken_port("NETFLIX_SPARK_PORT", port, "the master")
    processes.refuse_taken_port("NETFLIX_SPARK_PORT", port, "the master")
    assert not processes.listens(port)


def test_a_cluster_that_is_not_there_is_told_at_once_and_before_any_day_is_run(tmp_path):
    environ = {
        "NETFLIX_DATA_DIR": str(tmp_path / "data"),
        "NETFLIX_ENGINE": "spark",
        "SPARK_REMOTE": "sc://127.0.0.1:1",
    }
    with pytest.raises(SparkSessionError, match=r"No Spark cluster answers at 127.0.0.1:1 .*make spark-up"):
        refuse_unusable(load_settings(environ))
    done = subprocess.run(
        [sys.executable, "-m", "netflix_platform.cli", "demo"],
        env={**os.environ, **environ, "DAYS": "1"},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: NETFLIX_ENGINE=spark: No Spark cluster answers")
    assert not (tmp_path / "data" / "raw").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:15002", "spark://127.0.0.1:7077", "sc://", "sc://a:b"])
def test_an_address_that_is_none_is_refused_without_its_secrets(tmp_path, address):
    with pytest.raises(SettingError, match=r"SPARK_REMOTE=.*no Spark Connect address") as caught:
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "SPARK_REMOTE": f"{address}/;token=hunter2"})
    assert "hunter2" not in str(caught.value)


def test_each_engine_has_states_of_its_own(tmp_path):
    files = {
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_ENGINE": name}).warehouse_file
        for name in ("duckdb", "spark")
    }
    assert len(files) == 2
    assert {file.name for file in files} == {"netflix.duckdb"}


def test_a_user_is_not_half_forgotten_on_spark(with_days):
    assert warehouse_engine(with_days(engine="duckdb")).cannot_forget is None
    assert "NETFLIX_ENGINE=duckdb" in (warehouse_engine(with_days(engine="spark")).cannot_forget or "")


def test_only_a_process_that_was_started_is_ended(tmp_path):
    command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
    started = processes.start("sleeper", command, tmp_path / "sleeper.log", dict(os.environ))
    record = tmp_path / "processes.json"
    processes.write(record, [started])
    assert processes.read(record) == [started]
    assert started.is_alive
    # The same id with another start time is somebody else's process by now.
    other = Process("sleeper", started.pid, started.started - 1)
    assert not other.is_alive
    assert processes.stop([other]) == []
    assert started.is_alive
    assert processes.stop([started]) == [started]
    assert not started.is_alive
    assert processes.stop([started]) == []


def test_a_process_that_does_not_want_to_end_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.3)
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    started = processes.start("stubborn", [sys.executable, "-c", stubborn], tmp_path / "log", dict(os.environ))
    while "up" not in (tmp_path / "log").read_text():
        time.sleep(0.05)
    os.kill(started.pid, signal.SIGTERM)
    assert started.is_alive
    assert processes.stop([started]) == [started]
    assert not started.is_alive


def test_a_damaged_record_of_processes_is_told(tmp_path):
    for content in ("{", json.dumps([{"name": "master"}])):
        (tmp_path / "processes.json").write_text(content)
        with pytest.raises(ClusterError, match="cannot be read"):
            processes.read(tmp_path / "processes.json")
    assert processes.read(tmp_path / "none.json") == []


def test_the_metastores_password_is_its_owners_alone(tmp_path):
    secret = metastore.password(tmp_path)
    assert len(secret) > 20
    assert metastore.password(tmp_path) == secret
    assert (tmp_path / "metastore.password").stat().st_mode & 0o077 == 0


def test_nothing_but_the_session_imports_pyspark():
    importers = {
        path.name
        for path in (PROJECT_ROOT / "netflix_platform").rglob("*.py")
        if any(line.lstrip().startswith(("import pyspark", "from pyspark")) for line in path.read_text().splitlines())
    }
    assert importers == {"session.py"}

"""What a cluster cannot start or work with is said in a sentence, before anything has begun. No cluster is needed for this."""

import dataclasses
import socket
import sys
from collections.abc import Iterator
from functools import partial

import pytest
import yaml

from netflix_platform.cli import main
from netflix_platform.orchestration import cluster
from netflix_platform.services import processes
from netflix_platform.services.group import Group, Part
from netflix_platform.services.processes import ClusterError
from netflix_platform.settings import PROJECT_ROOT, SettingError, load_settings
from netflix_platform_tests.ports import free_ports

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
BROKEN = [sys.executable, "-c", "raise SystemExit('no idea')"]


@pytest.fixture
def clustered(tmp_path):
    return load_settings({"NETFLIX_DATA_DIR": str(tmp_path / "data"), "NETFLIX_ORCHESTRATION": "celery"})


def test_an_orchestration_that_is_none_is_refused(tmp_path):
    with pytest.raises(
        SettingError, match="NETFLIX_ORCHESTRATION=slurm: is not known; use one of local, celery, kubernetes"
    ):
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_ORCHESTRATION": "slurm"})


def test_what_is_not_installed_is_named(clustered, monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "is_installed", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ClusterError, match=r"needs .*redis-server; install: apt install .*redis-server"):
        cluster.up(clustered)
    monkeypatch.setattr(cluster, "is_installed", lambda: False)
    with pytest.raises(ClusterError, match="dagster-celery is not installed"):
        cluster.up(clustered)
    with pytest.raises(SettingError, match="make setup-cluster"):
        cluster.refuse_unusable(clustered)


def test_a_command_without_a_cluster_is_refused(clustered, monkeypatch):
    monkeypatch.setattr(cluster, "is_installed", lambda: True)
    with pytest.raises(SettingError, match=r"no cluster is running; run make cluster-up"):
        cluster.refuse_unusable(clustered)
    with pytest.raises(
        ClusterError, match=r"has lost postgresql and redis and daemon and every worker; run make cluster-up"
    ):
        cluster.refuse_to_wait(clustered)


@pytest.mark.parametrize("command", [["prune"], ["forget", "u00000001", "--reason", "asked"]])
def test_commands_that_would_overlook_records_in_postgresql_are_refused(tmp_path, monkeypatch, capsys, command):
    monkeypatch.setenv("NETFLIX_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "data" / "cluster").mkdir(parents=True)
    assert main(command) == 2
    assert "does not reach the records that a cluster keeps in PostgreSQL" in capsys.readouterr().err


def test_a_group_is_up_whole_or_not_at_all(tmp_path):
    group = Group(tmp_path, ("good", "bad"), "NETFLIX_CLUSTER_PORT", "make cluster-up")
    with pytest.raises(ClusterError, match=r"The cluster's bad ended while it started: no idea"):
        group.up(lambda: _stages(group, bad=BROKEN), {}, lambda: None)
    assert group.running() == []
    assert set(group.status().values()) == {"not started"}

    assert group.up(lambda: _stages(group), {}, lambda: None) == ["good", "bad"]
    assert group.up(lambda: _stages(group), {}, lambda: None) == []
    first = group.running()
    assert [process.name for process in first] == ["good", "bad"]
    processes.stop(first[1:])
    assert group.status()["bad"] == "dead (make cluster-up starts it again)"
    assert group.up(lambda: _stages(group), {}, lambda: None) == ["good", "bad"]
    assert not first[0].is_alive
    assert group.down() == ["Stopped: bad, good."]
    assert group.down() == ["No cluster is running."]


def test_of_a_group_whose_parts_are_apart_only_what_died_is_started(tmp_path):
    group = Group(tmp_path, ("good", "bad"), "NETFLIX_CLUSTER_PORT", "make cluster-up", parts_are_apart=True)
    group.up(lambda: _stages(group), {}, lambda: None)
    good, bad = group.running()
    processes.stop([bad])
    with pytest.raises(ClusterError, match="no idea"):
        group.up(lambda: _stages(group, bad=BROKEN), {}, lambda: None)
    assert group.running() == [good]
    assert group.up(lambda: _stages(group), {}, lambda: None) == ["bad"]
    assert group.running()[0] == good
    assert group.down() == ["Stopped: bad, good."]


def _stages(group: Group, bad: list[str] = SLEEPER) -> Iterator[list[Part]]:
    for name, command in (("good", SLEEPER), ("bad", bad)):
        log = group.log_of(name)
        yield [Part(name, partial(processes.start, name, command, log, {}), lambda log=log: "up" in log.read_text())]


def test_a_taken_port_stops_a_group_before_anything_has_begun(tmp_path):
    group = Group(tmp_path, ("redis",), "NETFLIX_CLUSTER_PORT", "make cluster-up")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"NETFLIX_CLUSTER_PORT={port}: .*the cluster's redis needs, is taken"):
            group.up(lambda: iter(()), {"redis": port}, lambda: None)


def test_the_ports_of_a_cluster_are_those_of_its_processes(clustered, monkeypatch):
    monkeypatch.setattr(cluster, "_refuse_what_is_missing", lambda: None)
    port = free_ports(in_a_row=2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 1))
        with pytest.raises(SettingError, match=f"{port + 1}, which the cluster's redis needs, is taken"):
            cluster.up(dataclasses.replace(clustered, cluster_port=port))
    assert cluster.down(clustered) == ["No cluster is running."]


def test_passwords_are_their_owners_alone_and_in_no_text(clustered, tmp_path):
    clustered.cluster_dir.mkdir(parents=True)
    secret = cluster.postgresql.password(clustered.cluster_password_file)
    assert clustered.cluster_password_file.stat().st_mode & 0o077 == 0
    assert f":{secret}@127.0.0.1:15433/" in clustered.broker_url
    assert f":{secret}@127.0.0.1:15432/" in clustered.records_url
    given = load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_BROKER_URL": "redis://:hunter2@127.0.0.1/0"})
    assert given.broker_url == "redis://:hunter2@127.0.0.1/0"
    assert "hunter2" not in repr(given)
    assert "NETFLIX_BROKER_URL" not in given.child_environment()  # local: nobody needs it


def test_both_instances_of_dagster_agree_on_what_keeps_the_warehouse_whole():
    local, celery = (
        yaml.safe_load((PROJECT_ROOT / path).read_text()) for path in ("dagster.yaml", "deploy/celery/dagster.yaml")
    )
    for part in ("concurrency", "run_retries", "sensors", "compute_logs", "local_artifact_storage"):
        assert celery[part] == local[part], part
    assert celery["concurrency"]["pools"] == {"default_limit": 1, "granularity": "op"}


def test_nothing_but_its_own_modules_imports_celery():
    package = PROJECT_ROOT / "netflix_platform"
    importing = ("import dagster_celery", "from dagster_celery")
    importers = {
        path.name
        for path in package.rglob("*.py")
        if any(line.lstrip().startswith(importing) for line in path.read_text().splitlines())
    }
    assert importers == {"celery_app.py", "celery_launcher.py"}

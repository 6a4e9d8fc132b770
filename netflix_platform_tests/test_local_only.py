"""Everything that listens does so on 127.0.0.1, and secrets stay out of what is shown."""

import tomllib
from pathlib import Path

import pytest

from netflix_platform import development
from netflix_platform.settings import PROJECT_ROOT, SettingError, load_settings

SECRET = "mailto://user:hunter2@example.com"


def test_make_dev_listens_on_this_machine_only(settings, monkeypatch, capsys):
    commands: list[list[str]] = []

    class Process:
        returncode = 0

        def __init__(self, command, **options):
            commands.append(command)

        def poll(self):
            return self.returncode

        def send_signal(self, number):
            raise AssertionError

        def wait(self, timeout=None):
            return self.returncode

    monkeypatch.setattr(development.subprocess, "Popen", Process)
    monkeypatch.setattr(development.signal, "signal", lambda *arguments: None)
    monkeypatch.setattr(development, "_refuse_taken_port", lambda *arguments: None)
    development.serve(settings)
    webserver, daemon, dashboard = commands
    assert webserver[webserver.index("-h") + 1] == "127.0.0.1"
    assert dashboard[dashboard.index("--server.address") + 1] == "127.0.0.1"
    assert not any(part in ("-h", "--host", "--server.address") for part in daemon)
    assert not any("0.0.0.0" in part or part == "::" for command in commands for part in command)
    assert "http://127.0.0.1" in capsys.readouterr().out


def test_the_dashboard_started_by_hand_listens_on_this_machine_only():
    config = tomllib.loads((PROJECT_ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False


def test_nothing_of_the_project_names_another_address_to_listen_on():
    for folder in ("netflix_platform", "dashboard"):
        for path in (PROJECT_ROOT / folder).rglob("*.py"):
            assert "0.0.0.0" not in path.read_text(), path
    assert "0.0.0.0" not in (PROJECT_ROOT / "Makefile").read_text()


@pytest.mark.parametrize("others", [{}, {"NETFLIX_SEED": "x"}, {"NETFLIX_ALERT_SEVERITY": "loud"}])
def test_alert_urls_are_in_no_text_error_or_child_environment(tmp_path: Path, others):
    environ = {"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_ALERT_URLS": SECRET, **others}
    if others:
        with pytest.raises(SettingError) as caught:
            load_settings(environ)
        assert "hunter2" not in str(caught.value)
        return
    settings = load_settings(environ)
    assert settings.alert_urls == (SECRET,)
    for text in (repr(settings), str(settings), str(settings.world()), str(settings.child_environment())):
        assert "hunter2" not in text


def test_a_wrong_alert_url_is_not_repeated(tmp_path: Path):
    with pytest.raises(SettingError) as caught:
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path), "NETFLIX_ALERT_URLS": "hunter2 is my password"})
    assert "hunter2" not in str(caught.value)
    assert "entry 1 is no URL" in str(caught.value)


def test_a_data_folder_that_duckdb_would_misread_is_refused(tmp_path: Path):
    with pytest.raises(SettingError, match=r"NETFLIX_DATA_DIR.*choose another folder"):
        load_settings({"NETFLIX_DATA_DIR": str(tmp_path / "what?")})

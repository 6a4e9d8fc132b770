"""Serving files for the dashboard's tests (one of the demo's size for the whole session, small ones where a test changes
them), and pages run on them by Streamlit's own test runner.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboard import frame, tiles
from dashboard.published import Published
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.dashboard.sample import DAY, Sample, write_version, yesterday


@pytest.fixture(scope="session", autouse=True)
def as_on_a_server() -> Iterator[None]:
    """A server looks once for components in all installed packages; each AppTest would, and take half of its time for it."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a healthy version of 120 days and 600 titles."""
    data_dir = tmp_path_factory.mktemp("demo")
    write_version(data_dir / "serving", Sample())
    return data_dir


@pytest.fixture(scope="session")
def demo(demo_dir: Path) -> Published:
    return Published(next((demo_dir / "serving").glob("*.duckdb")))


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Sample], Path]:
    """Puts a version into a serving folder of the test's own and makes it current; what several tests ask for is made once."""
    made = tmp_path_factory.mktemp("samples")

    def copy(serving_dir: Path, sample: Sample) -> Path:
        original = made / hashlib.sha256(repr(sample).encode()).hexdigest()
        if not original.exists():
            write_version(original, sample)
        shutil.copytree(original, serving_dir, dirs_exist_ok=True)
        return serving_dir / (original / "CURRENT").read_text().strip()

    return copy


@pytest.fixture
def publish(tmp_path: Path, copied: Callable[[Path, Sample], Path]) -> Callable[..., Published]:
    """Publishes a small version with what the test asks for."""

    def write(**said: object) -> Published:
        small = {"days": 30, "titles": 25}
        return Published(copied(tmp_path / "serving", Sample(**{**small, **said})))

    return write


@pytest.fixture
def opened(monkeypatch):
    """Runs a page on a data folder at noon (UTC), with nothing of the developer's own settings."""
    noon = datetime.combine(yesterday() + DAY, datetime.min.time(), UTC) + timedelta(hours=12)
    monkeypatch.setattr(frame, "utc_now", lambda: noon)
    for variable in [name for name in os.environ if name.startswith("NETFLIX_")]:
        monkeypatch.delenv(variable)

    def run(data_dir: Path, page: str = "", is_new: bool = False, **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("NETFLIX_DATA_DIR", str(data_dir))
        app = AppTest.from_file(str(PROJECT_ROOT / "dashboard" / "app.py"), default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        if not is_new:  # there is no browser that would ask for the rest
            app.session_state[tiles.FIGURES_STAND] = True
        if page:
            app.switch_page(page)
        app.run()
        assert not app.exception, app.exception
        return app

    return run


@pytest.fixture
def written(tmp_path, copied):
    """Publishes a small version and returns its data folder."""

    def write(**said: object) -> Path:
        small = {"days": 70, "titles": 25}
        copied(tmp_path / "serving", Sample(**{**small, **said}))
        return tmp_path

    return write

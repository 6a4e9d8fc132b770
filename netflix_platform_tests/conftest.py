"""What all tests share: settings on a fresh data folder, and nothing of the developer's own environment."""

import atexit
import dataclasses
import gc
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest

from netflix_platform.settings import Scale, Settings
from netflix_platform_tests.platform_runs import DAYS, TestPlatform

START = date(2026, 6, 1)

# Instances in temporary folders do not read dagster.yaml, which says the same.
os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
# Whoever runs the tests has a platform of their own, perhaps: no test may come near it, not even one that forgets to say where.
for _variable in [name for name in os.environ if name.startswith("NETFLIX_")]:
    del os.environ[_variable]
_nobodys = tempfile.mkdtemp(prefix="netflix-tests-")
atexit.register(shutil.rmtree, _nobodys, ignore_errors=True)
os.environ["NETFLIX_DATA_DIR"] = str(Path(_nobodys) / "data")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A small world of its own, starting on Monday 2026-06-01."""
    return Settings(
        data_dir=tmp_path / "data",
        start_date=START,
        scale=Scale(events_per_day=400, users=120, titles=40),
        memory_limit="1GB",
        landing_quiet_seconds=0,  # a test has written its files when it looks
    )


@pytest.fixture
def with_days(settings: Settings):
    """The settings with some of them replaced."""
    return lambda **changes: dataclasses.replace(settings, **changes)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> TestPlatform:
    """Four days built by one ``make demo``; tests that change it leave it as they found it."""
    built = TestPlatform(tmp_path_factory.mktemp("platform") / "data", DAYS)
    printed = built.make("demo")
    assert "Top 10 of the week" in printed
    assert "Seconds per layer" in printed
    return built


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: looking through it for garbage, again and again, is a part of every test."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Libraries that look for leaks at the end find none."""
    gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that build platforms come first: they take longest, and one that is left for the end keeps a core idle."""
    long = {path for path in {item.path for item in items} if _builds_platforms(path)}
    items.sort(key=lambda item: item.path not in long)


def _builds_platforms(path: Path) -> bool:
    text = path.read_text()
    return "platform_runs" in text or "(platform)" in text

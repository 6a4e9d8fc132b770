"""Serving files for the dashboard's tests: one of the demo's size for the whole session, small ones where a test changes them."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st

from dashboard.published import Published
from netflix_platform_tests.dashboard.sample import Sample, write_version


@pytest.fixture(autouse=True)
def nothing_cached():
    st.cache_data.clear()


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a healthy version of 120 days and 600 titles."""
    data_dir = tmp_path_factory.mktemp("demo")
    write_version(data_dir / "serving", Sample())
    return data_dir


@pytest.fixture(scope="session")
def demo(demo_dir: Path) -> Published:
    return Published(next((demo_dir / "serving").glob("*.duckdb")))


@pytest.fixture
def publish(tmp_path: Path) -> Callable[..., Published]:
    """Writes a small version with what the test asks for, and makes it current."""

    def write(**said: object) -> Published:
        small = {"days": 30, "titles": 25}
        return Published(write_version(tmp_path / "serving", Sample(**{**small, **said})))

    return write

"""What all tests share: settings on a fresh data folder, and nothing of the developer's own environment."""

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from netflix_platform.settings import Scale, Settings

START = date(2026, 6, 1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A small world of its own, starting on Monday 2026-06-01."""
    return Settings(
        data_dir=tmp_path / "data",
        start_date=START,
        scale=Scale(events_per_day=400, users=120, titles=40),
        memory_limit="1GB",
    )


@pytest.fixture
def with_days(settings: Settings):
    """The settings with some of them replaced."""
    return lambda **changes: dataclasses.replace(settings, **changes)

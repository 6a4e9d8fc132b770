"""The platform's settings: the only package that reads the environment.

Precedence: process environment, then ``.env`` in the project's root, then ``platform.json`` in the data folder, then the
default. A world belongs to its folder, so start date, source, seed, scale and catalogue are recorded in ``platform.json``
when a folder is first used, with the version of the synthetic world, and what conflicts with the record is refused. A mapping is
recorded too, and may change. Nothing here imports Dagster or opens data.
"""

from netflix_platform.settings.model import (
    ENGINES,
    HISTORY_SOURCES,
    NEVER_DUE,
    ORCHESTRATIONS,
    PROJECT_ROOT,
    SCALES,
    SOURCES,
    Scale,
    SettingError,
    Settings,
    export_to_children,
)
from netflix_platform.settings.reading import load_settings, open_history, open_platform, requested_days
from netflix_platform.settings.thresholds import Thresholds
from netflix_platform.settings.values import existing_file, parse_day, parse_scale

__all__ = [
    "ENGINES",
    "HISTORY_SOURCES",
    "NEVER_DUE",
    "ORCHESTRATIONS",
    "PROJECT_ROOT",
    "SCALES",
    "SOURCES",
    "Scale",
    "SettingError",
    "Settings",
    "Thresholds",
    "existing_file",
    "export_to_children",
    "load_settings",
    "open_history",
    "open_platform",
    "parse_day",
    "parse_scale",
    "requested_days",
]

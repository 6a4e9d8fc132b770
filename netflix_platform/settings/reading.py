"""Settings out of the environment, ``.env`` and what the data folder records; and the first use of a folder."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dotenv import dotenv_values

from netflix_platform.settings.model import (
    ENGINES,
    HISTORY_SOURCES,
    NEVER_DUE,
    ORCHESTRATIONS,
    PROJECT_ROOT,
    RAW_FORMATS,
    SEVERITIES,
    SOURCES,
    WORLD_VERSION,
    SettingError,
    Settings,
)
from netflix_platform.settings.object_store import object_store_address, refuse_remote_folder
from netflix_platform.settings.values import (
    absolute,
    alert_urls,
    amount_of_bytes,
    choice,
    existing_file,
    of_history,
    parse_scale,
    spark_remote,
    start_date,
    thresholds,
    whole_number,
)

DEFAULT_DAYS = 120
DEFAULT_FRESHNESS_HOURS = 6
NO_MAPPING = "none"  # ends the use of a mapping that the data folder records
_FIRST_WORLD_VERSION = 1  # folders that say nothing of a version
_MOST_DAYS = 36_500
_LAST_PORT = 65_535
_SPARK_PORTS = 3  # the Connect server's, the master's and the metastore's, one after the other
_LONGEST_QUIET = 3_600


def load_settings(environ: Mapping[str, str] | None = None, today: date | None = None) -> Settings:
    """Build the settings from the environment and from what the data folder records.

    ``environ`` replaces the process environment and ``.env`` (tests); ``today`` the UTC date. Reads, never writes: see
    ``open_platform``. Raises ``SettingError`` for a value that cannot be used or that conflicts with the folder's record.
    """
    values = _environment() if environ is None else dict(environ)
    today = today or datetime.now(UTC).date()

    def plain(variable: str, default: str) -> str:
        return values.get(variable) or default

    def number(variable: str, default: str, at_least: int = 0, at_most: int | None = None) -> int:
        return whole_number(variable, plain(variable, default), at_least, at_most)

    refuse_remote_folder(plain("NETFLIX_DATA_DIR", "data"))
    data_dir = absolute(plain("NETFLIX_DATA_DIR", "data"))
    if data_dir.exists() and not data_dir.is_dir():
        raise SettingError("NETFLIX_DATA_DIR", data_dir, "is a file; name a folder")
    if "?" in str(data_dir):
        raise SettingError(
            "NETFLIX_DATA_DIR", data_dir, "holds a ?, where DuckDB ends a file's name; choose another folder"
        )
    recorded = _recorded_world(data_dir / "platform.json")

    def setting(variable: str, key: str, default: str | None) -> str | None:
        given = values.get(variable) or None
        return given if given is not None else _text(recorded.get(key)) or default

    days = requested_days(values)
    start = setting("NETFLIX_START_DATE", "start_date", (today - timedelta(days=days)).isoformat())
    catalog = setting("NETFLIX_CATALOG", "catalog", None)
    mapping = setting("NETFLIX_MAPPING", "mapping", None)
    source = choice("NETFLIX_SOURCE", setting("NETFLIX_SOURCE", "source", "synthetic"), SOURCES)
    spark_port = number("NETFLIX_SPARK_PORT", "15002", 1, _LAST_PORT - _SPARK_PORTS + 1)
    settings = Settings(
        data_dir=data_dir,
        start_date=start_date(start, today),
        source=source,
        scale=parse_scale(setting("NETFLIX_SCALE", "scale", "demo") or "demo"),
        seed=whole_number("NETFLIX_SEED", setting("NETFLIX_SEED", "seed", "7"), at_least=0),
        catalog=existing_file("NETFLIX_CATALOG", catalog) if catalog else None,
        engine=choice("NETFLIX_ENGINE", plain("NETFLIX_ENGINE", "duckdb"), ENGINES),
        spark_port=spark_port,
        spark_remote=spark_remote(plain("SPARK_REMOTE", f"sc://127.0.0.1:{spark_port}")),
        orchestration=choice("NETFLIX_ORCHESTRATION", plain("NETFLIX_ORCHESTRATION", "local"), ORCHESTRATIONS),
        cluster_port=number("NETFLIX_CLUSTER_PORT", "15432", 1, _LAST_PORT - 1),
        cluster_workers=number("NETFLIX_CLUSTER_WORKERS", "2", at_least=1),
        broker_given=plain("NETFLIX_BROKER_URL", ""),
        records_given=plain("NETFLIX_RECORDS_URL", ""),
        raw_format=choice("NETFLIX_RAW_FORMAT", plain("NETFLIX_RAW_FORMAT", "ndjson"), RAW_FORMATS),
        memory_limit=plain("NETFLIX_MEMORY_LIMIT", "3GB"),
        late_horizon_days=number("NETFLIX_LATE_HORIZON_DAYS", "30", at_most=_MOST_DAYS),
        days_per_run=number("NETFLIX_DAYS_PER_RUN", "0"),
        max_file_bytes=amount_of_bytes("NETFLIX_MAX_FILE_SIZE", plain("NETFLIX_MAX_FILE_SIZE", "20GB")),
        thresholds=thresholds(values, source),
        freshness_hours=number("NETFLIX_FRESHNESS_HOURS", _freshness(source)),
        catch_up_days_per_run=number("NETFLIX_CATCH_UP_DAYS_PER_RUN", "10", at_least=1),
        catch_up_runs=number("NETFLIX_CATCH_UP_RUNS", "1", at_least=1),
        catch_up_attempts=number("NETFLIX_CATCH_UP_ATTEMPTS", "3", at_least=1),
        alert_urls=alert_urls(values.get("NETFLIX_ALERT_URLS")),
        alert_severity=choice("NETFLIX_ALERT_SEVERITY", plain("NETFLIX_ALERT_SEVERITY", "warn"), SEVERITIES),
        object_store=object_store_address(values),
        mapping=existing_file("NETFLIX_MAPPING", mapping) if mapping and mapping != NO_MAPPING else None,
        keep_days=number("NETFLIX_KEEP_DAYS", "90", at_least=1, at_most=_MOST_DAYS),
        landing_quiet_seconds=number("NETFLIX_LANDING_QUIET_SECONDS", "10", at_most=_LONGEST_QUIET),
        webserver_port=number("NETFLIX_WEBSERVER_PORT", "3000", 1, _LAST_PORT),
        dashboard_port=number("NETFLIX_DASHBOARD_PORT", "8501", 1, _LAST_PORT),
    )
    amount_of_bytes("NETFLIX_MEMORY_LIMIT", settings.memory_limit)  # DuckDB takes the text; a wrong one stops here
    _refuse_conflicts(settings, recorded)
    return settings


def requested_days(environ: Mapping[str, str] | None = None) -> int:
    """How many days, counted back from yesterday, ``make demo`` shall run (``DAYS``, default 120)."""
    values = _environment() if environ is None else environ
    return whole_number("DAYS", values.get("DAYS") or str(DEFAULT_DAYS), at_least=1, at_most=_MOST_DAYS)


def open_platform(settings: Settings) -> Settings:
    """Create the data folder and record its world on first use; returns the settings.

    The mapping is recorded whenever it is another one, so that later commands find it without the variable. Raises
    ``SettingError`` when the folder cannot be written.
    """
    recorded = _recorded_world(settings.platform_file)
    mapping = str(settings.mapping_in_use) if settings.mapping_in_use else None
    if not recorded:
        _record_world(settings, settings.world())
    elif recorded.get("mapping") != mapping:
        _record_world(settings, {**recorded, "mapping": mapping})
    return settings


def open_history(settings: Settings, source: str, first_day: date) -> Settings:
    """Make the data folder one that holds imported history of ``source`` from ``first_day`` on; returns its settings.

    The start moves to an earlier day where that is needed, never to a later one. Raises ``SettingError`` when the folder holds
    something else already, when the environment says otherwise, or when the folder cannot be written.
    """
    if first_day > settings.last_complete_day():
        raise SettingError(
            "FILE", first_day, f"is its first day; history ends yesterday (UTC), {settings.last_complete_day()}"
        )
    recorded = _recorded_world(settings.platform_file)
    is_used = (settings.raw_dir / "_manifests").exists()
    if is_used and settings.source != source:
        raise SettingError(
            "NETFLIX_DATA_DIR",
            settings.data_dir,
            f"holds a platform of the source {settings.source}, and its days are never mixed with imported ones; import into a "
            "folder of its own: NETFLIX_DATA_DIR=my-history make import FILE=...",
        )
    given = _environment()
    if given.get("NETFLIX_SOURCE") not in (None, "", source):
        raise SettingError(
            "NETFLIX_SOURCE", given["NETFLIX_SOURCE"], f"but the file is one for {source}; unset NETFLIX_SOURCE"
        )
    start = given.get("NETFLIX_START_DATE") or (recorded.get("start_date") if is_used else None)
    first = min(first_day, date.fromisoformat(str(start))) if start else first_day
    if given.get("NETFLIX_START_DATE") and first != settings.start_date:
        raise SettingError(
            "NETFLIX_START_DATE",
            settings.start_date,
            f"would leave out what the file holds from {first_day} on; unset it",
        )
    history = dataclasses.replace(
        settings,
        source=source,
        start_date=first,
        # As a later command will read them. Not from the environment, which by now holds what was told to child processes.
        thresholds=of_history(settings.thresholds),
        freshness_hours=NEVER_DUE if settings.freshness_hours == DEFAULT_FRESHNESS_HOURS else settings.freshness_hours,
    )
    _record_world(history, history.world())
    return history


def _freshness(source: str) -> str:
    """Imported history ends where its files end: no day after that is due."""
    return str(NEVER_DUE if source in HISTORY_SOURCES else DEFAULT_FRESHNESS_HOURS)


def _record_world(settings: Settings, world: Mapping[str, object]) -> None:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        temporary = settings.platform_file.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(world, indent=2) + "\n")
        temporary.replace(settings.platform_file)
    except OSError as error:
        problem = f"cannot be written ({error.strerror}); choose a folder that you may write, or mend its permissions"
        raise SettingError("NETFLIX_DATA_DIR", settings.data_dir, problem) from error


def _environment() -> dict[str, str]:
    from_file = {key: value for key, value in dotenv_values(PROJECT_ROOT / ".env").items() if value is not None}
    return {**from_file, **os.environ}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _recorded_world(platform_file: Path) -> dict[str, object]:
    if not platform_file.exists():
        return {}
    try:
        recorded = json.loads(platform_file.read_text())
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({error}); restore it, or choose another NETFLIX_DATA_DIR"
        raise SettingError("NETFLIX_DATA_DIR", platform_file, problem) from error
    if not isinstance(recorded, dict):
        raise SettingError("NETFLIX_DATA_DIR", platform_file, "holds no JSON object; restore it")
    return recorded


def _refuse_conflicts(settings: Settings, recorded: Mapping[str, object]) -> None:
    """A folder keeps the world it was first used with: mixing two would make every figure meaningless."""
    variables = {
        "start_date": "NETFLIX_START_DATE",
        "source": "NETFLIX_SOURCE",
        "scale": "NETFLIX_SCALE",
        "seed": "NETFLIX_SEED",
        "catalog_sha256": "NETFLIX_CATALOG",
    }
    now = settings.world()
    for key, variable in variables.items():
        if recorded and now[key] != recorded.get(key):
            shown = key.removesuffix("_sha256")
            raise SettingError(
                variable,
                now[shown],
                f"the data folder {settings.data_dir} was first used with {recorded.get(shown)}; unset {variable}, "
                "or set NETFLIX_DATA_DIR to a new folder",
            )
    made_by = recorded.get("world_version", _FIRST_WORLD_VERSION)
    if recorded and settings.source == "synthetic" and made_by != WORLD_VERSION:
        raise SettingError(
            "NETFLIX_DATA_DIR",
            settings.data_dir,
            f"holds days of version {made_by} of the synthetic world, this release makes version {WORLD_VERSION}, and two worlds "
            "are never mixed; set NETFLIX_DATA_DIR to a new folder, or go on with the release that made this one",
        )

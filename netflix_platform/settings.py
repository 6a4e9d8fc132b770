"""The platform's settings: the only module that reads the environment.

Precedence: process environment, then ``.env`` in the project's root, then ``platform.json`` in the data folder, then the
default. A world belongs to its folder, so start date, source, seed, scale and catalogue are recorded in ``platform.json``
when a folder is first used, and what conflicts with the record is refused. Nothing here imports Dagster or opens data.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dotenv import dotenv_values

PROJECT_ROOT = Path(__file__).resolve().parents[1]
DEFAULT_DAYS = 120
_MOST_DAYS = 36_500
SOURCES = ("synthetic", "landing")
ENGINES = ("duckdb",)


class SettingError(ValueError):
    """A setting that cannot be used. The message names the variable, the value and the choices."""

    def __init__(self, variable: str, value: object, problem: str) -> None:
        super().__init__(f"{variable}={value}: {problem}")
        self.variable = variable


@dataclass(frozen=True)
class Scale:
    """Size of the synthetic world: events per day (count), users (count) and titles (count)."""

    events_per_day: int
    users: int
    titles: int

    def __str__(self) -> str:
        return f"events_per_day={self.events_per_day},users={self.users},titles={self.titles}"


SCALES: Mapping[str, Scale] = {
    "demo": Scale(events_per_day=20_000, users=8_000, titles=600),
    "seed": Scale(events_per_day=1_667, users=5_000, titles=300),  # 200,000 events over 120 days
    "city": Scale(events_per_day=200_000, users=80_000, titles=2_000),
    "country": Scale(events_per_day=5_000_000, users=2_000_000, titles=5_000),
}


@dataclass(frozen=True)
class Settings:
    """Everything that the platform can be told from outside. Folders and files follow from ``data_dir``."""

    data_dir: Path
    start_date: date
    source: str = "synthetic"
    scale: Scale = SCALES["demo"]
    seed: int = 7
    catalog: Path | None = None
    engine: str = "duckdb"
    memory_limit: str = "4GB"
    late_horizon_days: int = 30
    days_per_run: int = 0  # 0: a range of days is one run, however long
    webserver_port: int = 3000
    dashboard_port: int = 8501

    @property
    def platform_file(self) -> Path:
        return self.data_dir / "platform.json"

    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def lake_dir(self) -> Path:
        return self.data_dir / "lake"

    @property
    def warehouse_file(self) -> Path:
        # DuckDB names the catalogue after the file, and dbt's manifest holds that name: it is part of the contract.
        return self.data_dir / "warehouse" / "netflix.duckdb"

    @property
    def serving_dir(self) -> Path:
        return self.data_dir / "serving"

    @property
    def dagster_dir(self) -> Path:
        return self.data_dir / "dagster"

    @property
    def dbt_dir(self) -> Path:
        return self.data_dir / "dbt"

    @property
    def spill_dir(self) -> Path:
        return self.data_dir / "tmp"

    def last_complete_day(self, now: datetime | None = None) -> date:
        """Yesterday in UTC: the newest day whose events can all have arrived on their own day."""
        return (now or datetime.now(UTC)).astimezone(UTC).date() - timedelta(days=1)

    def world(self) -> dict[str, object]:
        """What belongs to the data folder for good, as ``platform.json`` holds it.

        A catalogue is recorded by its content (SHA-256), so that moving the file changes nothing and editing it is noticed.
        """
        digest = hashlib.sha256(self.catalog.read_bytes()).hexdigest() if self.catalog else None
        return {
            "start_date": self.start_date.isoformat(),
            "source": self.source,
            "scale": str(self.scale),
            "seed": self.seed,
            "catalog": str(self.catalog) if self.catalog else None,
            "catalog_sha256": digest,
        }

    def child_environment(self) -> dict[str, str]:
        """The variables that Dagster's, dbt's and Streamlit's processes need to work on this data folder."""
        return {
            "DAGSTER_HOME": str(PROJECT_ROOT),
            "NETFLIX_DATA_DIR": str(self.data_dir),
            "NETFLIX_DAGSTER_DIR": str(self.dagster_dir),
            "NETFLIX_WAREHOUSE_FILE": str(self.warehouse_file),
            "NETFLIX_MEMORY_LIMIT": self.memory_limit,
            "NETFLIX_SPILL_DIR": str(self.spill_dir),
            "DBT_PROFILES_DIR": str(PROJECT_ROOT / "dbt_netflix"),
            "DBT_TARGET_PATH": str(self.dbt_dir / "target"),
            "DBT_LOG_PATH": str(self.dbt_dir / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
            # dagster.yaml says so too, but only this keeps the webserver from making folders for it in the project.
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            # dbt and the package must be found whether or not the virtual environment is activated.
            "PATH": _with_first(str(Path(sys.executable).parent), os.environ.get("PATH", "")),
            "PYTHONPATH": _with_first(str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")),
        }


# --- reading the environment -----------------------------------------------------------------------------------------


def load_settings(environ: Mapping[str, str] | None = None, today: date | None = None) -> Settings:
    """Build the settings from the environment and from what the data folder records.

    ``environ`` replaces the process environment and ``.env`` (tests); ``today`` the UTC date. Reads, never writes: see
    ``open_platform``. Raises ``SettingError`` for a value that cannot be used or that conflicts with the folder's record.
    """
    values = _environment() if environ is None else dict(environ)
    today = today or datetime.now(UTC).date()
    data_dir = _absolute(values.get("NETFLIX_DATA_DIR") or "data")
    if data_dir.exists() and not data_dir.is_dir():
        raise SettingError("NETFLIX_DATA_DIR", data_dir, "is a file; name a folder")
    recorded = _recorded_world(data_dir / "platform.json")

    def setting(variable: str, key: str, default: str | None) -> str | None:
        given = values.get(variable) or None
        return given if given is not None else _text(recorded.get(key)) or default

    days = requested_days(values)
    start = setting("NETFLIX_START_DATE", "start_date", (today - timedelta(days=days)).isoformat())
    catalog = setting("NETFLIX_CATALOG", "catalog", None)
    settings = Settings(
        data_dir=data_dir,
        start_date=_start_date(start, today),
        source=_choice("NETFLIX_SOURCE", setting("NETFLIX_SOURCE", "source", "synthetic"), SOURCES),
        scale=parse_scale(setting("NETFLIX_SCALE", "scale", "demo") or "demo"),
        seed=_number("NETFLIX_SEED", setting("NETFLIX_SEED", "seed", "7"), at_least=0),
        catalog=_existing_file("NETFLIX_CATALOG", catalog),
        engine=_choice("NETFLIX_ENGINE", values.get("NETFLIX_ENGINE") or "duckdb", ENGINES),
        memory_limit=_memory("NETFLIX_MEMORY_LIMIT", values.get("NETFLIX_MEMORY_LIMIT") or "4GB"),
        late_horizon_days=_number(
            "NETFLIX_LATE_HORIZON_DAYS", values.get("NETFLIX_LATE_HORIZON_DAYS") or "30", at_most=_MOST_DAYS
        ),
        days_per_run=_number("NETFLIX_DAYS_PER_RUN", values.get("NETFLIX_DAYS_PER_RUN") or "0"),
        webserver_port=_port("NETFLIX_WEBSERVER_PORT", values.get("NETFLIX_WEBSERVER_PORT") or "3000"),
        dashboard_port=_port("NETFLIX_DASHBOARD_PORT", values.get("NETFLIX_DASHBOARD_PORT") or "8501"),
    )
    _refuse_conflicts(settings, recorded)
    return settings


def requested_days(environ: Mapping[str, str] | None = None) -> int:
    """How many days, counted back from yesterday, ``make demo`` shall run (``DAYS``, default 120)."""
    values = _environment() if environ is None else environ
    return _number("DAYS", values.get("DAYS") or str(DEFAULT_DAYS), at_least=1, at_most=_MOST_DAYS)


def open_platform(settings: Settings) -> Settings:
    """Create the data folder and record its world on first use; returns the settings.

    Raises ``SettingError`` when the folder cannot be written.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not settings.platform_file.exists():
            temporary = settings.platform_file.with_suffix(f".{os.getpid()}.tmp")
            temporary.write_text(json.dumps(settings.world(), indent=2) + "\n")
            temporary.replace(settings.platform_file)
    except OSError as error:
        problem = f"cannot be written ({error.strerror}); choose a folder that you may write, or mend its permissions"
        raise SettingError("NETFLIX_DATA_DIR", settings.data_dir, problem) from error
    return settings


def export_to_children(settings: Settings) -> None:
    """Put ``child_environment`` into this process's environment, for Dagster's instance and for processes it starts."""
    os.environ.update(settings.child_environment())


def parse_scale(text: str) -> Scale:
    """Read a preset's name or ``events_per_day=…,users=…,titles=…``. Raises ``SettingError`` with the choices."""
    if text in SCALES:
        return SCALES[text]
    choices = f"use one of {', '.join(SCALES)}, or events_per_day=…,users=…,titles=…"
    pairs = dict(re.findall(r"(\w+)\s*=\s*([\d_]+)", text))
    fields = [field.name for field in dataclasses.fields(Scale)]
    if sorted(pairs) != sorted(fields) or not re.fullmatch(r"\w+\s*=\s*[\d_]+(\s*,\s*\w+\s*=\s*[\d_]+)*", text):
        raise SettingError("NETFLIX_SCALE", text, choices)
    try:
        scale = Scale(**{name: int(number) for name, number in pairs.items()})
    except ValueError:
        raise SettingError("NETFLIX_SCALE", text, choices) from None
    if min(dataclasses.astuple(scale)) < 1:
        raise SettingError("NETFLIX_SCALE", text, f"every number must be at least 1; {choices}")
    return scale


def parse_day(variable: str, text: str) -> date:
    """Read ``YYYY-MM-DD``. Raises ``SettingError`` that names ``variable``."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingError(variable, text, "is not a date; write YYYY-MM-DD, for example 2026-07-01") from None


def _with_first(folder: str, path: str) -> str:
    others = [part for part in path.split(os.pathsep) if part and part != folder]
    return os.pathsep.join([folder, *others])


def _environment() -> dict[str, str]:
    from_file = {key: value for key, value in dotenv_values(PROJECT_ROOT / ".env").items() if value is not None}
    return {**from_file, **os.environ}


def _absolute(text: str) -> Path:
    path = Path(text).expanduser()
    return path if path.is_absolute() else PROJECT_ROOT / path


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


def _choice(variable: str, value: str | None, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise SettingError(variable, value, f"is not known; use one of {', '.join(choices)}")
    return value


def _port(variable: str, value: str) -> int:
    return _number(variable, value, at_least=1, at_most=65_535)


def _number(variable: str, value: str | None, at_least: int = 0, at_most: int | None = None) -> int:
    try:
        number = int(value or "")
    except ValueError:
        raise SettingError(variable, value, "is not a whole number") from None
    if number < at_least:
        raise SettingError(variable, value, f"must be at least {at_least}")
    if at_most is not None and number > at_most:
        raise SettingError(variable, value, f"must be at most {at_most}")
    return number


def _start_date(value: str | None, today: date) -> date:
    start = parse_day("NETFLIX_START_DATE", value or "")
    if start >= today:
        raise SettingError("NETFLIX_START_DATE", value, f"must lie before today ({today}, UTC)")
    return start


def _existing_file(variable: str, value: str | None) -> Path | None:
    if not value:
        return None
    path = _absolute(value)
    if not path.is_file():
        raise SettingError(variable, value, "is no file; name an existing one, or unset the variable")
    return path


def _memory(variable: str, value: str) -> str:
    amount = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(MB|GB|TB|MiB|GiB|TiB)", value)
    if amount is None or float(amount[1]) == 0:
        raise SettingError(variable, value, "is no amount of memory; write for example 4GB or 800MB")
    return value

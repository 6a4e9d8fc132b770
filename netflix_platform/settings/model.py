"""What the platform can be told from outside, as frozen values; the data folder's layout follows from them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from netflix_platform.settings.thresholds import Thresholds

if TYPE_CHECKING:
    from netflix_platform.settings.object_store import ObjectStoreAddress

PROJECT_ROOT = Path(__file__).resolve().parents[2]
HISTORY_SOURCES = ("netflix_export", "jellyfin", "tautulli")  # files of years of viewing, taken in by `make import`
SOURCES = ("synthetic", "landing", *HISTORY_SOURCES)
ENGINES = ("duckdb", "spark")
ORCHESTRATIONS = ("local", "celery", "kubernetes")
RAW_FORMATS = ("ndjson", "parquet")
# Which synthetic world this release makes. Raised with every change after which the synthetic source gives other bytes for the
# same seed, scale and day: a data folder must not hold days of two worlds.
WORLD_VERSION = 2
SEVERITIES = ("warn", "error")
NEVER_DUE = 876_000  # freshness in hours: a hundred years


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
    raw_format: str = "ndjson"  # of the synthetic source; no part of its world: both formats hold the same events
    engine: str = "duckdb"
    spark_port: int = (
        15002  # of the local cluster's Connect server; its master and metastore take the two ports after it
    )
    spark_remote: str = "sc://127.0.0.1:15002"
    orchestration: str = "local"
    cluster_port: int = 15432  # of the local cluster's PostgreSQL; its Redis takes the port after it
    cluster_workers: int = 2
    broker_given: str = field(default="", repr=False)  # of a cluster that was not started here; they hold passwords
    records_given: str = field(default="", repr=False)
    memory_limit: str = "3GB"
    late_horizon_days: int = 30
    days_per_run: int = 0  # 0: a range of days is one run, however long
    webserver_port: int = 3000
    dashboard_port: int = 8501
    max_file_bytes: int = 20 * 10**9  # what one raw file may unpack to; a decompression bomb ends here
    thresholds: Thresholds = field(default_factory=Thresholds)
    freshness_hours: int = 6
    catch_up_days_per_run: int = 10
    catch_up_runs: int = 1
    catch_up_attempts: int = 3
    alert_urls: tuple[str, ...] = field(default=(), repr=False)  # they hold passwords
    alert_severity: str = "warn"
    keep_days: int = 90
    landing_quiet_seconds: int = 10  # how long a landed file has to lie unchanged until it is taken
    object_store: ObjectStoreAddress | None = None  # where finished files are kept besides; docs/object-storage.md
    mapping: Path | None = None  # how files of another shape become the feeds; see ``mapping_in_use``

    @property
    def mapping_in_use(self) -> Path | None:
        """The mapping, where the source delivers files as somebody else wrote them; every other source has our own shape."""
        return self.mapping if self.source == "landing" else None

    @property
    def platform_file(self) -> Path:
        return self.data_dir / "platform.json"

    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    @property
    def raw_manifests_dir(self) -> Path:
        return self.raw_dir / "_manifests"

    @property
    def landing_registry(self) -> Path:
        return self.raw_manifests_dir / "landing.sqlite"

    @property
    def landing_dir(self) -> Path:
        return self.data_dir / "landing"

    @property
    def imports_dir(self) -> Path:
        return self.data_dir / "imports"

    @property
    def lake_dir(self) -> Path:
        return self.data_dir / "lake"

    @property
    def warehouse_file(self) -> Path:
        # DuckDB names the catalogue after the file, and dbt's manifest holds that name: it is part of the contract.
        # Each engine has its own states and ledgers, since each has its own tables: changing the engine mixes nothing.
        folder = self.data_dir / "warehouse"
        return (folder if self.engine == "duckdb" else folder / self.engine) / "netflix.duckdb"

    @property
    def object_store_file(self) -> Path:
        return self.data_dir / "object_store.json"

    @property
    def spark_dir(self) -> Path:
        return self.data_dir / "spark"

    @property
    def cluster_dir(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def broker_url(self) -> str:
        """Where runs are handed to workers (Redis). It holds a password."""
        return self.broker_given or f"redis://:{self._cluster_password}@127.0.0.1:{self.cluster_port + 1}/0"

    @property
    def records_url(self) -> str:
        """Where Dagster's records lie when there is more than one process to write them (PostgreSQL). It holds a password."""
        address = f"dagster:{self._cluster_password}@127.0.0.1:{self.cluster_port}/postgres"
        # The driver is named: SQLAlchemy 2.1 takes another one by default, which dagster-postgres does not bring.
        return self.records_given or f"postgresql+psycopg2://{address}"

    @property
    def cluster_password_file(self) -> Path:
        return self.cluster_dir / "password"

    @property
    def _cluster_password(self) -> str:
        """That of the local cluster, which makes it when it is first started."""
        return self.cluster_password_file.read_text() if self.cluster_password_file.exists() else ""

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
    def alerts_file(self) -> Path:
        return self.data_dir / "alerts" / "incidents.sqlite"

    @property
    def spill_dir(self) -> Path:
        return self.data_dir / "tmp"

    def last_complete_day(self, now: datetime | None = None) -> date:
        """Yesterday in UTC: the newest day whose events can all have arrived on their own day."""
        return (now or datetime.now(UTC)).astimezone(UTC).date() - timedelta(days=1)

    def world(self) -> dict[str, object]:
        """What belongs to the data folder for good, as ``platform.json`` holds it.

        A catalogue is recorded by its content (SHA-256), so that moving the file changes nothing and editing it is noticed.
        A mapping is recorded by its path alone: it may be mended, or replaced by another, at any time.
        """
        digest = hashlib.sha256(self.catalog.read_bytes()).hexdigest() if self.catalog else None
        return {
            "start_date": self.start_date.isoformat(),
            "source": self.source,
            "scale": str(self.scale),
            "seed": self.seed,
            "catalog": str(self.catalog) if self.catalog else None,
            "catalog_sha256": digest,
            "mapping": str(self.mapping_in_use) if self.mapping_in_use else None,
            # Days of any other source are what they are, whatever this release would invent.
            **({"world_version": WORLD_VERSION} if self.source == "synthetic" else {}),
        }

    def child_environment(self) -> dict[str, str]:
        """The variables that Dagster's, dbt's and Streamlit's processes need to work on this data folder."""
        return {
            **self._orchestration_environment(),
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
            # Records of a range of days are written together (defs/event_storage.py), not one by one.
            "DAGSTER_EVENT_BATCH_SIZE": "1000",
            # dbt's tests read the thresholds.
            **self.thresholds.as_environment(),
            # dbt and the package must be found whether or not the virtual environment is activated.
            "PATH": _with_first(str(Path(sys.executable).parent), os.environ.get("PATH", "")),
            "PYTHONPATH": _with_first(str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")),
        }

    def _orchestration_environment(self) -> dict[str, str]:
        """Where Dagster's instance is described, and what that description reads; on Kubernetes Dagster's chart says it all."""
        if self.orchestration == "kubernetes":
            return {}
        if self.orchestration == "local":
            return {"DAGSTER_HOME": str(PROJECT_ROOT)}
        return {
            "DAGSTER_HOME": str(PROJECT_ROOT / "deploy" / "celery"),
            "NETFLIX_ORCHESTRATION": self.orchestration,
            "NETFLIX_BROKER_URL": self.broker_url,
            "NETFLIX_RECORDS_URL": self.records_url,
        }


def export_to_children(settings: Settings) -> None:
    """Put ``child_environment`` into this process's environment, for Dagster's instance and for processes it starts."""
    os.environ.update(settings.child_environment())


def _with_first(folder: str, path: str) -> str:
    others = [part for part in path.split(os.pathsep) if part and part != folder]
    return os.pathsep.join([folder, *others])

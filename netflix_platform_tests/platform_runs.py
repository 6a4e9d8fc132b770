"""A platform in a temporary folder for tests that run the real thing: commands in processes of their own, figures by hash."""

import hashlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from netflix_platform.settings import Settings, load_settings
from netflix_platform_tests.commands import environ_of_no_platform, run_alone, run_forked, start
from netflix_platform_tests.parsed_project import hand_over, keep

DAYS = 4

BUSINESS_TABLES = (
    "facts.fct_watch",
    "dimensions.dim_user",
    "dimensions.dim_title",
    "dimensions.dim_date",
    "aggregates.agg_user_day",
    "aggregates.agg_title_day",
    "dimensions.dim_country",
    "marts.mart_audience_hourly",
    "marts.mart_audience_local",
    "marts.mart_content_mix_daily",
    "marts.mart_daily_kpis",
    "marts.mart_profile_monthly",
    "marts.mart_qoe_daily",
    "marts.mart_qoe_hourly",
    "marts.mart_qoe_startup",
    "marts.mart_retention",
    "marts.mart_sessions_daily",
    "marts.mart_subscribers_daily",
    "marts.mart_title_daily",
    "marts.mart_title_funnel",
    "marts.mart_title_weeks",
    "marts.mart_top_titles",
    "marts.mart_top_titles_published",
)


def yesterday() -> date:
    return datetime.now(UTC).date() - timedelta(days=1)


@dataclass(frozen=True)
class TestPlatform:
    """A data folder with ``days`` days up to yesterday, in a small world."""

    __test__ = False

    folder: Path
    days: int
    source: str = "synthetic"
    scale: str = "events_per_day=600,users=150,titles=60"
    more: Mapping[str, str] = field(default_factory=dict)  # further variables

    @property
    def environ(self) -> dict[str, str]:
        return environ_of_no_platform() | {
            "NETFLIX_DATA_DIR": str(self.folder),
            "NETFLIX_START_DATE": str(self.day(0)),
            "NETFLIX_SOURCE": self.source,
            "NETFLIX_SCALE": self.scale,
            "NETFLIX_MEMORY_LIMIT": "1GB",
            "NETFLIX_LANDING_QUIET_SECONDS": "1",
            "NETFLIX_ALERT_URLS": "",  # a test's failed days are nobody's alert, whatever .env says
            **self.more,
        }

    def day(self, number: int) -> date:
        """Day ``number`` of the platform, from 0."""
        return yesterday() - timedelta(days=self.days - 1 - number)

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command in a forked process; returns what it printed, and fails the test on another exit code than expected."""
        return self._run(run_forked, arguments, expect)

    def make(self, *arguments: str, expect: int = 0) -> str:
        """``run`` in an interpreter of its own, as ``make`` does; dearer, so once for each kind of command."""
        return self._run(run_alone, arguments, expect)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command as ``make`` does, and leave it at work."""
        hand_over(self.folder)
        return start(arguments, self.environ)

    def _run(
        self, run: Callable[[Sequence[str], Mapping[str, str]], tuple[int, str]], arguments: Sequence[str], expect: int
    ) -> str:
        hand_over(self.folder)
        code, printed = run(arguments, self.environ)
        assert code == expect, f"exit code {code}\n{printed}"
        keep(self.folder)
        return printed

    def warehouse(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.settings.warehouse_file), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def published(self, query: str) -> list[tuple]:
        serving = self.settings.serving_dir
        with duckdb.connect(str(serving / (serving / "CURRENT").read_text().strip()), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def fingerprints(self) -> dict[str, str]:
        """Hash of the sorted rows of every business table, by name."""
        marks = {}
        for table in BUSINESS_TABLES:
            rows = self.warehouse(f"select t::varchar from {table} t order by all")
            marks[table] = hashlib.sha256("\n".join(row[0] for row in rows).encode()).hexdigest()
        return marks

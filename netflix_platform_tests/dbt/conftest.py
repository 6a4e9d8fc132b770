"""The real dbt project on planted warehouses: parsed once, built once, then copied for each test."""

from __future__ import annotations

import gc
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.dbt.planted import plant_warehouse

PROJECT = PROJECT_ROOT / "dbt_netflix"
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
DAILY = (
    "facts.fct_watch",
    "aggregates.agg_user_day",
    "aggregates.agg_title_day",
    "marts.mart_audience_hourly",
    "marts.mart_audience_local",
    "marts.mart_daily_kpis",
    "marts.mart_qoe_daily",
    "marts.mart_qoe_hourly",
    "marts.mart_qoe_startup",
    "marts.mart_sessions_daily",
)
WHOLE = (
    "dimensions.dim_country",
    "dimensions.dim_user",
    "dimensions.dim_title",
    "dimensions.dim_date",
    "marts.mart_content_mix_daily",
    "marts.mart_profile_monthly",
    "marts.mart_retention",
    "marts.mart_subscribers_daily",
    "marts.mart_title_funnel",
    "marts.mart_title_weeks",
    "marts.mart_top_titles",
    "marts.mart_top_titles_published",
    "marts.mart_title_daily",
)


@dataclass(frozen=True)
class Warehouse:
    """A warehouse file and the parsed project; each call runs the real dbt in this process and then lets the file go."""

    file: Path
    parsed_project: Path

    def dbt(self, *arguments: str, first: object = "", last: object = "") -> dbtRunnerResult:
        """Run dbt on this file for the event days from ``first`` to ``last`` (all of them without)."""
        manifest = Manifest.from_msgpack(self.parsed_project.read_bytes())
        manifest.build_flat_graph()
        return invoke_dbt(self.file, *arguments, "--no-write-json", first=first, last=last, manifest=manifest)

    def results(self, *arguments: str, first: object = "", last: object = "") -> dict[str, str]:
        """Run dbt and return the status of every model and test by name, whatever it is."""
        outcome = self.dbt(*arguments, first=first, last=last)
        assert outcome.exception is None, outcome.exception
        return {result.node.name: str(result.status) for result in outcome.result.results}

    def build(self, *arguments: str, first: object = "", last: object = "") -> None:
        """Build models and run their tests (those of the business without ``arguments``); all must succeed."""
        outcome = self.dbt("build", *(arguments or ("--exclude", "tag:audit")), *NO_UNIT_TESTS, first=first, last=last)
        assert outcome.success, outcome.exception or [
            (result.node.name, result.message)
            for result in outcome.result.results
            if result.status in ("error", "fail")
        ]

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        """Run SQL on the file and return its rows."""
        with self.open() as connection:
            return connection.execute(sql).fetchall()

    def open(self) -> duckdb.DuckDBPyConnection:
        """The file, once nobody else of this process has it open."""
        try:
            return duckdb.connect(str(self.file))
        except duckdb.ConnectionException:
            # A cursor of a dbt thread that ended holds the file, with dbt's configuration, until it is collected.
            gc.collect()
            return duckdb.connect(str(self.file))

    def hashes(self, *tables: str) -> dict[str, tuple[int, str]]:
        """Row count and hash over the sorted rows of each table."""
        found = {}
        for table in tables:
            texts = f"select cast({table.split('.')[1]} as varchar) as line from {table}"
            ((count, digest),) = self.execute(
                f"select count(*), md5(string_agg(line, '|' order by line)) from ({texts})"
            )
            found[table] = (count, digest)
        return found


def invoke_dbt(
    file: Path, *arguments: str, first: object = "", last: object = "", manifest: Manifest | None = None
) -> dbtRunnerResult:
    """Run dbt in this process on a warehouse file, its leavings beside the file; parses the project without ``manifest``."""
    variables = {
        "NETFLIX_WAREHOUSE_FILE": str(file),
        "NETFLIX_MEMORY_LIMIT": "500MB",
        "NETFLIX_SPILL_DIR": str(file.parent / "tmp"),
        "NETFLIX_FROM_DATE": str(first),
        "NETFLIX_TO_DATE": str(last),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(file.parent / "target"),
        "DBT_LOG_PATH": str(file.parent / "logs"),
    }
    options = ("--project-dir", str(PROJECT), "--quiet", "--log-level", "none")
    with mock.patch.dict(os.environ, variables):
        try:
            return dbtRunner(manifest=manifest).invoke([*arguments, *options])
        finally:
            DuckDBConnectionManager.close_all_connections()


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as dbt parsed it, without a warning; a fresh copy is loaded for every invocation."""
    folder = tmp_path_factory.mktemp("parsed")
    outcome = invoke_dbt(folder / "netflix.duckdb", "parse", "--warn-error")
    assert outcome.success, outcome.exception
    return folder / "target" / "partial_parse.msgpack"


@pytest.fixture(scope="session")
def built_file(tmp_path_factory: pytest.TempPathFactory, parsed_project: Path) -> Path:
    """A planted warehouse with every business model built over all days."""
    file = tmp_path_factory.mktemp("built") / "netflix.duckdb"
    plant_warehouse(file)
    Warehouse(file, parsed_project).build()
    return file


@pytest.fixture
def built(built_file: Path, parsed_project: Path, tmp_path: Path) -> Warehouse:
    """A copy of the built warehouse that a test may change."""
    shutil.copy(built_file, tmp_path / "netflix.duckdb")
    return Warehouse(tmp_path / "netflix.duckdb", parsed_project)


@pytest.fixture
def planted(parsed_project: Path, tmp_path: Path) -> Warehouse:
    """A warehouse with raw tables only, their rows in another order than those of ``built``."""
    file = tmp_path / "planted" / "netflix.duckdb"
    file.parent.mkdir()
    plant_warehouse(file, shuffled=True)
    return Warehouse(file, parsed_project)

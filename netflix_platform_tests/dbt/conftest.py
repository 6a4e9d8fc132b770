"""The real dbt project on planted warehouses: parsed once, built once, then copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
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
BUSINESS = ("--exclude", "tag:audit", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Warehouse:
    """A warehouse file and the parsed project; each call runs the real dbt in this process and then lets the file go."""

    file: Path
    parsed_project: Path

    def dbt(self, *arguments: str, first: object = "", last: object = "") -> dbtRunnerResult:
        """Run dbt on this file for the event days from ``first`` to ``last`` (all of them without)."""
        variables = dbt_environment(self.file) | {"NETFLIX_FROM_DATE": str(first), "NETFLIX_TO_DATE": str(last)}
        manifest = Manifest.from_msgpack(self.parsed_project.read_bytes())
        manifest.build_flat_graph()
        with mock.patch.dict(os.environ, variables):
            try:
                return dbtRunner(manifest=manifest).invoke([*arguments, "--project-dir", str(PROJECT), "--quiet"])
            finally:
                DuckDBConnectionManager.close_all_connections()

    def build(self, *arguments: str, first: object = "", last: object = "") -> dict[str, str]:
        """Build, and return the status of every model and test by name; models must succeed."""
        outcome = self.dbt("build", *(arguments or BUSINESS), first=first, last=last)
        assert outcome.exception is None, outcome.exception
        statuses = {result.node.name: str(result.status) for result in outcome.result.results}
        messages = {result.node.name: result.message for result in outcome.result.results if result.status == "error"}
        assert not messages, messages
        return statuses

    def execute(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run SQL on the file and return its rows."""
        with duckdb.connect(str(self.file)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def hashes(self, *tables: str) -> dict[str, tuple[int, str]]:
        """Row count and hash over the sorted rows of each table."""
        found = {}
        for table in tables:
            rows = f"select md5(string_agg(row, '|' order by row)), count(*) from (select {table.split('.')[1]}::varchar as row from {table})"
            ((digest, count),) = self.execute(rows)
            found[table] = (count, digest)
        return found


def dbt_environment(file: Path) -> dict[str, str]:
    """The variables that point dbt at a warehouse file, with its leavings beside the file."""
    return {
        "NETFLIX_WAREHOUSE_FILE": str(file),
        "NETFLIX_MEMORY_LIMIT": "500MB",
        "NETFLIX_SPILL_DIR": str(file.parent / "tmp"),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_TARGET_PATH": str(file.parent / "target"),
        "DBT_LOG_PATH": str(file.parent / "logs"),
        "NETFLIX_FROM_DATE": "",
        "NETFLIX_TO_DATE": "",
    }


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project as dbt parsed it; a fresh copy is loaded for every invocation."""
    folder = tmp_path_factory.mktemp("parsed")
    with mock.patch.dict(os.environ, dbt_environment(folder / "netflix.duckdb")):
        outcome = dbtRunner().invoke(["parse", "--project-dir", str(PROJECT), "--quiet", "--warn-error"])
        DuckDBConnectionManager.close_all_connections()
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
def planted(parsed_project: Path, tmp_path: Path) -> Iterator[Warehouse]:
    """A warehouse with raw tables only."""
    plant_warehouse(tmp_path / "netflix.duckdb")
    yield Warehouse(tmp_path / "netflix.duckdb", parsed_project)

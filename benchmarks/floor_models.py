"""The SQL of the dbt models that ``floor.sql`` does not hold, compiled beforehand: the floor runs it as it stands, without dbt.

So a new mart is part of the comparison from its first day on. Its SQL is the project's own: who finds a better way may write it
into ``floor.sql``, and should rather mend the model.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.measuring import ROOT, cost_of


@dataclass(frozen=True)
class CompiledModel:
    """A business model: its table and its query over the whole history. ``is_view``: stored as a view."""

    schema: str
    name: str
    is_view: bool
    query: str


def compile_models(folder: Path, environ: Mapping[str, str]) -> Path:
    """Compile all business models with dbt in ``folder``; the file that ``read_models`` reads. ``environ``: what dbt is told."""
    file = folder / "models.json"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        own = {
            # Called as the floor's own database is: dbt writes the name into every query.
            "NETFLIX_WAREHOUSE_FILE": str(folder / "netflix.duckdb"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        dbt = str(Path(sys.executable).with_name("dbt"))
        cost_of(
            [dbt, "--quiet", "compile", "--exclude", "tag:audit", "--project-dir", str(ROOT / "dbt_netflix")],
            {**environ, **own},
        )
        manifest = json.loads((folder / "target" / "manifest.json").read_text())
        file.write_text(json.dumps([asdict(model) for model in _in_order(manifest)]))
    return file


def read_models(file: Path) -> list[CompiledModel]:
    """The models, each after those that it reads."""
    return [CompiledModel(**model) for model in json.loads(file.read_text())]


def build_missing(connection: duckdb.DuckDBPyConnection, models: list[CompiledModel]) -> None:
    """Make what of ``models`` the database does not hold yet."""
    there = set(connection.execute("select table_schema, table_name from information_schema.tables").fetchall())
    for model in models:
        if (model.schema, model.name) not in there:
            connection.execute(f"create schema if not exists {model.schema}")
            kind = "view" if model.is_view else "table"
            connection.execute(f"create {kind} {model.schema}.{model.name} as {model.query}")


def _in_order(manifest: Mapping[str, Any]) -> list[CompiledModel]:
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and "audit" not in node["tags"]
    }
    ordered: dict[str, CompiledModel] = {}

    def add(name: str) -> None:
        if name not in nodes or name in ordered:
            return
        node = nodes[name]
        for upstream in node["depends_on"]["nodes"]:
            add(upstream)
        is_view = node["config"]["materialized"] == "view"
        ordered[name] = CompiledModel(node["schema"], node["name"], is_view, _typed(node))

    for name in nodes:
        add(name)
    return list(ordered.values())


def _typed(node: Mapping[str, Any]) -> str:
    """A model's query, in the types that its contract declares where dbt enforces them."""
    query = str(node["compiled_code"])
    if not node["config"]["contract"]["enforced"]:
        return query
    columns = [f"{column['name']}::{column['data_type']} as {column['name']}" for column in node["columns"].values()]
    return f"select {', '.join(columns)} from (\n{query}\n)"

"""Which columns a model's columns are made of, read out of its SQL by ``make docs`` and shown with the asset.

dagster-dbt can find it in every run, with a connection and a parse of every model each time; it changes only when the SQL does.
So it is found once, without a database, kept beside dbt's artifacts, and attached to the definition of each asset whose
SQL is still the same. Dagster's open-source UI draws no column lineage, so it is shown as a table too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from netflix_platform.settings import Settings

# By model's unique id: the checksum of its SQL, and by column the columns it is made of, each as unique id and column.
Lineage = dict[str, dict[str, Any]]


def lineage_file(settings: Settings) -> Path:
    """Where ``make docs`` leaves what it found."""
    return settings.dbt_dir / "column_lineage.json"


def read_lineage(settings: Settings) -> Lineage:
    """What was found last; nothing when that never happened."""
    try:
        found: Lineage = json.loads(lineage_file(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def find_lineage(manifest: Mapping[str, Any]) -> Lineage:
    """The lineage of every model of a manifest with compiled SQL. A model whose SQL cannot be followed is left out."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage

    nodes = {**manifest["nodes"], **manifest["sources"]}
    relations = {_relation(node): unique_id for unique_id, node in nodes.items() if node.get("relation_name")}
    schema: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for node in nodes.values():
        if node.get("columns"):
            tables = schema.setdefault(node["database"], {}).setdefault(node["schema"], {})
            tables[node["name"]] = {
                name: column.get("data_type") or "unknown" for name, column in node["columns"].items()
            }
    found: Lineage = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] != "model" or not node.get("compiled_code"):
            continue
        try:
            query = parse_one(node["compiled_code"], dialect="duckdb")
            columns = {}
            for column in node["columns"]:
                leaves = [
                    step
                    for step in lineage(column, query, schema=schema, dialect="duckdb").walk()
                    if not step.downstream
                ]
                parents = {
                    (relations[_table(leaf.expression)], exp.to_column(leaf.name).name)
                    for leaf in leaves
                    if isinstance(leaf.expression, exp.Table) and _table(leaf.expression) in relations
                }
                columns[column] = sorted(parents)
        except SqlglotError:
            continue
        found[unique_id] = {"checksum": node["checksum"]["checksum"], "columns": columns}
    return found


def asset_keys(manifest: Mapping[str, Any]) -> dict[str, dg.AssetKey]:
    """The asset key of every model and source of a manifest by its unique id."""
    models = {unique_id: [node["schema"], node["name"]] for unique_id, node in manifest["nodes"].items()}
    sources = {
        unique_id: node["config"]["meta"]["dagster"]["asset_key"] for unique_id, node in manifest["sources"].items()
    }
    return {unique_id: dg.AssetKey(parts) for unique_id, parts in {**models, **sources}.items()}


def lineage_metadata(lineage: Lineage, node: Mapping[str, Any], keys: Mapping[str, dg.AssetKey]) -> dict[str, Any]:
    """What the asset of ``node`` is shown with; nothing when its SQL has changed since. ``keys``: asset keys by unique id."""
    known = lineage.get(node["unique_id"])
    if known is None or known["checksum"] != node["checksum"]["checksum"]:
        return {}
    deps = {
        column: [
            dg.TableColumnDep(asset_key=keys[parent], column_name=name) for parent, name in parents if parent in keys
        ]
        for column, parents in known["columns"].items()
    }
    lines = ["| Column | Made of |", "|---|---|"]
    for column, made_of in deps.items():
        names = ", ".join(f"`{dep.asset_key.path[-1]}.{dep.column_name}`" for dep in made_of)
        lines.append(f"| `{column}` | {names or '–'} |")
    return {
        "dagster/column_lineage": dg.TableColumnLineage(deps),
        "columns are made of": dg.MetadataValue.md("\n".join(lines)),
    }


def _relation(node: Mapping[str, Any]) -> tuple[str, str]:
    return node["schema"], node.get("identifier") or node.get("alias") or node["name"]


def _table(table: Any) -> tuple[str, str]:
    return table.db, table.name

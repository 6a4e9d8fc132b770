"""Column lineage: found in compiled SQL without a database, shown with the asset as long as its SQL is the same."""

import dagster as dg

from netflix_platform.defs.column_lineage import find_lineage, lineage_file, lineage_metadata, read_lineage


def node(name, code, columns, checksum="1", schema="marts"):
    return {
        "unique_id": f"model.netflix.{name}",
        "resource_type": "model",
        "database": "netflix",
        "schema": schema,
        "name": name,
        "relation_name": f'"netflix"."{schema}"."{name}"',
        "compiled_code": code,
        "checksum": {"checksum": checksum},
        "columns": {column: {"data_type": "bigint"} for column in columns},
    }


FACT = node("fct", None, ["day", "user_id", "plays", "seconds"], schema="facts")
MART = node(
    "mart",
    """
    with sums as (
        select day, sum(plays) as plays, sum(seconds) filter (where plays > 0) as seconds, count(*) as rows
        from "netflix"."facts"."fct" group by day
    )
    select day, plays, cast(seconds as double) / nullif(cast(plays as double), 0) as mean, rows from sums
    """,
    ["day", "plays", "mean", "rows"],
)
BROKEN = node("broken", "select from where", ["day"])
MANIFEST = {"nodes": {one["unique_id"]: one for one in (FACT, MART, BROKEN)}, "sources": {}}
KEYS = {"model.netflix.fct": dg.AssetKey(["facts", "fct"])}


def test_columns_are_followed_through_the_sql():
    found = find_lineage(MANIFEST)
    assert set(found) == {"model.netflix.mart"}, "what cannot be read, or has no SQL, is left out"
    columns = found["model.netflix.mart"]["columns"]
    assert {name: [column for _, column in parents] for name, parents in columns.items()} == {
        "day": ["day"],
        "plays": ["plays"],
        "mean": ["plays", "seconds"],
        "rows": [],
    }


def test_an_asset_shows_it_until_its_sql_changes():
    found = find_lineage(MANIFEST)
    shown = lineage_metadata(found, MART, KEYS)
    deps = shown["dagster/column_lineage"].deps_by_column
    assert [(dep.asset_key, dep.column_name) for dep in deps["plays"]] == [(KEYS["model.netflix.fct"], "plays")]
    assert "| `mean` | `fct.plays`, `fct.seconds` |" in shown["columns are made of"].value
    assert lineage_metadata(found, node("mart", "select 1", ["day"], checksum="2"), KEYS) == {}
    assert lineage_metadata({}, MART, KEYS) == {}


def test_nothing_is_shown_before_make_docs_and_after_a_damaged_file(settings):
    assert read_lineage(settings) == {}
    lineage_file(settings).parent.mkdir(parents=True)
    lineage_file(settings).write_text('{"cut')
    assert read_lineage(settings) == {}

"""The semantic layer: every metric can be computed, equals the marts' own ratios, and stands in ``docs/metrics.md``."""

from __future__ import annotations

from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from docs import write_metrics
from netflix_platform_tests.dbt.conftest import Warehouse
from netflix_platform_tests.dbt.planted import day

AGGREGATES = {"sum": "sum({})", "average": "avg({})", "max": "max({})"}


@pytest.fixture(scope="module")
def manifest(parsed_project) -> Manifest:
    return Manifest.from_msgpack(parsed_project.read_bytes())


def metric_sql(manifest: Manifest, name: str) -> str:
    """A metric over all rows, as one scalar expression of subqueries."""
    metrics = {metric.name: metric for metric in manifest.metrics.values()}
    metric = metrics[name]
    if metric.type.value == "ratio":
        parts = [
            metric_sql(manifest, part.name) for part in (metric.type_params.numerator, metric.type_params.denominator)
        ]
        return f"({parts[0]} / nullif({parts[1]}, 0)::double)"
    if metric.type.value == "derived":
        parts = {part.name: metric_sql(manifest, part.name) for part in metric.type_params.metrics}
        named = ", ".join(f"{sql}::double as {part}" for part, sql in parts.items())
        return f"(select {metric.type_params.expr} from (select {named}))"
    return _measure_sql(manifest, metric.type_params.measure.name)


def _measure_sql(manifest: Manifest, name: str) -> str:
    for table in manifest.semantic_models.values():
        for measure in table.measures:
            if measure.name != name:
                continue
            relation = f"marts.{table.depends_on.nodes[0].split('.')[-1]}"
            over = measure.non_additive_dimension
            where = (
                f"where {over.name} = (select {over.window_choice.value}({over.name}) from {relation})" if over else ""
            )
            return f"(select {AGGREGATES[measure.agg.value].format(measure.expr)} from {relation} {where})"
    raise KeyError(name)


def test_every_metric_can_be_computed(built: Warehouse, manifest: Manifest) -> None:
    names = sorted(metric.name for metric in manifest.metrics.values())
    assert len(names) > 50
    query = "select " + ", ".join(f"{metric_sql(manifest, name)} as {name}" for name in names)
    values = dict(zip(names, built.execute(query)[0], strict=True))
    # Planted events tell of no bitrate.
    assert {name for name, value in values.items() if value is None} == {"avg_bitrate_kbps"}
    assert 0 < values["rebuffer_ratio"] < 1
    assert values["rebuffer_ratio"] == values["quality_rebuffer_ratio"]
    assert values["plays"] == values["title_plays"]
    assert (
        values["subscribers"]
        == values["opening_subscribers"] + values["sign_ups"] - values["cancellations"] + values["returns"]
    )


def test_over_one_row_a_metric_is_the_marts_own_column(built: Warehouse, manifest: Manifest) -> None:
    """The marts hold the ratios of their rows; a definition that drifts away from them fails here."""
    built.execute(f"delete from marts.mart_daily_kpis where event_date <> date '{day(5)}'")
    built.execute(
        "delete from marts.mart_qoe_daily where rowid <> (select min(rowid) from marts.mart_qoe_daily where abandoned_plays > 0)"
    )
    for name, table, column in (
        ("watch_hours", "mart_daily_kpis", "watch_hours"),
        ("avg_watch_seconds", "mart_daily_kpis", "avg_watch_seconds"),
        ("rebuffer_ratio", "mart_daily_kpis", "rebuffer_ratio"),
        ("error_rate", "mart_qoe_daily", "error_rate"),
        ("abandonment_rate", "mart_qoe_daily", "abandonment_rate"),
        ("quality_rebuffer_ratio", "mart_qoe_daily", "rebuffer_ratio"),
    ):
        ((computed, held),) = built.execute(f"select {metric_sql(manifest, name)}::double, {column} from marts.{table}")
        assert computed == pytest.approx(held, rel=1e-12), name
        assert held > 0


def test_the_page_of_metrics_is_current() -> None:
    assert write_metrics.PAGE.read_text() == write_metrics.metrics_page(), "run make docs"


def test_a_metric_of_no_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    read = write_metrics._read

    def renamed(name: str) -> dict[str, Any]:
        content = read(name)
        return {"exposures": content["exposures"][1:]} if name == "exposures.yml" else content

    monkeypatch.setattr(write_metrics, "_read", renamed)
    with pytest.raises(KeyError, match="no page is called"):
        write_metrics.metrics_page()


def test_every_shown_page_is_one_that_reads_the_metrics_table(manifest: Manifest) -> None:
    tables = {table.name: table.depends_on.nodes[0] for table in manifest.semantic_models.values()}
    of_measure = {
        measure.name: tables[table.name] for table in manifest.semantic_models.values() for measure in table.measures
    }
    read = {exposure.label: set(exposure.depends_on.nodes) for exposure in manifest.exposures.values()}
    for metric in manifest.metrics.values():
        if metric.type.value == "simple":
            for page in metric.config.meta["shown_on"]:
                assert of_measure[metric.type_params.measure.name] in read[page], (metric.name, page)

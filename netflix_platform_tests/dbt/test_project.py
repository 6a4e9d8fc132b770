"""What other parts of the platform read from the dbt project: names, metadata, contracts, and that nothing is undescribed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dbt.contracts.graph.manifest import Manifest

from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.dbt.conftest import PROJECT, Warehouse

LAYERS = ("staging", "facts", "dimensions", "aggregates", "marts", "audit")
PUBLISHED = [
    "audit_alerts",
    "audit_asset_materializations",
    "audit_check_results",
    "audit_erasures",
    "audit_landing_files",
    "audit_late_arrivals",
    "audit_pipeline_runs",
    "audit_publications",
    "audit_row_ledger",
    "audit_step_runs",
    "audit_warehouse_ledger",
    "dim_country",
    "dim_title",
    "mart_audience_hourly",
    "mart_audience_local",
    "mart_content_mix_daily",
    "mart_daily_kpis",
    "mart_pipeline_health",
    "mart_profile_monthly",
    "mart_qoe_daily",
    "mart_qoe_hourly",
    "mart_qoe_startup",
    "mart_retention",
    "mart_sessions_daily",
    "mart_subscribers_daily",
    "mart_title_daily",
    "mart_title_funnel",
    "mart_title_weeks",
    "mart_top_titles",
    "mart_top_titles_published",
]
STORED_BY_DAY = [
    "agg_title_day",
    "agg_user_day",
    "fct_watch",
    "mart_audience_hourly",
    "mart_audience_local",
    "mart_daily_kpis",
    "mart_qoe_daily",
    "mart_qoe_hourly",
    "mart_qoe_startup",
    "mart_sessions_daily",
]
SOURCE_ASSETS = {
    "raw.events": ["warehouse", "events"],
    "raw.users": ["warehouse", "users"],
    "raw.titles": ["warehouse", "titles"],
    "raw.published_top10": ["reference", "published_top10"],
    "audit.load_ledger": ["warehouse", "events"],
    "audit.event_day_states": ["warehouse", "events"],
    "audit.waivers": ["warehouse", "events"],
    "audit.run_records": ["audit", "run_records"],
    "audit.step_records": ["audit", "step_records"],
    "audit.materialization_records": ["audit", "materialization_records"],
    "audit.check_records": ["audit", "check_records"],
    "audit.ledger_records": ["audit", "ledger_records"],
    "audit.alert_records": ["audit", "alert_records"],
    "audit.late_arrival_records": ["audit", "late_arrival_records"],
    "audit.publication_records": ["audit", "publication_records"],
    "audit.erasure_records": ["audit", "erasure_records"],
    "audit.landing_file_records": ["audit", "landing_file_records"],
}


@pytest.fixture(scope="module")
def manifest(parsed_project: Path) -> Manifest:
    return Manifest.from_msgpack(parsed_project.read_bytes())


@pytest.fixture(scope="module")
def models(manifest: Manifest) -> dict[str, Any]:
    return {node.name: node for node in manifest.nodes.values() if node.resource_type == "model"}


def test_published_and_daily_models_are_marked(models: dict[str, Any]) -> None:
    assert sorted(name for name, model in models.items() if model.config.meta.get("publish")) == PUBLISHED
    assert sorted(name for name, model in models.items() if model.config.meta.get("daily")) == STORED_BY_DAY
    for name in STORED_BY_DAY:
        assert models[name].config.incremental_strategy == "event_days"
        assert "event_date" in models[name].columns


def test_models_lie_in_the_schema_and_group_of_their_folder(models: dict[str, Any]) -> None:
    for name, model in models.items():
        folder = model.fqn[1]
        assert folder in LAYERS, name
        assert model.config.group == folder, name
        assert model.schema == ("marts" if name == "mart_pipeline_health" else folder), name
        assert (model.config.tags == ["audit"]) == (folder == "audit"), name


def test_sources_name_the_assets_that_write_them(manifest: Manifest) -> None:
    found = {
        f"{source.source_name}.{source.name}": source.config.meta["dagster"]["asset_key"]
        for source in manifest.sources.values()
    }
    assert found == SOURCE_ASSETS


def test_every_model_is_described_and_under_contract(models: dict[str, Any]) -> None:
    for name, model in models.items():
        assert model.description, name
        assert model.patch_path == f"netflix://{model.original_file_path.removesuffix('.sql')}.yml", (
            f"{name}: one YAML beside it"
        )
        assert all(column.description for column in model.columns.values()), name
        assert model.config.contract.enforced == (model.fqn[1] != "staging"), name


def test_described_columns_are_the_columns(built: Warehouse, models: dict[str, Any]) -> None:
    """Contracts see to it from the facts on; staging views have none."""
    for name in ("stg_events", "stg_users", "stg_titles"):
        described = [row[0] for row in built.execute(f"describe staging.{name}")]
        assert described == list(models[name].columns), name


def test_the_grain_of_every_model_is_tested(manifest: Manifest, models: dict[str, Any]) -> None:
    tested = {
        node.attached_node.split(".")[-1]
        for node in manifest.nodes.values()
        if node.resource_type == "test"
        and node.test_metadata.name in ("unique_combination", "grain_and_rules")
        and node.config.severity.upper() == "ERROR"
    }
    assert tested == set(models)


def test_every_page_has_an_exposure_and_all_that_is_published_a_page(manifest: Manifest) -> None:
    exposures = manifest.exposures.values()
    shown = {unique_id.split(".")[-1] for exposure in exposures for unique_id in exposure.depends_on.nodes}
    assert sorted(shown) == PUBLISHED
    pages = {path.stem for path in (PROJECT_ROOT / "dashboard" / "app_pages").glob("[a-z]*.py")}
    assert pages <= {exposure.name for exposure in exposures}


def test_the_project_needs_no_package(manifest: Manifest) -> None:
    assert not (PROJECT / "packages.yml").exists()
    assert not (PROJECT / "dependencies.yml").exists()


def test_a_wrong_contract_stops_the_build(built: Warehouse) -> None:
    """A column of another type upstream is an error that names the column, not a silent cast."""
    before = built.hashes("facts.fct_watch")
    built.execute("alter table raw.events alter column startup_ms type varchar")
    outcome = built.dbt("run", "--select", "stg_events", "fct_watch")
    assert not outcome.success
    assert "startup_ms" in outcome.result.results[-1].message
    assert built.hashes("facts.fct_watch") == before

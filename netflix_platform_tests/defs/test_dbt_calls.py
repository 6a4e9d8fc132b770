"""dbt in the run's own process, on a project of two models: what Dagster gets, who holds the file, and how it is stopped."""

import os
import signal
import threading
import time
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster_dbt import DbtProject, dbt_assets

from netflix_platform.defs.dbt_calls import build, is_parsed, parse

THRESHOLDS = {"NETFLIX_MAX_UNKNOWN_SHARE": "0.05"}
FILES = {
    "dbt_project.yml": "{name: tiny, version: 1.0.0, profile: tiny, models: {tiny: {+materialized: table}}}",
    "profiles.yml": "tiny: {target: d, outputs: {d: {type: duckdb, path: '{{ env_var(\"TINY_FILE\") }}', threads: 1}}}",
    "models/small.sql": "select {{ env_var('TINY_ROW', '1') }} as id",
    "models/large.sql": "select count(*) as rows from {{ ref('small') }}, range({{ env_var('TINY_ROWS', '1') }}), range(100000)",
    "models/models.yml": "{models: [{name: small, columns: [{name: id, data_tests: [not_null]}]}]}",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> DbtProject:
    folder = tmp_path_factory.mktemp("tiny")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    os.environ["TINY_FILE"] = str(folder / "tiny.duckdb")
    project = DbtProject(folder, profiles_dir=folder, target_path=tmp_path_factory.mktemp("data"))
    assert not is_parsed(project, THRESHOLDS)
    parse(project, THRESHOLDS)
    return project


@pytest.fixture
def run(project, monkeypatch):
    """Builds the tiny project as a step of a run, with some of its variables; returns the run and its dbt results by name."""

    def run(selection=None, **variables: object):
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        results = {}

        @dbt_assets(manifest=project.manifest_path, project=project, name="tiny")
        def tiny(context: dg.AssetExecutionContext):
            built = build(context)
            results.update({result["unique_id"].split(".")[2]: result["status"] for result in built.results})
            with duckdb.connect(os.environ["TINY_FILE"], config={"threads": 3}):
                pass  # with another configuration than dbt's: it has let go of the file
            yield from built.events

        job = dg.Definitions(assets=[tiny]).resolve_implicit_global_asset_job_def()
        keys = [dg.AssetKey(name) for name in selection] if selection else None
        return job.execute_in_process(asset_selection=keys, raise_on_error=False), results

    return run


def rows(table: str) -> list[tuple]:
    with duckdb.connect(os.environ["TINY_FILE"], read_only=True) as connection:
        return connection.execute(f"select * from {table}").fetchall()


def test_a_build_gives_materializations_and_checks_and_lets_the_file_go(run, project):
    before = Path.cwd()
    result, found = run()
    assert result.success
    assert found == {"small": "success", "large": "success", "not_null_small_id": "pass"}
    assert {event.asset_key.to_user_string() for event in result.get_asset_materialization_events()} == {
        "small",
        "large",
    }
    assert [check.passed for check in result.get_asset_check_evaluations()] == [True]
    assert Path.cwd() == before
    assert not list(project.target_path.glob("tiny-*"))


def test_a_failed_test_is_a_failed_check_and_its_sql_stays(run, project):
    result, found = run(TINY_ROW="null::integer")
    assert found == {"small": "success", "large": "skipped", "not_null_small_id": "fail"}
    assert [check.passed for check in result.get_asset_check_evaluations()] == [False]
    (left,) = project.target_path.glob("tiny-*")
    assert list(left.rglob("not_null_small_id.sql"))


def test_a_step_builds_what_was_selected(run):
    result, found = run(selection=["large"])
    assert result.success
    assert found == {"large": "success"}


def test_a_run_that_is_stopped_interrupts_the_query_and_frees_the_file(run):
    assert run()[0].success
    before = rows("large")
    threading.Timer(1.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    begun = time.monotonic()
    result, found = run(TINY_ROWS=10**12)
    assert time.monotonic() - begun < 60  # undisturbed it would take hours
    errors = [event.step_failure_data.error for event in result.all_events if event.is_step_failure]
    assert ["DagsterExecutionInterruptedError" in error.to_string() for error in errors] == [True]
    assert not found
    assert rows("large") == before


def test_what_was_parsed_is_out_of_date_with_other_thresholds_or_files(project):
    assert is_parsed(project, THRESHOLDS)
    assert not is_parsed(project, {**THRESHOLDS, "NETFLIX_MAX_UNKNOWN_SHARE": "0.1"})
    (project.project_dir / "models" / "small.sql").touch()
    assert not is_parsed(project, THRESHOLDS)


def test_a_project_that_cannot_be_parsed_says_why(project):
    model = project.project_dir / "models" / "broken.sql"
    model.write_text("select * from {{ ref('nowhere') }}")
    try:
        with pytest.raises(dg.Failure, match="nowhere"):
            parse(project, THRESHOLDS)
    finally:
        model.unlink()

"""dbt called in the run's own process: the parsed project, one call of its programmatic interface, its events as Dagster's.

A dbt process of its own would, at every call, import again what Dagster's dbt library has imported here already, look for
changes of the project, write artifacts that nobody reads, and log for a screen that is not there: half of what a small day
cost. The caller sees to the run's days (``os.environ``) and to the warehouse, which nothing else of this process may have open.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._utils.interrupts import raise_interrupts_as
from dagster_dbt import DbtProject
from dagster_dbt.asset_utils import get_manifest_and_translator_from_dbt_assets, get_subset_selection_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.events.base_types import EventMsg
from dbt_common.events.functions import msg_to_dict

_PARSED = "partial_parse.msgpack"
_MADE_WITH = "made_with.json"
# What Dagster makes an event of; every other message is one for the step's log, or nobody's.
_RESULTS = {"LogModelResult", "LogTestResult"}
_FOR_THE_LOG = {"info", "warn", "error"}

# Each flag of an adapter looks for its maker in the source of every frame of the stack, which is deep within a step of Dagster:
# a tenth of a second and more of each call, for messages about flags, which no flag of ours gives.
BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt.adapters")  # type: ignore[method-assign]


@dataclass(frozen=True)
class DbtBuild:
    """A call that ended: Dagster's events in dbt's order, and each node's result under the names of ``run_results.json``.

    The names are ``unique_id``, ``status`` (success, pass, warn, fail, error, skipped), ``message`` and ``compiled_code``.
    """

    events: list[Any]
    results: list[Mapping[str, Any]]


def parse(project: DbtProject, thresholds: dict[str, str]) -> None:
    """Parse the project: writes the manifest that Dagster reads and the parsed project that calls start with.

    Raises ``dagster.Failure`` for a project that cannot be parsed. ``thresholds`` are part of what is parsed. In a process of
    its own, which is rare: what a parse leaves behind lets DuckDB's library complain at the end of the process, on the screen.
    """
    command = [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", *_places(project, project.target_path)]
    done = subprocess.run(command, cwd=project.project_dir, capture_output=True, text=True, check=False)
    if done.returncode:
        raise dg.Failure(f"dbt could not parse {project.project_dir}: {done.stdout}{done.stderr}")
    unfinished = project.target_path / f"{_MADE_WITH}.tmp"
    unfinished.write_text(json.dumps(_made_with(project, thresholds)))
    unfinished.replace(project.target_path / _MADE_WITH)


def is_parsed(project: DbtProject, thresholds: dict[str, str]) -> bool:
    """Whether ``parse`` was called since the last change of a file of the project, of the thresholds, or of dbt."""
    made_with = project.target_path / _MADE_WITH
    if not (made_with.exists() and project.manifest_path.exists() and (project.target_path / _PARSED).exists()):
        return False
    if json.loads(made_with.read_text()) != _made_with(project, thresholds):
        return False
    made = made_with.stat().st_mtime
    sources = (path for path in project.project_dir.rglob("*") if path.suffix in (".sql", ".yml", ".md"))
    return all(path.stat().st_mtime < made for path in sources)


def build(context: dg.AssetExecutionContext, select: str | None = None, exclude: str | None = None) -> DbtBuild:
    """``dbt build`` of what the step selects among the models that ``select`` or ``exclude`` leave; then the warehouse is free.

    Unit tests prove the SQL, not the data: ``make test`` runs them, a production run need not. What dbt compiled of a build that
    failed stays in its folder below the target path. Raises ``dagster.Failure`` when dbt ended before it ran anything.
    """
    manifest, translator, project = get_manifest_and_translator_from_dbt_assets([context.assets_def])
    assert project  # given to every @dbt_assets of the platform
    selection, indirect = get_subset_selection_for_context(
        context=context,
        manifest=manifest,
        select=select,
        exclude=exclude,
        selector=None,
        dagster_dbt_translator=translator,
        current_dbt_indirect_selection_env=None,
    )
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json", *selection]
    arguments += ["--indirect-selection", indirect] if indirect else []
    target = project.target_path / f"{context.op_execution_context.op.name}-{context.run_id}"
    messages: list[EventMsg] = []

    def hear(message: EventMsg) -> None:
        if message.info.name in _RESULTS:
            messages.append(message)
        if message.info.level in _FOR_THE_LOG:
            print(message.info.msg, flush=True)  # type: ignore[attr-defined]

    outcome = _invoke(project, target, arguments, hear, _parsed_project(project))
    if not isinstance(outcome.result, RunExecutionResult):
        raise dg.Failure(
            f"dbt ended before it ran anything: {outcome.exception}", metadata={"target": str(target)}
        ) from outcome.exception
    if outcome.success:
        shutil.rmtree(target, ignore_errors=True)
    events = [
        event
        for message in messages
        for event in DbtCoreCliEventMessage(
            raw_event=msg_to_dict(message), event_history_metadata={}
        ).to_default_asset_events(manifest, translator, context, target, project)
    ]
    return DbtBuild(events, [_result(result) for result in outcome.result.results])


def _invoke(
    project: DbtProject,
    target: Path,
    arguments: Sequence[str],
    hear: Callable[[EventMsg], None],
    manifest: Manifest,
) -> dbtRunnerResult:
    """Call dbt, which says every message of its log to ``hear``, from its own threads too.

    Ctrl-C, or a request to stop, ends dbt as it would end dbt's own process: the query is interrupted and rolled back.
    """
    options = [*_places(project, target), "--log-level", "none", "--log-level-file", "none"]
    with contextlib.chdir(project.project_dir), _letting_go_of_the_warehouse():
        try:
            with raise_interrupts_as(KeyboardInterrupt):
                outcome = dbtRunner(manifest, [hear]).invoke([*arguments, *options])
        except KeyboardInterrupt as interrupt:
            raise DagsterExecutionInterruptedError from interrupt
    if isinstance(outcome.exception, KeyboardInterrupt):
        raise DagsterExecutionInterruptedError from outcome.exception
    return outcome


def _places(project: DbtProject, target: Path) -> list[str]:
    """Options of dbt for where it reads and writes."""
    options = ["--project-dir", str(project.project_dir), "--profiles-dir", str(project.profiles_dir)]
    options += ["--target", project.target] if project.target else []
    return [*options, "--target-path", str(target), "--log-path", str(target), "--no-use-colors"]


@contextlib.contextmanager
def _letting_go_of_the_warehouse() -> Iterator[None]:
    try:
        yield
    finally:
        DuckDBConnectionManager.close_all_connections()
        # Cursors of dbt's threads hold the file, with dbt's configuration, until they are collected.
        gc.collect()


def _parsed_project(project: DbtProject) -> Manifest:
    """A fresh copy for each call, since dbt notes in it what it compiles."""
    manifest = Manifest.from_msgpack((project.target_path / _PARSED).read_bytes())
    manifest.build_flat_graph()
    return manifest


def _made_with(project: DbtProject, thresholds: dict[str, str]) -> dict[str, str]:
    packages = ("dbt-core", f"dbt-{project.target or 'duckdb'}", "dagster-dbt")
    versions = {name: importlib.metadata.version(name) for name in packages}
    return {**versions, **thresholds, "project": os.fspath(project.project_dir)}


def _result(result: Any) -> Mapping[str, Any]:
    return {
        "unique_id": result.node.unique_id,
        "status": str(result.status),
        "message": result.message,
        "compiled_code": getattr(result.node, "compiled_code", None),
    }

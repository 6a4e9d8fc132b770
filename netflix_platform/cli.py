"""What the Makefile's targets call: ``python -m netflix_platform.cli COMMAND``. Parses, launches and prints."""

from __future__ import annotations

import argparse
import gc
import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import ModuleType

from netflix_platform.lake.layout import ledger_file, storage_problem
from netflix_platform.object_store.bucket import StoreError
from netflix_platform.settings import (
    HISTORY_SOURCES,
    SettingError,
    Settings,
    existing_file,
    export_to_children,
    load_settings,
    open_platform,
    parse_day,
    requested_days,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 failed or refused, 2 a wrong setting or argument, 130 interrupted."""
    options = _parser().parse_args(arguments)
    warnings.filterwarnings("ignore", module="dagster")
    try:
        settings = load_settings()
        export_to_children(settings)
        return _run(settings, options)
    except SettingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; the same command takes up the work again", file=sys.stderr)
        return 130


def _run(settings: Settings, options: argparse.Namespace) -> int:
    try:
        return int(options.function(settings, options))
    except (SettingError, StoreError):
        raise
    except Exception as error:
        # Where nothing can be written, not even Dagster's records can: what fails then says little of the cause.
        problem = storage_problem(settings) or _records_problem(settings, error)
        if problem is None:
            raise
        print(f"error: {problem}", file=sys.stderr)
        return 1


def _records_problem(settings: Settings, error: Exception) -> str | None:
    from netflix_platform.defs.event_storage import records_problem

    return records_problem(settings.dagster_dir, error)


def _demo(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.sources.history import import_records

    if settings.source in HISTORY_SOURCES and not import_records(settings, settings.source):
        raise SettingError("NETFLIX_SOURCE", settings.source, "nothing was imported yet: make import FILE=...")
    last = settings.last_complete_day()
    first = max(settings.start_date, last - timedelta(days=requested_days() - 1))
    return _build_what_is_missing(settings, "make demo", [settings.start_date, *_days(first, last)])


def _day(settings: Settings, options: argparse.Namespace) -> int:
    return _build(settings, f"make day DAY={options.day}", [_own_day(settings, "DAY", options.day)])


def _backfill(settings: Settings, options: argparse.Namespace) -> int:
    first, last = _own_day(settings, "FROM", options.first), _own_day(settings, "TO", options.last)
    if last < first:
        raise SettingError("TO", options.last, f"lies before FROM={options.first}")
    return _build(settings, f"make backfill FROM={first} TO={last}", _days(first, last))


def _rebuild(settings: Settings, options: argparse.Namespace) -> int:
    first = _own_day(settings, "FROM", options.first) if options.first else settings.start_date
    last = _own_day(settings, "TO", options.last) if options.last else settings.last_complete_day()
    if last < first:
        raise SettingError("TO", str(last), f"lies before FROM={first}")
    conformed = [day for day in _days(first, last) if ledger_file(settings, "events", day).exists()]
    if not conformed:
        raise SettingError(
            "FROM", str(first), f"the lake holds nothing up to {last}; run make demo or make backfill first"
        )
    return _build(settings, f"make rebuild FROM={first} TO={last}", [], conformed)


def _import(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.importing import ImportFileError, take_in
    from netflix_platform.summary import print_years

    file = existing_file("FILE", options.file)
    if options.mapping:
        settings = replace(settings, mapping=existing_file("MAPPING", options.mapping))
    try:
        taken = take_in(settings, file)
    except ImportFileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(taken.told), flush=True)
    command, settings = f"make import FILE={file.name}", taken.settings
    last = settings.last_complete_day()
    if taken.is_reference and not ledger_file(settings, "events", last).exists():
        print("It is read by the next run that builds a day.")
        return 0
    if taken.is_reference:
        return _build(settings, command, [], [last])
    code = _build_what_is_missing(settings, command, _days(settings.start_date, last))
    if settings.source in HISTORY_SOURCES and not print_years(settings) and not code:
        print("\nWhat is published differs from the files: the quarantine shows the rows that the contract refused.")
    return code


def _waive(settings: Settings, options: argparse.Namespace) -> int:
    day = parse_day("DAY", options.day)
    return _report(settings, _launcher(settings, f"make waive DAY={day}").waive(day, options.reason).failures)


def _rollback(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.object_store.pushing import push
    from netflix_platform.object_store.units import SERVING
    from netflix_platform.serving.publish import PublishError, rollback

    try:
        before, now = rollback(settings)
    except PublishError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    push(settings, [SERVING])
    print(f"The dashboard now reads {now} (before: {before}). The next run publishes a new version.")
    return 0


def _forget(settings: Settings, options: argparse.Namespace) -> int:
    import dagster as dg

    from netflix_platform.defs.forget_command import COMMAND, forget
    from netflix_platform.defs.forgetting import Forgetting
    from netflix_platform.erasure.identity import Identity, NoUserIdError
    from netflix_platform.orchestration.cluster import refuse_records_out_of_reach

    refuse_records_out_of_reach(settings, "make forget")
    try:
        identity = Identity(options.user)
    except NoUserIdError as error:
        raise SettingError("USER", "…", str(error)) from None
    forgetting = Forgetting(settings, _launcher(settings, COMMAND), dg.DagsterInstance.get(), identity)
    return forget(forgetting, options.reason, options.dry_run)


def _prune(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.defs.pruning import prune_and_tell
    from netflix_platform.orchestration.cluster import refuse_records_out_of_reach

    refuse_records_out_of_reach(settings, "make prune")
    return prune_and_tell(settings, options.dry_run)


def _store(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.object_store.commands import synchronize_and_tell

    synchronize_and_tell(open_platform(settings))
    return 0


def _restore(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.object_store.commands import restore_and_tell

    restored = restore_and_tell(settings)
    settings = load_settings()  # the world is the restored one
    export_to_children(settings)
    days = _days(settings.start_date, settings.last_complete_day())
    conformed = [day for day in days if ledger_file(settings, "events", day).exists()]
    code = _build(settings, "make restore", restored.days_to_conform, conformed)
    return code or int(bool(restored.problems))


def _check_mapping(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.mapping_report import check_and_tell

    return check_and_tell(settings, options.file, options.mapping, options.feed)


def _setup(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.defs.dbt import dbt_project

    dbt_project(open_platform(settings))
    print(f"Ready. Data folder: {settings.data_dir}, from {settings.start_date}, source {settings.source}.")
    return 0


def _docs(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.dbt_docs import write_docs

    return write_docs(open_platform(settings))


def _dev(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.development import serve

    return serve(settings)


def _spark(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.engines.spark import cluster

    return _of_cluster(cluster, settings, options.what)


def _cluster(settings: Settings, options: argparse.Namespace) -> int:
    from netflix_platform.orchestration import cluster

    return _of_cluster(cluster, settings, options.what)


def _of_cluster(cluster: ModuleType, settings: Settings, what: str) -> int:
    from netflix_platform.services.processes import ClusterError

    try:
        if what == "status":
            told = [f"{name:<10} {state}" for name, state in cluster.status(settings).items()]
        else:
            told = {"up": cluster.up, "down": cluster.down}[what](settings)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(told))
    return 0


def _launcher(settings: Settings, command: str) -> Launcher:  # type: ignore[name-defined] # noqa: F821
    gc.disable()
    import dagster as dg

    from netflix_platform.definitions import build_defs
    from netflix_platform.defs.launch import Launcher
    from netflix_platform.object_store.ownership import open_store
    from netflix_platform.object_store.pushing import days_not_stored
    from netflix_platform.warehouse.engine import QUERY_ERRORS, warehouse_engine

    if settings.object_store and (behind := days_not_stored(settings, open_store(settings))):
        print(f"note: {behind:,} raw day(s) are not in {settings.object_store}; make store puts them there", flush=True)
    try:
        warehouse_engine(settings).refuse_when_away(settings)
    except QUERY_ERRORS as error:
        raise SettingError("NETFLIX_ENGINE", settings.engine, str(error)) from error
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    if settings.orchestration == "kubernetes":
        raise SettingError(
            "NETFLIX_ORCHESTRATION", "kubernetes", "runs are asked for in the Dagster UI (docs/cluster.md)"
        )
    make_launcher = Launcher
    if settings.orchestration == "celery":
        from netflix_platform.defs.queueing import QueueingLauncher
        from netflix_platform.orchestration.cluster import refuse_unusable

        refuse_unusable(settings)
        make_launcher = QueueingLauncher
    launcher = make_launcher(settings, build_defs(settings), dg.DagsterInstance.get(), command)
    # What is loaded by now stays to the end: looking through it for garbage, again and again, was a tenth of a small day.
    gc.freeze()
    gc.enable()
    return launcher


def _build(settings: Settings, command: str, arrival_days: Sequence[date], event_days: Sequence[date] = ()) -> int:
    from netflix_platform.summary import print_summary

    outcome = _launcher(settings, command).build(arrival_days, event_days)
    print_summary(settings, outcome.days_built or arrival_days, outcome.seconds_by_layer)
    return _report(settings, outcome.failures)


def _build_what_is_missing(settings: Settings, command: str, days: Sequence[date]) -> int:
    from netflix_platform.sources.landing import LandingError
    from netflix_platform.summary import print_summary, unpublished_days

    launcher = _launcher(settings, command)
    try:
        to_ingest, to_rebuild = launcher.missing_days(days)
    except LandingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    unpublished = unpublished_days(settings, days)
    if to_ingest or to_rebuild or unpublished:
        launcher.build(to_ingest, [*to_rebuild, *unpublished])
    elif launcher.recovered:
        # A run was killed since: what it built may not be published, and the audit does not know of its end.
        launcher.refresh()
    else:
        print("Every day is built and published already; nothing to do.")
    print_summary(settings, days, launcher.outcome.seconds_by_layer)
    return _report(settings, launcher.outcome.failures)


def _report(settings: Settings, failures: Sequence[str]) -> int:
    for failure in failures:
        print(f"\nerror: {failure}", file=sys.stderr)
    problem = storage_problem(settings) if failures else None
    if problem:
        print(f"\nerror: {problem}", file=sys.stderr)
    elif failures:
        print("\nThe runs in the Dagster UI show more (make dev); docs/runbook.md says what to do.", file=sys.stderr)
    return 1 if failures else 0


def _own_day(settings: Settings, variable: str, text: str) -> date:
    """A day that the platform can hold: from its start to yesterday."""
    day = parse_day(variable, text)
    last = settings.last_complete_day()
    if not settings.start_date <= day <= last:
        raise SettingError(variable, text, f"this platform holds the days {settings.start_date} to {last} (UTC)")
    return day


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="netflix_platform", description="Commands of the analytics platform.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(function=function)
        return sub

    command("setup", _setup, "prepare the data folder and the dbt manifest")
    command("demo", _demo, "build every day up to yesterday that is missing (DAYS, default 120) and publish")
    day = command("day", _day, "run one arrival day again, with the event days that it touches")
    day.add_argument("day", help="YYYY-MM-DD")
    backfill = command("backfill", _backfill, "run a range of days again, with the event days that they touch")
    backfill.add_argument("first", help="YYYY-MM-DD")
    backfill.add_argument("last", help="YYYY-MM-DD")
    rebuild = command(
        "rebuild", _rebuild, "build event days again from the lake as it is: warehouse, dbt, audit, serving"
    )
    rebuild.add_argument("first", nargs="?", default="", help="YYYY-MM-DD (default: the platform's first day)")
    rebuild.add_argument("last", nargs="?", default="", help="YYYY-MM-DD (default: yesterday)")
    import_command = command("import", _import, "take in a file of your own: a viewing history, events, a catalogue")
    import_command.add_argument("file", help="the file; a relative path is one in the project's root")
    import_command.add_argument(
        "--mapping", help="a mapping file, for rows of another shape (default: NETFLIX_MAPPING)"
    )
    waive_command = command("waive", _waive, "publish a day that failed its audit as it is")
    waive_command.add_argument("day", help="YYYY-MM-DD")
    waive_command.add_argument("reason", help="why it may be published; the audit keeps it")
    command("rollback", _rollback, "point readers at the version before the current one")
    forget_command = command("forget", _forget, "remove one user from everything, and keep them out")
    forget_command.add_argument("user", help="the id, as the raw files have it")
    forget_command.add_argument("--reason", default="", help="why; the audit keeps it")
    forget_command.add_argument("--dry-run", action="store_true", help="only count what there is")
    prune_command = command("prune", _prune, "remove old run records, logs and leftovers that nothing depends on")
    prune_command.add_argument("--dry-run", action="store_true", help="only count what would go")
    command("store", _store, "bring the object store up to date with the data folder (NETFLIX_OBJECT_STORE)")
    command("restore", _restore, "make a new data folder of what the object store holds, and build it")
    check_command = command("check-mapping", _check_mapping, "show what would become of a file's first rows")
    check_command.add_argument("file", help="NDJSON, CSV or Parquet")
    check_command.add_argument("--mapping", help="the mapping file (default: NETFLIX_MAPPING)")
    check_command.add_argument("--feed", help="events, users or titles (default: told by the file)")
    command("docs", _docs, "write dbt's documentation into the data folder, and what the Dagster UI shows of columns")
    spark = command("spark", _spark, "start or stop a local Spark cluster, or tell of it")
    spark.add_argument("what", choices=["up", "down", "status"])
    cluster = command("cluster", _cluster, "start or stop a local cluster of workers that run runs, or tell of it")
    cluster.add_argument("what", choices=["up", "down", "status"])
    command("dev", _dev, "start Dagster's webserver and daemon and the dashboard together, on 127.0.0.1")
    return parser


if __name__ == "__main__":
    sys.exit(main())

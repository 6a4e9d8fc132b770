"""``make prune``, from the first file to the last: what goes, in which order, and how much space it gives back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from netflix_platform.lake.layout import write_text
from netflix_platform.pruning import files, records
from netflix_platform.settings import Settings

# Below this a database is not written anew: it costs more than it gives.
_WORTH_SHRINKING = 0.1


@dataclass(frozen=True)
class Removed:
    """One kind of thing that was removed, or would be: how many, and the bytes that its files took."""

    what: str
    count: int
    size_bytes: int = 0


@dataclass(frozen=True)
class Pruning:
    """What a prune did: all that it removed, bytes given back on disk in all, and what a person should know besides."""

    removed: list[Removed]
    freed_bytes: int
    notes: list[str]


def prune(settings: Settings, now: datetime, in_audit: frozenset[str], is_dry_run: bool = False) -> Pruning:
    """Remove what is older than ``settings.keep_days`` before ``now`` (UTC) and not needed; only count it when ``is_dry_run``.

    ``in_audit``: ids of the runs whose end the published audit holds; no other run goes. Safe while runs are at work, since
    only finished ones are looked at. Doing it twice, or again after it was killed, removes what is left. Raises
    ``RecordsError``.
    """
    cutoff = now - timedelta(days=settings.keep_days)
    before = files.size(settings.data_dir)
    removed: list[Removed] = []
    notes: list[str] = []
    if records.is_there(settings):
        runs = records.old_runs(settings, cutoff, in_audit)
        removed += _prune_records(settings, now, cutoff, runs, is_dry_run)
        if not is_dry_run:
            notes += _shrink(settings)
    folders = settings.dagster_dir.is_dir()
    for what, paths in (
        ("logs of ticks", files.old_tick_logs(settings, cutoff) if folders else []),
        ("logs and artifacts of dbt", files.old_dbt_files(settings, cutoff)),
        ("abandoned staging folders", files.abandoned_staging(settings, now)),
    ):
        removed.append(_remove_files(what, paths, is_dry_run))
    removed.append(_prune_publications(settings, cutoff, is_dry_run))
    freed = 0 if is_dry_run else before - files.size(settings.data_dir)
    return Pruning([one for one in removed if one.count], freed, notes)


def _prune_records(
    settings: Settings, now: datetime, cutoff: datetime, runs: records.OldRuns, is_dry_run: bool
) -> list[Removed]:
    """The index first, then files, and the runs' own rows last: until then the same runs are found again."""
    old = records.old_events(settings, cutoff, runs)
    if not is_dry_run:
        records.remove_events(settings, old)
    removed = [
        Removed("events of old runs in the index", len(old.events)),
        Removed("check results that newer ones stand for", len(old.checks)),
    ]
    removed.append(_strip(settings, runs.to_strip, is_dry_run))
    kept_prints = [path for run_id in sorted(runs.to_strip) for path in files.printed_by_run(settings, run_id)]
    removed.append(_remove_files("logs of runs that status depends on", kept_prints, is_dry_run))
    own = [path for run_id in sorted(runs.to_go) for path in files.files_of_run(settings, run_id)]
    removed.append(_remove_files("files of old runs", own, is_dry_run))
    if not is_dry_run:
        records.remove_runs(settings, runs.to_go)
    removed.append(Removed("old runs", len(runs.to_go)))
    left = files.orphans(settings, records.known_runs(settings), now)
    removed.append(
        _remove_files("files of runs that are no more", [path for path in left if path not in own], is_dry_run)
    )
    runless = records.old_runless(settings.dagster_dir / records.RUNLESS, cutoff, remove=not is_dry_run)
    removed.append(Removed("events outside any run", runless))
    removed.append(
        Removed("ticks of schedules and sensors", records.old_ticks(settings, cutoff, remove=not is_dry_run))
    )
    return removed


def _strip(settings: Settings, run_ids: Iterable[str], is_dry_run: bool) -> Removed:
    rows = 0
    freed = 0
    work: Callable[[Path], int] = records.strippable if is_dry_run else records.strip_log
    for path in (files.run_log(settings, run_id) for run_id in sorted(run_ids)):
        if not path.is_file():
            continue
        before = files.size(path)
        found = work(path)
        if found and not is_dry_run:
            records.shrink(path)
            freed += before - files.size(path)
        rows += found
    return Removed("log events of runs that status depends on", rows, freed)


def _remove_files(what: str, paths: Sequence[Path], is_dry_run: bool) -> Removed:
    found = Removed(what, len(paths), sum(map(files.size, paths)))
    for path in [] if is_dry_run else paths:
        files.remove(path)
    return found


def _shrink(settings: Settings) -> list[str]:
    """Write the shared databases anew, unless a run is at work, which would have to wait."""
    if records.are_at_work(settings):
        return [
            "runs are at work: Dagster's databases keep their size; the next prune without runs at work shrinks them"
        ]
    for name in (records.INDEX, records.RUNS, records.SCHEDULES, records.RUNLESS):
        path = settings.dagster_dir / name
        if path.is_file() and records.free_share(path) > _WORTH_SHRINKING:
            records.shrink(path)
    return []


def _prune_publications(settings: Settings, cutoff: datetime, is_dry_run: bool) -> Removed:
    """Lines about switches of the published version: the audit has them by then."""
    path = settings.serving_dir / "publications.jsonl"
    lines = path.read_text("utf-8", "replace").splitlines(keepends=True) if path.is_file() else []
    kept = [line for line in lines if not _is_old(line, cutoff)]
    if len(kept) < len(lines) and not is_dry_run:
        write_text(settings, path, "".join(kept))
    return Removed("lines about publications", len(lines) - len(kept))


def _is_old(line: str, cutoff: datetime) -> bool:
    try:
        return datetime.fromisoformat(json.loads(line)["current_from"]).replace(tzinfo=UTC) < cutoff
    except (ValueError, KeyError, TypeError):
        return True  # cut off by a kill

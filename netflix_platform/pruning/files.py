"""Files that runs, dbt and killed processes leave in the data folder, and how old they are. Opens no database."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from netflix_platform.settings import Settings

_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A run's files are made a moment before its row is, and go a moment before it does.
_ORPHANED_AFTER = timedelta(days=1)
# Nothing is staged, and nothing spilled to disk, for so long: the process that made it is gone.
_ABANDONED_AFTER = timedelta(days=1)


def run_log(settings: Settings, run_id: str) -> Path:
    """The database of a run's own events."""
    return settings.dagster_dir / f"{run_id}.db"


def files_of_run(settings: Settings, run_id: str) -> list[Path]:
    """A run's own files: its events, what else SQLite keeps beside them, and what its steps printed."""
    folder = settings.dagster_dir
    names = [f"{run_id}.db-wal", f"{run_id}.db-shm", f"{run_id}.db", run_id]
    return [folder / name for name in names if (folder / name).exists()]


def printed_by_run(settings: Settings, run_id: str) -> list[Path]:
    """What the steps of a run printed."""
    folder = settings.dagster_dir / run_id
    return [folder] if folder.exists() else []


def orphans(settings: Settings, known: frozenset[str], now: datetime) -> list[Path]:
    """Files of runs that are no more: a prune, or the deletion of a run in the UI, left them."""
    return [
        path
        for path in sorted(settings.dagster_dir.iterdir())
        if _RUN_ID.fullmatch(path.name.split(".")[0])
        and path.name.split(".")[0] not in known
        and is_older(path, now - _ORPHANED_AFTER)
    ]


def old_tick_logs(settings: Settings, cutoff: datetime) -> list[Path]:
    """What sensors and schedules printed in old ticks: files under folders that are no run's."""
    return [
        path
        for folder in sorted(settings.dagster_dir.iterdir())
        if folder.is_dir() and not _RUN_ID.fullmatch(folder.name) and folder.name != "storage"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and is_older(path, cutoff)
    ]


def old_dbt_files(settings: Settings, cutoff: datetime) -> list[Path]:
    """Old logs of dbt, and the folders of calls that failed; those of calls that went well are gone already."""
    targets = list(settings.dbt_dir.glob("target*"))  # one per engine
    calls = [path for target in targets for path in target.iterdir() if path.is_dir()]
    logs = [path for folder in (settings.dbt_dir / "logs", *targets) for path in folder.glob("*.log*")]
    return sorted(path for path in [*calls, *logs] if is_older(path, cutoff))


def abandoned_staging(settings: Settings, now: datetime) -> list[Path]:
    """What killed processes staged or spilled."""
    folder = settings.spill_dir
    return (
        [path for path in sorted(folder.iterdir()) if is_older(path, now - _ABANDONED_AFTER)] if folder.is_dir() else []
    )


def is_older(path: Path, moment: datetime) -> bool:
    """Whether a file, or everything in a folder, was last changed before ``moment``."""
    return all(one.lstat().st_mtime < moment.timestamp() for one in _all_of(path))


def size(path: Path) -> int:
    """Bytes of a file, or of everything in a folder; 0 for one that is gone."""
    try:
        return sum(one.lstat().st_size for one in _all_of(path) if one.is_file())
    except FileNotFoundError:
        return 0


def remove(path: Path) -> None:
    """Remove a file or a whole folder; one that is gone is none to remove."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _all_of(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        yield from path.rglob("*")

"""``make prune``: what the published audit holds may go from Dagster's own records; and what a person is told of it."""

from datetime import UTC, datetime

import duckdb

from netflix_platform.pruning.prune import Pruning, prune
from netflix_platform.pruning.records import RecordsError
from netflix_platform.serving.publish import versions
from netflix_platform.settings import Settings


def ended_runs_in_audit(settings: Settings) -> frozenset[str]:
    """Ids of the runs whose end the newest published audit tells of; none when nothing is published, or it cannot be read."""
    names = versions(settings)
    if not names:
        return frozenset()
    try:
        with duckdb.connect(str(settings.serving_dir / names[0]), read_only=True) as connection:
            query = "select run_id from audit_pipeline_runs where ended_at is not null or status = 'CANCELED'"
            return frozenset(row[0] for row in connection.execute(query).fetchall())
    except duckdb.Error:
        return frozenset()


def prune_and_tell(settings: Settings, is_dry_run: bool, now: datetime | None = None) -> int:
    """Prune, or only count, and print it; returns the command's exit code."""
    known = ended_runs_in_audit(settings)
    try:
        pruning = prune(settings, now or datetime.now(UTC), known, is_dry_run)
    except RecordsError as error:
        print(f"error: {error}")
        return 1
    print(told(pruning, settings.keep_days, is_dry_run))
    if not known:
        print("note: nothing is published yet that holds the audit, so every run stays")
    return 0


def told(pruning: Pruning, keep_days: int, is_dry_run: bool) -> str:
    """A prune as a person reads it."""
    if not pruning.removed:
        return f"Nothing to remove: all that is older than {keep_days} days is needed, or gone."
    verb = "Would go" if is_dry_run else "Removed"
    lines = [f"{verb}, older than {keep_days} days (NETFLIX_KEEP_DAYS) and not needed:"]
    for one in pruning.removed:
        taken = f"{one.size_bytes / 1e6:10,.1f} MB" if one.size_bytes else ""
        lines.append(f"  {one.count:>9,}  {one.what:<44}{taken}")
    if not is_dry_run:
        lines.append(f"{pruning.freed_bytes / 1e6:,.1f} MB freed.")
    return "\n".join([*lines, *(f"note: {note}" for note in pruning.notes)])

"""The list of landed files: one row per file and version, what became of it, and what it brought; kept as one Parquet file.

Put together from the looks at the landing folder, the raw manifests and the lake's ledgers; reads no data file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from netflix_platform.contracts.raw_files import NOTE_SUFFIX
from netflix_platform.lake.layout import ledger_file, move_into_place, staging_folder
from netflix_platform.lake.ledger import FileAccount, LedgerError, read_ledger
from netflix_platform.settings import Settings
from netflix_platform.sources.base import Content
from netflix_platform.sources.landing import Judged, Look, State

LISTING_SCHEMA = {
    "feed": pl.String,
    "path": pl.String,
    "state": pl.String,
    "reason": pl.String,
    "arrival_date": pl.Date,
    "sha256": pl.String,
    "size_bytes": pl.Int64,
    "received_rows": pl.Int64,
    "accepted_rows": pl.Int64,
    "event_days": pl.Int64,
    "first_event_date": pl.Date,
    "last_event_date": pl.Date,
    "raw_file": pl.String,
}
_GRAIN = ("feed", "path", "state", "sha256")
_TIDIED_AWAY = "no longer in the landing folder; raw keeps it"
_MOST_KEPT = 20_000  # ledgers


def listing_file(settings: Settings) -> Path:
    """Where the list lies."""
    return settings.raw_manifests_dir / "landing.parquet"


def list_files(settings: Settings, looks: Mapping[str, Look]) -> pl.DataFrame:
    """The list by feed and path, the newest version of a path last; ``LISTING_SCHEMA``, one row per path, state and hash.

    ``sha256``: null for a file that has not come to rest or was not read yet. Rows (counts), event days (count, first, last) of
    taken files: as the day's ledger has them; null when the day is not conformed yet.
    """
    rows = [row for feed, look in looks.items() for row in _rows(settings, feed, look)]
    listing = pl.DataFrame(rows, schema=LISTING_SCHEMA).sort("feed", "path", "arrival_date", maintain_order=True)
    # Names that are no UTF-8 are written out, and may then read like another's: no name may break who goes by the grain.
    return listing.unique(_GRAIN, keep="last", maintain_order=True)


def write_files(settings: Settings, listing: pl.DataFrame) -> None:
    """Replace the list; readers see the old one or the new one."""
    with staging_folder(settings, "landing") as folder:
        target = listing_file(settings)
        listing.write_parquet(folder / target.name)
        move_into_place(folder / target.name, target)


def _rows(settings: Settings, feed: str, look: Look) -> Iterator[dict[str, Any]]:
    landed = {judged.seen.path: judged for judged in look.files}
    accounts = {day: _accounts(settings, feed, day) for day in look.taken}
    for day, of_day in look.taken.items():
        for superseded in of_day.superseded:
            yield _row(feed, State.SUPERSEDED, superseded.content, day, superseded.size_bytes)
        for name, content in of_day.contents.items():
            judged = landed.get(content.path)
            is_listed = judged is not None and judged.seen.sha256 == content.sha256
            if not is_listed and not name.endswith(NOTE_SUFFIX):
                yield _row(feed, State.TAKEN, content, day, of_day.sizes.get(name), _why_still(judged)) | {
                    **_account(accounts[day].get(name)),
                    "raw_file": name,
                }
    for judged in look.files:
        seen = judged.seen
        size = seen.stamp.size if seen.stamp else None
        row = _row(feed, judged.state, Content(seen.path, seen.sha256 or ""), seen.arrival_date, size, judged.reason)
        if judged.state is State.TAKEN:
            row |= {**_account(accounts[seen.arrival_date].get(seen.name)), "raw_file": seen.name}
        yield row


def _why_still(judged: Judged | None) -> str:
    if judged is None:
        return _TIDIED_AWAY
    return f"stays until the newer version is taken, which is {judged.state}"


def _row(feed: str, state: State, content: Content, day: date, size: int | None, reason: str = "") -> dict[str, Any]:
    return {
        "feed": feed,
        "path": content.path.encode("utf-8", "backslashreplace").decode(),
        "state": state.value,
        "reason": reason.encode("utf-8", "backslashreplace").decode() or None,
        "arrival_date": day,
        "sha256": content.sha256 or None,
        "size_bytes": size,
    }


def _account(account: FileAccount | None) -> dict[str, Any]:
    return vars(account) if account else {}


def _accounts(settings: Settings, feed: str, day: date) -> Mapping[str, FileAccount]:
    path = ledger_file(settings, feed, day)
    try:
        status = path.stat()
    except OSError:
        return {}
    return _read_accounts(settings, feed, day, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=_MOST_KEPT)
def _read_accounts(settings: Settings, feed: str, day: date, mtime_ns: int, inode: int) -> Mapping[str, FileAccount]:
    """Kept by the time and number of the file, so that a list that is made again and again reads what changed."""
    try:
        ledger = read_ledger(settings, feed, day)
    except LedgerError:
        return {}
    return ledger.files if ledger else {}

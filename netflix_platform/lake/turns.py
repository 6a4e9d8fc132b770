"""Runs that meet on an arrival day take turns: one writes it, any number may read it, nobody sees it half written.

The lock is the operating system's, on the raw day's own folder: it leaves nothing behind, and a process that dies lets go.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

from netflix_platform.lake.layout import lake_files_of_event_day, raw_day
from netflix_platform.settings import Settings


@contextmanager
def writing_day(settings: Settings, feed: str, arrival_date: date) -> Iterator[None]:
    """Alone on the raw files, the lake files and the ledger of an arrival day; waits for whoever is at it."""
    with _locked(raw_day(settings, feed, arrival_date), fcntl.LOCK_EX):
        yield


@contextmanager
def reading_day(settings: Settings, feed: str, arrival_date: date) -> Iterator[None]:
    """An arrival day stands still: waits for whoever writes it; any number may read it at once."""
    with _locked(raw_day(settings, feed, arrival_date), fcntl.LOCK_SH):
        yield


@contextmanager
def reading_event_day(settings: Settings, feed: str, event_date: date) -> Iterator[None]:
    """All arrivals of an event day stand still: waits for whoever writes one of them."""
    files = lake_files_of_event_day(settings, feed, event_date)
    arrivals = [date.fromisoformat(path.stem.removeprefix("arrival_date=")) for path in files]
    with ExitStack() as held:
        for arrival_date in arrivals:
            held.enter_context(_locked(raw_day(settings, feed, arrival_date), fcntl.LOCK_SH))
        yield


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        # Without raw files there is nothing that two could conform; a folder that is not readable stops whoever reads it.
        yield
        return
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)

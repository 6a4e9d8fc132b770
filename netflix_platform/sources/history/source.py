"""The source of a history platform: each day delivers what the imported files say happened on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from netflix_platform.settings import Settings
from netflix_platform.sources.base import DayDelivery
from netflix_platform.sources.history.feeds import ARRIVAL, feed_rows
from netflix_platform.sources.history.kept import all_viewings, import_records

FILE = "history.ndjson"


class HistorySource:
    """Delivers the imported files of ``settings.source``; a day on which nothing was viewed has no files."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.source
        self._settings = settings

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Write what happened on ``day`` into the empty ``folder``, as one file of JSON lines."""
        content = self.content(feed, day)
        if content is None:
            return DayDelivery(rows=0)
        (folder / FILE).write_bytes(content)
        return DayDelivery(rows=content.count(b"\n"))

    def content(self, feed: str, day: date) -> bytes | None:
        """The file of ``feed`` for ``day``, or ``None`` where there is none."""
        return self._days[feed].get(day)

    def days_to_collect(self, days: Collection[date]) -> set[date]:
        """Days of which an imported file says something else than what lies in raw."""
        return {
            day
            for day in days
            if any(of_feed.get(day) != self._in_raw(feed, day) for feed, of_feed in self._days.items())
        }

    def _in_raw(self, feed: str, day: date) -> bytes | None:
        try:
            return (self._settings.raw_dir / feed / f"arrival_date={day}" / FILE).read_bytes()
        except FileNotFoundError:
            return None

    def notices(self) -> list[str]:
        """That nothing was imported yet, with what to do."""
        if import_records(self._settings, self.name):
            return []
        return [f"nothing was imported yet, every day is empty: make import FILE=... (source {self.name})"]

    @cached_property
    def _days(self) -> dict[str, dict[date, bytes]]:
        rows = feed_rows(all_viewings(self._settings, self.name))
        return {feed: _lines_by_day(of_feed) for feed, of_feed in rows.items()}


def _lines_by_day(rows: pl.DataFrame) -> dict[date, bytes]:
    """JSON lines of ``rows``, which are sorted by ``arrival_date``, by that day."""
    lines = rows.drop(ARRIVAL).write_ndjson().encode().splitlines(keepends=True)
    days = rows.group_by(ARRIVAL, maintain_order=True).len()
    ends = days["len"].cum_sum()
    return {day: b"".join(lines[end - length : end]) for day, length, end in zip(*days, ends, strict=True)}

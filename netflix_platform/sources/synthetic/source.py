"""The synthetic source: writes what arrives on a day in the synthetic world, and what the account of it must say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from netflix_platform.contracts import FEEDS
from netflix_platform.settings import Settings
from netflix_platform.sources.base import DayDelivery
from netflix_platform.sources.synthetic.arrivals import batches
from netflix_platform.sources.synthetic.dirt import faulty_lines
from netflix_platform.sources.synthetic.ndjson import LinesFile, event_lines, frame_lines, line_starts, spliced
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.tally import EventTally, clean
from netflix_platform.sources.synthetic.world import World

# Put right after the brace that opens an object, so that the line stays an object.
EXTRA_FIELD = b'"network":"wifi",'


class SyntheticSource:
    """A ``Source`` of a world that exists only here; see the package for what it holds.

    The same seed, scale, start date, catalogue and day give the same bytes, whichever days are asked for and in what order.
    """

    name = "synthetic"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _world(self) -> World:
        return World(self._settings)

    def days_to_collect(self, days: Collection[date]) -> set[date]:
        """None: a synthetic day is always the same."""
        return set()

    def notices(self) -> list[str]:
        """None: a synthetic world has nothing that its days do not take."""
        return []

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Write ``folder/<feed>.ndjson.zst`` (``events-00000.ndjson.zst`` for events); see ``Source.write_day``.

        ``planted`` says what was planted and what the ledger must say (``tally``); the titles of the first day carry the
        catalogue's report too, if there is one. Raises ``ValueError`` for an unknown feed or a day before the start,
        ``catalog.CatalogError`` for a file that is no catalogue.
        """
        number = (day - self._settings.start_date).days
        if number < 0:
            raise ValueError(f"{day} lies before the platform's start {self._settings.start_date}: no data exists")
        if feed == "events":
            return self._write_events(number, day, folder)
        if feed == "users":
            return self._write_users(number, day, folder)
        if feed == "titles":
            return self._write_titles(number, day, folder)
        raise ValueError(f"unknown feed {feed!r}; there are {', '.join(FEEDS)}")

    def _write_events(self, number: int, day: date, folder: Path) -> DayDelivery:
        world = self._world
        tally = EventTally(day, world.day(number).start_ms, self._settings.late_horizon_days)
        file = folder / "events-00000.ndjson.zst"
        with LinesFile(file) as target:
            for part, rows in enumerate(batches(world, number)):
                rng = stream(world.seed, "dirt", day.toordinal(), part)
                target.write(_with_dirt(rng, rows, f"e{number:04d}d{part:02d}", tally))
        if not tally.received:
            file.unlink()
        return DayDelivery(rows=tally.received, planted=tally.planted())

    def _write_users(self, number: int, day: date, folder: Path) -> DayDelivery:
        return _write_frames("users", self._world.accounts.frames(number), day, folder)

    def _write_titles(self, number: int, day: date, folder: Path) -> DayDelivery:
        titles = self._world.titles
        delivery = _write_frames("titles", iter([titles.frame(number)]), day, folder)
        if number == 0 and titles.catalog:
            delivery.planted["catalog"] = titles.catalog.report.as_dict()
        return delivery


def _with_dirt(rng: np.random.Generator, rows: pl.DataFrame, prefix: str, tally: EventTally) -> Iterable[bytes]:
    """The lines of a batch, faulty ones put in at random places, unknown fields put into the rows marked for them."""
    tally.add_rows(rows)
    lines = event_lines(rows)
    starts = line_starts(lines)
    insertions = [(int(starts[number]) + 1, EXTRA_FIELD) for number in np.flatnonzero(rows["is_extra"])]
    # Events of this day that belong to a playback: they have every field, and are refused for no other reason.
    candidates = np.flatnonzero(rows["playback_id"].is_not_null() & (rows["event_ts"] >= tally.start_ms))
    for reason, line in faulty_lines(rng, lines, starts, candidates, prefix):
        tally.add_fault(reason)
        insertions.append((int(starts[rng.integers(len(starts))]), line))
    return spliced(lines, insertions)


def _write_frames(feed: str, frames: Iterator[pl.DataFrame], day: date, folder: Path) -> DayDelivery:
    """Write a change feed's rows; no file when there are none."""
    rows = 0
    file = folder / f"{feed}.ndjson.zst"
    with LinesFile(file) as target:
        for frame in frames:
            rows += frame.height
            target.write([frame_lines(frame)])
    if not rows:
        file.unlink()
    return DayDelivery(rows=rows, planted=clean(rows, day))

"""The synthetic source: writes what arrives on a day in the synthetic world, and what the account of it must say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from netflix_platform.contracts import FEEDS
from netflix_platform.settings import Settings
from netflix_platform.sources.base import DayDelivery
from netflix_platform.sources.synthetic.arrivals import Arrivals, Batch
from netflix_platform.sources.synthetic.formats import FORMATS
from netflix_platform.sources.synthetic.tally import EventTally, clean
from netflix_platform.sources.synthetic.truth import truth_of_day, truth_of_signups
from netflix_platform.sources.synthetic.world import World


class SyntheticSource:
    """A ``Source`` of a world that exists only here; see the package for what it holds.

    The same seed, scale, start date, catalogue and day give the same bytes, whichever days are asked for and in what order.
    """

    name = "synthetic"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._format = FORMATS[settings.raw_format]

    @cached_property
    def _world(self) -> World:
        return World(self._settings)

    @cached_property
    def _arrivals(self) -> Arrivals:
        return Arrivals(self._world)

    def days_to_collect(self, days: Collection[date]) -> set[date]:
        """None: a synthetic day is always the same."""
        return set()

    def notices(self) -> list[str]:
        """None: a synthetic world has nothing that its days do not take."""
        return []

    def write_day(self, feed: str, day: date, folder: Path) -> DayDelivery:
        """Write ``folder/<feed>.ndjson.zst`` (``events-00000.ndjson.zst`` for events), or ``.parquet``; see ``Source.write_day``.

        ``planted`` says what was planted, what the ledger must say (``tally``) and what is true of the world (``truth``); the
        titles of the first day carry the catalogue's report too, if there is one. Raises ``ValueError`` for an unknown feed or a
        day before the start, ``catalog.CatalogError`` for a file that is no catalogue.
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
        known = self._world.day(number)
        tally = EventTally(day, known.start_ms, self._settings.late_horizon_days)

        def counted() -> Iterator[Batch]:
            for batch in self._arrivals.batches(number, self._format.is_typed):
                if len(batch.rows):
                    tally.add(batch)
                    yield batch

        file = folder / f"events-00000{self._format.suffix}"
        self._format.write_events(file, counted(), known)
        if not tally.received:
            file.unlink()
        return DayDelivery(rows=tally.received, planted={**tally.planted(), "truth": truth_of_day(self._world, number)})

    def _write_users(self, number: int, day: date, folder: Path) -> DayDelivery:
        delivery = self._write_frames("users", self._world.accounts.frames(number), day, folder)
        delivery.planted["truth"] = truth_of_signups(self._world, number)
        return delivery

    def _write_titles(self, number: int, day: date, folder: Path) -> DayDelivery:
        titles = self._world.titles
        delivery = self._write_frames("titles", iter([titles.frame(number)]), day, folder)
        if number == 0 and titles.catalog:
            delivery.planted["catalog"] = titles.catalog.report.as_dict()
        return delivery

    def _write_frames(self, feed: str, frames: Iterator[pl.DataFrame], day: date, folder: Path) -> DayDelivery:
        """Write a change feed's rows; no file when there are none."""
        sizes: list[int] = []

        def counted() -> Iterator[pl.DataFrame]:
            for frame in frames:
                if frame.height:
                    sizes.append(frame.height)
                    yield frame

        file = folder / f"{feed}{self._format.suffix}"
        self._format.write_frames(file, FEEDS[feed], counted())
        if not sizes:
            file.unlink()
        return DayDelivery(rows=sum(sizes), planted=clean(sum(sizes), day))

"""The titles of one world: a library at the start and new releases month by month, for ever; or a catalogue in their place.

Here: which titles are known when, their lasting popularity, and the titles feed. What a title is comes from ``invention`` or
from the catalogue; how much it is watched on a day is ``audience``'s affair.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import polars as pl

from netflix_platform.contracts.titles import TITLES
from netflix_platform.sources.catalog import Catalog, load_catalog
from netflix_platform.sources.published import popularity
from netflix_platform.sources.synthetic.invention import SEASON_SPREAD, library, releases, running_series
from netflix_platform.sources.synthetic.rng import monthly_count, monthly_total, stream
from netflix_platform.sources.synthetic.shelf import Shelf, build_shelf

# 93 % of the scale's titles are there at the start, the rest appear within its first 120 days and go on at that pace.
_PRESENT_AT_START = 0.93
_RELEASE_DAYS = 120
_LONG_AGO = date(2000, 1, 1)  # when a title appeared whose catalogue row holds no date: before any platform's start
# Assumptions: a title is announced up to two weeks before its release; a record is corrected once, after two years on average.
_LONGEST_NOTICE_DAYS = 14
_MEAN_CORRECTION_DAYS = 730
_DAY = 86_400


class Titles:
    """The titles of one world. Days are numbered from the platform's start (0); see ``known`` for the columns.

    Raises ``catalog.CatalogError`` when ``catalog_file`` is no catalogue.
    """

    def __init__(self, seed: int, titles: int, start: date, catalog_file: Path | None) -> None:
        self._seed = seed
        self._start = start
        self._at_start = max(1, round(titles * _PRESENT_AT_START))
        self._per_day = titles * (1 - _PRESENT_AT_START) / _RELEASE_DAYS
        self.catalog: Catalog | None = load_catalog(catalog_file) if catalog_file else None
        self._law_size = self.catalog.titles.height if self.catalog else self._at_start
        self._months: list[pl.DataFrame] = []
        self._joined = lru_cache(maxsize=2)(self._join)  # a day and the days before it may lie in two months
        self._shelf = lru_cache(maxsize=2)(lambda months: build_shelf(self._joined(months)))

    def known(self, day_number: int) -> pl.DataFrame:
        """Every title that is released by the day's month or in the month after it, in an order that lasts.

        Columns: the titles contract's without ``changed_ts``; ``release_day`` (number of the day, negative before the start);
        ``popularity`` (expected hours over half a year, the mean title of the law being 1); ``push`` (how much is made of its
        launch, 0 to 1); ``announced`` and ``corrected`` (s since the start day's midnight) and, under names that begin with
        ``corrected_``, what a correction changes.
        """
        return self._joined(self._months_until(day_number))

    def shelf(self, day_number: int) -> Shelf:
        """The same titles as arrays."""
        return self._shelf(self._months_until(day_number))

    def _months_until(self, day_number: int) -> int:
        return 0 if self.catalog else max(day_number, 0) // 30 + 2

    def frame(self, day_number: int) -> pl.DataFrame:
        """The titles feed's rows of a day, in the contract's columns, ordered by time.

        On day 0 a snapshot of what was announced before it comes first, each title as it stood at the day's beginning.
        """
        known = self.known(day_number)
        corrected = [name for name in known.columns if name.startswith("corrected_")]
        announcements = known.with_columns(changed="announced")
        corrections = known.with_columns(
            pl.col(name).alias(name.removeprefix("corrected_")) for name in corrected
        ).with_columns(changed="corrected")
        records = pl.concat([announcements, corrections]).sort("changed", "title_id")
        begin = day_number * _DAY
        rows = records.filter(pl.col("changed").is_between(begin, begin + _DAY, closed="left"))
        if day_number == 0:
            snapshot = records.filter(pl.col("changed") < begin).unique("title_id", keep="last", maintain_order=True)
            rows = pl.concat([snapshot, rows])
        return self._as_sent(rows)

    def _as_sent(self, rows: pl.DataFrame) -> pl.DataFrame:
        start = int(datetime(self._start.year, self._start.month, self._start.day, tzinfo=UTC).timestamp())
        changed = pl.from_epoch(start + pl.col("changed"), "s").dt.to_string("%Y-%m-%dT%H:%M:%S.000Z")
        return rows.with_columns(changed_ts=changed).select(TITLES.column_names)

    def _join(self, months: int) -> pl.DataFrame:
        while len(self._months) <= months:
            self._months.append(self._draw(len(self._months)))
        return pl.concat(self._months[: months + 1])

    def _draw(self, cohort: int) -> pl.DataFrame:
        rng = stream(self._seed, "titles", cohort)
        if self.catalog:
            drawn = self.catalog.starting(self._start)
            works = drawn.select(pl.coalesce("series_name", "title_id").rank("dense"))["series_name"].to_numpy() - 1
            liking = rng.standard_normal(int(works.max()) + 1)[works] + SEASON_SPREAD * rng.standard_normal(
                drawn.height
            )
            drawn = drawn.with_columns(liking=pl.Series(liking))
        elif cohort == 0:
            drawn = _numbered(library(rng, self._seed, self._start, self._at_start), 1)
        else:
            month = cohort - 1
            first, count = monthly_total(self._per_day, month), monthly_count(self._per_day, month)
            orders = first + np.arange(count)
            running = running_series(self._months[0])
            numbers = self._at_start + orders
            drawn = releases(rng, self._seed, self._start, month, orders, numbers, running)
            drawn = _numbered(drawn, self._at_start + first + 1)
        return self._with_schedule(rng, self._with_popularity(rng, drawn))

    def _with_popularity(self, rng: np.random.Generator, titles: pl.DataFrame) -> pl.DataFrame:
        """Spread the titles evenly over the published law, in the order of their liking."""
        rank = titles["liking"].rank("ordinal", descending=True).to_numpy() - 1
        quantile = (rank + rng.random(titles.height)) / max(titles.height, 1)
        return titles.with_columns(
            popularity=pl.Series(popularity(quantile, self._law_size), dtype=pl.Float64),
            push=pl.Series(rng.random(titles.height)),
        )

    def _with_schedule(self, rng: np.random.Generator, titles: pl.DataFrame) -> pl.DataFrame:
        count = titles.height
        release = titles.select((pl.col("release_date").fill_null(_LONG_AGO) - self._start).dt.total_days()).to_series()
        notice = rng.integers(0, _LONGEST_NOTICE_DAYS + 1, count)
        office_hours = rng.integers(8 * 3600, 20 * 3600, count)
        announced = (release.to_numpy() - notice) * _DAY + np.where(notice > 0, office_hours, 0)
        wait = (rng.exponential(_MEAN_CORRECTION_DAYS, count) * _DAY).astype(np.int64)
        ratings = pl.Series(rng.permutation(titles["maturity_rating"].to_numpy()), dtype=pl.String)
        what, longer = pl.Series(rng.random(count)), pl.Series(rng.integers(1, 3, count))
        genres = pl.col("genres").str.split(", ")
        reordered = pl.concat_list(genres.list.slice(1), genres.list.head(1)).list.join(", ")
        titles = titles.with_columns(
            release_day=release,
            announced=pl.Series(announced),
            corrected=pl.Series(announced + _DAY + wait),
            corrected_maturity_rating=pl.when(what.is_between(0.6, 0.8)).then(ratings).otherwise("maturity_rating"),
            corrected_genres=pl.when(what > 0.8).then(reordered).otherwise("genres"),
        )
        same_rating = pl.col("corrected_maturity_rating").eq_missing("maturity_rating")
        same_genres = pl.col("corrected_genres").eq_missing("genres")
        runtime = pl.col("runtime_minutes") + pl.when(same_rating & same_genres).then(longer).otherwise(0)
        return titles.with_columns(corrected_runtime_minutes=runtime)


def _numbered(titles: pl.DataFrame, first: int) -> pl.DataFrame:
    numbers = pl.Series(np.arange(first, first + titles.height)).cast(pl.String).str.zfill(5)
    return titles.with_columns(title_id="t" + numbers)

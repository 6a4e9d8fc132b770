"""What a row of the catalogue becomes: a film, or one title per season; and where its dates fall on a platform's calendar.

What the file does not hold is filled by rule, so that the same file always gives the same titles (assumptions, all of them):
a season's runtime and episodes are drawn from the published distribution by its id; earlier seasons appeared 52 weeks apart
before the row's date, which is the last one's; the language is that of the first country; original or licensed is unknown.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from netflix_platform.sources.catalog.mending import is_minutes, language_of, read_date, read_duration, read_list
from netflix_platform.sources.catalog.reading import CatalogError, read_table
from netflix_platform.sources.catalog.report import CatalogReport, Refusal
from netflix_platform.sources.published import episode_counts, season_minutes

_NEWEST_AFTER_START_DAYS = 110  # within the demo's 120 days, so that its last weeks still show launches
_TIME_BETWEEN_SEASONS = timedelta(weeks=52)
_MOST_SEASONS = 100
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,60}")  # the contract's ids, with room for a season's number
_COUNTED_WHEN_MISSING = ("director", "cast", "casts", "country", "date_added", "rating", "listed_in")

_SCHEMA = {
    "title_id": pl.String,
    "title_name": pl.String,
    "title_type": pl.String,
    "series_name": pl.String,
    "season_number": pl.Int64,
    "genres": pl.String,
    "language": pl.String,
    "is_original": pl.Boolean,
    "release_date": pl.Date,
    "runtime_minutes": pl.Int64,
    "episode_count": pl.Int64,
    "maturity_rating": pl.String,
}


class _Refused(Exception):
    def __init__(self, reason: str, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


@dataclass(frozen=True)
class Catalog:
    """A catalogue's titles in the titles contract's columns (without ``changed_ts``), dates as in the file, and the report."""

    titles: pl.DataFrame
    report: CatalogReport

    def starting(self, start: date) -> pl.DataFrame:
        """The titles with their dates moved so that they suit a platform that starts on ``start``.

        All dates move by the same whole number of weeks (weekdays and distances stay), such that the newest title appears
        104 to 110 days after the start: the file's last months of additions become the platform's launches.
        """
        newest = self.titles["release_date"].max()
        if newest is None:
            return self.titles
        assert isinstance(newest, date)
        weeks = (start + timedelta(days=_NEWEST_AFTER_START_DAYS) - newest).days // 7
        return self.titles.with_columns(pl.col("release_date") + timedelta(weeks=weeks))


def load_catalog(file: Path) -> Catalog:
    """Read ``file``. Rows that cannot be used are in the report, each with its line; the others become titles.

    Raises ``CatalogError`` when the file is no catalogue, or when no row of it can be used.
    """
    table = read_table(file)
    report = CatalogReport(str(file), mended=table.mended, renamed=table.renamed)
    seen: set[str] = set()
    titles: list[dict[str, Any]] = []
    for line, row in table.rows:
        report.rows_read += 1
        try:
            if row is None:
                raise _Refused("wrong_number_of_fields", "the row has more or fewer values than the header has columns")
            titles.extend(_titles_of(row, seen, report))
        except _Refused as refusal:
            report.refusals.append(Refusal(line, refusal.reason, str(refusal)))
    report.titles = len(titles)
    if not titles:
        first = f"; the first: {report.messages()[0]}" if report.refusals else ""
        raise CatalogError(f"{file}: holds no usable title ({report.rows_read} rows read, all refused{first})")
    return Catalog(_with_season_lengths(pl.DataFrame(titles, schema=_SCHEMA)), report)


def _titles_of(row: dict[str, str], seen: set[str], report: CatalogReport) -> Iterator[dict[str, Any]]:
    """The titles of one row. Everything that may refuse it comes before anything is counted."""
    identity, name, is_series = _identity(row, seen)
    rating, duration = row["rating"].strip(), row["duration"].strip()
    moved = not duration and is_minutes(rating)
    if moved:
        rating, duration = "", rating
    number = _length(duration, is_series)
    added = _date_added(row["date_added"])
    seen.add(identity)

    countries, stray = read_list(row["country"])
    genres, _ = read_list(row["listed_in"])
    report.mended["minutes_in_rating"] += moved
    report.mended["date_whitespace"] += row["date_added"] != row["date_added"].strip()
    report.mended["stray_comma_in_country"] += stray
    report.mended["title_whitespace"] += row["title"] != name
    report.missing.update(column for column in _COUNTED_WHEN_MISSING if column in row and not row[column].strip(" ,"))
    shared = {
        "genres": ", ".join(genres[:3]) or None,
        "language": language_of(countries),
        "maturity_rating": rating or None,
    }
    if not is_series:
        film = {"title_id": identity, "title_name": name, "title_type": "film", "release_date": added}
        yield {**dict.fromkeys(_SCHEMA), **shared, **film, "runtime_minutes": number}
        return
    for season in range(1, number + 1):
        yield {
            **dict.fromkeys(_SCHEMA),
            **shared,
            "title_id": f"{identity}-{season}",
            "title_name": f"{name}: Season {season}",
            "title_type": "season",
            "series_name": name,
            "season_number": season,
            "release_date": added and added - (number - season) * _TIME_BETWEEN_SEASONS,
        }


def _identity(row: dict[str, str], seen: set[str]) -> tuple[str, str, bool]:
    identity, kind, name = row["show_id"].strip(), row["type"].strip().lower(), row["title"].strip()
    if not _ID.fullmatch(identity):
        raise _Refused(
            "bad_show_id", f"show_id {identity!r} is empty or holds other signs than letters, digits and _ . : -"
        )
    if identity in seen:
        raise _Refused("repeated_show_id", f"show_id {identity} has come before; the first row is kept")
    if kind not in ("movie", "tv show"):
        raise _Refused("unknown_type", f"type {row['type']!r} is neither Movie nor TV Show")
    if not name:
        raise _Refused("missing_title", f"{identity} has no title")
    return identity, name, kind == "tv show"


def _length(duration: str, is_series: bool) -> int:
    try:
        number, unit = read_duration(duration)
    except ValueError as error:
        raise _Refused("unreadable_duration", f"duration {error}") from error
    if (unit == "season") != is_series or (is_series and number > _MOST_SEASONS):
        raise _Refused(
            "unreadable_duration", f"duration {duration!r} does not fit a {'TV Show' if is_series else 'Movie'}"
        )
    return number


def _date_added(text: str) -> date | None:
    try:
        return read_date(text) if text.strip() else None
    except ValueError as error:
        raise _Refused("unreadable_date", f"date_added {error}") from error


def _with_season_lengths(titles: pl.DataFrame) -> pl.DataFrame:
    """Give seasons a runtime and episodes, by a hash of their id: the same id gets the same length in any file."""
    hashes = [zlib.crc32(title.encode()) for title in titles["title_id"]]
    quantile = np.array(hashes) / 2**32
    runtime = season_minutes(quantile)
    episodes = episode_counts(runtime, (quantile * 1_000) % 1)
    is_season = pl.col("title_type") == "season"
    return titles.with_columns(
        runtime_minutes=pl.when(is_season).then(pl.Series(runtime)).otherwise("runtime_minutes"),
        episode_count=pl.when(is_season).then(pl.Series(episodes)).otherwise(None),
    )

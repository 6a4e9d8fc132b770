"""Invented titles: a library of films and series, and the releases of a month. What they are, not how much they are watched.

A *work* is a film or a series; a *title* is a film or one season, as Netflix lists them. Shares that are no published
figure are assumptions.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array, episode_counts, film_minutes, season_minutes
from netflix_platform.sources.synthetic.names import invented_name

_FILM_SHARE = 0.45  # of a library's titles
_SERIES_SIZES = (0.46, 0.22, 0.13, 0.08, 0.06, 0.05)  # series of 1 to 6 seasons
_MEAN_AGE_DAYS = 900
_OLDEST_DAYS = 4_000
_DAYS_BETWEEN_SEASONS = 364
_WEEKDAYS = (0.08, 0.08, 0.20, 0.22, 0.32, 0.06, 0.04)  # releases, Monday to Sunday
SEASON_SPREAD = 0.35  # seasons of a series are liked alike, but not the same

# By works. English comes out a little above 60 % of the hours, since most accounts watch it more readily than the rest do.
_LANGUAGES = {
    "English": 0.560, "Spanish": 0.090, "Korean": 0.080, "Japanese": 0.065, "French": 0.045, "Hindi": 0.040,
    "German": 0.035, "Portuguese": 0.030, "Italian": 0.020, "Turkish": 0.020, "Polish": 0.008, "Tamil": 0.007,
}  # fmt: skip
_FILM_GENRES = {
    "Drama": 20, "Comedy": 16, "Action": 12, "Thriller": 11, "Romance": 9, "Documentary": 7, "Crime": 6, "Horror": 6,
    "Family": 6, "Sci-Fi": 5, "Animation": 4, "Fantasy": 3, "Mystery": 3,
}  # fmt: skip
_SERIES_GENRES = {
    "Drama": 22, "Comedy": 13, "Crime": 12, "Thriller": 9, "Romance": 8, "Reality": 8, "Docuseries": 7, "Animation": 6,
    "Action": 5, "Mystery": 5, "Sci-Fi": 4, "Fantasy": 4, "Family": 4,
}  # fmt: skip
_GENRES_PER_WORK = (0.25, 0.45, 0.30)  # 1 to 3
_FILM_RATINGS = {"TV-MA": 30, "R": 22, "TV-14": 14, "PG-13": 16, "PG": 10, "TV-PG": 8}
_SERIES_RATINGS = {"TV-MA": 45, "TV-14": 32, "TV-PG": 12, "TV-Y7": 6, "TV-Y": 5}
_ORIGINALS = 0.5
_GOLDEN = 0.6180339887498949


def library(rng: np.random.Generator, seed: int, start: date, titles: int) -> pl.DataFrame:
    """``titles`` titles released before ``start``: films, then series season by season, the seasons about a year apart.

    Columns: as the titles contract but ``title_id`` and ``changed_ts``, and ``liking`` (standard normal, more is better liked).
    """
    films = round(titles * _FILM_SHARE)
    seasons = titles - films
    sizes = 1 + rng.choice(len(_SERIES_SIZES), seasons, p=_SERIES_SIZES)
    ends = np.minimum(np.cumsum(sizes), seasons)
    sizes = np.diff(np.unique(ends), prepend=0)
    work = np.concatenate([np.arange(films), films + np.repeat(np.arange(len(sizes)), sizes)])
    number = np.arange(seasons) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    season = np.concatenate([np.zeros(films, int), number])
    still_to_come = np.concatenate([np.zeros(films, int), np.repeat(sizes, sizes) - number])
    works = films + len(sizes)
    age = 1 + np.minimum(rng.exponential(_MEAN_AGE_DAYS, works), _OLDEST_DAYS).astype(int)
    released = -age[work] - _DAYS_BETWEEN_SEASONS * still_to_come
    described = _works(rng, seed, np.arange(works), np.arange(works) >= films)
    return _titles(rng, start, described[work], season, released)


def releases(
    rng: np.random.Generator, seed: int, start: date, month: int, orders: Array, numbers: Array, running: pl.DataFrame
) -> pl.DataFrame:
    """The releases of the 30 days from day ``30 × month`` on: films and seasons in turns, every other season a sequel.

    ``orders`` counts the releases since the start, ``numbers`` is what their names are made from. ``running``: the series
    that go on, as ``running_series`` gives them. A release may lie up to six days before its month. Columns as ``library``.
    """
    is_series = orders % 2 == 1
    described = _works(rng, seed, numbers, is_series)
    season = is_series.astype(int)
    if running.height:
        sequels = np.flatnonzero(orders % 4 == 3)
        turn, which = np.divmod(orders[sequels] // 4, running.height)
        season[sequels] = running["seasons"].to_numpy()[which] + 1 + turn
        row = np.arange(len(orders))
        row[sequels] = len(orders) + np.arange(len(sequels))
        described = pl.concat([described, running[which].select(described.columns)])[row]
    return _titles(rng, start, described, season, _on_release_weekday(rng, start, month, len(orders)))


def running_series(titles: pl.DataFrame) -> pl.DataFrame:
    """One row per series of ``titles``: what its seasons share, and ``seasons`` so far; the shortest first."""
    shared = ("genres", "language", "is_original", "maturity_rating", "liking")
    series = titles.filter(pl.col("title_type") == "season").group_by("series_name", maintain_order=True)
    return (
        series.agg(pl.col("season_number").max().alias("seasons"), pl.col(shared).first())
        .rename({"series_name": "name"})
        .sort("seasons", "name")
    )


def _works(rng: np.random.Generator, seed: int, numbers: Array, is_series: Array) -> pl.DataFrame:
    count = len(numbers)
    liking = rng.standard_normal(count)
    # Dealt out along the order of liking, not drawn: one hit more or less in a language would move its share of the hours.
    rank = np.argsort(np.argsort(-liking, kind="stable"), kind="stable")
    dealt = (rng.random() + rank * _GOLDEN) % 1
    shares = np.cumsum(list(_LANGUAGES.values()))
    language = np.searchsorted(shares / shares[-1], dealt, side="right")
    film_genres, series_genres = _genres(rng, _FILM_GENRES, count), _genres(rng, _SERIES_GENRES, count)
    film_ratings, series_ratings = _drawn(rng, _FILM_RATINGS, count), _drawn(rng, _SERIES_RATINGS, count)
    return pl.DataFrame(
        {
            "name": pl.Series([invented_name(int(number), seed) for number in numbers], dtype=pl.String),
            "genres": pl.Series(np.where(is_series, series_genres, film_genres), dtype=pl.String),
            "language": pl.Series(list(_LANGUAGES)).gather(language),
            "is_original": rng.random(count) < _ORIGINALS,
            "maturity_rating": pl.Series(np.where(is_series, series_ratings, film_ratings), dtype=pl.String),
            "liking": liking,
        }
    )


def _titles(rng: np.random.Generator, start: date, works: pl.DataFrame, season: Array, released: Array) -> pl.DataFrame:
    count = len(season)
    is_season = pl.Series(season > 0)
    runtime = np.where(season > 0, season_minutes(rng.random(count)), film_minutes(rng.random(count)))
    name, number = pl.col("name"), pl.Series(season, dtype=pl.Int64)
    return works.select(
        title_name=pl.when(is_season).then(name + ": Season " + number.cast(pl.String)).otherwise(name),
        title_type=pl.when(is_season).then(pl.lit("season")).otherwise(pl.lit("film")),
        series_name=pl.when(is_season).then(name),
        season_number=pl.when(is_season).then(number),
        genres="genres",
        language="language",
        is_original="is_original",
        release_date=pl.Series([start + timedelta(days=int(day)) for day in released], dtype=pl.Date),
        runtime_minutes=pl.Series(runtime, dtype=pl.Int64),
        episode_count=pl.when(is_season).then(pl.Series(episode_counts(runtime, rng.random(count)), dtype=pl.Int64)),
        maturity_rating="maturity_rating",
        liking=pl.col("liking") + SEASON_SPREAD * pl.Series(rng.standard_normal(count)),
    )


def _on_release_weekday(rng: np.random.Generator, start: date, month: int, count: int) -> Array:
    """Days of the month, each moved back to a weekday on which releases happen."""
    day = rng.integers(30 * month, 30 * (month + 1), count)
    wanted = rng.choice(7, count, p=_WEEKDAYS)
    moved = day - (start.weekday() + day - wanted) % 7
    return np.maximum(moved, 1)  # what appears on the first day or before it is the library's


def _genres(rng: np.random.Generator, weights: dict[str, int], count: int) -> Array:
    """1 to 3 different genres each, by weight, as "Drama, Crime" (Gumbel keys: the largest few are a weighted sample)."""
    keys = np.log(list(weights.values())) + rng.gumbel(size=(count, len(weights)))
    chosen = np.array(list(weights), dtype=object)[np.argsort(-keys, axis=1)[:, :3]]
    size = rng.choice(3, count, p=_GENRES_PER_WORK)
    second = np.where(size > 0, ", " + chosen[:, 1], "")
    return chosen[:, 0] + second + np.where(size > 1, ", " + chosen[:, 2], "")


def _drawn(rng: np.random.Generator, weights: dict[str, int], count: int) -> Array:
    shares = np.array(list(weights.values())) / sum(weights.values())
    return np.array(list(weights), dtype=object)[rng.choice(len(weights), count, p=shares)]

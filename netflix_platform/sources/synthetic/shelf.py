"""The titles of a month as arrays: what a choice needs to know of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rhythm import COUNTRY_LANGUAGES
from netflix_platform.sources.synthetic.tastes import FAMILIES, family_of

# Countries in which the same languages are spoken choose alike.
LANGUAGE_GROUPS = tuple(dict.fromkeys(COUNTRY_LANGUAGES))
COUNTRY_GROUPS = np.array([LANGUAGE_GROUPS.index(spoken) for spoken in COUNTRY_LANGUAGES])
_OWN_LANGUAGE = 2.0  # how much more readily a title in the account's own language is watched; assumption
NO_SEQUEL = -1


@dataclass(frozen=True)
class Shelf:
    """Titles by position in ``Titles.known``, n of each.

    ``kind``: family (see ``tastes``), seasons after films; ``unit_ms``: length of the film or of one episode; ``sequel``:
    position of the next season; ``own``: language groups × n, how much more readily each is watched by them.
    """

    release_day: Array
    popularity: Array
    push: Array
    is_season: Array
    is_english: Array
    episodes: Array
    unit_ms: Array
    kind: Array
    sequel: Array
    own: Array

    @property
    def total_ms(self) -> Array:
        """Length of the film or of the season."""
        return self.unit_ms * self.episodes


def build_shelf(titles: pl.DataFrame) -> Shelf:
    """The arrays of ``titles``, which has the columns of ``Titles.known``."""
    is_season = (titles["title_type"] == "season").to_numpy()
    genres = titles["genres"].str.split(", ").list.first()
    families = {genre: family_of(genre) for genre in genres.unique()}
    kind = np.array([families[genre] for genre in genres], np.int64) + len(FAMILIES) * is_season
    episodes = np.maximum(titles["episode_count"].fill_null(1).to_numpy(), 1)
    language = titles["language"].fill_null("")
    spoken = [language.is_in(list(group)).to_numpy() for group in LANGUAGE_GROUPS]
    return Shelf(
        release_day=titles["release_day"].to_numpy(),
        popularity=titles["popularity"].to_numpy(),
        push=titles["push"].to_numpy(),
        is_season=is_season,
        is_english=(language == "English").to_numpy(),
        episodes=episodes.astype(np.int32),
        unit_ms=np.maximum(titles["runtime_minutes"].to_numpy() * 60_000 // episodes, 60_000).astype(np.int32),
        kind=kind,
        sequel=_sequels(titles),
        own=np.where(np.stack(spoken), _OWN_LANGUAGE, 1.0),
    )


def _sequels(titles: pl.DataFrame) -> Array:
    """Position of the next season of the same series, or ``NO_SEQUEL``."""
    seasons = titles.select("series_name", "season_number").with_row_index("position").drop_nulls()
    following = seasons.with_columns(pl.col("season_number") - 1).rename({"position": "sequel"})
    pairs = seasons.join(following.unique(["series_name", "season_number"]), on=["series_name", "season_number"])
    sequel = np.full(titles.height, NO_SEQUEL, np.int32)
    sequel[pairs["position"].to_numpy()] = pairs["sequel"].to_numpy()
    return sequel

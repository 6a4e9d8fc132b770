"""Tastes: which kinds of titles a profile likes, and at which hour which kind is watched.

A profile keeps its taste for good, so that what it watches has a pattern. Genres, of which a catalogue may have any, are
gathered into families. Assumptions, but for comedies in the early morning and thrillers late in the evening (Netflix 2017).
"""

from __future__ import annotations

import numpy as np

from netflix_platform.contracts.users import AGE_BANDS
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rng import scrambled, uniform

FAMILIES = (
    *("drama", "comedy", "action", "thriller", "crime", "romance", "documentary", "horror", "family", "fantastic"),
    "reality",
)
# What a genre's name holds, in lower case; the first that is found counts, and what holds none is a drama.
_WORDS = {
    "comed": "comedy", "stand-up": "comedy", "thrill": "thriller", "crime": "crime", "myster": "crime", "roman": "romance",
    "docu": "documentary", "horror": "horror", "famil": "family", "kid": "family", "child": "family", "animation": "family",
    "action": "action", "sci-fi": "fantastic", "fantas": "fantastic", "anime": "fantastic", "reality": "reality",
    "talk": "reality",
}  # fmt: skip

# Tastes by what they like more (or less) than others do.
_TASTES: tuple[dict[str, float], ...] = (
    {},
    {"comedy": 3.0, "romance": 2.0, "reality": 1.5, "horror": 0.4},
    {"thriller": 3.0, "crime": 3.0, "drama": 0.8, "family": 0.4},
    {"action": 3.0, "fantastic": 3.0, "romance": 0.4},
    {"documentary": 4.0, "drama": 1.2, "horror": 0.5, "fantastic": 0.6},
    {"romance": 3.0, "drama": 1.8, "reality": 2.0, "action": 0.4},
    {"horror": 5.0, "thriller": 2.0, "fantastic": 2.0, "family": 0.3},
    {"family": 8.0, "comedy": 1.5, "thriller": 0.15, "crime": 0.15, "horror": 0.05, "drama": 0.4},  # children
)
TASTES = len(_TASTES)
_CHILDREN = TASTES - 1
_BY_AGE = (  # of the account's owner: how many of a hundred have which taste
    (20, 18, 10, 20, 6, 11, 15, 0),
    (22, 17, 14, 17, 8, 12, 10, 0),
    (25, 16, 17, 14, 11, 11, 6, 0),
    (26, 14, 21, 11, 14, 11, 3, 0),
    (28, 12, 24, 7, 17, 11, 1, 0),
    (30, 11, 25, 4, 19, 11, 0, 0),
)
assert len(_BY_AGE) == len(AGE_BANDS)
_CHILDRENS_PROFILE = 0.5  # of the profiles from the third on

# Families whose share of the viewing depends on the hour: (hour, against the mean) on the local clock.
_HOURS = {
    "comedy": ((0, 1.0), (3, 1.2), (6, 1.9), (9, 1.3), (13, 1.0), (18, 0.9), (21, 0.8)),
    "thriller": ((0, 1.2), (3, 0.9), (6, 0.5), (12, 0.6), (17, 0.9), (21, 1.7), (23, 1.4)),
    "horror": ((0, 1.8), (3, 1.3), (7, 0.5), (15, 0.6), (20, 1.1), (23, 1.8)),
    "family": ((0, 0.3), (4, 0.5), (7, 1.8), (10, 1.6), (16, 1.8), (19, 1.0), (22, 0.4)),
    "crime": ((0, 1.1), (6, 0.7), (12, 0.9), (21, 1.2)),
}


def family_of(genre: str | None) -> int:
    """The family (position in ``FAMILIES``) of a genre, whatever a catalogue calls it."""
    lower = (genre or "").lower()
    return FAMILIES.index(next((family for word, family in _WORDS.items() if word in lower), "drama"))


def affinity() -> Array:
    """How much each taste likes each family, against others: tastes × families."""
    return np.array([[taste.get(family, 1.0) for family in FAMILIES] for taste in _TASTES])


def by_hour() -> Array:
    """How much each family is watched at each local hour, against its mean: 24 × families."""
    columns = []
    for family in FAMILIES:
        hours, factors = zip(*_HOURS.get(family, ((0, 1.0),)), strict=True)
        columns.append(np.interp(np.arange(24) + 0.5, hours, factors, period=24))
    return np.stack(columns, axis=1)


def tastes_of(profile_keys: Array, profile: Array, age_band: Array) -> Array:
    """The taste of each profile (int8). ``profile_keys``: uint32, always the same for a profile; ``profile``: 1, 2, ..."""
    hashes = scrambled(profile_keys ^ np.uint32(0x7A57E))
    reached = np.cumsum(np.array(_BY_AGE), axis=1) / np.sum(_BY_AGE, axis=1, keepdims=True)
    flat = (reached + np.arange(len(_BY_AGE))[:, None]).astype(np.float32).ravel()
    taste = np.searchsorted(flat, age_band + uniform(hashes), side="right") - age_band * np.int64(TASTES)
    child = (profile >= 3) & ((hashes & np.uint32(255)) < 256 * _CHILDRENS_PROFILE)
    return np.where(child, _CHILDREN, np.minimum(taste, _CHILDREN)).astype(np.int8)

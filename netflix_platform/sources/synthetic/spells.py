"""Who follows which series, and how far: a household goes through a season episode by episode without anything being kept.

An account's days fall into spells of two weeks, whose beginning differs from account to account. In a spell each profile has
one series that it follows (after it, the next season or another), and watches more or less than usual. How often an account
watches on a day, and how long a sitting lasts, are hashes of account, day and number of the visit; so how far a profile has come
is the sum over the days of the spell before, at most thirteen, whether or not those days are ever drawn.
"""

from __future__ import annotations

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.habits import (
    BURSTS,
    EAGERNESS,
    LONGEST_SITTING_MS,
    SITTINGS_MS,
    SPELL_DAYS,
)
from netflix_platform.sources.synthetic.rng import salt, scrambled, uniform

# Of the visits of a profile that follows a series, those in which it goes on with it; assumption.
_GOES_ON = 0.77
_PER_VISIT = np.uint32(0x9E3779B9)
_PROFILES = (
    0.55,
    0.25,
    0.12,
    0.05,
    0.03,
)  # how the first, second, ... of an account's profiles share its visits; assumption
_USUAL_PROFILE = 0.85  # of an account's visits in a spell, those of one profile; assumption
MOST_PROFILES = len(_PROFILES)


def spells_of(keys: Array, ordinal: int) -> tuple[Array, Array]:
    """The spell in which each account (``keys``, uint32) is on a day, and how many days of it lie before: (number, days)."""
    at = np.uint32(ordinal) + keys % np.uint32(SPELL_DAYS)
    return at // np.uint32(SPELL_DAYS), (at % np.uint32(SPELL_DAYS)).astype(np.int64)


def paces(seed: int, keys: Array, spell: Array, activity: Array) -> Array:
    """Visits per mean day in the spell: the account's activity, times how much more or less it watches in this one.

    To be multiplied by ``FADING`` at the day's place in the spell: most is watched in its first days.
    """
    return activity * BURSTS[scrambled((keys ^ salt(seed, "burst")) + spell * _PER_VISIT) >> np.uint32(24)]


def visit_counts(day_salt: Array | np.uint32, keys: Array, expected: Array) -> Array:
    """How often each account opens the application on a day, where ``expected`` is the mean (int32)."""
    return (expected + uniform(scrambled(keys + day_salt))).astype(np.int32)


def day_salts(seed: int, ordinal: int) -> tuple[Array, Array]:
    """For a day and the days of a spell before it, by days back: salts of the counts, and of the visits."""
    days = range(ordinal, ordinal - SPELL_DAYS, -1)
    counts, visits = ([salt(seed, name, day) for day in days] for name in ("count", "visit"))
    return np.array(counts, np.uint32), np.array(visits, np.uint32)


def visit_hashes(visit_salt: Array | np.uint32, keys: Array, visit: Array) -> Array:
    """What a visit's profile, its going on with a series and its length are made of; ``visit``: 0, 1, ... of the day."""
    return scrambled(keys + visit_salt + visit.astype(np.uint32) * _PER_VISIT)


def profiles_of(hashes: Array, profiles: Array, usual: Array) -> Array:
    """Whose visit it is: 1 to the account's number of ``profiles``, mostly the one that is ``usual`` in the spell."""
    anybody = _PROFILE_TABLE[profiles - 1, hashes & np.uint32(255)]
    return np.where((hashes >> np.uint32(24)) < np.uint32(256 * _USUAL_PROFILE), usual, anybody)


def usual_profiles(seed: int, keys: Array, spell: Array, profiles: Array) -> Array:
    """Which of an account's profiles watches most in a spell."""
    hashes = scrambled((keys ^ salt(seed, "usual profile")) + spell * _PER_VISIT)
    return _PROFILE_TABLE[profiles - 1, hashes >> np.uint32(24)]


def goes_on(hashes: Array) -> Array:
    """Whether a visit goes on with the series that the profile follows."""
    return ((hashes >> np.uint32(8)) & np.uint32(255)) < np.uint32(256 * _GOES_ON)


def sittings_ms(hashes: Array, eagerness: Array) -> Array:
    """How long somebody sits down to the series in a visit."""
    sitting = SITTINGS_MS[(hashes >> np.uint32(16)) & np.uint32(255)] * eagerness
    return np.minimum(sitting, np.float32(LONGEST_SITTING_MS)).astype(np.int32)


def profile_keys(keys: Array, profile: Array) -> Array:
    """What the hashes of a profile are made from (uint32)."""
    return scrambled(keys + profile.astype(np.uint32) * np.uint32(0x85EBCA6B))


def spell_hashes(seed: int, profiles: Array, spell: Array) -> Array:
    """What a profile's spell is made of: its eagerness and its series. ``profiles``: as ``profile_keys`` gives them."""
    return scrambled((profiles ^ salt(seed, "spell")) + spell * _PER_VISIT)


def eagerness_of(hashes: Array) -> Array:
    """How much longer than usual a profile sits in a spell (from ``spell_hashes``)."""
    return EAGERNESS[hashes & np.uint32(255)]


def _profile_table() -> Array:
    rows = []
    for profiles in range(1, MOST_PROFILES + 1):
        reached = np.cumsum(_PROFILES[:profiles]) / sum(_PROFILES[:profiles])
        rows.append(1 + np.searchsorted(reached, (np.arange(256) + 0.5) / 256))
    return np.array(rows, np.int8)


_PROFILE_TABLE = _profile_table()

"""Chance by name, so that any part of the world can be drawn alone, in any order, and comes out the same.

A *stream* gives as many numbers as are asked for, in order; *hashes* give one number per key, so that what somebody did on
another day can be known without drawing that day.
"""

from __future__ import annotations

import zlib

import numpy as np

from netflix_platform.sources.published import Array


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """The stream of the world ``seed`` called ``name``, for example ``stream(7, "visits", day_ordinal, window)``.

    ``numbers`` must not be negative. Two streams with different names or numbers are independent of each other.
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, zlib.crc32(name.encode()), *numbers])))


def salt(seed: int, name: str, *numbers: int) -> np.uint32:
    """What makes the hashes of one purpose differ from those of another; ``numbers`` must not be negative."""
    state = np.random.SeedSequence([seed, zlib.crc32(name.encode()), *numbers]).generate_state(1)
    return np.uint32(state[0])


def scrambled(keys: Array) -> Array:
    """A hash (uint32) of each key (uint32); neighbours have nothing in common (Ellis, "lowbias32", 2018)."""
    mixed: Array = keys ^ (keys >> np.uint32(16))
    mixed *= np.uint32(0x7FEB352D)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x846CA68B)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def uniform(hashes: Array) -> Array:
    """Hashes (uint32) as numbers in [0, 1), float32."""
    return (hashes >> np.uint32(8)).astype(np.float32) * np.float32(2**-24)


def monthly_count(per_day: float, month: int) -> int:
    """How many of something that comes at ``per_day`` fall into the 30 days of ``month`` (0, 1, …), without rounding loss."""
    return int(per_day * 30 * (month + 1)) - int(per_day * 30 * month)


def monthly_total(per_day: float, months: int) -> int:
    """The sum of ``monthly_count`` over the first ``months`` months."""
    return int(per_day * 30 * months)

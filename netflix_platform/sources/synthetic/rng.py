"""Random streams by name, so that any part of the world can be drawn alone, in any order, and comes out the same."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """The stream of the world ``seed`` called ``name``, for example ``stream(7, "visits", day_ordinal, window)``.

    ``numbers`` must not be negative. Two streams with different names or numbers are independent of each other.
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, zlib.crc32(name.encode()), *numbers])))


def monthly_count(per_day: float, month: int) -> int:
    """How many of something that comes at ``per_day`` fall into the 30 days of ``month`` (0, 1, …), without rounding loss."""
    return int(per_day * 30 * (month + 1)) - int(per_day * 30 * month)


def monthly_total(per_day: float, months: int) -> int:
    """The sum of ``monthly_count`` over the first ``months`` months."""
    return int(per_day * 30 * months)

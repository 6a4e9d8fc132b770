"""Drawing from a table of cumulated weights by one look-up per draw, where a binary search of a large table misses the cache
at every step (inversion with a guide table: Chen and Asau, "On generating random variates from an empirical distribution", 1974).
"""

from __future__ import annotations

import numpy as np

from netflix_platform.sources.published import Array


class Cumulated:
    """Rising numbers, of which the place of others is asked for again and again."""

    def __init__(self, reached: Array) -> None:
        self._reached = reached
        total = float(reached[-1]) if len(reached) else 0.0
        # The guide says how many numbers lie in lower slots than an asked one, so that only those of its own slot are searched.
        self._slots = 1 << max(len(reached) - 1, 1).bit_length()
        self._scale = self._slots / total if total > 0 else 0.0
        sizes = np.bincount(self._slot(reached), minlength=self._slots + 1)
        self._guide = np.append(0, np.cumsum(sizes)).astype(np.int32)

    def places(self, asked: Array) -> Array:
        """What ``np.searchsorted(reached, asked, side="right")`` gives; ``asked`` must not be negative."""
        slot = self._slot(asked)
        low, high = self._guide[slot], self._guide[slot + 1]
        unsure = np.flatnonzero(low < high)
        while len(unsure):
            middle = (low[unsure] + high[unsure]) >> 1
            is_below = self._reached[middle] <= asked[unsure]
            low[unsure] = np.where(is_below, middle + 1, low[unsure])
            high[unsure] = np.where(is_below, high[unsure], middle)
            unsure = unsure[low[unsure] < high[unsure]]
        return low.astype(np.intp)

    def _slot(self, numbers: Array) -> Array:
        return np.minimum((numbers * self._scale).astype(np.int32), self._slots)

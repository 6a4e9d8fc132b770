"""Classes of size for the cells of a heat map: few, with round bounds, so that a legend says what a shade means. No drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

import pandas as pd

from dashboard import theme

NOTHING = "none"
# Where a class ends, of all cells that hold anything.
_PARTS = (0.25, 0.5, 0.8)


@dataclass(frozen=True)
class Levels:
    """Upper bounds of the classes but the last, ascending, and the classes' names."""

    bounds: tuple[float, ...]
    names: tuple[str, ...]

    def of(self, value: float) -> str | None:
        """The class of a value; ``NOTHING`` for 0, None for a missing one."""
        if pd.isna(value):
            return None
        if value <= 0:
            return NOTHING
        return self.names[sum(value > bound for bound in self.bounds)]

    @property
    def scale(self) -> dict[str, str]:
        """Name of each class, ``NOTHING`` first → its color: one color over whatever the ground is, the more the stronger."""
        shades = theme.SHADES[-len(self.names) :]
        return {NOTHING: theme.NOTHING, **dict(zip(self.names, shades, strict=True))}


def levels(values: pd.Series, unit: str, are_counts: bool) -> Levels:
    """Classes that hold about as many of the positive ``values`` each. ``unit`` ends each name: ``" h"``, ``" plays"``.

    Of counts, whole numbers, the names tell first and last: ``3 – 4 plays``; of others the bounds: ``2 – 4 h``.
    """
    positive = values[values > 0].dropna().astype(float)
    if positive.empty:
        return Levels((), (f"any{unit}",))
    bounds = _bounds(positive, are_counts, digits=1)
    if len(bounds) < len(_PARTS):
        # Values that are close together: one digit does not tell them apart, and all cells would have one shade.
        bounds = max(bounds, _bounds(positive, are_counts, digits=2), key=len)
    if not bounds:
        return Levels((), (f"up to {_written(float(positive.max()))}{unit}",))
    step = 1 if are_counts else 0
    names = [f"up to {_written(bounds[0])}{unit}"]
    for low, high in pairwise(bounds):
        first = _written(low + step)
        names.append(f"{first}{unit}" if are_counts and low + 1 == high else f"{first} – {_written(high)}{unit}")
    return Levels(tuple(bounds), (*names, f"over {_written(bounds[-1])}{unit}"))


def _bounds(positive: pd.Series, are_counts: bool, digits: int) -> list[float]:
    rounded = {_round(float(positive.quantile(part)), are_counts, digits) for part in _PARTS}
    return sorted(bound for bound in rounded if positive.min() <= bound < positive.max())


def _round(value: float, is_count: bool, digits: int) -> float:
    """To ``digits``, to a half below 10, and a count to a whole: 0.83 is 1, 2.4 is 2.5, 37 is 40 with one digit."""
    if is_count and value < 10:
        return max(float(round(value)), 1.0)
    if value < 0.5:
        return float(f"{value:.1g}")
    return max(round(value * 2) / 2, 0.5) if value < 10 else round(value, digits - 1 - floor(log10(value)))


def _written(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:,.3g}"

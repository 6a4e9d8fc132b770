"""Classes of size for the cells of a heat map: few, with round bounds, so that a legend says what a shade means. No drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

import pandas as pd

from dashboard import theme

NOTHING = "none"


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


def levels(values: pd.Series, unit: str) -> Levels:
    """Classes that hold about as many of the positive ``values`` each. ``unit`` ends each name: ``" h"``, ``" plays"``."""
    positive = values[values > 0].dropna().astype(float)
    if positive.empty:
        return Levels((), (f"any{unit}",))
    quantiles = [float(positive.quantile(part)) for part in (0.25, 0.5, 0.8)]
    bounds = sorted({_round(one) for one in quantiles if _round(one) < float(positive.max())})
    if not bounds:
        return Levels((), (f"up to {_written(_round_up(float(positive.max())))}{unit}",))
    names = [f"up to {_written(bounds[0])}{unit}"]
    names += [f"{_written(low)} – {_written(high)}{unit}" for low, high in pairwise(bounds)]
    return Levels(tuple(bounds), (*names, f"over {_written(bounds[-1])}{unit}"))


def _round(value: float) -> float:
    """To one digit, or to a half below 10: 0.83 is 1, 2.4 is 2.5, 37 is 40."""
    if value < 0.5:
        return float(f"{value:.1g}")
    return max(round(value * 2) / 2, 0.5) if value < 10 else round(value, -floor(log10(value)))


def _round_up(value: float) -> float:
    digit = 10.0 ** floor(log10(value))
    return floor(value / digit + 1) * digit


def _written(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"

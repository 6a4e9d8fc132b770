"""What all parts of *Playback quality* share: the version, the range, the filters, and the figures of both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.frame import Opened
from dashboard.periods import Period


@dataclass(frozen=True)
class Scope:
    """What the page shows. ``figures``: ``queries.figures``. ``usual``: over which "usual" is measured. ``names``: of countries.

    ``is_comparable``: the range and the one before it are published whole.
    """

    opened: Opened
    chosen: Period
    usual: Period
    filters: Filters
    figures: pd.DataFrame
    is_comparable: bool
    names: dict[str, str]

    def country(self, code: str) -> str:
        """The country's name, or its code where it has none."""
        return self.names.get(code, code)

    @property
    def hourly_note(self) -> str:
        """What the hours leave out of the filters, as a sentence; empty when they leave out nothing."""
        left_out = [
            one.label.lower() for one in (Dimension.DEVICE, Dimension.APP_VERSION) if one in self.filters.chosen
        ]
        if not left_out:
            return ""
        return f" Hours are counted by country only: the choice of {' and '.join(left_out)} does not narrow this part."

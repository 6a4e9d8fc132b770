"""What the History page counts in: hours where the period has any of known length, else plays."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.formatting import hours, whole
from dashboard.queries import PLAYS, WATCH_HOURS, Figures


@dataclass(frozen=True)
class Measure:
    """A column of the frames, its name on the page, the unit behind its figures, and what it counts in a legend.

    ``is_count``: its figures are whole numbers.
    """

    column: str
    name: str
    unit: str
    noun: str
    is_count: bool

    def write(self, value: float | None) -> str:
        """A figure of it."""
        return whole(value) if self.is_count else hours(value)


HOURS = Measure(WATCH_HOURS, "Watch hours", " h", " h", is_count=False)
COUNT = Measure(PLAYS, "Plays", "", " plays", is_count=True)


def choose_measure(figures: Figures) -> Measure:
    """A widget for the measure; where no watch time is known it says so, and plays are all there is."""
    if not figures.timed_plays:
        if figures.plays:
            st.info(
                "**No event of this range says how long it was watched**, so this page counts plays. The short form of a viewing "
                "history has titles and days only; the long one has durations too.",
                icon=":material/timer_off:",
            )
        return COUNT
    chosen = st.segmented_control(
        "Counted in",
        [HOURS.name, COUNT.name],
        default=HOURS.name,
        required=True,
        key="measure",
        bind="query-params",
        help="Hours are the time watched, plays the number of films and episodes that were started.",
    )
    return COUNT if chosen == COUNT.name else HOURS


def untimed_note(figures: Figures) -> str:
    """How many plays of a range are of unknown watch time, as a sentence; empty when none is, or all are."""
    untimed = (figures.plays or 0) - (figures.timed_plays or 0)
    if not untimed or not figures.timed_plays:
        return ""
    return f" Of {untimed:,} of {figures.plays:,} plays the watch time is unknown: they are left out of hours."

"""Which week the page shows: the newest full one, or what the address or the reader says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
import streamlit as st

from dashboard import address
from dashboard.formatting import count, period

FULL = 7


@dataclass(frozen=True)
class Week:
    """A week with lists. ``days``: its days with data; ``days_before``: those of the week before, 0 for none."""

    monday: date
    days: int
    days_before: int

    @property
    def name(self) -> str:
        """The week from Monday to Sunday."""
        return period(self.monday, self.monday + timedelta(days=FULL - 1))

    @property
    def has_before(self) -> bool:
        """Whether the week before has lists to compare with."""
        return self.days_before > 0

    @property
    def is_comparable(self) -> bool:
        """Whether this week and the one before are whole, so that their sums may be compared."""
        return self.days == self.days_before == FULL


def choose_week(weeks: pd.DataFrame) -> Week:
    """A widget for the week, kept in the address as ``week=<its Monday>``. ``weeks``: ``queries.weeks``, at least one."""
    days = {monday.date(): int(known) for monday, known in zip(weeks["week_start"], weeks["days_in_data"], strict=True)}
    newest_full = next((monday for monday, known in days.items() if known == FULL), next(iter(days)))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = address.choose(
            "Week (Monday to Sunday, UTC)",
            {monday.isoformat(): _label(monday, known) for monday, known in days.items()},
            newest_full.isoformat(),
            "week",
            help="The newest full week at first. The address holds another choice.",
        )
        st.page_link(
            "app_pages/top_10.py",
            label="Link to this week",
            icon=":material/link:",
            query_params={"week": chosen},
            help="An address that always shows this week, whatever is published later.",
        )
    monday = date.fromisoformat(chosen)
    return Week(monday, days[monday], days.get(monday - timedelta(days=FULL), 0))


def coverage(week: Week) -> str:
    """What the lists cover and what ranks are compared with, in words."""
    said = f"**{week.name}**" if week.days == FULL else f"**{week.name}**, {_so_far(week.days)}: ranks may still change"
    before = week.monday - timedelta(days=FULL)
    if not week.has_before:
        return f"{said}; not compared, since the lists begin here"
    compared = f"{said}; ranks compared with {period(before, before + timedelta(days=FULL - 1))}"
    return compared if week.days_before == FULL else f"{compared}, of which {count(week.days_before, 'day')} have data"


def _label(monday: date, days: int) -> str:
    name = period(monday, monday + timedelta(days=FULL - 1))
    return name if days == FULL else f"{name} · {_so_far(days)}"


def _so_far(days: int) -> str:
    return f"not whole: {days} of {FULL} days"

"""What the range adds up to: four figures."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import frame, series_queries
from dashboard.formatting import count, hours, period, whole
from dashboard.frame import Opened
from dashboard.history.measures import untimed_note
from dashboard.periods import Period
from dashboard.queries import Figures
from dashboard.tiles import tile


def draw(opened: Opened, chosen: Period, days: pd.DataFrame, figures: Figures) -> None:
    """Watch hours, plays, days with plays and titles of the range, the first two with a line over its days."""
    watched = int((days["plays"] > 0).sum())
    with frame.tolerant():
        titles = series_queries.titles_watched(opened.published, chosen)
        st.caption(f"**{period(chosen.first, chosen.last)}** ({count(chosen.days, 'day')}).{untimed_note(figures)}")
        tiles = (
            (
                "Watch hours",
                hours(figures.watch_hours),
                days["watch_hours"] if figures.timed_plays else None,
                "Time watched, each event's seconds on its own UTC day. A dash: no event says how long.",
            ),
            ("Plays", whole(figures.plays or 0), days["plays"], "Films and episodes that were started."),
            (
                "Days with plays",
                whole(watched),
                None,
                f"Days on which something was started, of {count(chosen.days, 'day')}.",
            ),
            ("Titles", whole(titles), None, "Different films and seasons; each season of a series is its own title."),
        )
        for column, (label, value, line, meaning) in zip(st.columns(len(tiles)), tiles, strict=True):
            with column:
                tile(label, value, course=line, help=meaning)

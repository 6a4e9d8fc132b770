"""Which title the page shows: the most watched at first, or the one that the address or the reader names."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import address
from dashboard.published import Published
from dashboard.title import queries
from dashboard.title.queries import Title

KINDS = {"film": "film", "season": "season"}


def choose_title(published: Published) -> Title | None:
    """A searchable widget for all titles that were watched, kept in the address as ``title=<its id>``. None without any."""
    titles = queries.titles(published)
    if titles.empty:
        st.info("**No title was watched yet.** As soon as an event day with plays is published, its titles are here.")
        return None
    names = labels(titles)
    return queries.title(
        published,
        address.choose(
            "Title (type to search)",
            names,
            next(iter(names)),
            "title",
            help="Every film and season that was ever watched, most watched first. The address holds your choice.",
        ),
    )


def labels(titles: pd.DataFrame) -> dict[str, str]:
    """What stands in the list for each title, by its id: name and type; namesakes and unknown titles with their id too."""
    kinds = titles["title_type"].map(KINDS)
    shown = (titles["title_name"] + " · " + kinds).fillna(titles["title_name"])
    is_ambiguous = shown.duplicated(keep=False) | kinds.isna()
    shown = shown.where(~is_ambiguous, shown + " · " + titles["title_id"])
    return dict(zip(titles["title_id"], shown, strict=True))

"""What is known of the title itself, and what cannot be known because something of it is missing. Texts are Markdown."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import frame
from dashboard.formatting import count, day, duration, literal
from dashboard.title.queries import UNKNOWN, Title

NOT_TOLD = "not told by the feed"
NOT_HERE = "not in the published tables"


def draw(title: Title, first_day: date, last_day: date) -> None:
    """Type, genres, language, runtime, release; then what follows from a lack."""
    with frame.section("Facts", caption=f"As the title feed has it now. Id: {literal(title.title_id)}"):
        if not title.is_known:
            st.info(
                "**The title feed has not brought this title (yet).** Its plays count, and nothing else is known: neither name, "
                "genre and language nor when it was released. It fills itself once the record arrives.",
                icon=":material/help:",
            )
            return
        st.markdown("  \n".join(f"**{name}:** {text}" for name, text in facts(title, last_day).items()))
        for text in lacks(title, first_day):
            st.caption(f":material/info: {text}")


def facts(title: Title, last_day: date) -> dict[str, str]:
    """The facts by name; what is missing says why."""
    absent = NOT_TOLD if title.is_recorded else NOT_HERE
    is_season = title.title_type == "season"
    found = {"Type": "film"}
    if is_season:
        number = f" {title.season_number}" if title.season_number else ""
        series = f" of {literal(title.series_name)}" if title.series_name else ""
        found["Type"] = f"season{number}{series}"
    found["Genre"] = NOT_TOLD if title.primary_genre == UNKNOWN else literal(title.genres or title.primary_genre)
    found["Language"] = literal(title.language) if title.language else NOT_TOLD
    found["Runtime"] = duration(title.runtime_minutes * 60) if title.runtime_minutes else absent
    if is_season:
        found["Episodes"] = f"{title.episode_count:,}" if title.episode_count else absent
    found["Release"] = released(title, last_day) if title.release_date else absent
    if title.maturity_rating:
        found["Rating"] = literal(title.maturity_rating)
    if title.is_original is not None:
        found["Origin"] = "made for the service" if title.is_original else "licensed"
    found["Weekly list"] = title.top10_list or absent
    return found


def released(title: Title, last_day: date) -> str:
    """The release with its distance to the newest day."""
    if title.release_date is None:
        return NOT_TOLD
    since = (last_day - title.release_date).days
    distance = (
        f"{count(since, 'day')} before the newest" if since > 0 else "the newest day" if since == 0 else "still to come"
    )
    return f"{day(title.release_date)} ({distance})"


def lacks(title: Title, first_day: date) -> list[str]:
    """What cannot be known of the title, and why, a sentence each."""
    found = []
    if not title.runtime_minutes and title.is_recorded:
        found.append("Without a runtime there are no views, hence no rank, and nobody knows who watched it to the end.")
    if not title.language:
        found.append("Without a language it is in none of the four weekly lists.")
    launch = launch_lack(title, first_day)
    return [*found, launch] if launch else found


def launch_lack(title: Title, first_day: date) -> str | None:
    """Why the title's launch cannot be shown; None when it can. ``first_day``: of the published event days."""
    if not title.is_known:
        return "Its record has not come, so nobody knows when it was released."
    if title.release_date is None:
        if title.is_recorded:
            return "Its record has no release date, so nobody knows which days were its first."
        return f"It was not released within the published days, which begin on {day(first_day)}, or nobody knows when."
    if title.release_date < first_day:
        return f"It was released before the data begin ({day(first_day)}), so its launch cannot be known."
    return None

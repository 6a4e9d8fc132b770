"""Overview: how much was watched in a range of event days, how well it played, and which titles carried it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import charts, frame, history_queries, month_charts, newest_day, notices, queries, theme, title_lists
from dashboard.comparison import comparison_text, tile
from dashboard.drawing import draw_chart
from dashboard.formatting import change, count, duration, hours, list_of_days, mean, period, runs_of_days, summed, whole
from dashboard.frame import Opened
from dashboard.health import alerts
from dashboard.page_days import open_days
from dashboard.period_choice import choose_period, default_preset
from dashboard.periods import MOST_DAILY, MOST_DAILY_OF_A_HOUSEHOLD, Period
from dashboard.pipeline_queries import KnownDays
from dashboard.tiles import figures_first

# More gaps than these are counted and not listed.
MOST_RANGES = 5


@dataclass(frozen=True)
class Tile:
    """One of the four figures: which field of ``Figures`` it shows, and which daily column its sparkline."""

    label: str
    field: str
    daily_column: str
    write: Callable[[float | None], str]
    more_is_better: bool
    meaning: str


TILES = (
    Tile(
        "Plays",
        "plays",
        "plays",
        whole,
        True,
        "Accepted play events, each counted once, on the UTC day on which it happened.",
    ),
    Tile(
        "Active users per day",
        "active_users_per_day",
        "active_users",
        mean,
        True,
        "Mean over the range's days of the number of distinct users who watched on that day.",
    ),
    Tile(
        "Average watch time per play",
        "avg_watch_seconds",
        "avg_watch_seconds",
        duration,
        True,
        "All time watched in the range divided by all its plays (not the mean of daily means). Plays of unknown watch time "
        "count in neither; a dash: there are no others.",
    ),
)
BUFFERING = Tile(
    "Total buffering",
    "buffering_seconds",
    "buffering_seconds",
    summed,
    False,
    "How long players stood still to load, summed over all plays of the range. Less is better.",
)
# In place of buffering where no event ever told of any: a history says what was watched, not how it was delivered.
HOURS = Tile(
    "Watch hours",
    "watch_hours",
    "watch_hours",
    hours,
    True,
    "Time watched, each event's seconds on its own UTC day. A dash: no event says how long.",
)


@dataclass(frozen=True)
class Shown:
    """What the page shows: the range, its days (``queries.daily``), and what kind of platform it is of.

    ``is_timed``: some watch time of the range is known. ``is_household``: so few users that each is known by name.
    """

    chosen: Period
    days: pd.DataFrame
    known: KnownDays
    is_timed: bool
    is_household: bool

    @property
    def by_month(self) -> bool:
        """Whether the range is too long for bars by day."""
        return self.chosen.days > (MOST_DAILY_OF_A_HOUSEHOLD if self.is_household else MOST_DAILY)


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Overview", "What was watched, and how well it played", opened)
    alerts.draw_link(opened)
    there = open_days(opened)
    if there is None:
        return
    known = there.known
    chosen = choose_period(there.whole, default_preset(there.whole, there.is_household))
    days = queries.daily(opened.published, chosen, known.empty)
    gaps = [value.date() for value in days.loc[~days["has_data"], "event_date"]]
    frame.notice(notices.missing_days(gaps))
    is_timed = bool(queries.figures(opened.published, chosen, known.empty).timed_plays)
    shown = Shown(chosen, days, known, is_timed, there.is_household)
    with figures_first():
        draw_tiles(opened, shown)
    if not there.is_household:  # whose single days tell nothing
        newest_day.draw(opened, chosen, known)
    draw_course(opened, shown)
    title_lists.draw(opened, chosen, is_timed)
    title_lists.draw_top10(opened, chosen.last)


def draw_tiles(opened: Opened, shown: Shown) -> None:
    """Four figures with their change against the previous period and a sparkline."""
    chosen, before = shown.chosen, shown.chosen.previous()
    now, then = (queries.figures(opened.published, part, shown.known.empty) for part in (chosen, before))
    comparable = now.days == chosen.days and then.days == before.days
    quiet = [value for value in shown.known.empty if chosen.first <= value <= chosen.last]
    named = list_of_days(quiet) if len(runs_of_days(quiet)) <= MOST_RANGES else count(len(quiet), "day")
    no_events = f". No events on {named}: counted as zero" if quiet else ""
    st.caption(comparison_text(chosen, now.days, then.days) + no_events)
    tiles = (*TILES, BUFFERING if queries.has_buffering(opened.published) else HOURS)
    for column, shown_tile in zip(st.columns(len(tiles)), tiles, strict=True):
        figure = getattr(now, shown_tile.field)
        tile(
            column,
            shown_tile.label,
            shown_tile.write(figure),
            change(figure, getattr(then, shown_tile.field)) if comparable else None,
            f"vs. previous {count(chosen.days, 'day')}",
            shown_tile.meaning,
            shown_tile.more_is_better,
            None if figure is None else shown.days[shown_tile.daily_column],
        )


def draw_course(opened: Opened, shown: Shown) -> None:
    """Plays beside active users, or beside the hours of a household, whose few users tell nothing; by day, or by month."""
    right_hand = (
        ("Watch hours", "watch_hours") if shown.is_household and shown.is_timed else ("Active users", "active_users")
    )
    parts = [("Plays", "plays", theme.PLAYS), (*right_hand, theme.ACTIVE_USERS)]
    span = period(shown.chosen.first, shown.chosen.last)
    for column, (name, field, color) in zip(st.columns(2), parts, strict=True):
        with column:
            if shown.by_month:
                _draw_months(opened, shown, name, field, color)
                continue
            with frame.section(f"{name} per day", caption=_key(shown)) as section:
                section.offer(shown.days[["event_date", "has_data", field, f"{field}_before"]], f"{field}_per_day")
                chart = charts.daily_bars if field != "active_users" else charts.daily_line
                draw_chart(chart, shown.days, field, name, color, alt=f"{name} per day, {span}")


def _draw_months(opened: Opened, shown: Shown, name: str, field: str, color: str) -> None:
    is_mean = field == "active_users"
    caption = "Mean over the days of each month." if is_mean else "Days of the range only."
    with frame.section(f"{name} per day, by month" if is_mean else f"{name} per month", caption=caption):
        months = history_queries.monthly(opened.published, shown.chosen, shown.known.empty)
        draw_chart(
            month_charts.monthly_bars,
            months,
            field,
            name,
            color,
            mean if is_mean else whole,
            alt=f"{name} by month, {period(shown.chosen.first, shown.chosen.last)}",
        )


def _key(shown: Shown) -> str:
    """What the marks of the charts by day mean, as far as they are there."""
    keys = {
        f"Dashed: the {count(shown.chosen.days, 'day')} before.": shown.days["plays_before"].notna().any(),
        "Shaded: Saturday and Sunday.": shown.chosen.days <= charts.MOST_BARS,
        "Orange: no data.": not shown.days["has_data"].all(),
    }
    return " ".join(text for text, applies in keys.items() if applies)


draw(frame.open_published())

"""Overview: how much was watched in a range of event days, how well it played, and which titles carried it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from dashboard import charts, frame, notices, queries, tables, theme
from dashboard.formatting import change, count, list_of_days, period, seconds, whole
from dashboard.frame import Opened
from dashboard.health import alerts
from dashboard.periods import ALL_DAYS, CUSTOM, PRESET_DAYS, Period, preset_period
from dashboard.pipeline_queries import KnownDays, known_days

TOP_TITLES = 15
GENRES = 12
MEASURES = {"Watch hours": queries.WATCH_HOURS, "Plays": queries.PLAYS}


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
        whole,
        True,
        "Mean over the range's days of the number of distinct users who watched on that day.",
    ),
    Tile(
        "Average watch time per play",
        "avg_watch_seconds",
        "avg_watch_seconds",
        seconds,
        True,
        "All seconds watched in the range divided by all its plays (not the mean of daily means).",
    ),
    Tile(
        "Total buffering",
        "buffering_seconds",
        "buffering_seconds",
        seconds,
        False,
        "Seconds during which players stood still to load, summed over the range. Less is better.",
    ),
)


def draw(opened: Opened) -> None:
    """The whole page."""
    frame.head("Overview", "What was watched, and how well it played", opened)
    known = known_days(opened.published, opened.info)
    alerts.draw_link(opened)
    late = notices.freshness(opened.info, known, opened.now, opened.settings.freshness_hours)
    found = [notices.held_back(opened.info), late]
    # Held-back figures are the reason for staleness, so that notice stands alone when there is one.
    frame.notice(next((one for one in found if one.level is not notices.Level.GOOD), None))
    whole_span = queries.business_days(opened.published) if opened.info.last_event_date else None
    if whole_span is None:
        st.page_link(
            "app_pages/pipeline_health.py", label="See on Pipeline health what failed", icon=":material/health_metrics:"
        )
        return
    newest = notices.newest_day(known)
    chosen = choose_period(Period(whole_span.first, max(whole_span.last, newest or whole_span.last)))
    days = queries.daily(opened.published, chosen, known.empty)
    gaps = [value.date() for value in days.loc[~days["has_data"], "event_date"]]
    frame.notice(notices.missing_days(gaps))
    draw_tiles(opened, chosen, days, known)
    draw_daily(chosen, days)
    draw_titles(opened, chosen)
    draw_top10(opened, chosen.last)


def choose_period(whole_span: Period) -> Period:
    """Widgets for the range of days. The choice is kept in the address, so that a view can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        preset = st.segmented_control(
            "Event days (UTC)",
            [*PRESET_DAYS, ALL_DAYS, CUSTOM],
            default="28 days",
            required=True,
            wrap=True,
            key="range",
            bind="query-params",
            help="The last published days, or a range of your own. The address holds your choice: copy it to share the view.",
        )
        if preset != CUSTOM:
            return preset_period(preset, whole_span)
        # The address leaves a default out, so the default is the range that nobody needs to share as days.
        ends = st.date_input(
            "From – to",
            value=(whole_span.first, whole_span.last),
            min_value=whole_span.first,
            max_value=whole_span.last,
            format="YYYY-MM-DD",
            key="days",
            bind="query-params",
            width=260,
        )
    # While a range is being picked only its first day is known.
    return Period(ends[0], ends[-1]) if ends else whole_span


def draw_tiles(opened: Opened, chosen: Period, days: pd.DataFrame, known: KnownDays) -> None:
    """Four figures with their change against the previous period and a sparkline."""
    before = chosen.previous()
    now, then = (queries.figures(opened.published, part, known.empty) for part in (chosen, before))
    comparable = now.days == chosen.days and then.days == before.days
    quiet = [value for value in known.empty if chosen.first <= value <= chosen.last]
    no_events = f". No events on {list_of_days(quiet)}: counted as zero" if quiet else ""
    st.caption(comparison_text(chosen, now.days, then.days) + no_events)
    for column, tile in zip(st.columns(len(TILES)), TILES, strict=True):
        figure = getattr(now, tile.field)
        delta = change(figure, getattr(then, tile.field)) if comparable else None
        column.metric(
            tile.label,
            tile.write(figure),
            delta,
            delta_color="off" if delta in (None, "0.0%") else "normal" if tile.more_is_better else "inverse",
            delta_arrow="off" if delta == "0.0%" else "auto",
            delta_description=f"vs. previous {count(chosen.days, 'day')}" if delta else None,
            help=tile.meaning,
            chart_data=frame.sparkline(days[tile.daily_column]),
            chart_type="line",
            border=True,
            height="stretch",
        )


def comparison_text(chosen: Period, days_now: int, days_before: int) -> str:
    """What the figures cover and what they are compared with, or why they are not."""
    before = chosen.previous()
    text = f"**{period(chosen.first, chosen.last)}** ({count(chosen.days, 'day')})"
    if days_now < chosen.days:
        return f"{text}, of which {count(days_now, 'day')} with data; not compared with the period before"
    if days_before < before.days:
        return f"{text}; not compared, since the period before is not fully published"
    note = " (not whole weeks: the two hold different weekdays)" if chosen.days % 7 else ""
    return f"{text}, compared with {period(before.first, before.last)}{note}"


def draw_daily(chosen: Period, days: pd.DataFrame) -> None:
    """Plays and active users by day, side by side."""
    keys = {
        f"Dashed: the {count(chosen.days, 'day')} before.": days["plays_before"].notna().any(),
        "Shaded: Saturday and Sunday.": chosen.days <= charts.MOST_BARS,
        "Orange: no data.": not days["has_data"].all(),
    }
    key = " ".join(text for text, applies in keys.items() if applies)
    left, right = st.columns(2)
    with left, frame.section("Plays per day", caption=key):
        st.altair_chart(
            charts.daily_bars(days, "plays", "Plays", theme.PLAYS),
            alt=f"Plays per day, {period(chosen.first, chosen.last)}",
        )
    with right, frame.section("Active users per day", caption=key):
        st.altair_chart(
            charts.daily_line(days, "active_users", "Active users", theme.ACTIVE_USERS),
            alt=f"Active users per day, {period(chosen.first, chosen.last)}",
        )


def draw_titles(opened: Opened, chosen: Period) -> None:
    """Top titles with their genre, and how the range divides into genres."""
    left, right = st.columns([3, 2])
    with (
        left,
        frame.section("Top titles", help="Each season of a series is a title of its own, as Netflix lists them."),
    ):
        measure = st.segmented_control(
            "Ranked by",
            list(MEASURES),
            default="Watch hours",
            required=True,
            key="ranked_by",
            bind="query-params",
            label_visibility="collapsed",
        )
        titles = queries.top_titles(opened.published, chosen, MEASURES[measure], TOP_TITLES)
        if titles.empty:
            st.info("Nothing was played in this range.")
        else:
            tables.titles(titles, MEASURES[measure])
    with right, frame.section(f"{measure} by genre", caption="Each title counts for its primary genre."):
        genres = queries.genres(opened.published, chosen, MEASURES[measure], GENRES)
        unit = " h" if MEASURES[measure] == queries.WATCH_HOURS else ""
        st.altair_chart(
            charts.ranked_bars(genres, "genre", "amount", unit, theme.HOURS), alt=f"{measure} by genre, biggest first"
        )


def draw_top10(opened: Opened, not_after: date) -> None:
    """The four lists of the last full week that ends in or before the range."""
    help_text = (
        "Netflix's weekly lists: Monday to Sunday, ranked by views. Views = hours viewed ÷ runtime, so that a long season and a "
        "short film can be compared."
    )
    with frame.section("Weekly Top 10", help=help_text):
        week = queries.last_full_week(opened.published, not_after)
        if week is None:
            st.info("No full week (Monday to Sunday) has been published up to the end of this range.")
            return
        sunday = week + pd.Timedelta(days=6).to_pytimedelta()
        st.caption(f"Last full week in the range: {period(week, sunday)}. Views are hours viewed ÷ runtime.")
        lists = queries.top10(opened.published, week)
        for row in (("Films (English)", "TV (English)"), ("Films (Non-English)", "TV (Non-English)")):
            for column, name in zip(st.columns(2), row, strict=True):
                with column:
                    st.markdown(f"**{name}**")
                    listed = lists[lists["top10_list"] == name]
                    if listed.empty:
                        st.caption("No title of this kind was watched that week.")
                    else:
                        tables.top10(listed)


draw(frame.open_published())

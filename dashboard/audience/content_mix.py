"""What people watch, by kind: one breakdown at a time, over the range and against the previous one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import charts as shared_charts
from dashboard import frame, theme
from dashboard.audience import viewing_charts as charts
from dashboard.audience import viewing_queries as queries
from dashboard.audience.shown import MOST_SHARE_DAYS, Shown, caption, step_of, step_starts
from dashboard.definitions import meaning
from dashboard.drawing import draw_chart
from dashboard.formatting import points, share

UNKNOWN = "unknown"
OTHERS = "Others"
MOST_MEMBERS = len(theme.USER_COLORS)


@dataclass(frozen=True)
class Breakdown:
    """``names`` of members that are no names for people; ``is_ordered``: members have an order of their own, not by size."""

    column: str
    noun: str
    names: dict[str, str]
    is_ordered: bool = False


NEW, BACK = ("1: first week", "2: first four weeks"), "5: back catalogue"
BREAKDOWNS = {
    "New or back catalogue": Breakdown(
        "release_age",
        "age",
        {
            NEW[0]: "First week",
            NEW[1]: "2nd – 4th week",
            "3: first three months": "Up to 3 months",
            "4: first year": "Up to a year",
            BACK: "Back catalogue",
        },
        is_ordered=True,
    ),
    "Type": Breakdown("title_type", "type", {"season": "Series", "film": "Films"}),
    "Genre": Breakdown("primary_genre", "genre", {}),
    "Language": Breakdown("language", "language", {}),
    "Origin": Breakdown("origin", "origin", {"original": "Originals", "licensed": "Licensed"}),
}


def draw(shown: Shown) -> None:
    """The choice of breakdown, its course and its change."""
    choice = st.segmented_control(
        "Divided by",
        list(BREAKDOWNS),
        default=next(iter(BREAKDOWNS)),
        required=True,
        wrap=True,
        key="mix",
        bind="query-params",
        help="Each title counts once; genres are those of each title's first one.",
    )
    by = BREAKDOWNS[choice or next(iter(BREAKDOWNS))]
    measure = shown.measure
    step = step_of(shown.chosen, MOST_SHARE_DAYS)
    left, right = st.columns([3, 2])
    help_text = meaning("content_watch_hours")
    with left, frame.section(f"Share of {measure.name.lower()} by {by.noun} and {step}", help=help_text) as section:
        mix = queries.content_mix(shown.published, shown.chosen, by.column, measure.column)
        course = queries.content_course(shown.published, shown.chosen, by.column, measure.column, step)
        section.offer(course, f"content_mix_by_{step}")
        if reason := nothing_to_show(mix, by):
            st.info(reason)
        else:
            st.caption(
                caption(
                    mix_text(mix, by, shown), "Of all countries, devices and plans: the filters do not narrow this."
                )
            )
            places = members_in_order(mix, by)
            parts = stacked(course, places, by)
            draw_chart(
                charts.shares_over_time,
                parts,
                step_starts(shown.chosen, step),
                colors(places, by, set(parts["name"])),
                step,
                measure,
                alt=f"Share of {measure.name.lower()} by {by.noun}, by {step}",
                # As high as the bars beside it.
                height=min(max(62 * len(mix), 380), 540),
            )
    with right, frame.section(f"{measure.name} by {by.noun}", help=help_text) as section:
        mix = queries.content_mix(shown.published, shown.chosen, by.column, measure.column)
        section.offer(mix, "content_mix")
        if reason := nothing_to_show(mix, by):
            st.info(reason)
        else:
            st.caption("Share, and its change in percentage points." if shown.is_comparable else "With share.")
            changes = pd.Series(
                [
                    points(*pair) if shown.is_comparable else None
                    for pair in zip(mix["share"], mix["share_before"], strict=True)
                ],
                index=mix.index,
                dtype=object,
            )
            bars = mix.assign(
                kind=mix["member"].map(lambda member: name_of(member, by)),
                change=changes,
            )
            draw_chart(
                shared_charts.ranked_bars,
                bars,
                "kind",
                "amount",
                measure.unit,
                theme.HOURS,
                alt=f"{measure.name} by {by.noun}, biggest first, with share and change",
            )


def nothing_to_show(mix: pd.DataFrame, by: Breakdown) -> str:
    """Why the range cannot be divided; empty when it can."""
    if mix.empty or not mix["amount"].sum() > 0:
        return "Nothing was watched in this range. Choose a longer one."
    if set(mix["member"]) <= {UNKNOWN}:
        return f"No title of this range has a known {by.noun}, so there is nothing to divide it by."
    return ""


def name_of(member: str, by: Breakdown) -> str:
    """A member as people call it."""
    return by.names.get(member, "Unknown" if member == UNKNOWN else member)


def mix_text(mix: pd.DataFrame, by: Breakdown, shown: Shown) -> str:
    """What stands out, as a sentence: back catalogue against what is new, or the biggest member."""
    known = mix.set_index("member")[["share", "share_before"]].astype(float)
    if by.is_ordered:
        new = known.reindex(NEW).fillna(0).sum()
        back = known.reindex([BACK]).fillna(0).sum()
        return (
            f"**Back catalogue (a year or older): {_with_change(back, shown)}; "
            f"first four weeks: {_with_change(new, shown)}.**"
        )
    top = mix["member"].iloc[0]
    return f"**{name_of(top, by)}: {_with_change(known.loc[top], shown)}.**"


def members_in_order(mix: pd.DataFrame, by: Breakdown) -> list[str]:
    """Members with a color of their own, bottom first: by their own order, else the biggest first; never the unknown."""
    members = [member for member in mix["member"] if member != UNKNOWN]
    return sorted(members) if by.is_ordered else members[:MOST_MEMBERS]


def colors(places: list[str], by: Breakdown, present: set[str]) -> dict[str, str]:
    """By name, of those ``present``: members in their order, then what is left, then the unknown."""
    palette = theme.USER_COLORS
    # An age keeps its color, whichever others are there.
    order = list(by.names) if by.is_ordered else places
    named = {name_of(member, by): palette[order.index(member) % len(palette)] for member in places}
    every = {**named, OTHERS: theme.SHADE, "Unknown": theme.UNKNOWN_KIND}
    return {name: color for name, color in every.items() if name in present}


def stacked(course: pd.DataFrame, places: list[str], by: Breakdown) -> pd.DataFrame:
    """The rows that the chart by time stacks: start (ISO day), name, place, amount, share (of the start's total)."""
    place = {member: number for number, member in enumerate([*places, UNKNOWN, OTHERS])}
    member = course["member"].where(course["member"].isin([*places, UNKNOWN]), OTHERS)
    rows = course.assign(
        start=pd.to_datetime(course["start"]).dt.strftime("%Y-%m-%d"),
        place=member.map(place),
        name=member.map(lambda one: name_of(one, by)),
        amount=course["amount"].fillna(0).astype(float),
    )
    sums = rows.groupby(["start", "place", "name"], as_index=False)["amount"].sum()
    totals = sums.groupby("start")["amount"].transform("sum")
    return sums[totals > 0].assign(share=sums["amount"] / totals)


def _with_change(part: pd.Series, shown: Shown) -> str:
    moved = points(part["share"], part["share_before"]) if shown.is_comparable else None
    return share(part["share"]) + (f" ({moved})" if moved else "")

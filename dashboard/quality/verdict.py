"""The first thing on the page: is anything wrong, where, since when. Decides and words only; ``frame`` draws."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from dashboard.formatting import count, day, share
from dashboard.notices import Level, Notice
from dashboard.quality.measures import in_seconds
from dashboard.quality.scope import Scope

MOST_NAMED = 3


def hours_text(began: pd.Timestamp, ended: pd.Timestamp) -> str:
    """Two times, the day named once where both are on it: ``Tue 6 Oct 23:00 – Wed 7 Oct 01:00 UTC``."""
    end = f"{ended:%H:%M}"
    if ended.date() != began.date() and ended != pd.Timestamp(began.date()) + pd.Timedelta(days=1):
        end = f"{ended:%a} {ended.day} {ended:%b} {end}"
    return f"{began:%a} {began.day} {began:%b %H:%M} – {end} UTC"


def what(incident: pd.Series) -> str:
    """What went wrong, in words with the figures: ``13.4% of 157 playbacks failed (usual 0.5%); startup p95 up to …``."""
    parts = []
    if incident["has_errors"]:
        parts.append(
            f"{share(incident['error_rate'])} of {incident['playbacks']:,} playbacks failed "
            f"(usual {share(incident['usual_error_rate'])})"
        )
    if incident["has_stalls"]:
        parts.append(
            f"rebuffering took {share(incident['rebuffer_ratio'])} of the time (usual {share(incident['usual_rebuffer_ratio'])})"
        )
    if pd.notna(incident["startup_p95_ms"]) and incident["startup_p95_ms"] >= 2 * incident["usual_startup_p95_ms"]:
        parts.append(
            f"startup p95 up to {in_seconds(incident['startup_p95_ms'])} (usual {in_seconds(incident['usual_startup_p95_ms'])})"
        )
    return "; ".join(parts)


def of(scope: Scope, incidents: pd.DataFrame, countries: pd.DataFrame, worse: list[str]) -> Notice:
    """The verdict on the range's last day, with what was before it. ``incidents``: of the range and of "usual", newest first;
    ``countries``: ``trouble_queries.countries``; ``worse``: sentences about devices, countries and versions of the range.
    """
    last = scope.chosen.last
    in_range = incidents[incidents["ended_at"] > pd.Timestamp(scope.chosen.first)]
    on_last = in_range[in_range["ended_at"] > pd.Timestamp(last)]
    judged = int(countries["is_judged"].sum())
    if countries.empty or not judged:
        return Notice(
            Level.WATCH,
            "Too few days to tell trouble from what is usual",
            "The published days of these countries are fewer than two weeks, or none; hours are not judged yet. "
            + " ".join(worse),
        )
    if len(on_last):
        return _trouble(scope, last, on_last, len(in_range), worse)
    unjudged = (
        f" {count(len(countries) - judged, 'country')} not judged: too few days." if judged < len(countries) else ""
    )
    facts = f"No hour of {_places(scope, judged)} was far from usual on {_newest(scope, last)}.{unjudged} "
    facts += _before(scope, in_range, incidents)
    if worse:
        return Notice(Level.WATCH, "No outage, but something is worse than it should be", " ".join([facts, *worse]))
    return Notice(Level.GOOD, f"Nothing is wrong on {day(last)}", facts.strip())


def _trouble(scope: Scope, last: date, found: pd.DataFrame, in_range: int, worse: list[str]) -> Notice:
    midnight = pd.Timestamp(last + timedelta(days=1))
    lasting = found[found["ended_at"] >= midnight]
    first = found.iloc[0] if lasting.empty else lasting.iloc[0]
    place = scope.country(first["country"])
    since = first["began_at"]
    headline = (
        f"Trouble in {place} on {day(last)}"
        if lasting.empty
        else f"Trouble in {place} since {since:%a} {since.day} {since:%b %H:%M} UTC, not over at the end of the data"
    )
    lines = [
        f"{scope.country(one['country'])}, {hours_text(one['began_at'], one['ended_at'])}: {what(one)}."
        for _, one in found.head(MOST_NAMED).iterrows()
    ]
    rest = f"{count(len(found) - MOST_NAMED, 'more')} on that day." if len(found) > MOST_NAMED else ""
    total = (
        f"{count(in_range, 'stretch')} of trouble in the range."
        if in_range == 1
        else f"{in_range} stretches in the range."
    )
    return Notice(Level.BAD, headline, " ".join(part for part in [*lines, rest, total, *worse] if part))


def _before(scope: Scope, in_range: pd.DataFrame, incidents: pd.DataFrame) -> str:
    """The newest trouble, and how much there was in the range."""
    if incidents.empty:
        return "Nor was there any before it, as far back as usual is measured."
    newest = incidents.iloc[0]
    ago = (scope.chosen.last - newest["ended_at"].date()).days
    span = hours_text(newest["began_at"], newest["ended_at"])
    when = f"{scope.country(newest['country'])}, {span} ({count(ago, 'day')} before)"
    if in_range.empty:
        return f"No trouble in the whole range; the last before it: {when}."
    many = "1 stretch" if len(in_range) == 1 else f"{len(in_range)} stretches"
    return f"In the range {many} of trouble, the last: {when}."


def _newest(scope: Scope, last: date) -> str:
    info = scope.opened.info
    return f"{day(last)}, the newest day" if info.last_event_date == last else day(last)


def _places(scope: Scope, judged: int) -> str:
    if len(scope.filters.chosen) and judged == 1:
        return "the chosen country"
    return count(judged, "country").replace("countrys", "countries")

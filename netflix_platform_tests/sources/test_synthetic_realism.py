"""What is published about how people watch, held by a small world; and that worlds without habits are refused.

The measures are those of `make realism`, which draws a world large enough for every figure. Seeds are fixed; what is asked
here is wide enough for the size of the sample (about three standard errors), and each measure is shown to fail on uniform draws.
"""

import dataclasses
import itertools
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.realism import audience
from benchmarks.realism.collecting import Collected, collect
from benchmarks.realism.rows import CONCENTRATION, viewer_rows
from netflix_platform.settings import Scale, Settings
from netflix_platform.sources.synthetic.following import series_followed, viewers_of
from netflix_platform.sources.synthetic.outages import outages_on
from netflix_platform.sources.synthetic.rhythm import BINS
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.spells import spells_of
from netflix_platform.sources.synthetic.world import World

START = date(2026, 1, 5)
DAYS = 49
# Too few people, or titles, for a standard error that the row's tolerance allows for.
NOT_HERE = ("churn", "Time watched lost", "Days to complete", "Time a day", "Runtime")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("realism")
    return World(Settings(folder, START, scale=Scale(40_000, 16_000, 3_000)))


@pytest.fixture(scope="module")
def collected(world: World) -> Collected:
    return collect(world, DAYS)


def uniform(collected: Collected) -> Collected:
    """As many viewings, drawn as public projects draw them: any title, device, hour and length alike."""
    rng = np.random.default_rng(1)
    frame = collected.playbacks
    draws = rng.random(frame.height)
    flat = dataclasses.replace(
        collected,
        hours=np.full_like(collected.hours, collected.hours.mean()),
        devices=np.ones(4),
        clock=np.ones_like(collected.clock),
        families=np.ones_like(collected.families),
        parts_playbacks=[frame.with_columns(watched=(pl.col("length") * pl.Series(draws)).cast(pl.Int32))],
    )
    return flat


def test_a_small_world_meets_what_is_published_of_viewers(collected: Collected) -> None:
    rows = [row for row in viewer_rows(collected) if not any(word in row.what for word in NOT_HERE)]
    assert len(rows) == 19
    assert [(row.what, row.published, row.shown) for row in rows if not row.is_met] == []


def test_a_world_of_uniform_draws_is_refused(collected: Collected) -> None:
    missed = {row.what for row in viewer_rows(uniform(collected)) if not row.is_met}
    assert missed >= {
        "Hours of series against hours of films",
        "Hours on tv",
        "Hours on phone",
        "Given up per second of startup beyond 2 s",
        "Viewings that complete (95 % in one go)",
        "Head: fit of an exponential, R²",
        "Countries with their peak between 17 and 22 h local",
        "Comedies' hour (local)",
        "Thrillers' hour (local)",
    }
    shares = audience.concentration(np.random.default_rng(1).random(18_214))
    assert all(abs(shares[name] - row[1]) > row[2] for name, row in CONCENTRATION.items())


def test_hours_over_half_a_year_are_as_concentrated_as_published(tmp_path: Path) -> None:
    world = World(Settings(tmp_path, START, scale=Scale(1_000, 1_000, 17_300)))
    hours = np.zeros(len(world.titles.shelf(181).release_day))
    for number in range(3, 182, 7):
        of_day = world.outlook(number).choices.hours
        hours[: len(of_day)] += of_day
    found = audience.concentration(hours)
    for name in ("top 10", "top 100", "top 1 %", "top 10 %", "top 20 %", "gini", "slope 1000-10000"):
        _, published, tolerance, _ = CONCENTRATION[name]
        assert found[name] == pytest.approx(published, abs=tolerance), name
    assert found["top 1"] < 1


def test_a_season_is_watched_episode_by_episode_over_days(collected: Collected) -> None:
    by = ["account", "profile", "title"]
    often = (
        collected.followed.sort("start")
        .with_columns(place=pl.col("episode").cast(pl.Int64) * 1_000_000_000 + pl.col("position"))
        .filter(pl.col("day").n_unique().over(by) >= 3)
        .with_columns(before=pl.col("place").shift().over(by), was=pl.col("watched").shift().over(by))
        .drop_nulls("before")
    )
    assert often.height > 1_000
    # The same series may also be tried, or an episode of it chosen for once.
    assert (often["place"] >= often["before"]).mean() > 0.85
    resumed = often.filter((pl.col("position") > 0) & (pl.col("place") - pl.col("before") < 1_000_000_000))
    assert (resumed["place"] == resumed["before"] + resumed["was"]).mean() > 0.5
    mixed = often["place"].sample(fraction=1, shuffle=True, seed=1)
    assert (mixed >= often["before"]).mean() < 0.75


def everything_followed(world: World, number: int) -> pl.DataFrame:
    """What every visit of a day goes on with, whether or not anybody draws the day."""
    day = world.day(number)
    place, order, position, _ = day.visits_between(stream(1, "test"), 0.0, 1.0, 0, BINS)
    account = np.searchsorted(day.visits, position, side="right") - 1
    viewers = viewers_of(day, account, place, position - day.visits[account], order)
    followed = series_followed(day, viewers)
    rows = followed.rows
    return pl.DataFrame(
        {
            "account": day.population.number[account[rows]],
            "profile": viewers.profile[rows],
            "spell": spells_of(viewers.key[rows], day.ordinal)[0],
            "title": followed.title,
            "day": np.full(len(rows), number),
            "order": order[rows],
            "position": followed.position,
            "sitting": followed.sitting,
        }
    )


def test_where_a_profile_stands_is_the_sum_of_its_sittings_before(world: World) -> None:
    frame = pl.concat([everything_followed(world, number) for number in range(20, 34)]).sort("day", "order")
    by = ["account", "profile", "spell"]
    told = frame.with_columns(
        seen=pl.col("sitting").cum_sum().over(by) - pl.col("sitting"),
        only=pl.col("title").n_unique().over(by) == 1,
        first=pl.col("position").first().over(by),
    ).filter(pl.col("only") & (pl.col("first") == 0))
    assert told.filter(pl.col("seen") > 0).height > 500
    assert (told["position"] == told["seen"]).mean() > 0.95  # but for days on which the account was not paid for


def test_the_parts_of_a_day_share_no_visit_and_together_have_all(world: World) -> None:
    day = world.day(9)
    shares = (0.0, 0.002, 0.01, 0.3, 1.0)
    positions = [
        day.visits_between(stream(1, "x"), after, until - after, first, first + BINS // 4)[2]
        for after, until in itertools.pairwise(shares)
        for first in range(0, BINS, BINS // 4)
    ]
    together = np.sort(np.concatenate(positions))
    assert (together == np.arange(day.visits[-1])).all()
    _, _, _, begin = day.visits_between(stream(1, "x"), 0.1, 0.5, BINS // 2, BINS // 2 + 4)
    assert (begin // 900_000 >= BINS // 2).all()
    assert (begin // 900_000 < BINS // 2 + 4).all()


def test_people_stay_what_they_are(collected: Collected, world: World) -> None:
    frame = collected.followed.with_columns(pl.col("watched").cast(pl.Float64))
    kinds = pl.DataFrame({"title": np.arange(len(world.titles.shelf(DAYS).kind), dtype=np.int32)}).with_columns(
        family=pl.Series(world.titles.shelf(DAYS).kind % 11)
    )
    hours = frame.join(kinds, on="title").group_by("account", "profile", "family", half=pl.col("day") >= 24)
    shares = hours.agg(pl.col("watched").sum())
    before, after = (shares.filter(pl.col("half") == half).drop("half") for half in (False, True))
    by = ["account", "profile"]
    favourite = before.sort("watched").group_by(by).last().rename({"watched": "most"})
    total = after.group_by(by).agg(total=pl.col("watched").sum())
    again = favourite.join(after, on=[*by, "family"], how="left").join(total, on=by)
    kept = (again["watched"].fill_null(0) / again["total"]).mean()
    overall = (after.group_by("family").agg(pl.col("watched").sum())["watched"] / after["watched"].sum()).to_numpy()
    by_chance = float((overall[np.newaxis] ** 2).sum())  # if everybody were like everybody else
    assert kept > 1.2 * by_chance
    sums = frame.group_by("account").agg(
        before=pl.col("watched").filter(pl.col("day") < 24).sum(),
        after=pl.col("watched").filter(pl.col("day") >= 24).sum(),
    )
    heavy = sums.filter(pl.col("before") > sums["before"].quantile(0.8))["after"].mean()
    assert heavy > 1.4 * sums["after"].mean()


def test_who_watches_little_leaves_sooner(world: World) -> None:
    cohort = world.accounts.cohort(0)
    left = (cohort.turns[:, 0] > 0) & (cohort.turns[:, 0] < 120 * 86_400)
    stays = cohort.turns[:, 0] > 0
    light = cohort.activity < np.median(cohort.activity)
    assert left[light & stays].mean() > 1.3 * left[~light & stays].mean()


def test_about_one_week_in_three_has_an_outage_in_somebodys_evening() -> None:
    first = date(2026, 1, 1).toordinal()
    found = {outage for number in range(3_500) for outage in outages_on(7, date.fromordinal(first + number))}
    assert 0.28 < len(found) / 500 < 0.39
    assert all(50 <= (outage.end - outage.begin).total_seconds() / 60 < 110 for outage in found)
    assert found != {outage for number in range(3_500) for outage in outages_on(8, date.fromordinal(first + number))}

"""The shape of the synthetic world: who watches what and when, and that a playback's seconds add up across midnight."""

import itertools
import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netflix_platform.settings import Scale
from netflix_platform_tests.sources.worlds import START, day, deliver, sound_events, world

DAYS = 21  # three whole weeks from a Monday on
SCALE = Scale(events_per_day=5_000, users=2_500, titles=300)


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """All sound events of the first weeks, each once, whenever they arrived."""
    folder = tmp_path_factory.mktemp("events")
    source = world(folder, scale=SCALE)
    days = [sound_events(deliver(source, "events", number, folder)[1]) for number in range(DAYS)]
    frame = pl.concat(days, how="vertical_relaxed").unique("event_id", keep="first", maintain_order=True)
    return frame.with_columns(event_date=pl.col("event_ts").dt.date())


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pl.DataFrame]:
    folder = tmp_path_factory.mktemp("feeds")
    source = world(folder, scale=SCALE)
    frames = {}
    for feed in ("users", "titles"):
        lines = [line for number in range(DAYS) for line in deliver(source, feed, number, folder)[1]]
        frames[feed] = pl.DataFrame([json.loads(line) for line in lines], infer_schema_length=None)
    return frames


@pytest.fixture(scope="module")
def hours(events: pl.DataFrame) -> pl.DataFrame:
    return events.filter(pl.col("watched_seconds") > 0)


def share(frame: pl.DataFrame, by: str) -> dict[str, float]:
    total = frame["watched_seconds"].sum()
    return {key: value / total for key, value in frame.group_by(by).agg(pl.col("watched_seconds").sum()).iter_rows()}


def test_a_day_has_about_the_events_of_the_scale(events: pl.DataFrame) -> None:
    assert 0.85 < events.height / DAYS / SCALE.events_per_day < 1.1


def test_evenings_and_weekends_are_busier_in_local_time(events: pl.DataFrame) -> None:
    plays = events.filter(pl.col("event_type") == "play")
    for country, offset in (("US", -6), ("IN", 5.5), ("JP", 9)):
        local = plays.filter(pl.col("country") == country)["event_ts"] + timedelta(hours=offset)
        by_hour = np.bincount(local.dt.hour().to_numpy(), minlength=24)
        assert by_hour[18:23].sum() > 0.3 * by_hour.sum()
        assert by_hour[2:6].sum() < 0.1 * by_hour.sum()
    by_day = plays.group_by("event_date").len().with_columns(weekend=pl.col("event_date").dt.weekday() >= 6)
    means = dict(by_day.group_by("weekend").agg(pl.col("len").mean()).iter_rows())
    assert means[True] > 1.1 * means[False]
    assert by_day["len"].std() > 0.05 * by_day["len"].mean()  # no flat line


def test_a_few_titles_and_accounts_take_most_of_the_hours(hours: pl.DataFrame) -> None:
    def share_of_first_tenth(by: str, of: int) -> float:
        sums = hours.group_by(by).agg(pl.col("watched_seconds").sum())["watched_seconds"].sort(descending=True)
        return sums.head(of // 10).sum() / sums.sum()

    assert 0.5 < share_of_first_tenth("title_id", 280) < 0.8
    assert 0.25 < share_of_first_tenth("user_id", hours["user_id"].n_unique()) < 0.6


def test_devices_types_and_languages_have_the_published_shares(
    hours: pl.DataFrame, feeds: dict[str, pl.DataFrame]
) -> None:
    devices = share(hours, "device_type")
    for device, published in {"tv": 0.70, "pc": 0.15, "phone": 0.10, "tablet": 0.05}.items():
        assert abs(devices[device] - published) < 0.03
    titles = feeds["titles"].unique("title_id").select("title_id", "title_type", "language")
    joined = hours.join(titles, on="title_id")
    assert 0.65 < share(joined, "title_type")["season"] < 0.82
    assert 0.45 < share(joined, "language")["English"] < 0.75  # one hit more or less; `make realism` has it exact


def test_nothing_is_watched_before_its_release(events: pl.DataFrame, feeds: dict[str, pl.DataFrame]) -> None:
    titles = feeds["titles"].unique("title_id").with_columns(pl.col("release_date").str.to_date())
    launched = titles.filter(pl.col("release_date") > START)
    watched = events.filter(pl.col("playback_id").is_not_null()).join(titles, on="title_id")
    assert watched.filter(pl.col("event_date") < pl.col("release_date")).is_empty()
    assert watched.join(launched, on="title_id", how="semi").height > 500  # launches are watched


def test_titles_are_announced_before_their_release_and_a_launch_fades(tmp_path: Path) -> None:
    titles = world(tmp_path)._world.titles.known(60)
    new = titles.filter(pl.col("release_day") > 0)
    assert (new["announced"] <= new["release_day"] * 86_400).all()
    assert new.height > 10
    days = [world(tmp_path)._world.day(number) for number in (20, 48)]
    hours = [d.choices.hours for d in days]
    fresh = (days[0].titles["release_day"].is_between(12, 20)).to_numpy()
    assert hours[0][fresh].sum() > 2 * hours[1][: len(fresh)][fresh].sum() > 0


def test_nobody_watches_before_signing_up_or_after_leaving(
    events: pl.DataFrame, feeds: dict[str, pl.DataFrame]
) -> None:
    users = (
        feeds["users"]
        .with_columns(pl.col("changed_ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="ms"))
        .sort("changed_ts")
    )
    sessions = (
        events.filter(~pl.col("user_id").str.starts_with("u9"))
        .group_by("session_id")
        .agg(pl.col("user_id").first(), pl.col("event_ts").min())
    )
    state = sessions.sort("event_ts").join_asof(
        users.select("user_id", "changed_ts", "status"),
        left_on="event_ts",
        right_on="changed_ts",
        by="user_id",
        check_sortedness=False,
    )
    assert state["status"].null_count() == 0  # signed up by then
    # a session may begin a moment before the account is cancelled
    left = state.filter(
        (pl.col("status") == "cancelled") & (pl.col("event_ts") - pl.col("changed_ts") > timedelta(minutes=12))
    )
    assert left.is_empty()
    first = users.unique("user_id", keep="first", maintain_order=True)
    assert first.filter(pl.col("changed_ts").dt.date() >= START).height > 20  # sign-ups go on
    assert users.filter(pl.col("changed_ts").dt.date() > START)["status"].n_unique() == 2


def test_a_snapshot_holds_each_account_once_as_it_stood(tmp_path: Path) -> None:
    source = world(tmp_path)
    rows = pl.DataFrame([json.loads(line) for line in deliver(source, "users", 0, tmp_path)[1]])
    before = rows.filter(pl.col("changed_ts") < START.isoformat())
    assert before["user_id"].n_unique() == before.height == round(0.9 * 1_500)
    assert (before["signup_date"] <= before["changed_ts"].str.slice(0, 10)).all()
    assert 0.75 < (before["status"] == "active").mean() < 0.98
    assert set(before["plan"]) == {"standard_with_ads", "standard", "premium"}
    assert before["country"].n_unique() == 12


def test_what_a_playback_reports_adds_up_also_over_midnight(events: pl.DataFrame) -> None:
    playbacks = events.filter(pl.col("playback_id").is_not_null()).sort("playback_id", "event_id")
    crossing = 0
    for events_of_one in playbacks.partition_by("playback_id", maintain_order=True):
        rows = events_of_one.select(
            "event_type",
            "event_ts",
            "position_seconds",
            "watched_seconds",
            "buffering_seconds",
            "startup_ms",
            "event_date",
        ).rows()
        assert rows[0][0] == "play"
        assert rows[0][3] == rows[0][4] == 0
        assert rows[0][5] is not None
        playing = True
        for before, now in itertools.pairwise(rows):
            elapsed = (now[1] - before[1]) / timedelta(milliseconds=1)
            reported = round(1000 * (now[3] + now[4]))
            assert reported == (elapsed if playing else 0)
            assert round(1000 * (now[2] - before[2])) == round(1000 * now[3])
            assert now[5] is None
            playing = now[0] == "resume" or (playing and now[0] != "pause")
            if now[6] != before[6]:
                crossing += 1
                assert before[1].strftime("%H:%M:%S.%f") == "23:59:59.999000"
                assert before[0] in ("heartbeat", "play", "pause", "resume")
    assert crossing > 100


def test_playbacks_look_like_playbacks(events: pl.DataFrame) -> None:
    types = dict(events["event_type"].value_counts().iter_rows())
    assert 0.8 * types["play"] < types["stop"] < types["play"] < types["heartbeat"]
    assert types["pause"] > 100
    assert abs(types["pause"] - types["resume"]) <= 3  # the last day's pauses over midnight
    assert 0 < types["error"] < 0.02 * types["play"]
    assert min(types["search"], types["rate"], types["add_to_list"]) > 100
    per_session = events.filter(pl.col("event_type") == "play").group_by("session_id").len()["len"]
    assert per_session.max() >= 5  # somebody watches a series on end
    assert 1.5 < per_session.mean() < 4
    gaps = events.sort("playback_id", "event_id").filter(pl.col("playback_id").is_not_null())
    assert gaps["watched_seconds"].max() <= 480  # the longest time between two reports


def test_a_day_far_ahead_is_like_a_day_of_today(tmp_path: Path) -> None:
    source = world(tmp_path)
    _, lines = deliver(source, "events", 3_000, tmp_path)
    frame = sound_events(lines)
    assert set(frame["event_ts"].dt.date().unique()) <= {day(number) for number in range(2_997, 3_001)}
    titles = source._world.titles.known(3_000)
    new = titles.filter(pl.col("release_day").is_between(2_900, 3_000))["title_id"]
    assert frame.filter(pl.col("title_id").is_in(new.to_list())).height > 0.05 * frame.height
    assert frame["user_id"].n_unique() > 100

"""The sensor ``landing`` on a real folder and a real instance: what is asked for, once per change, and what is told."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import polars as pl
import pytest

from netflix_platform.contracts import FEEDS
from netflix_platform.defs import landing
from netflix_platform.defs.landing import LANDING_FILES, LANDING_TAG, landing_sensor
from netflix_platform.defs.late import range_tags
from netflix_platform.lake.landing_files import listing_file
from netflix_platform.lake.layout import raw_day
from netflix_platform.lake.raw import collect_day
from netflix_platform.sources.landing import LandingError, LandingSource
from netflix_platform.sources.registry import open_source
from netflix_platform_tests.platform_runs import yesterday

LAST = yesterday()
NOON = datetime.combine(LAST + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)


def day(number):
    """Day ``number`` of the platform, of 40 up to yesterday."""
    return LAST - timedelta(days=40 - number)


@dg.op
def nothing():
    pass


@dg.job
def some_job():
    nothing()


class World:
    """A landing folder, and an instance that knows of runs over its days."""

    def __init__(self, settings, instance, monkeypatch):
        self.settings, self.instance = settings, instance
        self.now, self.cursor, self.said, self.events, self.requests = NOON, None, "", [], []
        world = self

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return world.now

        monkeypatch.setattr(landing, "datetime", Clock)

    def land(self, when, name="a.ndjson", content=None, feed="events"):
        path = self.settings.landing_dir / feed / f"arrival_date={when}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or f"{feed} {when} {name}\n")
        return path

    def collect(self, *days):
        source = LandingSource(self.settings)
        for one in days:
            for feed in FEEDS:
                collect_day(self.settings, source, feed, one)

    def raw(self, *days):
        folders = [raw_day(self.settings, feed, one) for feed in FEEDS for one in days]
        return sorted(path.read_text() for folder in folders if folder.is_dir() for path in folder.iterdir())

    def tick(self):
        """The ranges that the sensor asks for now."""
        result = landing_sensor(self.settings)(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        self.cursor, self.requests, self.events = result.cursor, result.run_requests, result.asset_events
        self.said = result.skip_reason.skip_message if result.skip_reason else ""
        ends = ("start", "end")
        return [
            tuple(request.tags[f"dagster/asset_partition_range_{end}"] for end in ends) for request in self.requests
        ]

    def start(self, first, last, **tags):
        return self.instance.create_run_for_job(
            some_job, tags=range_tags(first, last) | tags, status=dg.DagsterRunStatus.STARTED
        )

    def fail(self, request):
        """A run for the request that ends without taking anything in."""
        run = self.instance.create_run_for_job(some_job, tags=request.tags, status=dg.DagsterRunStatus.STARTED)
        self.instance.report_run_failed(run)

    def cancel(self, request):
        run = self.instance.create_run_for_job(some_job, tags=request.tags, status=dg.DagsterRunStatus.STARTED)
        self.instance.report_run_canceled(run)


def ranges(*pairs):
    return [(str(first), str(last)) for first, last in pairs]


@pytest.fixture
def world(with_days, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(with_days(start_date=day(1), source="landing"), instance, monkeypatch)


def test_new_files_are_asked_for_once_as_stretches_of_days(world):
    for number in (5, 6, 9):
        world.land(day(number))
    world.land(day(6), feed="users")
    assert world.tick() == ranges((day(5), day(6)), (day(9), day(9)))
    keys = [request.run_key for request in world.requests]
    world.tick()
    assert [request.run_key for request in world.requests] == keys, "Dagster starts nothing for a key that it knows"
    world.collect(day(5), day(6), day(9))
    assert world.tick() == []
    assert world.said == "landed files: 4 taken"
    world.land(day(6), content="changed\n")
    assert world.tick() == ranges((day(6), day(6)))
    assert world.requests[0].run_key not in keys


def test_the_longest_range_of_one_run_is_kept(with_days, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(with_days(start_date=day(1), source="landing", days_per_run=2), instance, monkeypatch)
        for number in (5, 6, 7):
            world.land(day(number))
        assert world.tick() == ranges((day(5), day(6)), (day(7), day(7)))


def test_a_file_that_arrives_while_a_run_is_on_is_asked_for_when_it_has_ended(world):
    world.land(day(5))
    (request,) = world.tick() and world.requests
    going = world.start(day(5), day(5), **{LANDING_TAG: request.tags[LANDING_TAG]})
    world.collect(day(5))
    world.land(day(5), "later.ndjson")
    assert world.tick() == []
    assert "1 day(s) wait for runs at work" in world.said
    world.instance.report_dagster_event(
        dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "some_job"), going.run_id
    )
    assert world.tick() == ranges((day(5), day(5)))
    world.collect(day(5))
    assert world.tick() == []
    assert len(world.raw(day(5))) == 2


def test_a_repeated_content_asks_for_nothing(world):
    world.land(day(5), content="same\n")
    world.collect(day(5))
    world.land(day(7), "other.ndjson", content="same\n")
    assert world.tick() == []
    assert world.said == "landed files: 1 taken, 1 repeated"


def test_copies_under_way_ask_for_nothing(with_days, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = with_days(start_date=day(1), source="landing", landing_quiet_seconds=600)
        world = World(quiet, instance, monkeypatch)
        world.land(day(5), "a.ndjson.part")
        world.land(day(5), "young.ndjson")
        assert world.tick() == []
        assert world.said == "landed files: 1 growing"


def test_days_before_the_start_and_days_that_are_not_over_are_shown_and_not_asked_for(world):
    world.land(day(0))
    world.land(datetime.now(UTC).date())
    assert world.tick() == []
    assert world.said == "landed files: 1 too_early, 1 waiting"


def test_yesterday_is_left_to_the_schedule_until_it_had_its_turn(world):
    world.land(LAST)
    world.now = NOON - timedelta(hours=10, minutes=30)
    assert world.tick() == []
    assert "1 day(s) are left to the schedule" in world.said
    world.now = NOON
    assert world.tick() == ranges((LAST, LAST))
    world.now = NOON - timedelta(hours=10, minutes=30)
    world.collect(LAST)
    world.land(LAST, "late.ndjson")
    assert world.tick() == ranges((LAST, LAST)), "it was collected before"


def test_a_failing_day_does_not_hold_up_the_others_and_is_given_up(world):
    for number in (5, 6, 7):
        world.land(day(number))
    assert world.tick() == ranges((day(5), day(7)))
    keys = {world.requests[0].run_key}
    world.fail(world.requests[0])
    for _ in range(world.settings.catch_up_attempts):
        asked = world.tick()
        assert asked[0] == (str(day(5)), str(day(5)))
        assert not keys & {request.run_key for request in world.requests}
        keys |= {request.run_key for request in world.requests}
        world.fail(world.requests[0])
        world.collect(day(6), day(7))
    assert world.tick() == []
    assert f"not tried again for now, since runs failed or were cancelled: {day(5)} to {day(5)}" in world.said
    world.land(day(5), "more.ndjson")
    assert world.tick() == ranges((day(5), day(5))), "another change is tried anew"


def test_what_a_person_cancelled_is_tried_again_an_hour_later(world):
    world.land(day(5))
    world.tick()
    world.cancel(world.requests[0])
    world.now = datetime.now(UTC)
    assert world.tick() == []
    world.now += timedelta(hours=2)
    assert world.tick() == ranges((day(5), day(5)))


def test_every_change_of_the_list_is_told_once(world):
    world.land(day(5), "[a](http:b)|.ndjson")
    world.land(day(6), content="events same")
    world.land(day(7), content="events same")
    world.tick()
    (event,) = world.events
    assert event.asset_key == LANDING_FILES
    told = {name: entry.value for name, entry in event.metadata.items()}
    assert (told["files_ready"], told["files_repeated"], told["dagster/row_count"]) == (2, 1, 3)
    assert "&#91;a&#93;(http:b)&#124;.ndjson" in told["files"], "a name cannot become a link"
    assert pl.read_parquet(listing_file(world.settings))["state"].to_list() == ["ready", "ready", "repeated"]
    world.tick()
    assert world.events == []
    world.collect(day(5))
    world.tick()
    assert len(world.events) == 1


def test_a_hundred_files_at_once_are_each_taken_once(world):
    """Over ten days, a fifth of them repeated under another name or on another day."""
    contents = [f"{number % 80}\n" for number in range(100)]
    for number, content in enumerate(contents):
        world.land(day(5 + number % 10), f"{number}.ndjson", content)
    assert world.tick() == ranges((day(5), day(14)))
    days = [day(number) for number in range(5, 15)]
    world.collect(*days)
    assert world.raw(*days) == sorted(set(contents))
    assert world.tick() == []
    assert world.said == "landed files: 80 taken, 20 repeated"


def test_a_command_takes_in_what_landed_of_its_days_and_of_days_that_were_collected(with_days):
    settings = with_days(start_date=day(1), source="landing", landing_quiet_seconds=600)
    for number in (3, 5):
        path = settings.landing_dir / "events" / f"arrival_date={day(number)}" / "a.ndjson"
        path.parent.mkdir(parents=True)
        path.write_text(f"{number}\n")
    assert open_source(settings).days_to_collect([day(5)]) == {day(5)}, "the run waits for a file that was just written"
    assert open_source(settings).days_to_collect([]) == set()
    collect_day(settings, LandingSource(with_days(source="landing")), "events", day(3))
    path.with_name("b.ndjson").write_text("more\n")
    (settings.landing_dir / "events" / f"arrival_date={day(3)}" / "b.ndjson").write_text("more of 3\n")
    assert open_source(settings).days_to_collect([]) == {day(3)}


def test_another_source_is_left_alone(with_days, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(with_days(start_date=day(1)), instance, monkeypatch)
        world.land(day(5))
        assert world.tick() == []
        assert "source synthetic" in world.said
        assert open_source(world.settings).days_to_collect([day(5)]) == set()


def test_a_folder_that_names_no_day_is_said(world):
    (world.settings.landing_dir / "events" / "arrival_date=tomorrow").mkdir(parents=True)
    with pytest.raises(LandingError, match="rename it"):
        world.tick()


def test_the_list_is_an_asset_where_files_land(with_days):
    assert landing.landing_assets(with_days(source="synthetic")) == []
    (asset,) = landing.landing_assets(with_days(source="landing", start_date=date(2026, 6, 1)))
    assert asset.key == LANDING_FILES
    assert {key.to_user_string() for key in asset.dependency_keys} == {f"lake/{feed}" for feed in FEEDS}
    assert asset.op.pool is None
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([asset], instance=instance)
    assert result.success

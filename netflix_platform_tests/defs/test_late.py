"""The sensor ``late_arrivals`` on a real lake and a real instance; what a load read is recorded as the warehouse does it."""

import json
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from netflix_platform.contracts import EVENTS, USERS
from netflix_platform.defs import late
from netflix_platform.defs.late import Position, Touch, contiguous, late_arrivals_sensor, stale_days, touched_by
from netflix_platform.defs.recovery import PROCESS_TAG, process_tags
from netflix_platform.defs.sensors import COMMAND_TAG
from netflix_platform.lake.layout import ledger_file
from netflix_platform.lake.ledger import lake_state_of_event_day
from netflix_platform_tests.lake.raw_days import conform, event
from netflix_platform_tests.platform_runs import yesterday

LAST = yesterday()


def day(number):
    """Day ``number`` of the platform, of 40 up to yesterday."""
    return LAST - timedelta(days=40 - number)


def events_of(*days):
    return [event(f"e{number}", event_ts=f"{one}T10:00:00Z") for number, one in enumerate(days)]


@dg.op
def nothing():
    pass


@dg.job
def some_job():
    nothing()


class World:
    """A lake, and an instance that knows of its runs and loads."""

    def __init__(self, settings, instance):
        self.settings, self.instance = settings, instance
        self.cursor, self.keys = None, []

    def arrive(self, arrival, *event_days, feed=EVENTS, records=None):
        """Conform an arrival day with an event on each of ``event_days``, and record it as the lake's asset does."""
        ledger = conform(self.settings, *(records or events_of(*event_days)), feed=feed, day=arrival)
        self.record("lake", feed.name, arrival, touched_days=[str(one) for one in ledger.touched_days])

    def load(self, *days, feed="events"):
        for one in days:
            state = {str(arrival): mark for arrival, mark in lake_state_of_event_day(self.settings, feed, one).items()}
            self.record("warehouse", feed, one, lake_state=dg.MetadataValue.text(json.dumps(state)))

    def record(self, layer, feed, one, **metadata):
        self.instance.report_runless_asset_event(
            dg.AssetMaterialization([layer, feed], partition=str(one), metadata=metadata)
        )

    def start(self, first, last, **tags):
        run = self.instance.create_run_for_job(
            some_job, tags=late.range_tags(first, last) | tags, status=dg.DagsterRunStatus.STARTED
        )
        return run

    def tick(self):
        """The ranges that the sensor asks for now."""
        result = late_arrivals_sensor(self.settings)(
            dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        )
        self.cursor = result.cursor
        self.keys = [request.run_key for request in result.run_requests]
        return [
            tuple(request.tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end"))
            for request in result.run_requests
        ]

    @property
    def waiting(self):
        return sorted(Position.read(self.cursor).waiting)


def ranges(*pairs):
    return [(str(first), str(last)) for first, last in pairs]


@pytest.fixture
def world(with_days):
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(with_days(start_date=day(1)), instance)


def test_days_touched_besides_the_own_one_are_asked_for_once_per_change(world):
    for number in (5, 6, 7, 9):
        world.arrive(day(number), day(number))
        world.load(day(number))
    assert world.tick() == []
    world.arrive(day(10), day(5), day(6), day(9), day(10))
    world.load(day(10))
    assert world.tick() == ranges((day(5), day(6)), (day(9), day(9)))
    assert world.tick() == [], "a rebuild that fails is for catch_up to repeat"
    world.load(day(5), day(6), day(9))
    world.arrive(day(10), day(5), day(6), day(9), day(10))
    assert world.tick() == [], "a re-run that changes nothing asks for nothing"
    world.arrive(day(10), day(5), day(5), day(9), day(10))
    assert world.tick() == ranges((day(5), day(6))), "day 9 has what it had"
    world.load(day(5), day(6))
    asked_before = world.keys
    world.arrive(day(10), day(5), day(6), day(9), day(10))
    assert world.tick() == ranges((day(5), day(6))), "the change is taken back"
    assert not set(world.keys) & set(asked_before), "Dagster starts nothing for a key that it knows"


def test_a_day_that_a_re_run_no_longer_touches_loses_its_rows_too(world):
    world.arrive(day(5), day(5))
    world.arrive(day(8), day(5), day(8))
    world.load(day(5), day(8))
    world.tick()
    world.arrive(day(8), day(8))
    assert touched_by(world.instance, [day(8)]) == {day(5)}
    assert day(5) in stale_days(world.instance, world.settings, [day(5), day(8)])
    assert world.tick()[0] == (str(day(5)), str(day(5)))


def test_a_day_never_loaded_is_missing_not_late_and_its_own_load_reads_all_that_came(world):
    world.arrive(day(8), day(5), day(8))
    world.load(day(8))
    assert world.tick() == []
    world.arrive(day(5), day(5))
    world.load(day(5))
    assert world.tick() == []


def test_days_outside_the_platform_are_never_asked_for(world):
    world.load(day(0), LAST + timedelta(days=1))
    touched = [str(day(0)), str(LAST + timedelta(days=1))]
    world.record("lake", "events", day(5), touched_days=touched)
    (world.settings.lake_dir / "events" / f"event_date={day(0)}").mkdir(parents=True)
    (world.settings.lake_dir / "events" / f"event_date={day(0)}" / f"arrival_date={day(5)}.parquet").touch()
    assert world.tick() == []


def test_a_run_over_the_day_is_waited_for_and_the_day_looked_at_again(world):
    world.arrive(day(5), day(5))
    world.load(day(5))
    world.tick()
    going = world.start(day(4), day(6))
    world.arrive(day(8), day(5))
    assert world.tick() == []
    assert day(5) in world.waiting
    world.load(day(5))
    world.instance.report_run_failed(going)
    assert world.tick() == [], "it had read the change"
    going = world.start(day(5), day(5))
    world.arrive(day(9), day(5))
    assert world.tick() == []
    world.instance.report_run_failed(going)
    assert world.tick() == ranges((day(5), day(5))), "it had read the lake before the change"


def hold(world, run, hours=0.0):
    """As after a look that found ``day(5)`` touched by ``run``, that long ago."""
    since = datetime.now(UTC) - timedelta(hours=hours)
    world.cursor = str(Position(Position.read(world.cursor).seen, {day(5): Touch(run.run_id, since)}))


@pytest.fixture
def changed(world):
    """``day(5)`` was loaded, and has changed since; the sensor has seen neither record."""
    world.arrive(day(5), day(5))
    world.load(day(5))
    world.arrive(day(8), day(5))
    newest = world.instance.fetch_materializations(late.LAKE_EVENTS, limit=1).records[0].storage_id
    world.cursor = str(Position({"events": newest}))
    return world


def test_who_touched_a_day_is_waited_for_but_not_for_ever(changed):
    toucher = changed.start(day(8), day(8))
    hold(changed, toucher, hours=1)
    assert changed.tick() == []
    assert changed.waiting == [day(5)]
    hold(changed, toucher, hours=7)
    assert changed.tick() == ranges((day(5), day(5))), "it hangs"


def test_who_touched_a_day_and_ended_is_not_waited_for(changed):
    toucher = changed.start(day(8), day(8))
    hold(changed, toucher)
    assert changed.tick() == []
    changed.instance.report_run_failed(toucher)
    assert changed.tick() == ranges((day(5), day(5)))


def test_a_command_between_its_two_runs_rebuilds_by_itself(changed):
    ingested = changed.start(day(8), day(8), **process_tags(), **{COMMAND_TAG: "make day"})
    changed.instance.report_run_failed(ingested)
    hold(changed, ingested)
    assert changed.tick() == []
    gone = changed.start(day(8), day(8), **process_tags() | {PROCESS_TAG: "1@1.00"}, **{COMMAND_TAG: "make day"})
    changed.instance.report_run_failed(gone)
    hold(changed, gone)
    assert changed.tick() == ranges((day(5), day(5)))


def test_more_records_than_one_look_reads_are_asked_for_together_at_the_end(world, monkeypatch):
    monkeypatch.setattr(late, "_RECORDS_PER_TICK", 4)
    numbers = range(10, 21)
    for number in numbers:
        world.arrive(day(number), day(number))
    world.load(*(day(number) for number in numbers))
    for number in numbers:
        world.arrive(day(number), day(number), day(number))
    asked = [world.tick() for _ in range(7)]
    assert [one for one in asked if one] == [ranges((day(10), day(20)))]


def test_the_longest_range_of_one_run_is_kept():
    assert contiguous([day(1), day(2), day(3), day(5)], 2) == [(day(1), day(2)), (day(3), day(3)), (day(5), day(5))]
    assert contiguous([day(1), day(2), day(3), day(5)]) == [(day(1), day(3)), (day(5), day(5))]
    assert contiguous([]) == []


def test_users_alone_that_were_run_again_make_their_day_stale(world):
    user = {"user_id": "u1", "changed_ts": f"{day(5)}T00:00:00Z", "status": "active"}
    world.arrive(day(5), feed=USERS, records=[user])
    world.load(day(5), feed="users")
    assert world.tick() == []
    world.arrive(day(5), feed=USERS, records=[user, {**user, "user_id": "u2"}])
    assert world.tick() == ranges((day(5), day(5)))
    assert world.tick() == []


@pytest.mark.parametrize("cursor", [None, "", "12", "x", "[]", '{"seen": 3}', '{"seen": {"events": 1000000}}', "null"])
def test_any_cursor_ends_with_the_change_asked_for_or_known(world, cursor):
    """None, an earlier version's, a damaged one, and one ahead of the records, which were removed."""
    world.arrive(day(5), day(5))
    world.load(day(5))
    world.cursor = cursor
    world.tick()
    world.arrive(day(8), day(5))
    assert world.tick() == ranges((day(5), day(5)))


def test_a_ledger_that_is_gone_makes_the_days_of_its_arrival_stale(world):
    world.arrive(day(5), day(5))
    world.load(day(5))
    assert stale_days(world.instance, world.settings, [day(5)]) == []
    ledger_file(world.settings, "events", day(5)).unlink()
    assert stale_days(world.instance, world.settings, [day(5)]) == [day(5)]

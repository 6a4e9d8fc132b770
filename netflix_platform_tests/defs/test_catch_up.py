"""The sensor ``catch_up``: what it finds in small worlds, and one real platform with a hole and a day that fails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import duckdb
import pytest
from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

from netflix_platform.alerts.store import open_store
from netflix_platform.contracts import FEEDS
from netflix_platform.definitions import build_defs
from netflix_platform.defs import catch_up
from netflix_platform.defs.at_work import days_at_work
from netflix_platform.defs.catch_up import CATCH_UP_TAG, catch_up_sensor
from netflix_platform.defs.freshness import current_verdict
from netflix_platform.defs.jobs import daily_job, rebuild_job, refresh_audit_job
from netflix_platform.defs.late import range_tags
from netflix_platform.defs.partitions import daily_partitions
from netflix_platform.defs.serving import PublishConfig
from netflix_platform.lake.layout import lake_file, ledger_file, raw_manifest, unverified_mark
from netflix_platform_tests.lake.raw_days import conform, event
from netflix_platform_tests.platform_runs import TestPlatform, yesterday
from netflix_platform_tests.published_versions import days, write_version

NOW = datetime.combine(yesterday() + timedelta(days=1), datetime.min.time(), UTC) + timedelta(hours=12)
DAYS = days(yesterday() - timedelta(days=5), 6)
LAYERS = ("raw", "lake", "warehouse", "marts")


def clock(now):
    """``datetime`` with another opinion on what time it is."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return now()

    return Clock


class World:
    """A platform of six days up to yesterday whose assets do nothing, on an instance that knows what the test tells it."""

    def __init__(self, settings, instance, monkeypatch):
        self.settings, self.instance = settings, instance
        self.now = NOW
        self.cursor = str((NOW - timedelta(minutes=1)).timestamp())
        self.reason = None
        monkeypatch.setattr(catch_up, "datetime", clock(lambda: self.now))
        # Runs are recorded by the real clock.
        monkeypatch.setattr(catch_up, "_LONGEST_RUN", timedelta(days=30))
        partitions = daily_partitions(settings)
        specs = [dg.AssetSpec([layer, "events"], group_name=layer, partitions_def=partitions) for layer in LAYERS]

        @dg.multi_asset(specs=specs, can_subset=True)
        def stored_by_day():
            pass

        @dg.asset(group_name="serving")
        def serving(config: PublishConfig):
            pass

        self.defs = dg.Definitions(assets=[stored_by_day, serving], jobs=[daily_job, rebuild_job, refresh_audit_job])
        settings.warehouse_file.parent.mkdir(parents=True)
        settings.warehouse_file.touch()

    def built(self, which, layers=LAYERS):
        for layer in layers:
            for one in which:
                self.instance.report_runless_asset_event(dg.AssetMaterialization([layer, "events"], partition=str(one)))

    def run(self, first, last, status, minutes_ago=120, **tags):
        run = self.instance.create_run_for_job(
            self.defs.resolve_job_def("rebuild"),
            tags=range_tags(first, last) | tags,
            status=dg.DagsterRunStatus.STARTED,
        )
        if status is dg.DagsterRunStatus.FAILURE:
            self.instance.report_run_failed(run)
        elif status is dg.DagsterRunStatus.CANCELED:
            self.instance.report_run_canceled(run)
        elif status is dg.DagsterRunStatus.SUCCESS:
            self.instance.report_dagster_event(
                dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "rebuild"), run.run_id
            )
        return run

    def look(self):
        """What is asked for: job, first and last day of each request."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, repository_def=self.defs.get_repository_def()
        )
        result = catch_up_sensor(self.settings)(context)
        self.cursor, self.reason = result.cursor, result.skip_reason and result.skip_reason.skip_message
        self.requests = result.run_requests
        return [
            (request.job_name, *(request.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end")))
            for request in result.run_requests
        ]

    @property
    def given_up(self):
        with open_store(self.settings) as store:
            return store.open_keys("given_up_day")


def asked(job, first, last):
    return [(job, str(first), str(last))]


@pytest.fixture
def world(with_days, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        yield World(with_days(start_date=DAYS[0]), instance, monkeypatch)


@pytest.fixture
def well(world):
    """Every day is built, audited and published."""
    world.built(DAYS)
    write_version(world.settings, dict.fromkeys(DAYS, "audited"), DAYS)
    return world


def test_an_empty_platform_is_no_outage(world):
    assert world.look() == []
    assert "make demo" in world.reason


def test_a_platform_that_is_well_asks_for_nothing(well):
    assert well.look() == []
    assert well.reason == "every day that is due was built"


def test_after_a_pause_the_schedule_goes_first(world):
    world.built(DAYS[:2])
    world.cursor = None
    assert world.look() == []
    assert "the schedule" in world.reason
    assert world.look() == asked("daily", DAYS[2], DAYS[5])
    world.now += timedelta(hours=10)
    assert world.look() == []


def test_a_hole_is_built_from_the_first_layer_that_it_lacks(world):
    world.built([DAYS[0], DAYS[5]])
    assert world.look() == asked("daily", DAYS[1], DAYS[4])
    assert world.requests[0].asset_selection is None
    world.built(DAYS[1:3], ["raw"])
    assert world.look() == asked("daily", DAYS[1], DAYS[2])
    assert dg.AssetKey(["lake", "events"]) in world.requests[0].asset_selection
    assert dg.AssetKey(["raw", "events"]) not in world.requests[0].asset_selection, "raw that is there stays"
    world.built(DAYS[1:3], ["lake"])
    assert world.look() == asked("rebuild", DAYS[1], DAYS[2])
    assert "attempt 1 of 3: in the lake" in world.requests[0].tags[CATCH_UP_TAG]


def test_yesterday_is_left_to_the_schedule_for_its_first_hour(world):
    world.built(DAYS[:5])
    write_version(world.settings, dict.fromkeys(DAYS[:5], "audited"), DAYS[:5])
    world.now = NOW.replace(hour=2, minute=59)
    world.cursor = str(world.now.timestamp())
    assert world.look() == []
    world.now = NOW.replace(hour=3)
    assert world.look() == asked("daily", DAYS[5], DAYS[5])


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTED])
def test_nothing_is_asked_for_that_somebody_has_queued_or_runs(world, status):
    world.built(DAYS[:1])
    run = world.run(DAYS[2], DAYS[5], dg.DagsterRunStatus.STARTED)
    assert world.look() == asked("daily", DAYS[1], DAYS[1])
    world.instance.report_run_failed(run)
    own = world.run(DAYS[1], DAYS[1], status, **{CATCH_UP_TAG: "attempt 1"})
    assert world.look() == [], "one of its own at once"
    world.instance.report_run_failed(own)
    assert world.look() == asked("daily", DAYS[1], DAYS[1])


def test_days_of_a_backfill_that_has_no_run_yet_are_at_work(world):
    graph = world.defs.resolve_asset_graph()
    world.built(DAYS[:1])
    backfill = PartitionBackfill.from_asset_partitions(
        backfill_id="b1",
        asset_graph=graph,
        partition_names=[str(one) for one in DAYS[2:]],
        asset_selection=[dg.AssetKey(["raw", "events"])],
        backfill_timestamp=NOW.timestamp(),
        tags={},
        dynamic_partitions_store=world.instance,
        all_partitions=False,
        title=None,
        description=None,
        run_config=None,
    )
    world.instance.add_backfill(backfill)
    assert days_at_work(world.instance) == set(DAYS[2:])
    assert world.look() == asked("daily", DAYS[1], DAYS[1])
    world.instance.update_backfill(backfill.with_status(BulkActionStatus.COMPLETED_SUCCESS))
    assert days_at_work(world.instance) == set()


@pytest.mark.parametrize(
    ("state", "is_asked"), [("failed", True), ("loaded", True), ("waived", False), ("audited!", False)]
)
def test_days_that_may_not_be_published_as_they_are_are_built_again(well, state, is_asked):
    write_version(well.settings, {**dict.fromkeys(DAYS, "audited"), DAYS[2]: state}, DAYS, minute=1)
    assert well.look() == (asked("rebuild", DAYS[2], DAYS[2]) if is_asked else [])


def test_what_is_published_is_judged_only_while_nothing_is_at_work(well):
    write_version(well.settings, {**dict.fromkeys(DAYS, "audited"), DAYS[2]: "failed"}, DAYS, minute=1)
    run = well.run(DAYS[4], DAYS[4], dg.DagsterRunStatus.STARTED)
    assert well.look() == []
    well.instance.report_run_failed(run)
    assert well.look() == asked("rebuild", DAYS[2], DAYS[2])


def test_a_run_that_hangs_holds_back_its_own_days_only(well, monkeypatch):
    states = {**dict.fromkeys(DAYS, "audited"), DAYS[2]: "failed", DAYS[4]: "failed"}
    write_version(well.settings, states, DAYS, minute=1)
    well.run(DAYS[4], DAYS[4], dg.DagsterRunStatus.STARTED)
    assert well.look() == []
    monkeypatch.setattr(catch_up, "_LONGEST_RUN", timedelta(days=-1000))
    assert well.look() == asked("rebuild", DAYS[2], DAYS[2])


def test_the_newest_knowledge_counts_even_after_a_rollback(well):
    older = write_version(well.settings, {DAYS[0]: "failed"}, minute=-1)
    (well.settings.serving_dir / "CURRENT").write_text(older.name)
    assert well.look() == []


def test_a_lake_day_that_no_recount_has_passed_is_conformed_again(well):
    mark = unverified_mark(well.settings, "users", DAYS[3])
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert well.look() == asked("daily", DAYS[3], DAYS[3])
    assert dg.AssetKey(["raw", "events"]) not in well.requests[0].asset_selection


def test_days_whose_records_were_pruned_are_not_missing(world):
    world.built(DAYS[4:])
    write_version(world.settings, dict.fromkeys(DAYS, "audited"), DAYS)
    for feed in FEEDS:
        for one in DAYS[:4]:
            for path in (raw_manifest(world.settings, feed, one), ledger_file(world.settings, feed, one)):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    assert world.look() == []
    ledger_file(world.settings, "users", DAYS[1]).unlink()
    assert world.look() == asked("daily", DAYS[1], DAYS[1])
    assert world.requests[0].asset_selection, "its raw is there"


def test_a_warehouse_that_is_gone_needs_a_person(well):
    well.settings.warehouse_file.unlink()
    assert well.look() == []
    assert "make rebuild" in well.reason


def test_what_was_built_and_never_published_is_published(world):
    world.built(DAYS)
    assert world.look() == [("refresh_audit", None, None)]
    write_version(world.settings, {}, tables=["mart_daily_kpis"])
    assert world.look() == [("refresh_audit", None, None)], "a version of an older platform"
    run = world.instance.create_run_for_job(
        world.defs.resolve_job_def("refresh_audit"), status=dg.DagsterRunStatus.STARTED
    )
    world.instance.report_run_failed(run)
    assert world.look() == [], "it failed, and would again"


def test_a_day_left_stale_by_a_failed_rebuild_is_asked_for_again(well):
    conform(well.settings, event("e1", event_ts=f"{DAYS[1]}T10:00:00Z"), day=DAYS[1])
    well.instance.report_runless_asset_event(
        dg.AssetMaterialization(["warehouse", "events"], partition=str(DAYS[1]), metadata={"lake_state": "{}"})
    )
    assert well.look() == [], "late_arrivals asks for it"
    well.run(DAYS[1], DAYS[1], dg.DagsterRunStatus.FAILURE)
    assert well.look() == asked("rebuild", DAYS[1], DAYS[1])


def test_a_day_given_up_opens_an_incident_that_ends_when_it_is_well(well):
    write_version(well.settings, {**dict.fromkeys(DAYS, "audited"), DAYS[2]: "failed"}, DAYS, minute=1)
    for attempt in (1, 2, 3):
        assert well.look() == asked("rebuild", DAYS[2], DAYS[2])
        assert well.requests[0].tags[CATCH_UP_TAG].startswith(f"attempt {attempt} of 3")
        last = well.run(DAYS[2], DAYS[2], dg.DagsterRunStatus.FAILURE, **well.requests[0].tags)
    for _ in range(2):
        assert well.look() == []
        assert f"given up: {DAYS[2]}" in well.reason
    assert well.given_up == {f"given_up_day:{DAYS[2]}"}
    with open_store(well.settings) as store:
        (row,) = store.connection.execute("select * from incidents").fetchall()
    assert (row["occurrences"], row["run_id"], row["first_step"]) == (1, last.run_id, f"make day DAY={DAYS[2]}")

    person = well.run(DAYS[2], DAYS[2], dg.DagsterRunStatus.STARTED)
    assert well.look() == []
    assert well.given_up, "not before it is known to be well"
    well.instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, "rebuild"), person.run_id)
    write_version(well.settings, dict.fromkeys(DAYS, "audited"), DAYS, minute=2)
    assert well.look() == []
    assert well.given_up == set()


def test_a_cancelled_run_is_not_started_again_at_once(well):
    write_version(well.settings, {**dict.fromkeys(DAYS, "audited"), DAYS[2]: "failed"}, DAYS, minute=1)
    well.now = datetime.now(UTC)
    well.cursor = str(well.now.timestamp())
    well.run(DAYS[2], DAYS[2], dg.DagsterRunStatus.CANCELED)
    assert well.look() == []
    assert "cancelled within the hour" in well.reason


def test_an_incident_file_that_cannot_be_used_stops_no_run(world):
    world.built(DAYS[:1])
    world.settings.alerts_file.parent.mkdir(parents=True)
    world.settings.alerts_file.write_bytes(b"no database at all" * 100)
    assert world.look() == asked("daily", DAYS[1], DAYS[5])


# --- a real platform ---------------------------------------------------------------------------------------------------


class RealPlatform:
    """What the daemon does, in this process: looks at noon, and runs what was asked for at once."""

    def __init__(self, platform, instance):
        # Two attempts, of which the first is the run that failed without it; the planning of more needs no real runs.
        self.settings, self.instance = replace(platform.settings, catch_up_attempts=2), instance
        self.defs = build_defs(self.settings)
        self.repository = self.defs.get_repository_def()

    def look(self):
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=str((NOW - timedelta(minutes=1)).timestamp()),
            repository_def=self.repository,
        )
        return catch_up_sensor(self.settings)(context).run_requests

    def run(self, request):
        job = self.defs.resolve_job_def(request.job_name)
        return job.execute_in_process(
            instance=self.instance, tags=request.tags, asset_selection=request.asset_selection, raise_on_error=False
        )

    @property
    def late(self):
        return current_verdict(self.settings, NOW, was_published=True).late

    @property
    def given_up(self):
        with open_store(self.settings) as store:
            return store.open_keys("given_up_day")


@pytest.fixture
def after_outage(tmp_path, monkeypatch):
    """Three days, of which the first alone was built; and its instance."""
    platform = TestPlatform(tmp_path / "data", days=3)
    platform.run("day", str(platform.day(0)))
    for name, value in platform.settings.child_environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(catch_up, "datetime", clock(lambda: NOW))
    with dg.DagsterInstance.get() as instance:
        yield platform, RealPlatform(platform, instance)


def test_an_outage_is_made_up_for_and_a_day_that_fails_is_given_up_until_it_is_mended(after_outage):
    platform, real = after_outage
    bad, missing = platform.day(0), [platform.day(1), platform.day(2)]
    assert real.late == tuple(missing)
    (request,) = real.look()
    assert (request.job_name, {**request.tags, **range_tags(*missing)}) == ("daily", request.tags)
    assert real.run(request).success
    assert real.look() == []
    assert real.late == ()

    damaged = lake_file(platform.settings, "events", bad, bad)
    whole = damaged.read_bytes()
    with duckdb.connect() as connection:
        connection.execute("create table rows as from read_parquet(?)", [str(damaged)])
        connection.execute("copy (from rows limit 10) to ? (format parquet)", [str(damaged)])
    assert not real.run(dg.RunRequest(job_name="rebuild", tags=range_tags(bad, bad))).success
    # The sensor audit_after_failure asks for this, and the version that it publishes tells of the failed day.
    assert real.run(dg.RunRequest(job_name="refresh_audit")).success
    (request,) = real.look()
    assert (request.job_name, {**request.tags, **range_tags(bad, bad)}) == ("rebuild", request.tags)
    assert request.tags[CATCH_UP_TAG] == "attempt 2 of 2: failed"
    assert not real.run(request).success
    assert real.look() == []
    assert real.given_up == {f"given_up_day:{bad}"}
    assert real.late == (), "its figures of before are still published"

    damaged.write_bytes(whole)
    assert real.run(dg.RunRequest(job_name="rebuild", tags=range_tags(bad, bad))).success
    assert real.look() == []
    assert real.given_up == set()

"""Real runs of small assets become incidents and end them: one per cause, over when every day of it is well again."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import pytest
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    InstigatorType,
    SensorInstigatorData,
    TickData,
    TickStatus,
)
from dagster._utils.error import SerializableErrorInfo

from netflix_platform.alerts.store import open_store
from netflix_platform.defs.alerting import (
    alerts_sensor,
    change_to_publish,
    watch,
    watch_and_tell,
    watch_before_publishing,
)
from netflix_platform_tests.alerts.webhook import Clock, listening
from netflix_platform_tests.ports import free_ports

D1, D2, D3 = (date(2026, 6, day) for day in (1, 2, 3))
PARTITIONS = dg.DailyPartitionsDefinition("2026-06-01", end_date="2026-06-10")
BY_DAY = {"partitions_def": PARTITIONS, "backfill_policy": dg.BackfillPolicy.single_run()}


class World:
    """Three layers and ``serving`` as small assets, and what is wrong with them at the moment."""

    def __init__(self, instance, settings):
        self.instance = instance
        self.settings = settings
        self.clock = Clock(datetime.now(UTC))
        self.unbalanced = set()  # days whose row ledger fails
        self.untrue = False  # the test of the fact fails, for all days of a run
        self.doubtful = False  # the check that only warns does
        self.no_users = False  # the test of a table without days fails
        self.refused = []  # days that are not published
        self.crashes = set()  # steps that fail by themselves
        self.publishes_incidents = False  # the run looks at the incidents itself, before it ends
        self.published = None
        self.jobs = {job.name: job for job in self.definitions().resolve_all_job_defs()}

    def definitions(self):
        world = self

        def crash(name):
            if name in world.crashes:
                raise RuntimeError(f"{name} is out of order")

        @dg.asset(key=["lake", "events"], check_specs=[spec("row_ledger", "lake", "events", True)], **BY_DAY)
        def events(context):
            crash("events")
            bad = [key for key in context.partition_keys if date.fromisoformat(key) in world.unbalanced]
            return dg.MaterializeResult(
                check_results=[
                    dg.AssetCheckResult(passed=not bad, description="counted", metadata={"failed_days": bad})
                ]
            )

        @dg.multi_asset(
            name="models",
            specs=[
                dg.AssetSpec(["facts", "fct"], deps=[["lake", "events"]], partitions_def=PARTITIONS),
                dg.AssetSpec(["dimensions", "dim_user"], deps=[["lake", "events"]]),
            ],
            check_specs=[
                spec("is_true", "facts", "fct", True),
                spec("is_usual", "facts", "fct", False),
                spec("is_whole", "dimensions", "dim_user", False),
            ],
            backfill_policy=dg.BackfillPolicy.single_run(),
        )
        def models(context):
            yield dg.MaterializeResult(["facts", "fct"])
            yield dg.MaterializeResult(["dimensions", "dim_user"])
            fact, users = dg.AssetKey(["facts", "fct"]), dg.AssetKey(["dimensions", "dim_user"])
            warn = dg.AssetCheckSeverity.WARN
            yield dg.AssetCheckResult(asset_key=fact, check_name="is_true", passed=not world.untrue)
            yield dg.AssetCheckResult(asset_key=fact, check_name="is_usual", passed=not world.doubtful, severity=warn)
            yield dg.AssetCheckResult(asset_key=users, check_name="is_whole", passed=not world.no_users)
            crash("models")

        @dg.asset(deps=[["facts", "fct"], ["dimensions", "dim_user"]])
        def audit_records(context):
            crash("audit_records")
            if world.publishes_incidents:
                watch_before_publishing(context.instance, world.settings, context.run_id)
                world.published = [one.title for one in world.all() if one.closed_at is None]

        @dg.asset(deps=[audit_records], config_schema={"fail_when_refused": dg.Field(bool, default_value=True)})
        def serving(context):
            crash("serving")
            days = {"refused_days": [str(day) for day in world.refused]}
            if world.refused and context.op_config["fail_when_refused"]:
                raise dg.Failure("The business marts stay as they were", metadata=days)
            return dg.MaterializeResult(metadata=days)

        @dg.op(config_schema={"day": str, "reason": str})
        def waive_day():
            crash("waive_day")

        @dg.job(name="waive")
        def waive():
            waive_day()

        everything = dg.AssetSelection.all()
        audit = dg.AssetSelection.assets(audit_records, serving)
        show = {"ops": {"serving": {"config": {"fail_when_refused": False}}}}
        return dg.Definitions(
            assets=[events, models, audit_records, serving],
            jobs=[
                dg.define_asset_job("daily", everything),
                dg.define_asset_job("rebuild", everything - dg.AssetSelection.assets(events)),
                dg.define_asset_job("ingest", dg.AssetSelection.assets(events)),
                dg.define_asset_job("refresh_audit", audit, config=show),
                waive,
            ],
            executor=dg.in_process_executor,
        )

    def run(self, job, first=None, last=None, config=None):
        """Run a job for a day or a range, and watch; returns the open incidents."""
        tags = {}
        if first:
            tags = {"dagster/asset_partition_range_start": str(first), "dagster/asset_partition_range_end": str(last)}
            tags = tags if last else {"dagster/partition": str(first)}
        self.jobs[job].execute_in_process(
            instance=self.instance, tags=tags, raise_on_error=False, run_config=config or {}
        )
        return self.watch()

    def waive(self, day):
        return self.run("waive", config={"ops": {"waive_day": {"config": {"day": str(day), "reason": "known"}}}})

    def watch(self):
        with self.store() as store:
            watch(self.instance, store)
            return store.open_incidents()

    @contextmanager
    def store(self):
        self.clock.now = max(datetime.now(UTC), self.clock.now)
        with open_store(self.settings, self.clock) as store:
            yield store

    def all(self):
        with self.store() as store:
            return store.incidents()


def spec(name, layer, table, blocking):
    return dg.AssetCheckSpec(name, asset=dg.AssetKey([layer, table]), blocking=blocking)


@pytest.fixture
def instance():
    with dg.DagsterInstance.ephemeral() as temporary:
        yield temporary


@pytest.fixture
def world(instance, settings):
    built = World(instance, settings)
    built.watch()  # the list of incidents begins here
    return built


def test_a_failed_ledger_is_one_incident_that_names_check_and_day(world):
    world.unbalanced = {D2}
    [incident] = world.run("daily", D1, D3)
    assert incident.kind == "failed_check"
    assert incident.title == "row_ledger failed on lake/events"
    assert (incident.first_day, incident.last_day, incident.days) == (D2, D2, {D2})
    assert (incident.severity, incident.occurrences, incident.details) == ("ERROR", 1, "counted")
    assert incident.first_step == "make day DAY=2026-06-02"
    assert world.instance.get_run_by_id(incident.run_id).status == dg.DagsterRunStatus.FAILURE

    [again] = world.run("ingest", D2)
    assert (again.incident_id, again.occurrences) == (incident.incident_id, 2)
    assert world.watch() == [again]  # nothing new: nothing counted

    world.unbalanced = set()
    assert world.run("ingest", D1) == [again]  # another day says nothing of this one
    assert world.run("ingest", D2) == []
    assert [one.closed_at is None for one in world.all()] == [False]


def test_days_that_a_later_failure_no_longer_names_are_well(world):
    world.unbalanced = {D1, D2}
    [incident] = world.run("ingest", D1, D3)
    assert incident.days == {D1, D2}
    world.unbalanced = {D2}
    [incident] = world.run("ingest", D1, D3)
    assert incident.days == {D2}
    world.unbalanced = {D2, D3}
    [wider] = world.run("ingest", D3)
    assert wider.incident_id == incident.incident_id
    assert (wider.days, wider.first_day, wider.last_day) == ({D2, D3}, D1, D3)


def test_a_failed_test_and_the_refusal_that_follows_are_one_incident(world):
    """The step of the test fails with its check; publishing is refused in the refresh, and in the next day's run."""
    world.untrue = True
    [incident] = world.run("daily", D1)
    assert (incident.title, incident.days) == ("is_true failed on facts/fct", {D1})
    assert incident.first_step.startswith("look at the failing rows")
    world.untrue, world.refused = False, [D1]
    assert world.run("refresh_audit") == [incident]
    assert world.run("daily", D2) == [incident]
    assert [one.kind for one in world.all()] == ["failed_check"]
    world.refused = []
    assert world.run("daily", D1) == []


def test_a_refusal_without_a_known_cause_is_an_incident_until_all_is_published(world):
    world.refused = [D1]
    [incident] = world.run("daily", D3)
    assert (incident.kind, incident.title, incident.days) == ("run_failure", "Publishing refused", {D1})
    assert incident.first_step == "make day DAY=2026-06-01"
    assert world.run("refresh_audit") == [incident]  # it succeeds, and publishes without the day
    world.refused = []
    assert world.run("daily", D3) == []


def test_warnings_are_incidents_of_their_own(world):
    world.doubtful = True
    [incident] = world.run("rebuild", D1)
    assert (incident.severity, incident.title, incident.days) == ("WARN", "is_usual failed on facts/fct", {D1})
    world.doubtful = False
    assert world.run("rebuild", D2) == [incident]
    assert world.run("rebuild", D1) == []


def test_a_check_of_a_table_without_days_is_over_with_any_later_pass(world):
    world.no_users = True
    [incident] = world.run("rebuild", D1)
    assert (incident.first_day, incident.days) == (D1, set())
    world.no_users = False
    assert world.run("rebuild", D2) == []


def test_a_waived_day_is_over_but_a_ledger_of_the_lake_is_not(world):
    world.untrue = True
    assert len(world.run("rebuild", D1, D2)) == 1
    world.untrue, world.unbalanced = False, {D1}
    assert len(world.run("ingest", D1)) == 2
    left = world.waive(D1)
    assert [(one.title, one.days) for one in left] == [
        ("is_true failed on facts/fct", {D2}),
        ("row_ledger failed on lake/events", {D1}),
    ]
    assert [one.title for one in world.waive(D2)] == ["row_ledger failed on lake/events"]


def test_a_crashed_step_is_over_when_all_its_days_were_built(world):
    world.crashes = {"events"}
    [incident] = world.run("daily", D1, D3)
    assert incident.title == "Step lake__events failed in daily"
    assert incident.details == "RuntimeError: events is out of order"
    assert incident.first_step.endswith("make backfill FROM=2026-06-01 TO=2026-06-03")
    [again] = world.run("ingest", D2)  # the same thing: one of its days
    assert (again.incident_id, again.occurrences, again.days) == (incident.incident_id, 2, {D1, D2, D3})
    world.crashes = set()
    [partly] = world.run("ingest", D1, D2)
    assert partly.days == {D3}
    assert world.run("daily", D3) == []


def test_a_crash_of_other_days_is_another_incident(world):
    world.crashes = {"events"}
    world.run("ingest", D1)
    assert [one.days for one in world.run("ingest", D2)] == [{D1}, {D2}]


def test_a_step_without_days_is_over_with_its_next_success_in_any_run(world):
    world.crashes = {"audit_records"}
    [incident] = world.run("daily", D1)
    assert (incident.first_day, incident.days) == (D1, set())
    world.crashes = set()
    assert world.run("refresh_audit") == []


def test_a_refused_waiver_is_over_when_everything_is_published(world):
    world.crashes = {"waive_day"}
    [incident] = world.waive(D1)
    assert incident.title == "Step waive_day failed in waive"
    assert "only a day that failed its audit" in incident.first_step
    assert world.run("refresh_audit") == []


def test_a_killed_run_is_over_when_what_it_left_undone_was_done(world):
    run = world.instance.create_run_for_job(
        world.jobs["daily"], tags={"dagster/partition": str(D1)}, status=dg.DagsterRunStatus.STARTED
    )
    world.instance.report_run_failed(run, "Its process (1) is gone: killed")
    [incident] = world.watch()
    assert incident.title == "Run of daily ended before its work was done"
    assert incident.details == "Its process (1) is gone: killed"
    assert incident.first_step == "make day DAY=2026-06-01"
    assert world.run("daily", D2) != []
    assert world.run("ingest", D1) != []
    assert world.run("rebuild", D1) == []


def test_a_cancelled_run_is_nobodys_alert(world):
    run = world.instance.create_run_for_job(world.jobs["ingest"], tags={"dagster/partition": str(D1)})
    world.instance.report_run_canceled(run)
    assert world.watch() == []


def test_runs_of_assets_chosen_by_hand_count_too(world):
    world.crashes = {"events"}
    definitions = world.definitions()
    job = definitions.resolve_implicit_global_asset_job_def()
    job.execute_in_process(
        instance=world.instance,
        partition_key=str(D1),
        asset_selection=[dg.AssetKey(["lake", "events"])],
        raise_on_error=False,
    )
    [incident] = world.watch()
    assert incident.title == "Step lake__events failed in assets chosen by hand"


def test_a_new_list_does_not_tell_of_the_past(instance, with_days):
    """Runs of more than a day ago are not read, and what was mended since is told to nobody."""
    with listening() as webhook:
        world = World(instance, with_days(alert_urls=(webhook.url(),)))
        world.crashes = {"events"}
        world.jobs["ingest"].execute_in_process(
            instance=instance, tags={"dagster/partition": str(D1)}, raise_on_error=False
        )
        world.crashes = set()
        world.jobs["ingest"].execute_in_process(instance=instance, tags={"dagster/partition": str(D1)})
        watch_and_tell(instance, world.settings)
        assert world.all() == []
        assert webhook.messages == []

        later = World(instance, with_days(data_dir=world.settings.data_dir / "other"))
        later.clock.advance(days=2)
        later.watch()
        assert later.all() == []


def test_a_tag_that_is_added_later_is_no_news(world):
    world.crashes = {"events"}
    [incident] = world.run("ingest", D1)
    world.instance.add_run_tags(incident.run_id, {"looked_at": "yes"})
    [same] = world.watch()
    assert same.occurrences == 1


def sensor_that_runs(instance, name):
    """The state that the daemon keeps of a sensor."""
    location = RegisteredCodeLocationOrigin("here")
    state = InstigatorState(
        RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "all"), name),
        InstigatorType.SENSOR,
        InstigatorStatus.RUNNING,
        SensorInstigatorData(),
    )
    instance.add_instigator_state(state)
    return state


def test_a_failed_tick_is_an_incident_until_the_next_good_one(settings, tmp_path):
    begin = datetime.now(UTC)
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        world = World(instance, settings)
        state = sensor_that_runs(instance, "late_arrivals")

        def ticked(status, seconds, error=None):
            moment = (begin + timedelta(seconds=seconds)).timestamp()
            instance.create_tick(
                TickData(
                    instigator_origin_id=state.instigator_origin_id,
                    instigator_name=state.instigator_name,
                    instigator_type=InstigatorType.SENSOR,
                    status=status,
                    timestamp=moment,
                    end_timestamp=moment + 1,
                    selector_id=state.selector_id,
                    error=error,
                )
            )
            return world.watch()

        inner = SerializableErrorInfo("KeyError: 'x'", [], "KeyError")
        cause = SerializableErrorInfo("ValueError: no such folder\n", [], "ValueError", inner)
        error = SerializableErrorInfo("SensorExecutionError: in the sensor", [], "SensorExecutionError", cause)
        assert ticked(TickStatus.SKIPPED, 0) == []
        [incident] = ticked(TickStatus.FAILURE, 30, error)
        assert (incident.kind, incident.title) == ("sensor_failure", "Sensor late_arrivals failed")
        assert incident.details == "ValueError: no such folder"
        assert world.watch()[0].occurrences == 1
        assert ticked(TickStatus.FAILURE, 60, error)[0].occurrences == 2
        assert ticked(TickStatus.STARTED, 90)[0].occurrences == 2
        assert ticked(TickStatus.SKIPPED, 120) == []


def evaluate(world, settings=None):
    sensor = alerts_sensor(settings or world.settings)
    with dg.build_sensor_context(instance=world.instance) as context:
        return sensor.evaluate_tick(context)


def test_the_sensor_finds_records_and_tells_in_one_tick(instance, with_days):
    with listening() as webhook:
        world = World(instance, with_days(alert_urls=(webhook.url(), f"json://127.0.0.1:{free_ports()}/")))
        evaluate(world)
        world.unbalanced = {D1}
        world.jobs["daily"].execute_in_process(
            instance=instance, tags={"dagster/partition": str(D1)}, raise_on_error=False
        )
        told = evaluate(world)
        assert told.skip_message == "1 incident(s) open, 1 target(s) out of reach"
        assert webhook.titles == ["[ERROR] row_ledger failed on lake/events, 2026-06-01"]
        [incident] = world.all()
        assert f"http://127.0.0.1:3000/runs/{incident.run_id}" in webhook.messages[0]["message"]
        watch_and_tell(instance, world.settings)  # the command's pass repeats nothing
        assert len(webhook.messages) == 1
        world.unbalanced = set()
        world.jobs["ingest"].execute_in_process(instance=instance, tags={"dagster/partition": str(D1)})
        watch_and_tell(instance, world.settings)
        evaluate(world)
        assert webhook.titles[1:] == ["[over] row_ledger failed on lake/events, 2026-06-01"]


def publish(settings, updated_at):
    """A version whose list of incidents was last changed at the given time."""
    path = settings.serving_dir / "netflix-20260601T000000000000Z.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table audit_alerts as select $1::timestamp as updated_at", [updated_at])
    (settings.serving_dir / "CURRENT").write_text(path.name)


def to_publish(world):
    with world.store() as store:
        return change_to_publish(world.instance, store, world.settings)


def test_a_change_that_readers_do_not_see_asks_for_one_refresh(world):
    world.crashes = {"events"}
    world.run("ingest", D1)
    assert to_publish(world) is None  # nothing is published at all
    publish(world.settings, datetime(2026, 6, 1))
    world.run("ingest", D2)
    assert to_publish(world) is None  # the refresh that a failure brings goes first
    world.clock.advance(seconds=31)
    busy = world.instance.create_run_for_job(world.jobs["ingest"], status=dg.DagsterRunStatus.STARTED)
    assert to_publish(world) is None
    world.instance.report_run_canceled(busy)
    assert to_publish(world) is not None
    assert to_publish(world) is None  # once


def test_a_change_that_readers_see_asks_for_none(world):
    publish(world.settings, datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1))
    world.crashes = {"events"}
    world.run("ingest", D1)
    world.clock.advance(seconds=31)
    assert to_publish(world) is None


def test_a_refresh_that_fails_asks_for_no_other(world):
    publish(world.settings, datetime(2026, 6, 1))
    world.crashes = {"audit_records"}
    assert len(world.run("refresh_audit")) == 1
    world.clock.advance(seconds=31)
    assert to_publish(world) is None


def test_the_sensors_request_carries_a_key_per_change(world):
    publish(world.settings, datetime(2026, 6, 1))
    world.crashes = {"events"}
    world.run("ingest", D1)
    with world.store() as store:
        store.connection.execute("update incidents set edge_at = edge_at - 60000000")
    [request] = evaluate(world).run_requests
    assert request.run_key.startswith("incidents-")
    assert not evaluate(world).run_requests


def test_a_command_never_fails_for_its_alerts(world, caplog):
    world.settings.alerts_file.unlink()
    for file in world.settings.alerts_file.parent.iterdir():
        file.unlink()
    world.settings.alerts_file.write_bytes(b"no database" * 1_000)
    watch_and_tell(world.instance, world.settings)
    assert "alerts could not be looked after" in caplog.text
    assert "move it away" in caplog.text


def test_the_run_that_mends_a_day_publishes_its_incident_as_over(world):
    """And the warning that it found itself, which is not counted again at its end."""
    world.untrue, world.unbalanced = True, {D1}
    world.run("ingest", D1)
    assert len(world.run("rebuild", D1)) == 2
    world.untrue, world.unbalanced, world.doubtful, world.publishes_incidents = False, set(), True, True
    [warning] = world.run("daily", D1)
    assert world.published == [warning.title] == ["is_usual failed on facts/fct"]
    assert warning.occurrences == 1


def test_a_run_never_fails_for_its_incidents(world, caplog):
    for file in world.settings.alerts_file.parent.iterdir():
        file.write_bytes(b"no database" * 1_000)
    watch_before_publishing(world.instance, world.settings, "no such run")
    assert "incidents may be published late" in caplog.text


def test_two_watchers_count_a_run_once(world):
    world.crashes = {"events"}
    with world.store() as first, world.store() as second:
        seen_before = second.note("runs_ended_until")
        world.jobs["ingest"].execute_in_process(
            instance=world.instance, tags={"dagster/partition": str(D1)}, raise_on_error=False
        )
        watch(world.instance, first)
        second.set_note("runs_ended_until", seen_before)
        watch(world.instance, second)
    assert [one.occurrences for one in world.all()] == [1]


def test_the_cost_of_a_pass_is_bounded(world):
    for _ in range(30):
        world.jobs["ingest"].execute_in_process(instance=world.instance, tags={"dagster/partition": str(D1)})
    world.crashes = {"events"}
    world.jobs["ingest"].execute_in_process(
        instance=world.instance, tags={"dagster/partition": str(D1)}, raise_on_error=False
    )
    assert world.watch() == []  # 25 runs at a time; the rest is not lost
    assert len(world.watch()) == 1

"""Freshness: each due day counts, whatever was built last; the incident and the check say the same."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg
import duckdb
import pytest

from netflix_platform.alerts.store import open_store
from netflix_platform.defs import freshness
from netflix_platform.defs.freshness import SERVING, current_verdict, freshness_sensor, judge
from netflix_platform.lake.layout import ledger_file
from netflix_platform.serving.published_days import EventDay, PublishedDays, read_current, read_newest
from netflix_platform_tests.published_versions import days, write_version

FIRST = date(2026, 6, 1)
DAYS = days(FIRST, 5)
GOOD, EMPTY = EventDay("audited", False, True, True), EventDay("audited", False, True, False)
FAILED, WAIVED = EventDay("failed", False, True, True), EventDay("failed", True, True, True)


def at(number, hour, minute=0):
    """A moment of the platform's day with that number, from 1."""
    return datetime(2026, 6, number, hour, minute, tzinfo=UTC)


def late(published, now, hours=6):
    return [one.day for one in judge(published, FIRST, hours, now).late]


def version(states, figures, refused=(), has_figures=True):
    known = {date(2026, 6, number): state for number, state in states.items()}
    shown = frozenset(date(2026, 6, number) for number in figures)
    return PublishedDays(known, shown, tuple(date(2026, 6, number) for number in refused), has_figures)


def test_a_day_is_due_at_its_hour_of_the_day_after():
    published = version({1: GOOD, 2: GOOD}, [1, 2])
    assert late(published, at(4, 5, 59)) == []
    assert late(published, at(4, 6)) == [3]
    assert late(published, at(4, 6), hours=30) == []
    assert late(published, at(5, 6), hours=30) == [3]
    verdict = judge(published, FIRST, 6, at(5, 7))
    assert [verdict.since, verdict.first_step] == [at(4, 6), "make backfill FROM=2026-06-03 TO=2026-06-04"]


def test_every_due_day_counts_not_only_the_newest():
    assert late(version({1: GOOD, 3: GOOD, 5: GOOD}, [1, 3, 5]), at(6, 7)) == [2, 4]


def test_what_counts_as_published():
    states = {1: GOOD, 2: EMPTY, 3: WAIVED, 4: FAILED}
    assert late(version(states, [1, 3]), at(5, 7)) == [4]
    assert late(version(states, [1, 3, 4]), at(5, 7)) == [], "its figures of before are still published"
    assert late(version({}, []), at(3, 7)) == [1, 2]
    assert late(PublishedDays(None, frozenset({FIRST})), at(3, 7)) == [2], "a version that knows no states"
    assert late(None, at(3, 7)) == [1, 2], "no version at all"


def test_a_good_day_that_another_one_holds_back_is_late_and_the_command_names_the_other():
    held = version({1: GOOD, 2: FAILED, 3: GOOD, 4: EMPTY, 5: WAIVED}, [1], refused=[2])
    assert late(held, at(6, 7)) == [2, 3, 5]
    verdict = judge(held, FIRST, 6, at(6, 7))
    assert verdict.first_step == "make backfill FROM=2026-06-02 TO=2026-06-02"
    assert "held back by 2026-06-02" in verdict.details
    assert late(version({1: EMPTY}, [], refused=[1], has_figures=False), at(2, 7)) == [1]


def test_nothing_built_is_empty_and_not_stale():
    verdict = judge(None, None, 6, at(5, 7))
    assert verdict.is_fresh
    assert verdict.title == "No day was built yet"


def test_a_lost_pointer_is_stale_from_the_first_day_in_the_lake_on(settings):
    for one in DAYS[1:3]:
        ledger_file(settings, "events", one).parent.mkdir(parents=True, exist_ok=True)
        ledger_file(settings, "events", one).write_text("{}")
    assert not current_verdict(settings, at(5, 7), was_published=False).is_built
    assert current_verdict(settings, at(5, 7), was_published=True).late == tuple(DAYS[1:4])
    write_version(settings, dict.fromkeys(DAYS[:4], "audited"), DAYS[:4])
    assert current_verdict(settings, at(5, 7), was_published=True).is_fresh
    (settings.serving_dir / "CURRENT").unlink()
    assert current_verdict(settings, at(5, 7), was_published=True).late == tuple(DAYS[1:4])


def test_versions_are_read_whatever_they_lack(settings):
    assert read_current(settings) is None
    assert read_newest(settings) is None
    path = write_version(settings, {DAYS[0]: "audited!", DAYS[1]: "waived", DAYS[2]: "not_loaded"}, refused=[DAYS[4]])
    read = read_current(settings)
    assert read.good == {DAYS[0], DAYS[1]}
    assert read.shown == {DAYS[0]}
    assert (read.refused, read.first_built) == ((DAYS[4],), DAYS[0])
    for tables in ([], ["mart_daily_kpis"], ["serving_info"], ["mart_pipeline_health"]):
        write_version(settings, {DAYS[0]: "audited"}, [DAYS[0]], tables=tables)
        assert (read_current(settings).days is None) == (tables != ["mart_pipeline_health"])
    older = write_version(settings, {}, minute=1)
    write_version(settings, {DAYS[0]: "failed"}, minute=2)
    freshness_of_rollback = read_newest(settings)
    assert freshness_of_rollback.days[DAYS[0]].state == "failed"
    (settings.serving_dir / "CURRENT").write_text(older.name)
    assert read_current(settings).days == {}
    assert read_newest(settings) == freshness_of_rollback
    path.write_bytes(b"no database")
    (settings.serving_dir / "CURRENT").write_text(path.name)
    assert read_current(settings) is None
    with duckdb.connect(str(older)) as connection:
        connection.execute("alter table mart_pipeline_health drop column loaded_at")
    (settings.serving_dir / "CURRENT").write_text(older.name)
    assert read_current(settings) is None, "a table of another time"


class Watch:
    """The sensor on an instance that keeps what it reports, with a clock of its own."""

    def __init__(self, settings, instance, monkeypatch):
        self.settings, self.instance, self.monkeypatch = settings, instance, monkeypatch
        self.cursor = None

    def look(self, now):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return now

        self.monkeypatch.setattr(freshness, "datetime", Clock)
        result = freshness_sensor(self.settings)(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        self.cursor = result.cursor
        for evaluation in result.asset_events:
            self.instance.report_runless_asset_event(evaluation)
        return result

    @property
    def incidents(self):
        with open_store(self.settings) as store:
            return store.open_keys("freshness")


@pytest.fixture
def watch(settings, monkeypatch):
    with dg.DagsterInstance.ephemeral() as instance:
        yield Watch(settings, instance, monkeypatch)


def failed_days(evaluation):
    return evaluation.metadata["failed_days"].value


def test_the_sensor_opens_an_incident_and_fails_the_check_once_and_ends_both(watch):
    assert watch.look(at(5, 7)).asset_events == [], "an empty platform"
    write_version(watch.settings, {DAYS[0]: "audited", DAYS[2]: "audited"}, [DAYS[0], DAYS[2]])
    (evaluation,) = watch.look(at(4, 7)).asset_events
    assert (evaluation.passed, evaluation.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert failed_days(evaluation) == ["2026-06-02"]
    assert watch.incidents == {"freshness"}
    assert watch.look(at(4, 7, 1)).asset_events == []
    with open_store(watch.settings) as store:
        (row,) = store.connection.execute("select * from incidents").fetchall()
    assert (row["occurrences"], row["first_day"], row["last_day"]) == (1, "2026-06-02", "2026-06-02")
    assert row["first_step"] == "make backfill FROM=2026-06-02 TO=2026-06-02"

    (evaluation,) = watch.look(at(5, 6)).asset_events
    assert failed_days(evaluation) == ["2026-06-02", "2026-06-04"]
    assert [len(watch.look(at(5, 7, minute)).asset_events) for minute in (0, 1, 2)] == [0, 1, 0], (
        "said again in an hour"
    )

    write_version(watch.settings, dict.fromkeys(DAYS[:4], "audited"), DAYS[:4], minute=1)
    (evaluation,) = watch.look(at(5, 8)).asset_events
    assert evaluation.passed
    assert watch.incidents == set()


def test_the_instance_knows_the_last_verdict_of_the_check(watch):
    key = dg.AssetCheckKey(SERVING, "freshness")
    write_version(watch.settings, {DAYS[0]: "audited"}, [DAYS[0]])
    watch.look(at(4, 7))
    records = watch.instance.event_log_storage.get_latest_asset_check_execution_by_key([key])
    assert records[key].event.dagster_event.asset_check_evaluation_data.passed is False


def test_an_incident_file_that_cannot_be_used_does_not_end_the_sensor_and_is_tried_again(watch):
    write_version(watch.settings, {DAYS[0]: "audited"}, [DAYS[0]])
    watch.settings.alerts_file.parent.mkdir(parents=True)
    watch.settings.alerts_file.write_bytes(b"no database at all" * 100)
    assert len(watch.look(at(4, 7)).asset_events) == 1
    watch.settings.alerts_file.unlink()
    watch.look(at(4, 7, 1))
    assert watch.incidents == {"freshness"}


@pytest.mark.parametrize("cursor", ["", "x", "[]", "{}", '["late"]', "[1, []]"])
def test_any_cursor_will_do(watch, cursor):
    write_version(watch.settings, {DAYS[0]: "audited"}, [DAYS[0]])
    watch.cursor = cursor
    assert len(watch.look(at(3, 7)).asset_events) == 1
    assert watch.look(at(3, 7) + timedelta(minutes=1)).asset_events == []

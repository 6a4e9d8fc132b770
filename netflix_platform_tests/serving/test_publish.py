"""Publishing: only what passed, a new name per version, readers never in the way, and the way back."""

from datetime import date

import duckdb
import pytest

from netflix_platform.serving.publish import (
    VERSIONS_KEPT,
    PublishedTable,
    PublishError,
    current_file,
    publish,
    refusal,
    rollback,
    versions,
)
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.states import DayState

KPIS = PublishedTable("marts", "mart_daily_kpis", is_business=True)
RUNS = PublishedTable("audit", "audit_pipeline_runs", is_business=False)
FAILED = DayState(date(2026, 6, 2), "failed", "not_null_x: Got 1 result")


def fill(settings, plays):
    with open_warehouse(settings) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            f"create or replace table marts.mart_daily_kpis as select date '2026-06-01' event_date, {plays} plays"
        )
        connection.execute(f"create or replace table audit.audit_pipeline_runs as select 'run{plays}' run_id")


def read(settings, query):
    with duckdb.connect(str(current_file(settings)), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_a_version_holds_the_published_tables_and_tells_about_itself(settings):
    fill(settings, 5)
    version = publish(settings, [KPIS, RUNS], run_id="r1")
    assert version.rows == {"mart_daily_kpis": 1, "audit_pipeline_runs": 1}
    assert current_file(settings) == version.path
    assert read(settings, "select plays from mart_daily_kpis") == [(5,)]
    info = "select first_event_date, refused_days, run_id, published_at = business_published_at from serving_info"
    assert read(settings, info) == [(date(2026, 6, 1), "", "r1", True)]


def test_a_refused_day_keeps_the_business_marts_and_refreshes_the_audit(settings):
    fill(settings, 5)
    publish(settings, [KPIS, RUNS])
    fill(settings, 6)
    publish(settings, [KPIS, RUNS], [FAILED])
    assert read(settings, "select plays from mart_daily_kpis") == [(5,)]
    assert read(settings, "select run_id from audit_pipeline_runs") == [("run6",)]
    assert read(settings, "select refused_days, business_published_at < published_at from serving_info") == [
        ("2026-06-02", True)
    ]
    publish(settings, [KPIS, RUNS])
    assert read(settings, "select plays from mart_daily_kpis") == [(6,)]


def test_a_refused_first_version_holds_no_business_marts(settings):
    fill(settings, 5)
    assert publish(settings, [KPIS, RUNS], [FAILED]).rows == {"audit_pipeline_runs": 1}
    assert read(settings, "select business_published_at from serving_info") == [(None,)]


def test_a_reader_keeps_the_version_that_it_opened(settings):
    fill(settings, 5)
    publish(settings, [KPIS])
    with duckdb.connect(str(current_file(settings)), read_only=True) as reader:
        fill(settings, 6)
        publish(settings, [KPIS])
        assert reader.execute("select plays from mart_daily_kpis").fetchall() == [(5,)]
    assert read(settings, "select plays from mart_daily_kpis") == [(6,)]


def test_the_last_versions_are_kept_and_rollback_walks_back(settings):
    for plays in range(VERSIONS_KEPT + 2):
        fill(settings, plays)
        publish(settings, [KPIS])
    kept = versions(settings)
    assert len(kept) == VERSIONS_KEPT
    assert rollback(settings) == (kept[0], kept[1])
    assert read(settings, "select plays from mart_daily_kpis") == [(VERSIONS_KEPT,)]
    rollback(settings)
    with pytest.raises(PublishError, match="no version with other figures"):
        rollback(settings)


def test_failures_do_not_use_up_the_versions_that_one_can_go_back_to(settings):
    for plays in (1, 2):
        fill(settings, plays)
        publish(settings, [KPIS, RUNS])
    for _ in range(VERSIONS_KEPT + 1):
        publish(settings, [KPIS, RUNS], [FAILED])
    assert read(settings, "select plays from mart_daily_kpis") == [(2,)]
    rollback(settings)
    assert read(settings, "select plays from mart_daily_kpis") == [(1,)]


def test_a_table_that_is_not_built_yet_is_left_out(settings):
    fill(settings, 5)
    assert publish(settings, [KPIS, PublishedTable("marts", "mart_missing", True)]).rows == {"mart_daily_kpis": 1}


def test_nothing_half_written_is_left_when_publishing_fails(settings, monkeypatch):
    fill(settings, 5)
    before = publish(settings, [KPIS])
    with pytest.raises(duckdb.Error):
        publish(
            settings,
            [PublishedTable("marts", "mart_daily_kpis", True), PublishedTable("marts", "mart_daily_kpis", True)],
        )
    assert versions(settings) == [before.path.name]
    assert current_file(settings) == before.path


@pytest.mark.parametrize("pointer", ["../../etc/passwd", "netflix-1.duckdb", ""])
def test_a_pointer_that_names_no_version_is_not_followed(settings, pointer):
    settings.serving_dir.mkdir(parents=True)
    (settings.serving_dir / "CURRENT").write_text(pointer)
    assert current_file(settings) is None


def test_the_refusal_names_the_days_and_the_commands():
    told = refusal([FAILED])
    assert "2026-06-02 (failed: not_null_x" in told
    assert "make backfill FROM=2026-06-02 TO=2026-06-02" in told
    assert "make waive DAY=2026-06-02" in told
    assert "make waive" not in refusal([DayState(date(2026, 6, 3), "loaded", None)])

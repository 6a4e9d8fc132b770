"""Both pages when not all is well: nothing published, something broken, old, stale or held back."""

from dataclasses import replace

import duckdb
import pytest

from dashboard import frame
from netflix_platform_tests.dashboard.sample import DAY, Sample, point_at, states, write_version, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, said, section_titles, tiles


@pytest.mark.parametrize("name", [name for name, sample in states().items() if sample])
def test_in_every_state_pipeline_health_is_drawn_to_its_end(opened, tmp_path, name):
    sample = states()[name]
    write_version(tmp_path / "serving", replace(sample, days=min(sample.days, 40), titles=20))
    assert section_titles(opened(tmp_path, HEALTH))[-1] == "Published version"


def test_nothing_published_says_make_demo_on_both_pages(opened, tmp_path):
    for page in ("", HEALTH):
        assert "make demo" in opened(tmp_path, page).info[0].value


def test_a_wrong_data_folder_names_the_setting(opened, tmp_path):
    assert "NETFLIX_DATA_DIR" in opened(tmp_path / "nowhere").info[0].value
    (tmp_path / "file").write_text("")
    assert "NETFLIX_DATA_DIR" in opened(tmp_path / "file").error[0].value


def test_a_corrupt_pointer_names_the_file_and_make_rollback(opened, written):
    data_dir = written()
    (data_dir / "serving" / "CURRENT").write_text("rubbish")
    for page in ("", HEALTH):
        message = opened(data_dir, page).error[0].value
        assert str(data_dir / "serving" / "CURRENT") in message
        assert "make rollback" in message


def test_a_file_that_is_no_database_is_explained(opened, written):
    data_dir = written()
    broken = "netflix-20300101T000000000000Z.duckdb"
    (data_dir / "serving" / broken).write_bytes(b"x" * 5000)
    point_at(data_dir / "serving", broken)
    assert "make rollback" in opened(data_dir).error[0].value


def test_a_version_that_vanishes_while_a_page_is_drawn_gives_way_to_the_new_one(opened, written, monkeypatch):
    data_dir = written(last_day=yesterday() - DAY)
    old = next((data_dir / "serving").glob("*.duckdb"))
    open_version = frame.open_published

    def open_then_publish():
        found = open_version()
        if old.exists():
            write_version(data_dir / "serving", Sample(days=70, titles=25))
            old.unlink()
        return found

    monkeypatch.setattr(frame, "open_published", open_then_publish)
    app = opened(data_dir)
    assert not app.error
    assert f"{yesterday():%b %Y}" in app.caption[0].value
    assert len(tiles(app)) == 4


def test_stale_figures_say_how_old_they_are_and_what_to_run(opened, written):
    app = opened(written(last_day=yesterday() - 3 * DAY))
    assert "3 days late" in app.error[0].value
    assert f"make backfill FROM={yesterday() - 2 * DAY} TO={yesterday()}" in app.error[0].value
    assert len(tiles(app)) == 4  # the figures that are there are shown all the same


def test_held_back_figures_say_since_when_and_why_on_both_pages(opened, written):
    data_dir = written(
        last_day=yesterday() - DAY,
        failed_days={yesterday(): "3 rows without a user"},
        refused_days=(yesterday(),),
        failed_run=True,
    )
    assert "Figures held back" in opened(data_dir).error[0].value
    health = opened(data_dir, HEALTH)
    text = said(health)
    assert "stand still since" in text
    assert f"make waive DAY={yesterday()}" in text
    assert any("3 rows without a user" in table.value.to_string() for table in health.dataframe)
    assert any("✕ failed" in table.value.to_string() for table in health.dataframe)


def test_a_version_with_audit_tables_only_sends_the_reader_to_pipeline_health(opened, written):
    data_dir = written(business=False, failed_days={yesterday(): "bad"}, refused_days=(yesterday(),), failed_run=True)
    app = opened(data_dir)
    assert "never published" in app.error[0].value
    assert not app.metric
    health = opened(data_dir, HEALTH)
    assert "No event day is published" in said(health)


def test_an_old_version_loses_only_the_part_that_it_lacks(opened, written):
    data_dir = written(without_tables=("mart_title_daily", "audit_check_results"))
    app = opened(data_dir)
    assert len(tiles(app)) == 4
    assert "no table `mart_title_daily`" in app.info[0].value
    health = opened(data_dir, HEALTH)
    assert "no table `audit_check_results`" in said(health)
    assert "Row ledger balances" in said(health)


def test_a_version_without_its_own_account_is_explained(opened, written):
    assert "no table `serving_info`" in opened(written(without_tables=("serving_info",))).error[0].value


def test_a_new_version_is_seen_by_the_next_run(opened, written):
    data_dir = written(last_day=yesterday() - DAY)
    app = opened(data_dir)
    before = app.caption[0].value
    written()
    app.run()
    assert app.caption[0].value != before
    assert not app.error


def test_the_warehouse_file_is_never_opened(opened, written):
    data_dir = written()
    (data_dir / "warehouse").mkdir()
    file = data_dir / "warehouse" / "netflix.duckdb"
    with duckdb.connect(str(file)) as writer:  # a writer holds it, as a run does
        writer.execute("create table t as select 1 as n")
        for page in ("", HEALTH):
            assert not opened(data_dir, page).error

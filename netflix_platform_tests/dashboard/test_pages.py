"""The pages as a person meets them: Streamlit's own test runner on real serving files, in every state."""

import os
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import frame
from netflix_platform.settings import PROJECT_ROOT
from netflix_platform_tests.dashboard.sample import DAY, Sample, point_at, write_version, yesterday

APP = str(PROJECT_ROOT / "dashboard" / "app.py")
HEALTH = "app_pages/pipeline_health.py"


@pytest.fixture
def opened(monkeypatch):
    """Runs a page on a data folder, with nothing of the developer's own settings."""
    for variable in [name for name in os.environ if name.startswith("NETFLIX_")]:
        monkeypatch.delenv(variable)

    def run(data_dir: Path, page: str = "", **query: str | list[str]) -> AppTest:
        monkeypatch.setenv("NETFLIX_DATA_DIR", str(data_dir))
        app = AppTest.from_file(APP, default_timeout=30)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page:
            app.switch_page(page).run()
        assert not app.exception, app.exception
        return app

    return run


@pytest.fixture
def written(tmp_path):
    """Publishes a small version and returns its data folder."""

    def write(**said: object) -> Path:
        small = {"days": 70, "titles": 25}
        write_version(tmp_path / "serving", Sample(**{**small, **said}))
        return tmp_path

    return write


def said(app: AppTest) -> str:
    """All boxes and paragraphs of the page."""
    parts = [*app.error, *app.warning, *app.info, *app.success, *app.markdown, *app.caption]
    return "\n".join(part.value for part in parts)


def test_overview_shows_the_four_figures_with_change_and_sparkline(opened, demo_dir):
    app = opened(demo_dir)
    assert [metric.label for metric in app.metric] == [
        "Plays",
        "Active users per day",
        "Average watch time per play",
        "Total buffering",
    ]
    assert [metric.value.endswith(" s") for metric in app.metric] == [False, False, True, True]
    assert all(metric.delta.endswith("%") for metric in app.metric)
    assert not app.error
    assert not app.warning
    assert [heading.value for heading in app.subheader] == [
        "Plays per day",
        "Active users per day",
        "Top titles",
        "Watch hours by genre",
        "Weekly Top 10",
    ]
    assert app.dataframe[0].value["primary_genre"].notna().all()
    assert len(app.dataframe) == 5  # top titles and the four lists
    assert "28 days), compared with" in said(app)


def colors(app):
    return {metric.label: metric.proto.color for metric in app.metric}


def test_more_buffering_is_bad_and_more_plays_are_good(opened, written):
    data_dir = written()
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update mart_daily_kpis set plays = 1000, buffering_seconds = 100")
        connection.execute(
            "update mart_daily_kpis set plays = 1100, buffering_seconds = 200 where event_date > ?",
            [yesterday() - 7 * DAY],
        )
    app = opened(data_dir, range="7 days")
    shown = {metric.label: metric for metric in app.metric}
    assert (shown["Plays"].value, shown["Plays"].delta) == ("7,700", "+10.0%")
    assert (shown["Total buffering"].value, shown["Total buffering"].delta) == ("1,400 s", "+100.0%")
    assert colors(app)["Plays"] != colors(app)["Total buffering"]


def test_the_range_comes_from_the_address_and_from_the_widgets(opened, demo_dir):
    week = opened(demo_dir, range="7 days")
    assert "(7 days), compared with" in said(week)
    custom = opened(demo_dir, range="Custom", days=["2026-01-01", "2026-01-02"])
    assert "(120 days)" in said(custom)  # out of the data: the widget falls back to all of it
    first, last = yesterday() - 20 * DAY, yesterday() - 15 * DAY
    shared = opened(demo_dir, range="Custom", days=[first.isoformat(), last.isoformat()])
    assert "(6 days), compared with" in said(shared)
    assert "different weekdays" in said(shared)
    shared.date_input(key="days").set_value((last, last)).run()
    assert "(1 day), compared with" in said(shared)
    assert not shared.exception


def test_ranking_by_plays_changes_titles_and_genres(opened, demo_dir):
    app = opened(demo_dir, ranked_by="Plays")
    assert app.dataframe[0].value["plays"].is_monotonic_decreasing
    assert "Plays by genre" in [heading.value for heading in app.subheader]


def test_all_days_have_nothing_before_them_and_say_so(opened, demo_dir):
    app = opened(demo_dir, range="All days")
    assert "not compared" in said(app)
    assert [metric.delta for metric in app.metric] == [""] * 4


def test_a_platform_of_one_day(opened, written):
    data_dir = written(days=1)
    app = opened(data_dir)
    assert app.metric[0].value != "—"
    assert "No full week" in said(app)
    assert not opened(data_dir, HEALTH).error


def test_a_range_without_any_play(opened, written):
    data_dir = written(silent_days=tuple(yesterday() - number * DAY for number in range(7)))
    app = opened(data_dir, range="7 days")
    assert [metric.value for metric in app.metric] == ["0", "0", "—", "0 s"]
    assert "Nothing was played" in said(app)


def test_gaps_are_named_with_the_command_and_nothing_is_compared(opened, written):
    gap = yesterday() - 3 * DAY
    app = opened(written(missing_days=(gap,)), range="7 days")
    assert f"make day DAY={gap}" in app.warning[0].value
    assert "of which 6 days with data" in said(app)
    assert [metric.delta for metric in app.metric] == [""] * 4


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
    assert len(app.metric) == 4


def test_stale_figures_say_how_old_they_are_and_what_to_run(opened, written):
    app = opened(written(last_day=yesterday() - 3 * DAY))
    assert "Stale by 3 days" in app.error[0].value
    assert f"make backfill FROM={yesterday() - 2 * DAY} TO={yesterday()}" in app.error[0].value
    assert len(app.metric) == 4  # the figures that are there are shown all the same


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
    assert len(app.metric) == 4
    assert "no table `mart_title_daily`" in app.info[0].value
    health = opened(data_dir, HEALTH)
    assert "no table `audit_check_results`" in said(health)
    assert "Row ledger balances" in said(health)


def test_a_version_without_its_own_account_is_explained(opened, written):
    assert "no table `serving_info`" in opened(written(without_tables=("serving_info",))).error[0].value


def test_pipeline_health_of_a_healthy_platform(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    text = said(app)
    for verdict in (
        "Fresh.",
        "Nothing is held back.",
        "Every event day passed.",
        "Row ledger balances.",
        "Warehouse ledger balances.",
    ):
        assert verdict in text
    assert not app.error
    assert not app.warning
    assert app.metric[0].delta == "on time"
    assert "✓ published this" in app.dataframe[2].value.to_string()
    assert [heading.value for heading in app.subheader] == [
        "Verdict",
        "Event days",
        "Row ledger, by arrival day",
        "Warehouse ledger, by event day",
        "Last runs",
        "Failed checks",
        "Published version",
    ]


def test_an_unbalanced_day_is_flagged_first(opened, written):
    app = opened(written(unbalanced_days=(yesterday() - 5 * DAY,)), HEALTH)
    assert "Row ledger does not balance" in said(app)
    ledger = next(table.value for table in app.dataframe if "received_rows" in table.value)
    assert ledger["verdict"].iloc[0] == "✕ off by 12"
    assert set(ledger["verdict"].iloc[1:]) == {"✓ balanced"}


def test_the_feed_of_the_ledger_can_be_chosen(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    assert app.dataframe[0].value["feed"].unique().tolist() == ["events"]
    app.segmented_control(key="feed").set_value("users").run()
    assert app.dataframe[0].value["feed"].unique().tolist() == ["users"]


def test_every_kept_version_is_listed_and_the_shown_one_marked(opened, written):
    data_dir = written(last_day=yesterday() - DAY)
    newest = written()
    assert newest == data_dir
    versions = opened(data_dir, HEALTH).dataframe[-1].value
    assert versions["state"].tolist() == ["● shown", "kept"]


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

"""The Pipeline health page as a person meets it, on real serving files."""

import duckdb

from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, PHONE_WIDTH, said, section_titles, table_with, widths


def test_pipeline_health_of_a_healthy_platform(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    text = said(app)
    for verdict in (
        "Fresh.",
        "Nothing is held back.",
        "No open incident.",
        "Every event day passed.",
        "Row ledger balances.",
        "Warehouse ledger balances.",
    ):
        assert verdict in text
    assert not app.error
    assert not app.warning
    assert app.metric[0].delta == "on time"
    assert not any("Reasons" in expander.label for expander in app.expander)
    assert "✓ published this" in table_with(app, "job_name", "outcome")["outcome"].tolist()
    assert section_titles(app) == [
        "Verdict",
        "Alerts inbox",
        "Event days",
        "Row ledger, by arrival day",
        "Warehouse ledger, by event day",
        "Late arrivals, by arrival day",
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


def test_a_day_without_events_is_on_time_and_called_so(opened, written):
    app = opened(written(empty_days=(yesterday(),)), HEALTH)
    assert "Fresh." in said(app)
    assert "a day without events" in said(app)
    assert app.metric[0].value == f"{yesterday():%a} {yesterday().day} {yesterday():%b}"
    assert app.metric[0].delta == "on time"


def test_the_last_finished_run_tells_outcome_job_duration_and_end(opened, demo_dir, written):
    before = yesterday() - DAY
    ended = f"{yesterday().day} {yesterday():%b} 02:00"
    tile = opened(demo_dir, HEALTH).metric[3]
    assert (tile.value, tile.delta) == ("✓ succeeded", f"daily · 38.0 s · {ended}")
    failed = opened(written(failed_days={before: "bad"}), HEALTH).metric[3]
    assert (failed.value, failed.delta) == ("✕ failed", f"daily · 38.0 s · {ended}")


def test_a_failure_without_a_description_sends_the_reader_to_the_run(opened, written):
    data_dir = written(failed_days={yesterday(): "bad"}, refused_days=(yesterday(),))
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_check_results set description = null where check_name = 'row_ledger'")
        connection.execute("update audit_check_results set description = '' where severity = 'WARN'")
    checks = table_with(opened(data_dir, HEALTH), "check_name")
    described = checks.groupby("check_name")["description"].unique().map(list).to_dict()
    assert described["row_ledger"] == ["no details; see the run"]
    assert described["unknown_titles_are_rare"] == ["no details; see the run"]
    assert described["not_null_fct_watch_user_id"] == ["bad"]


def test_the_reason_of_a_failed_day_is_told_in_full_and_literally(opened, written):
    reason = "unique_raw_events_event_id: 214 rows, for example `e_1` and *e_2*; " + "and so on " * 30 + "to the end"
    app = opened(written(failed_days={yesterday(): reason}, waived_days={yesterday() - DAY: "agreed"}), HEALTH)
    text = app.code[0].value
    assert f"failed: {reason}" in text
    assert "waived: agreed" in text
    assert app.expander[0].label == "Reasons in full (2 days)"


def test_the_warehouse_ledger_calls_a_failed_day_failed_before_all_others(opened, written):
    app = opened(written(failed_days={yesterday() - 4 * DAY: "bad"}), HEALTH)
    ledger = table_with(app, "lake_rows")
    assert ledger[["verdict", "state"]].iloc[0].tolist() == ["✕ failed", "✕ failed"]
    assert set(ledger["verdict"].iloc[1:]) == {"✓ balanced"}
    assert ledger["reason"].iloc[:2].tolist() == ["bad", ""]
    assert "Warehouse ledger balances, but 1 day failed" in said(app)


def test_a_phone_shows_day_verdict_and_what_was_received(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    for first_number in ("received_rows", "lake_rows"):
        table = next(one for one in app.dataframe if first_number in one.value)
        assert widths(table)[:3][-1][0] == first_number
        assert sum(width for _, width in widths(table)[:3]) <= PHONE_WIDTH

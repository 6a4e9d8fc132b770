"""The failed checks of *Pipeline health*: errors and warnings, with the days at fault."""

import duckdb
import pandas as pd
import pytest

from dashboard.health.checks import days_at_fault
from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.sample_alerts import HOSTILE
from netflix_platform_tests.dashboard.seen import HEALTH, said, table_with

MONDAY, TUESDAY = pd.Timestamp("2026-11-16"), pd.Timestamp("2026-11-17")


@pytest.mark.parametrize(
    ("failed_days", "first", "last", "written"),
    [
        ("2026-11-16", MONDAY, TUESDAY, "2026-11-16"),
        ("2026-11-18,2026-11-16, 2026-11-17,2026-11-20", MONDAY, TUESDAY, "2026-11-16 … 2026-11-18, 2026-11-20"),
        (None, MONDAY, TUESDAY, "2026-11-16 … 2026-11-17"),
        ("", MONDAY, MONDAY, "2026-11-16"),
        (None, pd.NaT, pd.NaT, "—"),
        ("some day", MONDAY, TUESDAY, "some day"),
    ],
)
def test_the_days_at_fault_are_told_and_else_those_of_the_run(failed_days, first, last, written):
    assert days_at_fault(failed_days, first, last) == written


def test_errors_come_before_warnings_and_both_are_counted(opened, written):
    app = opened(written(failed_days={yesterday() - 3 * DAY: "3 rows without a user"}), HEALTH)
    table = table_with(app, "check_name")
    warnings = int((table["severity"] == "! WARN").sum())
    assert table["severity"].tolist() == ["✕ ERROR"] * 2 + ["! WARN"] * warnings
    assert ":red[:material/error:] **2 errors** standing" in said(app)
    assert f":orange[:material/warning:] **{warnings} warning" in said(app)
    assert table["days"].iloc[0] == str(yesterday() - 3 * DAY)


def test_what_stands_is_told_in_full_and_literally(opened, written):
    app = opened(written(failed_days={yesterday(): HOSTILE}), HEALTH)
    [findings] = [expander for expander in app.expander if expander.label.startswith("Findings in full")]
    assert f"ERROR row_ledger on lake/events: {HOSTILE.strip()}" in findings.code[0].value
    assert "<script>" not in said(app)


def test_no_failed_check_is_good_news(opened, written):
    data_dir = written()
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_check_results set passed = true")
    assert "No check failed." in said(opened(data_dir, HEALTH))


def test_results_of_older_code_are_shown_with_the_days_of_their_run(opened, written):
    data_dir = written(
        failed_days={yesterday(): "bad"},
        without_columns={"audit_check_results": ("first_day", "last_day", "failed_days")},
    )
    table = table_with(opened(data_dir, HEALTH), "check_name")
    assert table["days"].iloc[0] == str(yesterday())

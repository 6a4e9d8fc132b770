"""Every finding of *Pipeline health* in its good and in its bad form, with what to do about it."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.health import findings
from dashboard.notices import Level

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def incidents(*severities):
    opened_at = pd.date_range("2026-11-23 09:00", periods=len(severities), freq="h")
    return pd.DataFrame({"severity": list(severities), "opened_at": opened_at})


@pytest.mark.parametrize(
    ("severities", "level", "headline"),
    [
        ((), Level.GOOD, "No open incident"),
        (("WARN",), Level.WATCH, "1 open incident"),
        (("ERROR", "WARN", "ERROR"), Level.BAD, "3 open incidents"),
    ],
)
def test_open_incidents_are_as_bad_as_the_worst_of_them(severities, level, headline):
    found = findings.open_incidents(incidents(*severities), NOON)
    assert (found.level, found.headline) == (level, headline)


def test_open_incidents_are_counted_by_severity_with_the_age_of_the_oldest():
    found = findings.open_incidents(incidents("ERROR", "WARN", "ERROR"), NOON)
    assert found.facts.startswith(
        "2 of severity ERROR, 1 of severity WARN; the oldest has been open since 23 Nov 2026, 09:00"
    )
    assert found.facts.endswith("(3 h).")


def ledger(*balanced):
    return pd.DataFrame(
        {"day": pd.date_range("2026-11-20", periods=len(balanced)), "feed": "events", "is_balanced": list(balanced)}
    )


def test_a_ledger_that_is_off_names_the_day_and_the_feed():
    assert findings.ledgers(ledger(True, True), "day", "Row ledger", "in = out").level is Level.GOOD
    found = findings.ledgers(ledger(True, False), "day", "Row ledger", "in = out")
    assert (found.level, found.headline) == (Level.BAD, "Row ledger does not balance")
    assert "holds for 1 of 2 entries" in found.facts
    assert "21 Nov 2026 (events)" in found.facts
    assert "make day DAY=2026-11-21" in found.advice
    assert findings.ledgers(ledger(), "day", "Row ledger", "in = out").level is Level.WATCH


def test_a_warehouse_ledger_that_balances_does_not_hide_a_failed_day():
    rows = ledger(True, True).assign(state=["audited", "failed"])
    found = findings.ledgers(rows, "day", "Warehouse ledger", "in = out")
    assert (found.level, found.headline) == (Level.BAD, "Warehouse ledger balances, but 1 day failed")
    assert "1 day failed the audit: 21 Nov 2026" in found.facts
    both = findings.ledgers(ledger(True, False).assign(state="failed"), "day", "Warehouse ledger", "in = out")
    assert both.headline == "Warehouse ledger does not balance"
    assert "2 days failed the audit" in both.facts
    assert findings.ledgers(ledger(True).assign(state="waived"), "day", "Ledger", "in = out").level is Level.GOOD


def states(*names):
    return pd.DataFrame({"event_date": pd.date_range("2026-11-20", periods=len(names)), "state": list(names)})


@pytest.mark.parametrize(
    ("names", "level"),
    [
        (("audited", "audited"), Level.GOOD),
        (("audited", "waived"), Level.GOOD),
        (("audited", "loaded"), Level.WATCH),
        (("missing", "audited"), Level.WATCH),
        (("not loaded", "audited"), Level.WATCH),
        (("failed", "audited"), Level.BAD),
    ],
)
def test_event_days_are_fine_when_audited_or_waived(names, level):
    found = findings.event_day_states(states(*names))
    assert found.level is level
    assert bool(found.advice) == (level is not Level.GOOD)


def checks(*rows):
    return pd.DataFrame(list(rows), columns=["severity", "passed_later"])


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((), Level.GOOD),
        ((("ERROR", True), ("WARN", True)), Level.GOOD),
        ((("WARN", False), ("ERROR", True)), Level.WATCH),
        ((("ERROR", False),), Level.BAD),
    ],
)
def test_failed_checks_count_while_they_stand(rows, level):
    assert findings.failed_checks(checks(*rows), "the last 7 days").level is level

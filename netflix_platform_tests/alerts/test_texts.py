"""What an alert says, and what a service could read into it."""

from datetime import date, timedelta

import pytest

from netflix_platform.alerts import first_steps
from netflix_platform.alerts.outbox import Due
from netflix_platform.alerts.store import Problem, open_store
from netflix_platform.alerts.targets import targets_of
from netflix_platform.alerts.texts import harmless, message_of
from netflix_platform_tests.alerts.webhook import Clock

D1 = date(2026, 7, 1)
[TARGET] = targets_of(["json://127.0.0.1/"], "salt")


@pytest.fixture
def message(settings):
    def of(*problems, edge="opened"):
        with open_store(settings, Clock()) as store:
            reported = [store.report(one) for one in problems]
            if edge == "closed":
                for one in reported:
                    store.resolve(one.key)
            told = [Due(store.incident(one.incident_id), edge, TARGET) for one in reported]
            return message_of(told, settings)

    return of


def failed(days=(D1,), name="row_ledger", severity="ERROR", **changes):
    values = {
        "kind": "failed_check",
        "key": f"failed_check:lake/events:{name}",
        "severity": severity,
        "title": f"{name} failed on lake/events",
        "details": "13 received, 12 accounted for",
        "first_day": min(days),
        "last_day": max(days),
        "run_id": "run-1",
        "first_step": "make day DAY=2026-07-01",
        "waits_for": {"check:x": frozenset(days)},
    }
    return Problem(**{**values, **changes})


def test_an_opening_says_what_when_where_and_what_to_do(message):
    opened = message(failed())
    assert opened.title == "[ERROR] row_ledger failed on lake/events, 2026-07-01"
    assert opened.severity == "ERROR"
    assert opened.body.splitlines() == [
        "13 received, 12 accounted for",
        "Days: 2026-07-01",
        "Since 2026-06-10 12:00:00 (UTC).",
        "Run: http://127.0.0.1:3000/runs/run-1",
        "First: make day DAY=2026-07-01",
        "",
        "All incidents: http://127.0.0.1:8501",
    ]


def test_a_closing_says_from_when_to_when_and_asks_for_nothing(message):
    over = message(failed(), edge="closed")
    assert over.title == "[over] row_ledger failed on lake/events, 2026-07-01"
    assert over.severity == "OVER"
    assert "From 2026-06-10 12:00:00 to 2026-06-10 12:00:00 (UTC)." in over.body
    assert "First:" not in over.body


def test_days_of_a_span_are_named_and_counted(message):
    days = [D1 + timedelta(days=2 * number) for number in range(12)]
    opened = message(failed(days))
    assert opened.title.endswith(", 2026-07-01 to 2026-07-23")
    assert "2026-07-19 and 2 more, up to 2026-07-23" in opened.body


def test_a_title_that_names_the_day_does_not_name_it_twice(message):
    assert message(failed(title="2026-07-01 was given up")).title == "[ERROR] 2026-07-01 was given up"


def test_several_of_a_run_are_one_text_the_weightiest_first(message):
    many = message(failed(name="is_usual", severity="WARN"), *(failed(name=f"rule_{n}") for n in range(6)))
    assert many.title == "[ERROR] rule_0 failed on lake/events, 2026-07-01 (and 6 more)"
    assert many.body.count("failed on lake/events") == 5
    assert "… and 2 more." in many.body
    assert "is_usual" not in many.body


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> look",
        "@everyone",
        "@here",
        "[click](https://bad.example)",
        "<https://bad.example|fine>",
        "`rm`",
        "<b>x</b>",
    ],
)
def test_outside_data_is_shown_and_means_nothing(text, message):
    body = message(failed(title=f"file {text}", details=text, first_step=text))
    for shown in (body.title, body.body.replace("http://127.0.0.1", "")):
        for meaning in ("<", ">", "@e", "@h", "](", "://", "`"):
            assert meaning not in shown


def test_long_outside_data_is_cut(message):
    long = message(failed(title="t" * 1_000, details="d" * 10_000))
    assert len(long.title) < 230
    assert len(long.body) < 1_100


def test_lines_of_a_title_become_one(message):
    assert message(failed(title="one\ntwo")).title == "[ERROR] one two, 2026-07-01"


def test_plain_words_stay_as_they_are():
    assert harmless("make day DAY=2026-07-01 REASON='known outage'") == "make day DAY=2026-07-01 REASON='known outage'"


@pytest.mark.parametrize(
    ("name", "severity", "details", "command"),
    [
        ("row_ledger", "ERROR", "", "make day DAY=2026-07-01"),
        ("warehouse_ledger", "ERROR", "…; run arrival day 2026-06-29 again", "make day DAY=2026-06-29"),
        ("warehouse_ledger", "ERROR", "606 rows in the lake", "make day DAY=2026-07-01"),
        ("quarantine_share", "WARN", "", "look at what was refused"),
        ("unique_fct_watch", "ERROR", "", "make waive DAY=2026-07-01"),
        ("near_usual", "WARN", "", "compare the day with its neighbours"),
    ],
)
def test_the_first_step_of_a_check(name, severity, details, command):
    assert command in first_steps.for_check(name, severity, [D1], details)


def test_the_first_step_of_several_days_and_of_none():
    days = [D1, D1 + timedelta(days=2)]
    assert first_steps.for_step(None, days, "") == "make backfill FROM=2026-07-01 TO=2026-07-03"
    assert first_steps.for_step(None, [], "") == "make demo"
    assert first_steps.for_step("serving", days, "") == "make day DAY=2026-07-01"

"""The alerts inbox as the person on call meets it, on both pages."""

import duckdb
import pytest
import streamlit as st

from netflix_platform_tests.dashboard.sample import BEFORE_OPERATIONS, yesterday
from netflix_platform_tests.dashboard.sample_alerts import HOSTILE, RUN, SENTENCE
from netflix_platform_tests.dashboard.seen import HEALTH, plain, said, table_with

HINT = "NETFLIX_ALERT_URLS="


@pytest.fixture
def with_target(monkeypatch, opened):
    """Pages of a platform that has somewhere to send alerts; set after ``opened`` has cleared the environment."""
    monkeypatch.setenv("NETFLIX_ALERT_URLS", "json://127.0.0.1:9/alerts")
    return opened


def test_an_empty_inbox_says_so(opened, demo_dir):
    app = opened(demo_dir, HEALTH)
    assert "Inbox empty" in app.success[0].value
    assert "No open incident" in said(app)
    assert not any("Over" in expander.label for expander in app.expander)


def test_open_incidents_tell_what_which_days_since_when_and_what_to_do(with_target, written):
    app = with_target(written(alerts="open"), HEALTH)
    text, literal = said(app), plain(app)
    assert "3 open incidents" in text
    assert "2 of severity ERROR, 1 of severity WARN" in text
    assert "row_ledger failed on lake/events" in literal
    # The sample's newest incident began three hours before 02:04; the page is looked at at noon.
    assert "open for **12 h**, since" in text
    assert "seen 3 times, last" in text
    assert f"make day DAY={yesterday()}" not in app.code[0].value  # the incident was opened on the day before
    assert app.code[0].value.startswith("make day DAY=")
    badges = [part.value for part in app.markdown if "badge" in part.value]
    assert [("ERROR" in badge, ":material/error:" in badge) for badge in badges] == [(True, True)] * 2 + [
        (False, False)
    ]
    assert "WARN" in badges[2]
    assert ":material/warning:" in badges[2]
    # Sent or not, and why not: once per incident that was not.
    assert literal.count("Not sent: json://127.0.0.1:8080: connection refused") == 1
    assert HINT not in text


def test_the_commands_in_a_sentence_can_be_copied_by_themselves(opened, written):
    app = opened(written(alerts="open"), HEALTH)
    assert f"First: {SENTENCE}" in plain(app)
    codes = [code.value for code in app.code]
    assert "make day DAY=2026-11-16\nmake waive DAY=2026-11-16 REASON='known outage'" in codes
    # A first step that is a command and nothing else is not said twice.
    assert plain(app).count("First: ") == 1


def test_what_is_below_the_severity_that_is_sent_is_called_so(with_target, written, monkeypatch):
    data_dir = written(alerts="over")
    monkeypatch.setenv("NETFLIX_ALERT_SEVERITY", "error")
    table = table_with(with_target(data_dir, HEALTH), "lasted")
    assert table["undelivered"].iloc[2] == "Not sent: only ERROR is (NETFLIX_ALERT_SEVERITY=error)."


def test_an_incident_that_was_not_sent_yet_says_so(with_target, written):
    data_dir = written(alerts="open")
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_alerts set sent = false, delivery_problem = null")
    assert plain(with_target(data_dir, HEALTH)).count("Not sent yet.") == 3
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_alerts set sent = true, delivery_problem = 'mailto://x: refused'")
    st.cache_data.clear()  # the file keeps its name, which no published one does
    assert plain(with_target(data_dir, HEALTH)).count("Sent, but not to all: mailto://x: refused") == 3


def test_the_run_of_an_incident_is_one_click_away(opened, written, monkeypatch):
    data_dir = written(alerts="open")
    monkeypatch.setenv("NETFLIX_WEBSERVER_PORT", "3456")
    links = [button.proto.url for button in opened(data_dir, HEALTH).get("link_button")]
    assert links == [f"http://127.0.0.1:3456/runs/{RUN}"] * 2  # the third has no run


def test_without_a_target_the_hint_is_given_once_and_no_row_repeats_it(opened, written):
    app = opened(written(alerts="open"), HEALTH)
    assert said(app).count(HINT) == 1
    assert "Not sent" not in plain(app)


def test_incidents_that_are_over_are_folded_away_with_how_long_they_lasted(with_target, written):
    app = with_target(written(alerts="over"), HEALTH)
    assert "Inbox empty" in app.success[0].value
    [folded] = [expander for expander in app.expander if expander.label.startswith("Over")]
    assert folded.label.startswith("Over: 4 incidents since")
    assert not folded.proto.expanded
    table = table_with(app, "lasted")
    assert table["lasted"].tolist() == ["5 h 00 min", "10 h 00 min", "15 h 00 min", "20 h 00 min"]
    assert table["severity"].tolist() == ["✕ ERROR", "✕ ERROR", "! WARN", "✕ ERROR"]
    assert table["told"].tolist() == ["✓ sent", "✓ sent", "– not sent", "– not sent"]
    assert table["undelivered"].tolist() == ["", "", "Not sent.", "Not sent: mailto://…: timed out after 10 s"]
    assert table["kind"].tolist() == ["Run failed", "Not fresh", "Check failed", "Sensor failed"]


def test_the_window_decides_how_far_back_incidents_are_shown_and_open_ones_always_are(opened, written):
    data_dir = written(alerts="many")
    week = opened(data_dir, HEALTH, window="7 days")
    assert any(expander.label.startswith("Over: 2 incidents") for expander in week.expander)
    assert "60 open incidents" in said(week)


def test_many_open_incidents_are_five_cards_and_a_table(opened, written):
    app = opened(written(alerts="many"), HEALTH)
    assert len(app.get("html")) == 5
    assert "**55 more open**, 60 in all" in said(app)
    table = table_with(app, "lasted", "opened_at")
    assert len(table) == 55
    assert table["severity"].iloc[-1] == "! WARN"


def test_hostile_texts_are_shown_as_they_are(with_target, written):
    app = with_target(written(alerts="hostile"), HEALTH)
    literal = plain(app)
    assert "<script>alert(1)</script> <b>bold</b> **stars**" in literal
    assert "Not sent: " + HOSTILE.split("# head")[0] in literal
    markdown = "\n".join(part.value for part in [*app.markdown, *app.caption, *app.success, *app.info])
    assert "<script>" not in markdown
    assert "javascript:" not in markdown
    assert f"First: {HOSTILE.strip()}" in literal
    # A run id that is none leads nowhere.
    assert all(RUN in button.proto.url for button in app.get("link_button"))
    table = table_with(app, "lasted")
    assert table["run"].tolist() == [None]
    assert len(table["title"].iloc[0]) <= 201


def test_a_version_from_before_alerts_says_so_and_shows_the_rest(opened, written):
    app = opened(written(without_tables=BEFORE_OPERATIONS), HEALTH)
    assert "no table `audit_alerts`" in said(app)
    assert "Row ledger balances" in said(app)


def test_a_severity_or_kind_that_is_not_known_is_shown_all_the_same(opened, written):
    data_dir = written(alerts="open")
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute("update audit_alerts set kind = 'novel', severity = 'NOVEL'")
    app = opened(data_dir, HEALTH)
    assert "Incident · event day" in said(app)
    assert "3 open incidents" in said(app)


def links_to_the_inbox(app):
    return [link for link in app.get("page_link") if link.proto.page.endswith("pipeline_health")]


def test_the_overview_leads_to_the_inbox_while_an_error_is_open(opened, written):
    app = opened(written(alerts="open"))
    [link] = links_to_the_inbox(app)
    assert "2 open ERROR incidents" in link.proto.label


@pytest.mark.parametrize("said_of", [{"alerts": "over"}, {"without_tables": BEFORE_OPERATIONS}])
def test_the_overview_says_nothing_of_alerts_otherwise(opened, written, said_of):
    assert not links_to_the_inbox(opened(written(**said_of)))

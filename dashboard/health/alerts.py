"""The alerts inbox: incidents that are open, each with the first thing to do, and those that are over.

Titles, details and commands come from checks and exceptions: they are shown as they are, never as Markdown or HTML.
"""

from __future__ import annotations

import re
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import frame, operations_queries, tables
from dashboard.formatting import ABSENT, age, count, day, duration, instant, list_of_days
from dashboard.frame import Opened
from dashboard.health.window import window_start
from dashboard.periods import Period
from dashboard.published import OutdatedVersion
from netflix_platform.settings import Settings

# So many are read one by one; the others come as a table.
CARDS_SHOWN = 5
TITLE_CHARACTERS = 200
RUN_ID = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
# A command of the project within a sentence, with its values.
COMMAND = re.compile(r"""make [a-z-]+(?: [A-Z_]+=(?:'[^']*'|"[^"]*"|[^\s;,'"]+))*""")
KINDS = {
    "run_failure": "Run failed",
    "failed_check": "Check failed",
    "freshness": "Not fresh",
    "given_up_day": "Day given up",
    "sensor_failure": "Sensor failed",
}
SEVERITY_WORDS = {"ERROR": "✕ ERROR", "WARN": "! WARN"}


def draw(opened: Opened, window: Period) -> None:
    """What is wrong now, then what is over."""
    with frame.section(
        "Alerts inbox",
        caption=f"As of {instant(opened.info.published_at)}, when this version was published. One entry per incident, however "
        "often it is seen, with the first thing to do; it closes by itself when the cause is gone.",
        help="**ERROR**: figures are held back or wrong, or a run failed. **WARN**: to be looked at; nothing is held back.",
    ):
        incidents = operations_queries.open_incidents(opened.published)
        over = operations_queries.closed_incidents(opened.published, window_start(window))
        if incidents.empty:
            st.success("**Inbox empty.** No incident is open.", icon=":material/inbox:")
        for _, incident in incidents.head(CARDS_SHOWN).iterrows():
            _draw_card(opened, incident)
        more = incidents.iloc[CARDS_SHOWN:]
        if not more.empty:
            st.markdown(f"**{len(more):,} more open**, {len(incidents):,} in all")
            _table(opened, more)
        if not over.empty:
            with st.expander(f"Over: {count(len(over), 'incident')} since {day(window.first)}"):
                _table(opened, over)
        if not opened.settings.alert_urls:
            st.caption(
                ":material/notifications_off: Alerts are recorded here and sent to nobody, because no target is set. Name one in "
                "`.env`, for example `NETFLIX_ALERT_URLS=json://127.0.0.1:8080/alerts` (any Apprise URL: mail, Slack, ntfy, a "
                "webhook), and start `make dev` again."
            )


def draw_link(opened: Opened) -> None:
    """On another page: one line when an incident of severity ERROR is open; nothing in a version that has no inbox."""
    try:
        incidents = operations_queries.open_incidents(opened.published)
    except OutdatedVersion:
        return
    errors = int((incidents["severity"] == "ERROR").sum())
    if errors:
        st.page_link(
            "app_pages/pipeline_health.py",
            label=f":red[**{count(errors, 'open ERROR incident')}**]: what to do first",
            icon=":material/error:",
        )


def _draw_card(opened: Opened, incident: pd.Series) -> None:
    is_error = incident["severity"] == "ERROR"
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(
                "ERROR" if is_error else "WARN",
                icon=":material/error:" if is_error else ":material/warning:",
                color="red" if is_error else "orange",
            )
            frame.plain(_shortened(incident["title"]), strong=True)
        st.caption(" · ".join(_facts(incident, opened.now)))
        if undelivered := _undelivered(incident, opened.settings):
            frame.plain(undelivered, quiet=True)
        _draw_first_step(_text(incident["first_step"]))
        with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
            if link := run_url(opened, incident["run_id"]):
                st.link_button(
                    f"Run {incident['run_id'][:8]} in Dagster", link, icon=":material/open_in_new:", type="tertiary"
                )
            if details := _details(incident):
                with st.expander("Details", type="compact"):
                    frame.literally(details)


def _facts(incident: pd.Series, now: datetime) -> list[str]:
    """What is known of an open incident, in the page's own words (Markdown)."""
    opened_at = incident["opened_at"]
    facts = [
        KINDS.get(incident["kind"], "Incident"),
        _days(incident["first_day"], incident["last_day"]),
        f"open for **{age((now.replace(tzinfo=None) - opened_at).total_seconds())}**, since {instant(opened_at)}",
    ]
    if incident["occurrences"] > 1:
        facts.append(f"seen {incident['occurrences']:,} times, last {instant(incident['last_seen_at'])}")
    if incident["sent"]:
        facts.append("sent")
    return [fact for fact in facts if fact]


def _days(first: pd.Timestamp, last: pd.Timestamp) -> str:
    if pd.isna(first):
        return ""
    last = first if pd.isna(last) else last
    return (
        "event days " * (first != last)
        + "event day " * (first == last)
        + list_of_days([value.date() for value in pd.date_range(first, last)])
    )


def _draw_first_step(first_step: str) -> None:
    """What to do first; the commands in it once more by themselves, to be copied."""
    commands = COMMAND.findall(first_step)
    if first_step and commands != [first_step]:
        frame.plain(f"First: {first_step}")
    if commands:
        frame.literally("\n".join(commands))


def _undelivered(incident: pd.Series, settings: Settings) -> str:
    """Why it was not sent, or not to all. Without any target that is said once for all, below."""
    problem = _text(incident["delivery_problem"])
    if not settings.alert_urls or (incident["sent"] and not problem):
        return ""
    if problem:
        return f"Sent, but not to all: {problem}" if incident["sent"] else f"Not sent: {problem}"
    if settings.alert_severity == "error" and incident["severity"] != "ERROR":
        return "Not sent: only ERROR is (NETFLIX_ALERT_SEVERITY=error)."
    return "Not sent yet." if pd.isna(incident["closed_at"]) else "Not sent."


def _details(incident: pd.Series) -> str:
    details = _text(incident["details"])
    title = _text(incident["title"])
    return f"{title}\n\n{details}".strip() if len(title) > TITLE_CHARACTERS else details


def _shortened(title: str | None) -> str:
    text = " ".join(_text(title).split()) or "no title"
    return text if len(text) <= TITLE_CHARACTERS else f"{text[:TITLE_CHARACTERS].rstrip()}…"


def _text(value: str | None) -> str:
    return str(value).strip() if pd.notna(value) else ""


def run_url(opened: Opened, run_id: str | None) -> str | None:
    """The run's page in the Dagster UI of ``make dev``; None without a run."""
    if not RUN_ID.fullmatch(_text(run_id)):
        return None
    return f"http://127.0.0.1:{opened.settings.webserver_port}/runs/{run_id}"


def _table(opened: Opened, rows: pd.DataFrame) -> None:
    """Incidents (``operations_queries``) in their order; those that are over with how long they lasted."""
    is_over = bool(rows["closed_at"].notna().all())
    ages = (opened.now.replace(tzinfo=None) - rows["opened_at"]).dt.total_seconds().map(age)
    st.dataframe(
        rows.assign(
            severity=rows["severity"].map(SEVERITY_WORDS).fillna("! WARN"),
            kind=rows["kind"].map(KINDS).fillna("Incident"),
            title=rows["title"].map(_shortened),
            days=[tables.days_text(*ends) for ends in zip(rows["first_day"], rows["last_day"], strict=True)],
            lasted=rows["lasted_seconds"].map(duration) if is_over else ages,
            told=["✓ sent" if sent else "– not sent" for sent in rows["sent"].fillna(False)],
            undelivered=[_undelivered(row, opened.settings) for _, row in rows.iterrows()],
            run=rows["run_id"].map(lambda run_id: run_url(opened, run_id)),
            first_step=rows["first_step"].fillna(ABSENT),
        ),
        hide_index=True,
        height=tables.height(rows, most_rows=10),
        placeholder=ABSENT,
        column_order=[
            "severity",
            "title",
            "days",
            "lasted",
            "closed_at" if is_over else "opened_at",
            "occurrences",
            "told",
            "undelivered",
            "first_step",
            "kind",
            "run",
        ],
        column_config={
            "severity": st.column_config.TextColumn("Severity", width=80),
            "title": st.column_config.TextColumn("What", width=300),
            "days": st.column_config.TextColumn("Event days", width=175),
            "lasted": st.column_config.TextColumn("Lasted" if is_over else "Open for", width=90),
            "opened_at": st.column_config.DatetimeColumn("Since (UTC)", format=tables.TIME_FORMAT, width=140),
            "closed_at": st.column_config.DatetimeColumn("Over since (UTC)", format=tables.TIME_FORMAT, width=140),
            "occurrences": st.column_config.NumberColumn(
                "Seen", help="How often it was seen while it was open.", width=60
            ),
            "told": st.column_config.TextColumn("Sent", width=85),
            "undelivered": st.column_config.TextColumn("Why not", width=200),
            "first_step": st.column_config.TextColumn("First thing to do", width=200),
            "kind": st.column_config.TextColumn("Kind", width=110),
            "run": st.column_config.LinkColumn(
                "Run", display_text=r"/runs/(.{8})", help="Opens the run in the Dagster UI.", width=90
            ),
        },
    )

"""The dashboard's tables: frames in, ``st.dataframe`` with headings, units and number formats out. No data access."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import theme
from dashboard.formatting import ABSENT, duration, whole
from dashboard.published import Published
from dashboard.queries import PLAYS, WATCH_HOURS

ROW_HEIGHT = 35
DAY_FORMAT = "ddd D MMM YYYY"
# In tables that have to fit a phone with their first figures.
SHORT_DAY_FORMAT = "D MMM YYYY"
NO_DETAILS = "no details; see the run"
TIME_FORMAT = "D MMM YYYY, HH:mm"
MEASURE_HEADINGS = {WATCH_HOURS: "Watch hours (h)", PLAYS: "Plays"}
RUN_WORDS = {
    "SUCCESS": "✓ succeeded",
    "FAILURE": "✕ failed",
    "CANCELED": "✕ canceled",
    "CANCELING": "… canceling",
    "STARTED": "… running",
    "STARTING": "… starting",
    "QUEUED": "… queued",
}


def titles(rows: pd.DataFrame, ranked_by: str) -> None:
    """Ranked titles (``queries.top_titles``); the bar shows what they are ranked by."""
    other = PLAYS if ranked_by == WATCH_HOURS else WATCH_HOURS
    st.dataframe(
        rows.assign(share=rows["share"] * 100),
        hide_index=True,
        height="content",
        column_order=["place", "title_name", ranked_by, "primary_genre", "share", other],
        column_config={
            "place": st.column_config.NumberColumn("#", width=34),
            "title_name": st.column_config.TextColumn("Title", width=160),
            ranked_by: _bar(MEASURE_HEADINGS[ranked_by], rows[ranked_by], width=100),
            "primary_genre": st.column_config.TextColumn("Genre", width=110),
            "share": st.column_config.NumberColumn(
                "Share", format="%.1f%%", help="Of all titles in the range.", width=60
            ),
            other: st.column_config.NumberColumn(MEASURE_HEADINGS[other], format="%,.0f", width=70),
        },
    )


def top10(rows: pd.DataFrame) -> None:
    """One Top 10 list (rows of one list of ``queries.top10``)."""
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_order=["rank", "title_name", "views", "hours_viewed", "cumulative_weeks_in_top_10"],
        column_config={
            "rank": st.column_config.NumberColumn("#", width=34),
            "title_name": st.column_config.TextColumn("Title", width=160),
            "views": _bar("Views", rows["views"], width=90),
            "hours_viewed": st.column_config.NumberColumn("Hours (h)", format="%,.0f", width=75),
            "cumulative_weeks_in_top_10": st.column_config.NumberColumn(
                "Weeks", help="Weeks in this list so far, this one included.", format="%d", width=55
            ),
        },
    )


def unusual_days(rows: pd.DataFrame) -> None:
    """Event days that are not simply audited (``pipeline_queries.event_days``), newest first."""
    st.dataframe(
        rows.assign(
            state=rows["state"].map(_signed_state),
            reason=rows["reason"].fillna(""),
            last_run_status=_outcome(rows["last_run_status"]),
        ),
        hide_index=True,
        height=_height(rows, most_rows=8),
        column_order=["event_date", "state", "reason", "changed_at", "last_run_status"],
        column_config={
            "event_date": st.column_config.DateColumn("Event day", format=SHORT_DAY_FORMAT, width=92),
            "state": st.column_config.TextColumn("State", width=76),
            "reason": st.column_config.TextColumn("Reason", width="large"),
            "changed_at": st.column_config.DatetimeColumn("Since (UTC)", format=TIME_FORMAT, width=140),
            "last_run_status": st.column_config.TextColumn("Last run", width=100),
        },
    )


def ledger(rows: pd.DataFrame, names: dict[str, str]) -> None:
    """A ledger of rows, unbalanced and failed days first; ``names``: column → heading, the day's column first; also off_by,
    is_balanced, and where the ledger knows of it the day's state and reason.
    """
    day_column, *numbers = names
    has_state = "state" in rows
    states = rows["state"] if has_state else pd.Series("", index=rows.index)
    facts = zip(rows["is_balanced"], rows["off_by"], states, strict=True)
    shown = rows.assign(
        verdict=[_verdict(balanced, off_by, state) for balanced, off_by, state in facts],
        is_good=rows["is_balanced"].astype(bool) & (states != "failed"),
        state=states.map(_signed_state),
        reason=rows["reason"].fillna("") if has_state else "",
    ).sort_values(["is_good", day_column], ascending=[True, False])
    st.dataframe(
        shown,
        hide_index=True,
        height=_height(shown, most_rows=8),
        column_order=[day_column, "verdict", *numbers, *(["state", "reason"] if has_state else [])],
        column_config={
            day_column: st.column_config.DateColumn(names[day_column], format=SHORT_DAY_FORMAT, width=92),
            "verdict": st.column_config.TextColumn("Verdict", width=92),
            **{column: st.column_config.NumberColumn(names[column], format="%,d", width=84) for column in numbers},
            "state": st.column_config.TextColumn("State of the day", width=110),
            "reason": st.column_config.TextColumn("Reason"),
        },
    )


def runs(rows: pd.DataFrame, publishing_run: str | None) -> None:
    """Runs (``pipeline_queries.last_runs``). The run that published the version sees itself as started, so it is named
    instead.
    """
    is_publisher = (rows["run_id"] == publishing_run) & (rows["status"] == "STARTED")
    partitions = zip(rows["partition_from"], rows["partition_to"], strict=True)
    steps = zip(rows["steps"], rows["failed_steps"], strict=True)
    st.dataframe(
        rows.assign(
            outcome=_outcome(rows["status"]).mask(is_publisher, "✓ published this"),
            run=rows["run_id"].str[:8],
            duration=rows["duration_seconds"].map(duration),
            days=[_days_of_run(first, last) for first, last in partitions],
            steps_text=[_steps_of_run(done, failed) for done, failed in steps],
        ),
        hide_index=True,
        height=_height(rows, most_rows=15),
        column_order=[
            "started_at",
            "outcome",
            "job_name",
            "days",
            "duration",
            "steps_text",
            "rows_written",
            "launched_by",
            "run",
        ],
        column_config={
            "started_at": st.column_config.DatetimeColumn("Started (UTC)", format=TIME_FORMAT),
            "outcome": st.column_config.TextColumn("Outcome"),
            "job_name": st.column_config.TextColumn("Job"),
            "days": st.column_config.TextColumn("Event days"),
            "duration": st.column_config.TextColumn("Duration"),
            "steps_text": st.column_config.TextColumn("Steps"),
            "rows_written": st.column_config.NumberColumn("Rows written", format="%,d"),
            "launched_by": st.column_config.TextColumn("Launched by"),
            "run": st.column_config.TextColumn("Run", help="First characters of the run id in Dagster."),
        },
    )


def failed_checks(rows: pd.DataFrame) -> None:
    """Failed checks (``pipeline_queries.failed_checks``), newest first."""
    days = zip(rows["first_day"], rows["last_day"], strict=True)
    st.dataframe(
        rows.assign(
            severity=rows["severity"].replace({"ERROR": "✕ ERROR", "WARN": "! WARN"}),
            days=[_days_of_run(first, last) for first, last in days],
            description=rows["description"].replace("", None).fillna(NO_DETAILS),
            run=rows["run_id"].str[:8],
        ),
        hide_index=True,
        height=_height(rows, most_rows=10),
        column_order=[
            "severity",
            "check_name",
            "days",
            "passed_later",
            "description",
            "asset_key",
            "recorded_at",
            "failures",
            "run",
        ],
        column_config={
            "days": st.column_config.TextColumn("Event days", help="The days of the run that checked."),
            "failures": st.column_config.NumberColumn(
                "Failures", width=70, help="How often it failed for these days; the last time is shown."
            ),
            "run": st.column_config.TextColumn("Run", width=80, help="First characters of the run id in Dagster."),
            "recorded_at": st.column_config.DatetimeColumn("Recorded (UTC)", format=TIME_FORMAT, width=140),
            "severity": st.column_config.TextColumn("Severity", width=80),
            "asset_key": st.column_config.TextColumn("Asset"),
            "check_name": st.column_config.TextColumn("Check"),
            "description": st.column_config.TextColumn("What it found", width="large"),
            "passed_later": st.column_config.CheckboxColumn(
                "Passed later", width=90, help="The same check passed later, in a run over all of these days."
            ),
        },
    )


def versions(kept: Sequence[Published], shown: Published) -> None:
    """The versions in the serving folder, newest first."""
    st.dataframe(
        pd.DataFrame(
            {
                "state": ["● shown" if one == shown else "kept" for one in kept],
                "published_at": pd.Series([one.named_time for one in kept], dtype="datetime64[us]"),
                "size": [one.megabytes() for one in kept],
                "file": [one.file.name for one in kept],
            }
        ),
        hide_index=True,
        height="content",
        column_config={
            "state": st.column_config.TextColumn("State", width=80),
            "published_at": st.column_config.DatetimeColumn("Published (UTC)", format=TIME_FORMAT, width=150),
            "size": st.column_config.NumberColumn("Size (MB)", format="%.1f", width=90),
            "file": st.column_config.TextColumn("File in the serving folder"),
        },
    )


def _verdict(is_balanced: bool, off_by: float, state: str) -> str:
    if is_balanced:
        return "✕ failed" if state == "failed" else "✓ balanced"
    return f"✕ off by {whole(off_by)}"


def _signed_state(state: str) -> str:
    return f"{theme.STATE_SIGNS.get(state, '')} {state}".strip()


def _bar(heading: str, values: pd.Series, width: int) -> Any:
    most = values.max()
    top = float(most) if pd.notna(most) and most > 0 else 1.0
    return st.column_config.ProgressColumn(heading, format="%,.0f", min_value=0, max_value=top, width=width)


def _height(rows: pd.DataFrame, most_rows: int) -> int:
    # One row more than the data for the heading; beyond the limit half a row shows that the table goes on.
    shown = len(rows) + 1 if len(rows) <= most_rows else most_rows + 1.5
    return int(shown * ROW_HEIGHT) + 3


def _outcome(status: pd.Series) -> pd.Series:
    return status.map(RUN_WORDS).fillna(status).fillna(ABSENT)


def _days_of_run(first: pd.Timestamp, last: pd.Timestamp) -> str:
    if pd.isna(first):
        return ABSENT
    return f"{first:%Y-%m-%d}" if pd.isna(last) or first == last else f"{first:%Y-%m-%d} … {last:%Y-%m-%d}"


def _steps_of_run(steps: float, failed: float) -> str:
    if pd.isna(steps):
        return ABSENT
    return f"{steps:.0f}, {failed:.0f} failed" if failed > 0 else f"{steps:.0f}"

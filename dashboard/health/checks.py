"""What the checks found: errors, which hold a day back, and warnings, which do not."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from dashboard import frame, pipeline_queries, tables
from dashboard.formatting import count, day, runs_of_days
from dashboard.frame import Opened
from dashboard.health.window import window_start
from dashboard.periods import Period

CHECKS_SHOWN = 50
NO_DETAILS = "no details; see the run"
SEVERITY_WORDS = {"ERROR": "✕ ERROR", "WARN": "! WARN"}


def draw(opened: Opened, window: Period) -> None:
    """What the checks found: what still fails first, errors before warnings, then the newest first."""
    with frame.section(
        "Failed checks",
        caption=f"Since {day(window.first)}. **✕ ERROR** keeps an event day from being published, **! WARN** does not.",
    ):
        rows = pipeline_queries.failed_checks(opened.published, window_start(window))
        if rows.empty:
            st.markdown(":green[:material/check_circle:] No check failed.")
            return
        rows = rows.assign(is_warning=rows["severity"] != "ERROR").sort_values(
            ["passed_later", "is_warning"], kind="stable"
        )
        st.markdown(_summary(rows))
        _table(rows.head(CHECKS_SHOWN))
        if len(rows) > CHECKS_SHOWN:
            st.caption(f"The first {CHECKS_SHOWN} of {len(rows):,}.")
        _draw_findings(rows[~rows["passed_later"].astype(bool)].head(CHECKS_SHOWN))


def _summary(rows: pd.DataFrame) -> str:
    stands = ~rows["passed_later"].astype(bool)
    errors = int((stands & ~rows["is_warning"]).sum())
    warnings = int((stands & rows["is_warning"]).sum())
    parts = [
        f":red[:material/error:] **{count(errors, 'error')}** standing" if errors else "",
        f":orange[:material/warning:] **{count(warnings, 'warning')}** standing" if warnings else "",
        f":green[:material/check_circle:] {int((~stands).sum()):,} passed later" if not stands.all() else "",
    ]
    return " · ".join(part for part in parts if part)


def _draw_findings(rows: pd.DataFrame) -> None:
    """What stands, in full and as it was written: a cell of the table shows only the beginning."""
    told = rows[rows["description"].fillna("") != ""]
    if told.empty:
        return
    parts = zip(told["severity"], told["check_name"], told["asset_key"], told["description"], strict=True)
    lines = [f"{severity} {check} on {asset}: {description}" for severity, check, asset, description in parts]
    with st.expander(f"Findings in full ({count(len(lines), 'check')} standing)"):
        frame.literally("\n".join(lines))


def days_at_fault(failed_days: str | None, first: pd.Timestamp, last: pd.Timestamp) -> str:
    """The days a failure is about, for a cell: those that the check names, else those of its run."""
    if pd.isna(failed_days) or not failed_days:
        return tables.days_text(first, last)
    try:
        runs = runs_of_days(date.fromisoformat(text.strip()) for text in failed_days.split(","))
    except ValueError:
        return str(failed_days)
    return ", ".join(f"{start}" if start == end else f"{start} … {end}" for start, end in runs)


def _table(rows: pd.DataFrame) -> None:
    """Failed checks (``pipeline_queries.failed_checks``) in their order."""
    days = zip(rows["failed_days"], rows["first_day"], rows["last_day"], strict=True)
    st.dataframe(
        rows.assign(
            severity=rows["severity"].replace(SEVERITY_WORDS),
            days=[days_at_fault(*values) for values in days],
            description=rows["description"].replace("", None).fillna(NO_DETAILS),
            run=rows["run_id"].str[:8],
        ),
        hide_index=True,
        height=tables.height(rows, most_rows=10),
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
            "severity": st.column_config.TextColumn("Severity", width=80),
            "check_name": st.column_config.TextColumn("Check", width=190),
            "days": st.column_config.TextColumn(
                "Event days",
                width=175,
                help="The days at fault, where the check names them; else the days of the run that checked.",
            ),
            "passed_later": st.column_config.CheckboxColumn(
                "Passed later", width=90, help="The same check passed later for all of these days."
            ),
            "description": st.column_config.TextColumn("What it found", width="large"),
            "asset_key": st.column_config.TextColumn("Asset"),
            "recorded_at": st.column_config.DatetimeColumn("Recorded (UTC)", format=tables.TIME_FORMAT, width=140),
            "failures": st.column_config.NumberColumn(
                "Failures", width=70, help="How often it failed for these days; the last time is shown."
            ),
            "run": st.column_config.TextColumn("Run", width=80, help="First characters of the run id in Dagster."),
        },
    )

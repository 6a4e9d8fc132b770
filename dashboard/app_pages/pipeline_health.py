"""Pipeline health: is the data fresh, is every row accounted for, what ran, what failed, and which version is shown."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import charts, frame, notices, pipeline_queries, tables, theme
from dashboard.formatting import ABSENT, change, count, day, duration, instant, share, whole
from dashboard.frame import Opened
from dashboard.periods import ALL_DAYS, PRESET_DAYS, Period, preset_period
from dashboard.pipeline_queries import PassedDays, passed_days
from dashboard.published import kept_versions

FEEDS = ("events", "users", "titles")
RUNS_SHOWN = 10
# Runs that wait or work may stand before the last finished one.
RUNS_LOOKED_AT = 100
FINISHED = ("SUCCESS", "FAILURE", "CANCELED")
CHECKS_SHOWN = 50
CALENDAR_WEEKS = 53
# So many reasons are read without scrolling.
REASONS_SHOWN = 8
LEDGER_PARTS = {
    "accepted_rows": ("Accepted", theme.ACCEPTED),
    "repeated_rows": ("Repeated", theme.REPEATED),
    "quarantined_rows": ("Quarantined", theme.QUARANTINED),
}


def draw(opened: Opened) -> None:
    """The whole page: first the verdicts, then what they rest on."""
    frame.head("Pipeline health", "Can the figures be trusted?", opened)
    window = choose_window(opened)
    passed = passed_days(opened.published)
    with frame.tolerant():
        draw_tiles(opened, window, passed)
    draw_verdicts(opened, window, passed)
    draw_calendar(opened)
    draw_row_ledger(opened, window)
    draw_warehouse_ledger(opened, window)
    draw_runs(opened)
    draw_failed_checks(opened, window)
    draw_versions(opened)


def choose_window(opened: Opened) -> Period:
    """How far back ledgers and checks are shown. Kept in the address."""
    preset = st.segmented_control(
        "Days shown (UTC)",
        [*PRESET_DAYS, ALL_DAYS],
        default="28 days",
        required=True,
        wrap=True,
        key="window",
        bind="query-params",
        help="For the ledgers and the failed checks, counted back from yesterday.",
    )
    first = min(opened.settings.start_date, opened.info.first_event_date or opened.settings.start_date)
    return preset_period(preset, Period(min(first, opened.yesterday), opened.yesterday))


def window_start(window: Period) -> datetime:
    """The window's first midnight in UTC, without a zone, as time stamps are stored."""
    return datetime.combine(window.first, datetime.min.time())


def draw_tiles(opened: Opened, window: Period, passed: PassedDays) -> None:
    """Four figures of the newest day and run, with how they moved over the window."""
    ledger = pipeline_queries.row_ledger(opened.published, "events", window.first).sort_values("arrival_date")
    aside = (ledger["repeated_rows"] + ledger["quarantined_rows"]) / ledger["received_rows"].where(
        ledger["received_rows"] > 0
    )
    newest = ledger.iloc[-1] if len(ledger) else None
    last_day = notices.complete_until(opened.info, passed, opened.yesterday)
    behind = (opened.yesterday - last_day).days if last_day else None
    first, second, third, fourth = st.columns(4)
    first.metric(
        "Newest event day",
        f"{last_day:%a} {last_day.day} {last_day:%b}" if last_day else ABSENT,
        None if behind is None else "on time" if behind <= 0 else f"{count(behind, 'day')} behind",
        delta_color="green" if behind is None or behind <= 0 else "red",
        delta_arrow="off",
        delta_description="no events on this day" if last_day in passed.empty else None,
        help="The newest day that is published. On time: yesterday in UTC.",
        border=True,
        height="stretch",
    )
    second.metric(
        "Event rows received" + (f", {newest['arrival_date']:%a %-d %b}" if newest is not None else ""),
        whole(newest["received_rows"]) if newest is not None else ABSENT,
        week_change(ledger),
        delta_color="off",
        delta_description="vs. a week before" if week_change(ledger) else None,
        help="Lines or records in the raw event files that arrived on that UTC day.",
        chart_data=frame.sparkline(ledger["received_rows"]),
        border=True,
        height="stretch",
    )
    third.metric(
        "Event rows set aside",
        share(aside.iloc[-1], 2) if len(aside) else ABSENT,
        help="Repeated and quarantined rows as a share of the rows received on that UTC day.",
        chart_data=frame.sparkline(aside),
        border=True,
        height="stretch",
    )
    with fourth:
        draw_last_run(opened)


def draw_last_run(opened: Opened) -> None:
    """How the run that finished last ended, which job it was, how long it took and when it was over."""
    runs = pipeline_queries.last_runs(opened.published, RUNS_LOOKED_AT)
    runs = runs[runs["status"].isin(FINISHED)].sort_values("ended_at", na_position="first").tail(RUNS_SHOWN)
    last = runs.iloc[-1] if len(runs) else None
    facts = []
    if last is not None:
        ended = [f"{last['ended_at'].day} {last['ended_at']:%b %H:%M} UTC"] if pd.notna(last["ended_at"]) else []
        facts = [last["job_name"], duration(last["duration_seconds"]), *ended]
    st.metric(
        "Last finished run",
        tables.RUN_WORDS[last["status"]] if last is not None else ABSENT,
        " · ".join(facts) or None,
        delta_color="off" if last is None or last["status"] == "SUCCESS" else "red",
        delta_arrow="off",
        help=f"How it ended, its job, how long it took and when it ended; the line shows how long the last "
        f"{count(len(runs), 'run')} took.",
        chart_data=frame.sparkline(runs["duration_seconds"]),
        border=True,
        height="stretch",
    )


def week_change(ledger: pd.DataFrame) -> str | None:
    """Change of the newest day's received rows against the same weekday a week before; None when that day is not there."""
    by_day = ledger.set_index("arrival_date")["received_rows"]
    if by_day.empty:
        return None
    return change(by_day.iloc[-1], by_day.get(by_day.index[-1] - pd.Timedelta(days=7)))


def draw_verdicts(opened: Opened, window: Period, passed: PassedDays) -> None:
    """One line per question a person on call has in the morning; each stands alone, in case an old version lacks its table."""
    published, info = opened.published, opened.info
    with frame.section("Verdict"):
        frame.notice_line(notices.freshness(info, opened.now, passed))
        frame.notice_line(notices.held_back(info))
        with frame.tolerant():
            frame.notice_line(notices.event_day_states(pipeline_queries.event_days(published, opened.yesterday)))
        with frame.tolerant():
            rows = pipeline_queries.row_ledger(published, None, window.first)
            frame.notice_line(
                notices.ledgers(rows, "arrival_date", "Row ledger", "Received = accepted + repeated + quarantined")
            )
        with frame.tolerant():
            rows = pipeline_queries.warehouse_ledger(published, None, window.first)
            frame.notice_line(
                notices.ledgers(rows, "event_date", "Warehouse ledger", "Lake rows = warehouse rows + repeats")
            )
        with frame.tolerant():
            failed = pipeline_queries.failed_checks(published, window_start(window))
            frame.notice_line(notices.failed_checks(failed, f"the last {count(window.days, 'day')}"))


def draw_calendar(opened: Opened) -> None:
    """The state of every event day, and the days that need a person."""
    with frame.section(
        "Event days",
        help="**audited**: passed every check, may be published. **loaded**: in the warehouse, checks still to come. **failed**: "
        "a blocking check failed; the business figures wait for it. **waived**: failed, and accepted by a person with a reason. "
        "**not loaded**: its events arrived and are not in the warehouse. **missing**: nothing is known of it.",
    ):
        days = pipeline_queries.event_days(opened.published, opened.yesterday)
        if days.empty:
            st.info("No event day was loaded yet. Run `make demo`.")
            return
        shown = days.tail(7 * CALENDAR_WEEKS)
        if len(shown) < len(days):
            st.caption(f"The last {CALENDAR_WEEKS} weeks of {count(len(days), 'day')}.")
        st.altair_chart(charts.day_calendar(shown), alt="State of every event day, by week and weekday")
        unusual = days[days["state"] != "audited"].sort_values("event_date", ascending=False)
        if not unusual.empty:
            tables.unusual_days(unusual)
            draw_reasons(unusual)


def draw_reasons(days: pd.DataFrame) -> None:
    """Why days failed or were waived, in full and as it was written: a cell of the table shows only the beginning."""
    told = days[days["state"].isin(["failed", "waived"])]
    if told.empty:
        return
    parts = zip(told["event_date"], told["state"], told["reason"], strict=True)
    lines = [
        f"{day(value)}, {state}: {reason or 'no reason was recorded; see the run'}" for value, state, reason in parts
    ]
    with st.expander(f"Reasons in full ({count(len(lines), 'day')})", expanded=bool((told["state"] == "failed").any())):
        st.code(
            "\n".join(lines),
            language=None,
            wrap_lines=True,
            height="content" if len(lines) <= REASONS_SHOWN else 300,
        )


def draw_row_ledger(opened: Opened, window: Period) -> None:
    """Where the rows of every arrival day went."""
    with frame.section(
        "Row ledger, by arrival day",
        caption="Numbers of rows. Received = accepted + repeated + quarantined, for every UTC day on which rows reached the "
        "platform.",
        help="**Received**: lines or records in the raw files. **Repeated**: the same key as an earlier row of that day. "
        "**Quarantined**: refused with a reason and kept with file and line number.",
    ):
        feed = st.segmented_control("Feed", FEEDS, default="events", required=True, key="feed", bind="query-params")
        rows = pipeline_queries.row_ledger(opened.published, feed, window.first)
        if rows.empty:
            st.info(f"No {feed} rows were received since {day(window.first)}.")
            return
        left, right = st.columns(2)
        with left:
            st.markdown("**All rows received**, count per day")
            st.altair_chart(
                charts.stacked_days(rows, "arrival_date", LEDGER_PARTS), alt="Rows received per arrival day"
            )
        with right:
            st.markdown("**Rows set aside**, count per day, on a scale of their own")
            aside = {column: part for column, part in LEDGER_PARTS.items() if column != "accepted_rows"}
            st.altair_chart(charts.stacked_days(rows, "arrival_date", aside), alt="Rows set aside per arrival day")
        tables.ledger(
            rows,
            {
                "arrival_date": "Arrival day",
                "received_rows": "Received",
                "accepted_rows": "Accepted",
                "repeated_rows": "Repeated",
                "quarantined_rows": "Quarantined",
            },
        )


def draw_warehouse_ledger(opened: Opened, window: Period) -> None:
    """Whether what lies in the lake for an event day is in the warehouse."""
    with frame.section(
        "Warehouse ledger, by event day",
        caption="Numbers of rows. Lake = warehouse + repeats across arrivals, for every UTC day on which the events happened. A "
        "day that failed its audit is marked however well its rows add up.",
    ):
        rows = pipeline_queries.warehouse_ledger(opened.published, "events", window.first)
        if rows.empty:
            st.info(f"No event day since {day(window.first)} was loaded.")
            return
        tables.ledger(
            rows,
            {
                "event_date": "Event day",
                "lake_rows": "Lake",
                "warehouse_rows": "Warehouse",
                "repeated_rows": "Repeats",
            },
        )


def draw_runs(opened: Opened) -> None:
    """The newest runs, whoever launched them."""
    with frame.section("Last runs"):
        rows = pipeline_queries.last_runs(opened.published, RUNS_SHOWN)
        if rows.empty:
            st.info("No run is recorded yet.")
            return
        tables.runs(rows, opened.info.run_id)


def draw_failed_checks(opened: Opened, window: Period) -> None:
    """What the checks found, newest first."""
    with frame.section(
        "Failed checks",
        caption=f"Since {day(window.first)}. **ERROR** keeps an event day from being published, **WARN** does not.",
    ):
        rows = pipeline_queries.failed_checks(opened.published, window_start(window))
        if rows.empty:
            st.markdown(":green[:material/check_circle:] No check failed.")
            return
        tables.failed_checks(rows.head(CHECKS_SHOWN))
        if len(rows) > CHECKS_SHOWN:
            st.caption(f"The newest {CHECKS_SHOWN} of {len(rows):,}.")


def draw_versions(opened: Opened) -> None:
    """Which version is shown, and which ones `make rollback` can go back to."""
    with frame.section("Published version"):
        versions = kept_versions(opened.settings.serving_dir)
        st.markdown(
            f"**{opened.published.version}**, published {instant(opened.info.published_at)}; business figures of "
            f"{instant(opened.info.business_published_at)}. `make rollback` goes back to the version before."
        )
        tables.versions(versions, opened.published)


draw(frame.open_published())

"""SQL over what people and machines did: alerts, late arrivals, runs and their steps, erasures.

Each function takes the version and plain values and returns a frame, one row per thing its name says. Each may raise what
``reader`` raises; columns that versions of older code lack come as nulls where the rest is worth showing.
"""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from dashboard.published import Published
from dashboard.reader import columns_or_null, frame

_INCIDENT = """
    incident_id, kind, severity, title, details, first_day, last_day, opened_at, last_seen_at, closed_at, occurrences, run_id,
    first_step, sent, delivery_problem
"""
RETRY_COLUMNS = {"retries": "bigint", "retry_of_run_id": "varchar"}
STEP_COLUMNS = {"rows_written": "bigint", "rows_per_second": "double", "retries": "bigint"}


def open_incidents(published: Published) -> pd.DataFrame:
    """Incidents that are not over, errors first and the newest first among equals: incident_id, kind, severity (ERROR or
    WARN), title, details, first_day and last_day (event days, null without any), opened_at, last_seen_at, closed_at,
    occurrences (count), run_id, first_step, sent, delivery_problem. Times are UTC.
    """
    return frame(
        published,
        f"""
        select {_INCIDENT}
        from audit_alerts
        where closed_at is null
        order by severity <> 'ERROR', opened_at desc, incident_id desc
        """,
    )


def closed_incidents(published: Published, since: datetime) -> pd.DataFrame:
    """Incidents that ended at or after ``since`` (UTC), the last ended first; columns as ``open_incidents``, and
    lasted_seconds (s).
    """
    return frame(
        published,
        f"""
        select {_INCIDENT}, epoch(closed_at - opened_at) as lasted_seconds
        from audit_alerts
        where closed_at >= $since
        order by closed_at desc, incident_id desc
        """,
        since=since,
    )


def late_arrivals(published: Published, since: date) -> pd.DataFrame:
    """What reached the platform on another day than it happened, newest arrival day first, from ``since`` on: arrival_date,
    event_date, days_late (negative for an event dated after its arrival), rows, delay_p50_seconds, delay_p95_seconds,
    delay_max_seconds (s).
    """
    return frame(
        published,
        """
        select
            arrival_date, event_date, arrival_date - event_date as days_late, rows,
            delay_p50_seconds::double as delay_p50_seconds, delay_p95_seconds::double as delay_p95_seconds,
            delay_max_seconds::double as delay_max_seconds
        from audit_late_arrivals
        where arrival_date >= $since and rows > 0
        order by arrival_date desc, days_late
        """,
        since=since,
    )


def last_runs(published: Published, most: int) -> pd.DataFrame:
    """The newest runs first: run_id, job_name, status, launched_by, partition_from, partition_to, started_at, ended_at,
    duration_seconds (s), steps, failed_steps, rows_written, retries (of steps), retry_of_run_id; the last two are null in a
    version that did not record them.
    """
    newer = columns_or_null(published, "audit_pipeline_runs", RETRY_COLUMNS)
    return frame(
        published,
        f"""
        select
            run_id, job_name, status, launched_by, partition_from, partition_to, started_at, ended_at,
            duration_seconds, steps, failed_steps, rows_written, {newer}
        from audit_pipeline_runs
        order by coalesce(started_at, updated_at) desc nulls last, run_id
        limit $most
        """,
        most=most,
    )


def steps_of_runs(published: Published, run_ids: list[str]) -> pd.DataFrame:
    """Steps of these runs in the order in which they began: run_id, step_key, status, started_at, ended_at,
    duration_seconds (s), rows_written, rows_per_second, retries; the last three are null in a version that did not record them.
    """
    newer = columns_or_null(published, "audit_step_runs", STEP_COLUMNS)
    return frame(
        published,
        f"""
        select run_id, step_key, status, started_at, ended_at, duration_seconds, {newer}
        from audit_step_runs
        where run_id in (select unnest($run_ids::varchar[]))
        order by coalesce(started_at, ended_at) nulls last, step_key
        """,
        run_ids=run_ids,
    )


def erasures(published: Published) -> pd.DataFrame:
    """Every erasure, newest first: erased_at (UTC), reason, raw_rows, lake_rows, quarantine_rows, warehouse_rows."""
    return frame(
        published,
        """
        select erased_at, reason, raw_rows, lake_rows, quarantine_rows, warehouse_rows
        from audit_erasures
        order by erased_at desc, erasure_id
        """,
    )


def landing_files(published: Published) -> pd.DataFrame:
    """Every file and version of the landing folder: path, state, reason, arrival_date, feed, received_rows, accepted_rows,
    event_days (counts; null for what is not in the lake).
    """
    return frame(
        published,
        """
        select path, state, reason, arrival_date, feed, received_rows, accepted_rows, event_days
        from audit_landing_files
        order by arrival_date desc, path, state
        """,
    )

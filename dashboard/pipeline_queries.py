"""SQL over what the pipeline says of itself: event days, ledgers, runs and checks. The business figures belong to ``queries``.

Each function takes the version and plain values and returns a frame (one row per thing its name says) or a small record.
Each may raise what ``reader`` raises, but for ``passed_days``, which every page needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from dashboard.published import OutdatedVersion, Published
from dashboard.reader import frame


@dataclass(frozen=True)
class PassedDays:
    """Event days that are audited or waived, and those of them for which the warehouse holds no event."""

    all: frozenset[date] = frozenset()
    empty: frozenset[date] = frozenset()


def passed_days(published: Published) -> PassedDays:
    """The days that passed; none when an old version lacks ``mart_pipeline_health``, so that the figures alone count."""
    sql = """
        select event_date, coalesce(warehouse_rows, 0) = 0 as is_empty
        from mart_pipeline_health
        where is_waived or state = 'audited'
        """
    try:
        rows = frame(published, sql)
    except OutdatedVersion:
        return PassedDays()
    return PassedDays(_days(rows["event_date"]), _days(rows.loc[rows["is_empty"].astype(bool), "event_date"]))


def _days(values: pd.Series) -> frozenset[date]:
    return frozenset(value.date() for value in values)


def event_days(published: Published, until: date) -> pd.DataFrame:
    """One row per calendar day from the first known event day to ``until`` or the last known one, whichever is later:
    event_date, state (audited, waived, loaded, not loaded, failed or missing), reason ("no events" for an audited day
    without any), changed_at, last_run_status.
    """
    return frame(
        published,
        """
        with known as (
            select min(event_date) as first, greatest(max(event_date), $until::date) as last from mart_pipeline_health
        ),
        calendar as (
            select unnest(generate_series(first, last, interval 1 day))::date as event_date from known
        )
        select
            calendar.event_date,
            case when health.is_waived then 'waived' else coalesce(replace(health.state, '_', ' '), 'missing') end as state,
            coalesce(
                health.state_reason,
                case when health.state = 'audited' and coalesce(health.warehouse_rows, 0) = 0 then 'no events' end
            ) as reason,
            health.state_changed_at as changed_at,
            health.last_run_status
        from calendar
        left join mart_pipeline_health as health using (event_date)
        order by calendar.event_date
        """,
        until=until,
    )


def row_ledger(published: Published, feed: str | None, since: date) -> pd.DataFrame:
    """One row per arrival day and feed (all feeds for None), newest first: feed, arrival_date, received_rows,
    accepted_rows, repeated_rows, quarantined_rows, off_by (received less the rest), is_balanced, written_at.
    """
    return frame(
        published,
        """
        select
            feed, arrival_date, received_rows, accepted_rows, repeated_rows, quarantined_rows,
            received_rows - accepted_rows - repeated_rows - quarantined_rows as off_by,
            coalesce(is_balanced and off_by = 0, false) as is_balanced,
            written_at
        from audit_row_ledger
        where arrival_date >= $since and ($feed is null or feed = $feed)
        order by arrival_date desc, feed
        """,
        feed=feed,
        since=since,
    )


def warehouse_ledger(published: Published, feed: str | None, since: date) -> pd.DataFrame:
    """One row per event day and feed (all feeds for None), newest first: feed, event_date, lake_rows, repeated_rows,
    warehouse_rows, off_by (lake less the rest), is_balanced, loaded_at, and of the day as a whole state and reason.
    """
    return frame(
        published,
        """
        select
            ledger.feed, ledger.event_date, ledger.lake_rows, ledger.repeated_rows, ledger.warehouse_rows,
            ledger.lake_rows - ledger.repeated_rows - ledger.warehouse_rows as off_by,
            coalesce(ledger.is_balanced and off_by = 0, false) as is_balanced,
            ledger.loaded_at,
            case when health.is_waived then 'waived' else coalesce(replace(health.state, '_', ' '), 'missing') end as state,
            health.state_reason as reason
        from audit_warehouse_ledger as ledger
        left join mart_pipeline_health as health using (event_date)
        where ledger.event_date >= $since and ($feed is null or ledger.feed = $feed)
        order by ledger.event_date desc, ledger.feed
        """,
        feed=feed,
        since=since,
    )


def last_runs(published: Published, most: int) -> pd.DataFrame:
    """The newest runs first: run_id, job_name, status, launched_by, partition_from, partition_to, started_at, ended_at,
    duration_seconds (s), steps, failed_steps, rows_written.
    """
    return frame(
        published,
        """
        select
            run_id, job_name, status, launched_by, partition_from, partition_to, started_at, ended_at,
            duration_seconds, steps, failed_steps, rows_written
        from audit_pipeline_runs
        order by coalesce(started_at, updated_at) desc nulls last, run_id
        limit $most
        """,
        most=most,
    )


def failed_checks(published: Published, since: datetime) -> pd.DataFrame:
    """Checks that failed at or after ``since`` (UTC), newest first: one row per check and range of event days, with its last
    failure: recorded_at, severity, asset_key, check_name, first_day and last_day (of the run; null for a run without
    partitions), description, run_id, failures (count), passed_later.

    ``passed_later``: a later evaluation passed in a run over all of those days. A pass of other days says nothing of these.
    """
    return frame(
        published,
        """
        with results as (
            select
                checks.*, runs.partition_from as first_day,
                coalesce(runs.partition_to, runs.partition_from) as last_day,
                -- Every run numbers its own events, so a storage_id only orders what was recorded at the same time.
                row_number() over (order by checks.recorded_at, checks.run_id, checks.storage_id) as place
            from audit_check_results as checks
            left join audit_pipeline_runs as runs using (run_id)
        ),
        failures as (
            select *, count(*) over same_check as failures
            from results
            where not passed and recorded_at >= $since
            window same_check as (partition by asset_key, check_name, first_day, last_day)
            qualify place = max(place) over same_check
        )
        select
            recorded_at, severity, asset_key, check_name, first_day, last_day, description, run_id, failures,
            exists (
                select 1
                from results as later
                where
                    later.passed
                    and later.asset_key = failures.asset_key
                    and later.check_name = failures.check_name
                    and later.place > failures.place
                    and (
                        (later.first_day <= failures.first_day and later.last_day >= failures.last_day)
                        or (later.first_day is null and failures.first_day is null)
                    )
            ) as passed_later
        from failures
        order by place desc
        """,
        since=since,
    )

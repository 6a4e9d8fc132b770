"""SQL over the state of the data: event days, ledgers and checks. The business figures belong to ``queries``, what people
and machines did (runs, alerts, late arrivals, erasures) to ``operations_queries``.

Each function takes the version and plain values and returns a frame (one row per thing its name says) or a small record.
Each may raise what ``reader`` raises, but for ``known_days``, which every page needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from dashboard.published import OutdatedVersion, Published
from dashboard.queries import Info
from dashboard.reader import columns_or_null, frame


@dataclass(frozen=True)
class KnownDays:
    """Event days as the version knows them. ``passed``: audited or waived. ``empty``: those of them for which the warehouse
    holds no event. ``published``: what readers find, in the figures or, having no event, without any. ``first_built``: the
    oldest day that was loaded or has figures.
    """

    passed: frozenset[date] = frozenset()
    empty: frozenset[date] = frozenset()
    published: frozenset[date] = frozenset()
    first_built: date | None = None


def known_days(published: Published, info: Info) -> KnownDays:
    """What is known of the days. Tolerates a version without figures, and an old one without ``mart_pipeline_health``, where
    the figures alone count.
    """
    figures = _days_of(published, "select event_date from mart_daily_kpis")
    sql = """
        select
            event_date, is_waived or state = 'audited' as is_passed, coalesce(warehouse_rows, 0) = 0 as is_empty,
            loaded_at is not null as is_loaded
        from mart_pipeline_health
        """
    try:
        rows = frame(published, sql).astype({"is_passed": bool, "is_empty": bool, "is_loaded": bool})
    except OutdatedVersion:
        return KnownDays(published=figures, first_built=min(figures, default=None))
    passed = _days(rows.loc[rows["is_passed"], "event_date"])
    empty = _days(rows.loc[rows["is_passed"] & rows["is_empty"], "event_date"])
    # While a day is refused the figures stand still: a day that passed and that they lack is published only if it is empty.
    shown = figures | (empty if info.refused_days else passed)
    return KnownDays(
        passed,
        empty,
        shown if info.business_published_at is not None else figures,
        min(figures | _days(rows.loc[rows["is_loaded"], "event_date"]), default=None),
    )


def _days_of(published: Published, sql: str) -> frozenset[date]:
    try:
        return _days(frame(published, sql)["event_date"])
    except OutdatedVersion:
        return frozenset()


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


def failed_checks(published: Published, since: datetime) -> pd.DataFrame:
    """Checks that failed at or after ``since`` (UTC), newest first: one row per check and the days that it is about, with its
    last failure: recorded_at, severity, asset_key, check_name, failed_days (ISO days, comma separated; null where the check
    does not tell them), first_day and last_day (of the run; null for a run without partitions), description, run_id, failures
    (count), passed_later.

    ``passed_later``: every one of ``failed_days`` was checked again later and did not fail, or, where they are not told, a later
    evaluation passed in a run over all of the run's days. A pass of other days says nothing of these.
    """
    known = columns_or_null(
        published, "audit_check_results", {"first_day": "date", "last_day": "date", "failed_days": "varchar"}
    )
    return frame(
        published,
        f"""
        with records as (
            select
                storage_id, run_id, asset_key, check_name, severity, passed, description, recorded_at, {known}
            from audit_check_results
        ),
        results as (
            select
                records.* exclude (first_day, last_day, failed_days),
                coalesce(records.first_day, runs.partition_from) as first_day,
                coalesce(records.last_day, runs.partition_to, runs.partition_from) as last_day,
                nullif(records.failed_days, '') as failed_days,
                -- Every run numbers its own events, so a storage_id only orders what was recorded at the same time.
                row_number() over (order by records.recorded_at, records.run_id, records.storage_id) as place
            from records
            left join audit_pipeline_runs as runs using (run_id)
        ),
        failures as (
            select *, count(*) over same_check as failures
            from results
            where not passed and recorded_at >= $since
            window same_check as (
                partition by
                    asset_key, check_name, failed_days,
                    case when failed_days is null then first_day end, case when failed_days is null then last_day end
            )
            qualify place = max(place) over same_check
        ),
        days_at_fault as (
            select place, asset_key, check_name, try_cast(trim(unnest(string_split(failed_days, ','))) as date) as failed_day
            from failures
            where failed_days is not null
        ),
        still_at_fault as (
            select place
            from days_at_fault as fault
            where not exists (
                select 1
                from results as later
                where
                    later.asset_key = fault.asset_key
                    and later.check_name = fault.check_name
                    and later.place > fault.place
                    -- A run without partitions judges what it judges as a whole.
                    and (later.first_day is null or fault.failed_day between later.first_day and later.last_day)
                    and (later.passed or not contains(later.failed_days, fault.failed_day::varchar))
            )
        )
        select
            recorded_at, severity, asset_key, check_name, failed_days, first_day, last_day, description, run_id, failures,
            case
                when failed_days is not null then place not in (select place from still_at_fault)
                else exists (
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
                )
            end as passed_later
        from failures
        order by place desc
        """,
        since=since,
    )

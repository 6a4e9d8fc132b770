"""All SQL of the dashboard; how a version is opened and results are cached is ``reader``'s business.

Each function takes the version and plain values and returns a frame (one row per thing its name says) or a small record.
Each may raise what ``reader`` raises: a table that an old version lacks is ``OutdatedVersion``, for the page to explain.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard.periods import Period
from dashboard.published import OutdatedVersion, Published
from dashboard.reader import frame, record

PLAYS = "plays"
WATCH_HOURS = "watch_hours"


@dataclass(frozen=True)
class Info:
    """The version's own account of itself. Times are UTC; dates are None as long as no business day was published."""

    published_at: datetime
    first_event_date: date | None
    last_event_date: date | None
    business_published_at: datetime | None
    refused_days: tuple[date, ...]
    run_id: str | None


@dataclass(frozen=True)
class Figures:
    """What a period adds up to. ``days`` counts the days that have data; the rest is None when no day has."""

    days: int
    plays: int | None
    active_users_per_day: float | None
    avg_watch_seconds: float | None
    buffering_seconds: float | None


def info(published: Published) -> Info:
    """The version's row of ``serving_info``. Raises ``OutdatedVersion`` when there is none."""
    row = record(
        published,
        """
        select published_at, first_event_date, last_event_date, business_published_at, refused_days, run_id
        from serving_info
        """,
    )
    if not row:
        raise OutdatedVersion(published, "its `serving_info` is empty")
    refused = tuple(
        date.fromisoformat(text.strip()) for text in (row.pop("refused_days") or "").split(",") if text.strip()
    )
    return Info(**row, refused_days=refused)


def business_days(published: Published) -> Period | None:
    """First and last event day of the daily figures; None when there are none."""
    row = record(published, "select min(event_date) as first, max(event_date) as last from mart_daily_kpis")
    return Period(row["first"], row["last"]) if row["first"] else None


def figures(published: Published, period: Period) -> Figures:
    """The period's figures: sums, the mean of the daily active users, and watched seconds per play as a ratio of sums."""
    row = record(
        published,
        """
        select
            count(*) as days,
            sum(plays)::bigint as plays,
            avg(active_users) as active_users_per_day,
            (sum(watched_seconds) / nullif(sum(plays), 0))::double as avg_watch_seconds,
            sum(buffering_seconds)::double as buffering_seconds
        from mart_daily_kpis
        where event_date between $first and $last
        """,
        first=period.first,
        last=period.last,
    )
    return Figures(**row)


def daily(published: Published, period: Period) -> pd.DataFrame:
    """One row per calendar day of the period: event_date, has_data, plays, active_users, avg_watch_seconds (s),
    buffering_seconds (s), rebuffer_ratio, and plays and active users of the day in the same place of the previous period.
    """
    return frame(
        published,
        """
        with calendar as (
            select unnest(generate_series($first::date, $last::date, interval 1 day))::date as event_date
        )
        select
            calendar.event_date,
            today.event_date is not null as has_data,
            today.plays,
            today.active_users,
            today.avg_watch_seconds,
            today.buffering_seconds::double as buffering_seconds,
            today.rebuffer_ratio,
            earlier.plays as plays_before,
            earlier.active_users as active_users_before
        from calendar
        left join mart_daily_kpis as today on today.event_date = calendar.event_date
        left join mart_daily_kpis as earlier on earlier.event_date = calendar.event_date - $days::integer
        order by calendar.event_date
        """,
        first=period.first,
        last=period.last,
        days=period.days,
    )


def top_titles(published: Published, period: Period, ranked_by: str, most: int) -> pd.DataFrame:
    """The period's titles by ``plays`` or ``watch_hours``, best first: place, title_name, primary_genre,
    watch_hours (h), plays, share (of the period's total of what they are ranked by).
    """
    return frame(
        published,
        """
        with totals as (
            select
                title_id,
                any_value(title_name) as title_name,
                any_value(primary_genre) as primary_genre,
                sum(watch_hours)::double as watch_hours,
                sum(plays)::bigint as plays
            from mart_title_daily
            where event_date between $first and $last
            group by title_id
        ),
        scored as (
            select *, case when $ranked_by = 'plays' then plays else watch_hours end as score from totals
        )
        select
            row_number() over (order by score desc nulls last, title_id) as place,
            title_name, primary_genre, watch_hours, plays,
            score / nullif(sum(score) over (), 0) as share
        from scored
        order by place
        limit $most
        """,
        first=period.first,
        last=period.last,
        ranked_by=ranked_by,
        most=most,
    )


def genres(published: Published, period: Period, measured_by: str, most: int) -> pd.DataFrame:
    """The period's primary genres, biggest first: genre, amount (plays, or watch hours in h), share, titles (count).

    At most ``most`` rows: what is smaller comes last, as "Other genres".
    """
    return frame(
        published,
        """
        with totals as (
            select
                coalesce(primary_genre, 'Unknown') as genre,
                sum(case when $measured_by = 'plays' then plays else watch_hours end)::double as amount,
                count(distinct title_id) as titles
            from mart_title_daily
            where event_date between $first and $last
            group by all
        ),
        ranked as (
            select *, row_number() over (order by amount desc nulls last, genre) as place, count(*) over () as genres from totals
        )
        select
            case when place < $most or genres <= $most then genre else 'Other genres' end as genre,
            sum(amount) as amount,
            sum(amount) / nullif(sum(sum(amount)) over (), 0) as share,
            sum(titles)::bigint as titles
        from ranked
        group by 1
        order by min(place)
        """,
        first=period.first,
        last=period.last,
        measured_by=measured_by,
        most=most,
    )


def last_full_week(published: Published, not_after: date) -> date | None:
    """Monday of the newest week of the Top 10 that has all seven days and ends on ``not_after`` or before."""
    sql = """
        select max(week_start) as week_start from mart_top_titles
        where days_in_data = 7 and week_start <= $newest_monday
        """
    return record(published, sql, newest_monday=not_after - timedelta(days=6))["week_start"]


def top10(published: Published, week_start: date) -> pd.DataFrame:
    """The week's four lists: top10_list, rank, title_name, views (count), hours_viewed (h), cumulative_weeks_in_top_10."""
    return frame(
        published,
        """
        select top10_list, rank, title_name, views, hours_viewed, cumulative_weeks_in_top_10
        from mart_top_titles
        where week_start = $week_start
        order by top10_list, rank
        """,
        week_start=week_start,
    )


def event_days(published: Published, until: date) -> pd.DataFrame:
    """One row per calendar day from the first known event day to ``until`` or the last known one, whichever is later:
    event_date, state (audited, waived, loaded, not loaded, failed or missing), reason, changed_at, last_run_status.
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
            health.state_reason as reason,
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
    warehouse_rows, off_by (lake less the rest), is_balanced, loaded_at.
    """
    return frame(
        published,
        """
        select
            feed, event_date, lake_rows, repeated_rows, warehouse_rows,
            lake_rows - repeated_rows - warehouse_rows as off_by,
            coalesce(is_balanced and off_by = 0, false) as is_balanced,
            loaded_at
        from audit_warehouse_ledger
        where event_date >= $since and ($feed is null or feed = $feed)
        order by event_date desc, feed
        """,
        feed=feed,
        since=since,
    )


def last_runs(published: Published, most: int) -> pd.DataFrame:
    """The newest runs first: run_id, job_name, status, launched_by, partition_from, partition_to, started_at,
    duration_seconds (s), steps, failed_steps, rows_written.
    """
    return frame(
        published,
        """
        select
            run_id, job_name, status, launched_by, partition_from, partition_to, started_at,
            duration_seconds, steps, failed_steps, rows_written
        from audit_pipeline_runs
        order by coalesce(started_at, updated_at) desc nulls last, run_id
        limit $most
        """,
        most=most,
    )


def failed_checks(published: Published, since: datetime, most: int) -> pd.DataFrame:
    """Checks that failed at or after ``since`` (UTC), newest first: recorded_at, severity, asset_key, check_name,
    description, run_id, passed_later (the same check passed in a later evaluation).
    """
    return frame(
        published,
        """
        with results as (
            select *, max(storage_id) filter (passed) over (partition by asset_key, check_name) as last_pass
            from audit_check_results
        )
        select
            recorded_at, severity, asset_key, check_name, description, run_id,
            coalesce(last_pass > storage_id, false) as passed_later
        from results
        where not passed and recorded_at >= $since
        order by storage_id desc
        limit $most
        """,
        since=since,
        most=most,
    )

"""SQL over the business figures and the version's own account; the pipeline's tables belong to ``pipeline_queries``.

How a version is opened and results are cached is ``reader``'s business.

Each function takes the version and plain values and returns a frame (one row per thing its name says) or a small record.
Each may raise what ``reader`` raises: a table that an old version lacks is ``OutdatedVersion``, for the page to explain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboard.periods import Period
from dashboard.published import OutdatedVersion, Published
from dashboard.reader import frame, has_columns, record

PLAYS = "plays"
WATCH_HOURS = "watch_hours"


# Hours of days (``days_sql``): unknown days are left out, and are the answer where the others hold nothing (days without events).
HOURS_OF_DAYS = """
    (case when not bool_or(watched_seconds is null) or sum(watched_seconds) > 0 then sum(watched_seconds) / 3600 end)::double
"""


def days_sql(published: Published) -> str:
    """SQL of the daily figures and a row of zeros for every day of ``$empty_days`` that has none; ratios of nothing stay null.

    Versions without ``timed_plays`` come from a time when every watch time counted as known.
    """
    timed = "coalesce(timed_plays, plays)" if has_columns(published, "mart_daily_kpis", ["timed_plays"]) else "plays"
    return f"""
        select
            event_date, plays, {timed} as timed_plays, active_users, watched_seconds, avg_watch_seconds, buffering_seconds,
            rebuffer_ratio
        from mart_daily_kpis
        union all
        select event_date, 0, 0, 0, 0, null, 0, null
        from (select unnest($empty_days::date[]) as event_date) as empty_days
        where event_date not in (select event_date from mart_daily_kpis)
    """


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
    """What a period adds up to. ``days`` counts the days that are known; the rest is None when no day is.

    ``timed_plays``: plays of known watch time. ``watch_hours`` and ``avg_watch_seconds`` are theirs, None when there is none.
    """

    days: int
    plays: int | None
    timed_plays: int | None
    watch_hours: float | None
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


def has_buffering(published: Published) -> bool:
    """Whether any event ever told of waiting; where none did, nobody measured it."""
    return bool(record(published, "select max(buffering_seconds) > 0 as found from mart_daily_kpis")["found"])


def figures(published: Published, period: Period, empty_days: Collection[date] = ()) -> Figures:
    """The period's figures: sums, the mean of the daily active users, and watched seconds per play as a ratio of sums.

    ``empty_days`` are known to hold no events: they count as days, with zeros.
    """
    row = record(
        published,
        f"""
        with days as ({days_sql(published)})
        select
            count(*) as days,
            sum(plays)::bigint as plays,
            sum(timed_plays)::bigint as timed_plays,
            {HOURS_OF_DAYS} as watch_hours,
            avg(active_users) as active_users_per_day,
            (sum(watched_seconds) / nullif(sum(timed_plays), 0))::double as avg_watch_seconds,
            sum(buffering_seconds)::double as buffering_seconds
        from days
        where event_date between $first and $last
        """,
        first=period.first,
        last=period.last,
        empty_days=sorted(empty_days),
    )
    return Figures(**row)


def daily(published: Published, period: Period, empty_days: Collection[date] = ()) -> pd.DataFrame:
    """One row per calendar day of the period: event_date, has_data, plays, active_users, watch_hours (h), avg_watch_seconds (s),
    buffering_seconds (s), rebuffer_ratio, and plays, active users and watch hours of the day in the same place of the previous
    period. Watch time is null where it is unknown.

    ``empty_days`` are known to hold no events: they have data, zeros.
    """
    return frame(
        published,
        f"""
        with days as ({days_sql(published)}),
        calendar as (
            select unnest(generate_series($first::date, $last::date, interval 1 day))::date as event_date
        )
        select
            calendar.event_date,
            today.event_date is not null as has_data,
            today.plays,
            today.active_users,
            (today.watched_seconds / 3600)::double as watch_hours,
            today.avg_watch_seconds,
            today.buffering_seconds::double as buffering_seconds,
            today.rebuffer_ratio,
            earlier.plays as plays_before,
            earlier.active_users as active_users_before,
            (earlier.watched_seconds / 3600)::double as watch_hours_before
        from calendar
        left join days as today on today.event_date = calendar.event_date
        left join days as earlier on earlier.event_date = calendar.event_date - $days::integer
        order by calendar.event_date
        """,
        first=period.first,
        last=period.last,
        days=period.days,
        empty_days=sorted(empty_days),
    )


def weekdays(published: Published, newest: date, weeks: int, empty_days: Collection[date] = ()) -> pd.DataFrame:
    """The day ``newest`` and the same weekday of the ``weeks`` before it, as far as they have data, newest first: event_date,
    weeks_before, plays, active_users, avg_watch_seconds (s), buffering_seconds (s).
    """
    return frame(
        published,
        f"""
        with days as ({days_sql(published)})
        select
            event_date,
            ($newest::date - event_date) // 7 as weeks_before,
            plays,
            active_users,
            avg_watch_seconds,
            buffering_seconds::double as buffering_seconds
        from days
        where event_date between $newest::date - 7 * $weeks::integer and $newest::date and ($newest::date - event_date) % 7 = 0
        order by event_date desc
        """,
        newest=newest,
        weeks=weeks,
        empty_days=sorted(empty_days),
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


def has_top10(published: Published) -> bool:
    """Whether any title of any week could be ranked."""
    return bool(record(published, "select count(*) > 0 as found from mart_top_titles")["found"])


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

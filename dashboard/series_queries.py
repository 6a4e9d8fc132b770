"""SQL over what was watched, series with all their seasons together: the most watched, and the fullest days.

Conventions are those of ``history_queries``.
"""

from __future__ import annotations

import pandas as pd

from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame, has_columns, record


def titles_watched(published: Published, period: Period) -> int:
    """Different titles of the period; each season is one."""
    sql = "select count(distinct title_id) as titles from mart_title_daily where event_date between $first and $last"
    return int(record(published, sql, first=period.first, last=period.last)["titles"])


def most_watched(published: Published, period: Period, are_series: bool, ranked_by: str, most: int) -> pd.DataFrame:
    """The period's series (all their seasons together) or films by ``plays`` or ``watch_hours``, best first: place, name,
    watch_hours, plays, seasons (different ones), first_day, last_day.
    """
    return frame(
        published,
        f"""
        with totals as (
            select
                {_name(published)} as name,
                (sum(round(watch_hours * 3600000)) / 3600000)::double as watch_hours,
                sum(plays)::bigint as plays,
                count(distinct title_id) as seasons,
                min(event_date) as first_day,
                max(event_date) as last_day
            from mart_title_daily
            where event_date between $first and $last and (title_type = 'season') = $are_series
            group by 1
        )
        select
            row_number() over (
                order by case when $ranked_by = 'plays' then plays else watch_hours end desc nulls last, plays desc, name
            ) as place,
            *
        from totals
        order by place
        limit $most
        """,
        first=period.first,
        last=period.last,
        are_series=are_series,
        ranked_by=ranked_by,
        most=most,
    )


def fullest_days(published: Published, period: Period, ranked_by: str, most: int) -> pd.DataFrame:
    """The days with most plays or watch hours, fullest first: event_date, watch_hours, plays, name (most watched on it)."""
    return frame(
        published,
        f"""
        with days as (
            select event_date, (watched_seconds / 3600)::double as watch_hours, plays
            from mart_daily_kpis
            where event_date between $first and $last and plays > 0
            order by
                case when $ranked_by = 'plays' then plays else watched_seconds end desc nulls last,
                plays desc,
                event_date desc
            limit $most
        ),
        names as (
            select event_date, {_name(published)} as name, sum(watch_hours) as watch_hours, sum(plays) as plays
            from mart_title_daily
            where event_date in (select event_date from days)
            group by all
        ),
        first_names as (
            select event_date, name
            from names
            qualify row_number() over (
                partition by event_date
                order by case when $ranked_by = 'plays' then plays else watch_hours end desc nulls last, plays desc, name
            ) = 1
        )
        select event_date, watch_hours, plays, name
        from days
        left join first_names using (event_date)
        order by case when $ranked_by = 'plays' then plays else watch_hours end desc nulls last, plays desc, event_date desc
        """,
        first=period.first,
        last=period.last,
        ranked_by=ranked_by,
        most=most,
    )


def series_in_a_day(published: Published, period: Period, most: int) -> pd.DataFrame:
    """The most plays of one series in a day, each series with its fullest day only: event_date, name, plays, watch_hours."""
    return frame(
        published,
        f"""
        with series_days as (
            select
                event_date, {_name(published)} as name, sum(plays)::bigint as plays, sum(watch_hours)::double as watch_hours
            from mart_title_daily
            where event_date between $first and $last and title_type = 'season'
            group by all
        )
        select event_date, name, plays, watch_hours
        from series_days
        where plays > 1
        qualify row_number() over (partition by name order by plays desc, watch_hours desc nulls last, event_date) = 1
        order by plays desc, watch_hours desc nulls last, event_date
        limit $most
        """,
        first=period.first,
        last=period.last,
        most=most,
    )


def _name(published: Published) -> str:
    """SQL of the name that a title is listed under: its series, else its own. Older versions do not know the series."""
    known = has_columns(published, "mart_title_daily", ["series_name"])
    return "coalesce(series_name, title_name)" if known else "title_name"

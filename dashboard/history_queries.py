"""SQL over long spans and over households: months, years, hours of the week, users one by one, series with their seasons.

Conventions are those of ``queries``. ``watch_hours`` (h) is null where no watch time is known; ``plays`` is a count.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pandas as pd

from dashboard import queries
from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame, has_columns, record


def is_household(published: Published) -> bool:
    """Whether so few users are on the platform that the version tells of each of them."""
    if not has_columns(published, "mart_profile_monthly", ["month_start"]):
        return False
    return bool(record(published, "select count(*) > 0 as found from mart_profile_monthly")["found"])


def monthly(published: Published, period: Period, empty_days: Collection[date] = ()) -> pd.DataFrame:
    """One row per calendar month that the period touches, with what of it lies within: month_start, days (count, known ones),
    plays, active_users (mean per known day), watch_hours (h); null where nothing is known.
    """
    return frame(
        published,
        f"""
        with days as ({queries.days_sql(published)}),
        calendar as (
            select unnest(generate_series(date_trunc('month', $first::date), $last::date, interval 1 month))::date as month_start
        )
        select
            month_start,
            count(event_date) as days,
            sum(plays)::bigint as plays,
            avg(active_users) as active_users,
            {queries.HOURS_OF_DAYS} as watch_hours
        from calendar
        left join days on date_trunc('month', event_date) = month_start and event_date between $first and $last
        group by month_start
        order by month_start
        """,
        first=period.first,
        last=period.last,
        empty_days=sorted(empty_days),
    )


def profile_months(published: Published, period: Period) -> pd.DataFrame:
    """What each user of a household watched in the months that the period touches, which are whole: month_start, user_id, profile
    (the user's name, else the id), plays, watch_hours, active_days (count). Users with most hours first, then plays.
    """
    return frame(
        published,
        """
        select month_start, user_id, coalesce(profile_name, user_id) as profile, plays, watch_hours, active_days
        from mart_profile_monthly
        where month_start between date_trunc('month', $first::date) and $last
        order by
            sum(watch_hours) over (partition by user_id) desc nulls last,
            sum(plays) over (partition by user_id) desc,
            user_id,
            month_start
        """,
        first=period.first,
        last=period.last,
    )


def years(published: Published, period: Period) -> pd.DataFrame:
    """What each year of the period adds up to, newest first: year, watch_hours, plays, active_days (days with plays), titles
    (different ones; each season is one).
    """
    return frame(
        published,
        f"""
        with days as (
            select
                year(event_date) as year,
                {queries.HOURS_OF_DAYS} as watch_hours,
                sum(plays)::bigint as plays,
                count(*) filter (where plays > 0) as active_days
            from mart_daily_kpis
            where event_date between $first and $last
            group by all
        ),
        titles as (
            select year(event_date) as year, count(distinct title_id) as titles
            from mart_title_daily
            where event_date between $first and $last
            group by all
        )
        select year, watch_hours, plays, active_days, coalesce(titles, 0) as titles
        from days
        left join titles using (year)
        order by year desc
        """,
        first=period.first,
        last=period.last,
    )


def titles_watched(published: Published, period: Period) -> int:
    """Different titles of the period; each season is one."""
    sql = "select count(distinct title_id) as titles from mart_title_daily where event_date between $first and $last"
    return int(record(published, sql, first=period.first, last=period.last)["titles"])


def hours_of_the_week(published: Published, period: Period) -> pd.DataFrame:
    """When the period's viewing lies: weekday (1 is Monday), hour_utc (0 to 23), plays, watch_hours; no empty rows."""
    return frame(
        published,
        """
        select
            isodow(event_date) as weekday,
            hour_utc,
            sum(plays)::bigint as plays,
            (sum(watched_seconds) / 3600)::double as watch_hours
        from mart_audience_hourly
        where event_date between $first and $last
        group by all
        order by all
        """,
        first=period.first,
        last=period.last,
    )


def devices(published: Published, period: Period, measured_by: str) -> pd.DataFrame:
    """What the period was watched on, biggest first: device, amount (plays, or watch hours in h), share."""
    return frame(
        published,
        """
        with totals as (
            select
                device_type as device,
                (case when $measured_by = 'plays' then sum(plays) else sum(watched_seconds) / 3600 end)::double as amount
            from mart_audience_hourly
            where event_date between $first and $last
            group by all
        )
        select device, amount, amount / nullif(sum(amount) over (), 0) as share
        from totals
        order by amount desc nulls last, device
        """,
        first=period.first,
        last=period.last,
        measured_by=measured_by,
    )


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

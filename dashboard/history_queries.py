"""SQL over long spans and over households: months, years, hours of the week, users one by one. Series are in ``series_queries``.

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
    (the user's name, with the id where others have the same, else the id), place, plays, watch_hours, active_days (count).

    The place goes by what the users watched in all months, 1 the most, so that it is the same for every period.
    """
    return frame(
        published,
        """
        with users as (
            select
                user_id,
                coalesce(any_value(profile_name), user_id) as name,
                row_number() over (
                    order by sum(watch_hours) desc nulls last, sum(plays) desc, user_id
                ) as place
            from mart_profile_monthly
            group by user_id
        ),
        named as (
            select
                user_id,
                case when count(*) over (partition by name) > 1 then name || ' (' || user_id || ')' else name end as profile,
                place
            from users
        )
        select month_start, user_id, profile, place, plays, watch_hours, active_days
        from mart_profile_monthly
        join named using (user_id)
        where month_start between date_trunc('month', $first::date) and $last
        order by place, month_start
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

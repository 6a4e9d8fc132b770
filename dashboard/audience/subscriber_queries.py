"""SQL over who comes, stays and goes: ``mart_subscribers_daily`` and ``mart_retention``, by plan and country of the account.

Conventions are those of ``dashboard.queries``. Rates are sums over sums; subscribers of several days are never added up.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame, record

# What an account has; where and on what somebody watches is no part of it.
BY = (Dimension.PLAN, Dimension.COUNTRY)


@dataclass(frozen=True)
class Movement:
    """What happened to the subscribers of a period (counts): at its start (``opening``), during it, at its end (``subscribers``).

    All is None where the tables hold no day of the period. ``days``: how many they hold.
    """

    days: int
    opening: int | None
    sign_ups: int | None
    returns: int | None
    first_seen: int | None
    cancellations: int | None
    subscribers: int | None

    @property
    def gross_churn(self) -> float | None:
        """Cancellations / subscribers at the start; None without any."""
        return self.cancellations / self.opening if self.opening and self.cancellations is not None else None

    @property
    def net_churn(self) -> float | None:
        """Cancellations less returns / subscribers at the start; None without any."""
        if not self.opening or self.cancellations is None or self.returns is None:
            return None
        return (self.cancellations - self.returns) / self.opening


def movement(published: Published, period: Period, filters: Filters) -> Movement:
    """What the period adds up to."""
    row = record(
        published,
        f"""
        with days as (
            select * from mart_subscribers_daily where event_date between $first and $last and {filters.where(*BY)}
        ),
        ends as (select min(event_date) as first_day, max(event_date) as last_day from days)
        select
            count(distinct event_date) as days,
            sum(subscribers_at_start) filter (where event_date = first_day)::bigint as opening,
            sum(sign_ups)::bigint as sign_ups,
            sum(returns)::bigint as returns,
            sum(first_seen)::bigint as first_seen,
            sum(cancellations)::bigint as cancellations,
            sum(subscribers) filter (where event_date = last_day)::bigint as subscribers
        from days, ends
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )
    return Movement(**row)


def daily(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """One row per day and plan: event_date, plan, and subscribers (at its end), sign_ups, returns, first_seen, cancellations,
    subscribers_at_start (counts).
    """
    return frame(
        published,
        f"""
        select
            event_date, plan,
            sum(subscribers)::bigint as subscribers,
            sum(sign_ups)::bigint as sign_ups,
            sum(returns)::bigint as returns,
            sum(first_seen)::bigint as first_seen,
            sum(cancellations)::bigint as cancellations,
            sum(subscribers_at_start)::bigint as subscribers_at_start
        from mart_subscribers_daily
        where event_date between $first and $last and {filters.where(*BY)}
        group by all
        order by all
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )


def plans(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """What the period did to each plan, biggest first: plan, subscribers, share, share_at_start, sign_ups, returns,
    cancellations, moved_in and moved_out (from and to other plans and countries), gross_churn.
    """
    return frame(
        published,
        f"""
        with days as (
            select * from mart_subscribers_daily where event_date between $first and $last and {filters.where(*BY)}
        ),
        ends as (select min(event_date) as first_day, max(event_date) as last_day from days),
        sums as (
            select
                plan,
                coalesce(sum(subscribers) filter (where event_date = last_day), 0)::bigint as subscribers,
                coalesce(sum(subscribers_at_start) filter (where event_date = first_day), 0)::bigint as opening,
                sum(sign_ups)::bigint as sign_ups,
                sum(returns)::bigint as returns,
                sum(cancellations)::bigint as cancellations,
                sum(switched_in)::bigint as moved_in,
                sum(switched_out)::bigint as moved_out
            from days, ends
            group by plan
        )
        select
            plan, subscribers,
            subscribers / nullif(sum(subscribers) over (), 0) as share,
            opening / nullif(sum(opening) over (), 0) as share_at_start,
            sign_ups, returns, cancellations, moved_in, moved_out,
            cancellations / nullif(opening, 0) as gross_churn
        from sums
        order by subscribers desc, plan
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )


def all_plans(published: Published) -> list[str]:
    """Every plan of the version, so that each keeps its color whatever is filtered."""
    rows = frame(published, "select distinct plan from mart_subscribers_daily order by plan = 'unknown', plan")
    return rows["plan"].tolist()


def mean_subscribers(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """Country of the account and its subscribers, mean over the days of the period: country, subscribers."""
    return frame(
        published,
        f"""
        select country, sum(subscribers) / count(distinct event_date) as subscribers
        from mart_subscribers_daily
        where event_date between $first and $last and {filters.where(Dimension.COUNTRY)}
        group by country
        having sum(subscribers) > 0
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(Dimension.COUNTRY),
    )


def cohorts(published: Published, step: str, filters: Filters, most: int) -> pd.DataFrame:
    """The newest ``most`` cohorts, ``step`` ``week`` or ``month``: cohort_start, period_number, cohort_size, subscribed, active
    (counts). A cohort has a row for each period that is over, and one of period 0, whose counts are null while it is not.
    """
    return frame(
        published,
        f"""
        with known as (
            select *
            from mart_retention
            where period = $step and (is_complete or period_number = 0) and {filters.where(*BY)}
        )
        select
            cohort_start, period_number,
            sum(cohort_size)::bigint as cohort_size,
            sum(subscribed)::bigint as subscribed,
            sum(active)::bigint as active
        from known
        where cohort_start in (select distinct cohort_start from known order by cohort_start desc limit $most)
        group by all
        order by all
        """,
        step=step,
        most=most,
        **filters.parameters(*BY),
    )


def curves(published: Published, step: str, filters: Filters) -> pd.DataFrame:
    """All cohorts together, by plan at sign-up: plan, period_number, cohort_size, subscribed, active (counts); complete rows
    only, so that later periods are those of the older cohorts.
    """
    return frame(
        published,
        f"""
        select
            plan, period_number,
            sum(cohort_size)::bigint as cohort_size,
            sum(subscribed)::bigint as subscribed,
            sum(active)::bigint as active
        from mart_retention
        where period = $step and is_complete and {filters.where(*BY)}
        group by all
        order by all
        """,
        step=step,
        **filters.parameters(*BY),
    )

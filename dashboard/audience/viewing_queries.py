"""SQL over how and what people watch: ``mart_audience_local``, ``mart_sessions_daily`` and ``mart_content_mix_daily``.

Conventions are those of ``dashboard.queries``. An ``amount`` is plays or watch hours (h), as ``measured_by`` says; hours are
null where no watch time is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame, record

# What is known of a playback; a plan is the account's.
BY = (Dimension.DEVICE, Dimension.COUNTRY)
_AMOUNT = "(case when $measured_by = 'plays' then sum(plays) else sum(watched_seconds) / 3600 end)::double"


@dataclass(frozen=True)
class Sessions:
    """What the sessions of a period add up to; ratios are None where there is nothing to divide by."""

    sessions: int
    avg_minutes: float | None
    episodes_per_session: float | None
    binge_share: float | None


def hours_of_the_week(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """When the period's viewing lies on the viewers' own clocks: weekday (1 is Monday), local_hour (0 to 23), plays,
    watch_hours; no empty rows.
    """
    return frame(
        published,
        f"""
        select
            local_weekday as weekday, local_hour,
            sum(plays)::bigint as plays,
            (sum(watched_seconds) / 3600)::double as watch_hours
        from mart_audience_local
        where event_date between $first and $last and {filters.where(*BY)}
        group by all
        order by all
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )


def divided_by(
    published: Published, period: Period, filters: Filters, dimension: Dimension, measured_by: str
) -> pd.DataFrame:
    """The period by device or country, biggest first: member, amount, share, before (amount of the previous period, null
    where there was none), watch_hours.
    """
    return frame(
        published,
        f"""
        with now as (
            select {dimension.column} as member, {_AMOUNT} as amount, (sum(watched_seconds) / 3600)::double as watch_hours
            from mart_audience_local
            where event_date between $first and $last and {filters.where(*BY)}
            group by all
        ),
        earlier as (
            select {dimension.column} as member, {_AMOUNT} as before
            from mart_audience_local
            where event_date between $first_before and $last_before and {filters.where(*BY)}
            group by all
        )
        select member, amount, amount / nullif(sum(amount) over (), 0) as share, before, watch_hours
        from now
        left join earlier using (member)
        order by amount desc nulls last, member
        """,
        **_both(period),
        measured_by=measured_by,
        **filters.parameters(*BY),
    )


def sessions(published: Published, period: Period, filters: Filters) -> Sessions:
    """What the sessions of the period add up to."""
    row = record(
        published,
        f"""
        select
            coalesce(sum(sessions), 0)::bigint as sessions,
            (sum(length_seconds) / 60 / nullif(sum(sessions), 0))::double as avg_minutes,
            sum(episodes) / nullif(sum(episode_sessions), 0)::double as episodes_per_session,
            sum(binge_sessions) / nullif(sum(episode_sessions), 0)::double as binge_share
        from mart_sessions_daily
        where event_date between $first and $last and {filters.where(*BY)}
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )
    return Sessions(**row)


def session_lengths(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """The period's sessions by class of length, shortest first: length_from_minutes, sessions (count), share, share_before (of
    the previous period; null where it has none at all).
    """
    return frame(
        published,
        f"""
        with counted as (
            select
                length_from_minutes,
                coalesce(sum(sessions) filter (where event_date >= $first), 0)::bigint as sessions,
                coalesce(sum(sessions) filter (where event_date < $first), 0)::bigint as sessions_before
            from mart_sessions_daily
            where event_date between $first_before and $last and {filters.where(*BY)}
            group by length_from_minutes
        )
        select
            length_from_minutes, sessions,
            sessions / nullif(sum(sessions) over (), 0) as share,
            sessions_before / nullif(sum(sessions_before) over (), 0) as share_before
        from counted
        order by length_from_minutes
        """,
        first_before=period.previous().first,
        first=period.first,
        last=period.last,
        **filters.parameters(*BY),
    )


def content_mix(published: Published, period: Period, breakdown: str, measured_by: str) -> pd.DataFrame:
    """The period and the one before by the members of one breakdown, biggest first: member, amount, share, share_before."""
    return frame(
        published,
        f"""
        with now as (
            select member, {_AMOUNT} as amount
            from mart_content_mix_daily
            where breakdown = $breakdown and event_date between $first and $last
            group by member
        ),
        earlier as (
            select member, {_AMOUNT} as before
            from mart_content_mix_daily
            where breakdown = $breakdown and event_date between $first_before and $last_before
            group by member
        ),
        shares as (
            select
                member, coalesce(amount, 0) as amount,
                amount / nullif(sum(amount) over (), 0) as share,
                coalesce(before, 0) / nullif(sum(before) over (), 0) as share_before
            from now
            full join earlier using (member)
        )
        select member, amount, coalesce(share, 0) as share, share_before
        from shares
        where amount > 0 or share_before > 0
        order by amount desc, member
        """,
        **_both(period),
        breakdown=breakdown,
        measured_by=measured_by,
    )


def content_course(published: Published, period: Period, breakdown: str, measured_by: str, step: str) -> pd.DataFrame:
    """The same over the period, by ``step`` (``week``, from Monday, or ``day``): start, member, amount."""
    return frame(
        published,
        f"""
        select date_trunc($step, event_date)::date as start, member, {_AMOUNT} as amount
        from mart_content_mix_daily
        where breakdown = $breakdown and event_date between $first and $last
        group by all
        order by all
        """,
        first=period.first,
        last=period.last,
        breakdown=breakdown,
        measured_by=measured_by,
        step=step,
    )


def _both(period: Period) -> dict[str, object]:
    before = period.previous()
    return {"first": period.first, "last": period.last, "first_before": before.first, "last_before": before.last}

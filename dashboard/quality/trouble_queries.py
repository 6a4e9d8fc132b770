"""SQL that finds trouble: hours of a country that are far from what is usual there. The rule in words is ``RULE``.

``mart_qoe_hourly`` knows neither device nor version of the player, so trouble is filtered by country only.
"""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame

# So far back "usual" reaches at least; a longer range is its own measure.
USUAL_DAYS = 56
# With fewer days of a country a median of one hour of the day tells nothing.
LEAST_DAYS = 14
LEAST_PLAYBACKS = 10
LEAST_FAILED = 4
# In standard deviations (variance-stabilised: Anscombe 1948). Chance alone goes beyond four of them in less than one hour of ten
# thousand, however few the playbacks: at a usual rate of 0.6 %, 6 of 15 have to fail. The lower end of Wilson's interval at four
# deviations is above that rate with 2 of 15 already, as one hour of 300 has them.
ERRORS_FAR, ERRORS_RAISED = 4.0, 2.5
# In spreads of rebuffering, whose tail is long: one bad line fills a thin hour, so less than FAR_ALONE needs startups that agree.
STALLS_FAR, STALLS_FAR_ALONE, STALLS_RAISED = 8.0, 20.0, 4.0
SLOWER = 2.0
# Of fewer playbacks the p95 is one start or two, and the line that stalls can be both; three slow starts it hardly is. There half
# of the starts have to be as slow as usually one in twenty (5 of 10 are by chance in one hour of 15,000), or playbacks fail too.
LEAST_FOR_P95 = 40
# A spread below that is nobody's evening: a ratio is 0 in most hours of small countries.
LEAST_SPREAD = 0.002

RULE = f"""
An hour of a country is **in trouble** when at least {LEAST_PLAYBACKS} playbacks began in it and one of these holds:

- **errors**: at least {LEAST_FAILED} playbacks failed, and 2 × (√failed − √expected) is {ERRORS_FAR:.0f} or more. Expected: the
  median of the country's daily error rates × the hour's playbacks.
- **rebuffering**: the ratio is {STALLS_FAR:.0f} or more spreads above the median of the same hour of the day in that country, and
  the startup time (p95) is at least {SLOWER:.0f} times its median; or it is {STALLS_FAR_ALONE:.0f} spreads above, whatever the
  startup. A spread is 1.4826 × the median absolute deviation in that country, and wider by 1/√playbacks the fewer there were.
  With fewer than {LEAST_FOR_P95} playbacks one viewer's bad line can be all of that. There the median startup has to reach what
  the p95 usually is, or the p95 is {SLOWER:.0f} times its median and errors are raised too (the figure above is {ERRORS_RAISED}
  or more).

Hours beside one that are raised by half as much belong to it. Usual is what is measured over the range, or over {USUAL_DAYS} days
when that is longer. Countries with fewer than {LEAST_DAYS} days are not judged; nor are hours in which hardly anybody played.
"""


def usual_span(period: Period, whole: Period) -> Period:
    """The days over which "usual" is measured for ``period``: its own, or ``USUAL_DAYS`` of ``whole`` up to its end."""
    first = min(period.first, period.last - timedelta(days=USUAL_DAYS - 1))
    # At the beginning of the data the days after the range are better than none.
    last = max(period.last, whole.first + timedelta(days=USUAL_DAYS - 1))
    return Period(max(first, whole.first), max(min(last, whole.last), period.first))


def _judged(filters: Filters) -> str:
    """CTEs that end in ``judged``: every hour of the span with what is usual and how far it is from it."""
    return f"""
        hours as (
            select *, event_date + to_hours(hour_utc) as begins_at
            from mart_qoe_hourly
            where event_date between $usual_first and $usual_last and {filters.where(Dimension.COUNTRY)}
        ),
        countries as (
            select country, median(error_rate) as usual_error_rate
            from (
                select country, event_date, sum(failed_playbacks) / sum(playbacks) as error_rate from hours group by all
            ) as days
            group by country
            having count(*) >= {LEAST_DAYS}
        ),
        usual as (
            select
                country, hour_utc, median(rebuffer_ratio) as usual_rebuffer_ratio, median(startup_p95_ms) as usual_startup_p95_ms
            from hours
            group by country, hour_utc
        ),
        compared as (
            select
                hours.*, usual_error_rate, usual_rebuffer_ratio, usual_startup_p95_ms,
                (rebuffer_ratio - usual_rebuffer_ratio) * sqrt(playbacks) as scaled_off
            from hours
            join countries using (country)
            join usual using (country, hour_utc)
        ),
        spreads as (
            select country, greatest(1.4826 * mad(scaled_off), {LEAST_SPREAD}) as spread from compared group by country
        ),
        scored as (
            select
                *, 2 * (sqrt(failed_playbacks) - sqrt(usual_error_rate * playbacks)) as errors_off,
                coalesce(scaled_off / spread, 0) as stalls_off,
                playbacks >= {LEAST_FOR_P95} as is_many,
                coalesce(startup_p95_ms >= {SLOWER} * usual_startup_p95_ms, false) as is_slower,
                coalesce(startup_p50_ms >= usual_startup_p95_ms, false) as is_slower_for_half
            from compared
            join spreads using (country)
        ),
        judged as (
            select
                *,
                errors_off >= {ERRORS_FAR} and failed_playbacks >= {LEAST_FAILED} as has_errors,
                (is_many and stalls_off >= {STALLS_FAR_ALONE})
                or (
                    stalls_off >= {STALLS_FAR}
                    and (is_slower_for_half or (is_slower and (is_many or errors_off >= {ERRORS_RAISED})))
                ) as has_stalls,
                errors_off >= {ERRORS_RAISED} or stalls_off >= {STALLS_RAISED} as is_raised
            from scored
            where playbacks >= {LEAST_PLAYBACKS}
        )
    """


def incidents(published: Published, period: Period, usual: Period, filters: Filters) -> pd.DataFrame:
    """Trouble of the period, newest first: country, began_at, ended_at (UTC), hours, has_errors, has_stalls, playbacks,
    failed_playbacks, extra_failed (more than usual), error_rate, usual_error_rate, rebuffer_ratio, usual_rebuffer_ratio,
    startup_p95_ms (of the slowest hour), usual_startup_p95_ms. ``usual``: ``usual_span``.
    """
    return frame(
        published,
        f"""
        with {_judged(filters)},
        ordered as (
            select *, lag(begins_at) over (partition by country order by begins_at) as one_before
            from judged
            where is_raised or has_errors or has_stalls
        ),
        -- One thin or quiet hour in between does not end it.
        stretches as (
            select
                *,
                count(*) filter (where one_before is null or begins_at - one_before > interval 2 hour)
                    over (partition by country order by begins_at) as stretch
            from ordered
        )
        select
            country, min(begins_at) as began_at, max(begins_at) + interval 1 hour as ended_at, count(*) as hours,
            -- What is too little for one hour can be enough for all of them.
            bool_or(has_errors) or (
                sum(failed_playbacks) >= {LEAST_FAILED}
                and 2 * (sqrt(sum(failed_playbacks)) - sqrt(sum(usual_error_rate * playbacks))) >= {ERRORS_FAR}
            ) as has_errors,
            bool_or(has_stalls) as has_stalls,
            sum(playbacks)::bigint as playbacks, sum(failed_playbacks)::bigint as failed_playbacks,
            greatest(0, round(sum(failed_playbacks) - sum(usual_error_rate * playbacks)))::bigint as extra_failed,
            sum(failed_playbacks) / sum(playbacks) as error_rate, any_value(usual_error_rate) as usual_error_rate,
            (sum(buffering_seconds) / nullif(sum(buffering_seconds) + sum(watched_seconds), 0))::double as rebuffer_ratio,
            sum(usual_rebuffer_ratio * playbacks) / sum(playbacks) as usual_rebuffer_ratio,
            max(startup_p95_ms) as startup_p95_ms, max_by(usual_startup_p95_ms, startup_p95_ms) as usual_startup_p95_ms
        from stretches
        group by country, stretch
        having bool_or(has_errors or has_stalls) and min(begins_at)::date <= $last
            and (max(begins_at))::date >= $first
        order by began_at desc, country
        """,
        first=period.first,
        last=period.last,
        usual_first=usual.first,
        usual_last=usual.last,
        **filters.parameters(Dimension.COUNTRY),
    )


def countries(published: Published, usual: Period, filters: Filters) -> pd.DataFrame:
    """The countries of the span, most playbacks first: country, is_judged (enough days are known to say what is usual)."""
    sql = f"""
        select country, count(distinct event_date) >= {LEAST_DAYS} as is_judged
        from mart_qoe_hourly
        where event_date between $first and $last and {filters.where(Dimension.COUNTRY)}
        group by country
        order by sum(playbacks) desc, country
        """
    return frame(published, sql, first=usual.first, last=usual.last, **filters.parameters(Dimension.COUNTRY))


def hours_of_day(published: Published, country: str, day: date, usual: Period) -> pd.DataFrame:
    """All 24 hours of one day in one country: hour_utc, playbacks (0 without any), error_rate, rebuffer_ratio, startup_p50_ms,
    startup_p95_ms, in_trouble; and what was between a tenth and nine tenths of the days at that hour: ``<figure>_low``,
    ``<figure>_high`` of playbacks, error_rate, rebuffer_ratio and startup_p95_ms.
    """
    bands = ", ".join(
        f"quantile_cont({column}, {at})::double as {column}_{name}"
        for column in ("playbacks", "error_rate", "rebuffer_ratio", "startup_p95_ms")
        for name, at in (("low", 0.1), ("high", 0.9))
    )
    return frame(
        published,
        f"""
        with {_judged(Filters({Dimension.COUNTRY: (country,)}))},
        bands as (
            select hour_utc, {bands} from hours where event_date <> $day group by hour_utc
        ),
        trouble as (
            select hour_utc, has_errors or has_stalls as in_trouble from judged where event_date = $day
        )
        select
            clock.hour_utc, coalesce(hours.playbacks, 0) as playbacks, hours.failed_playbacks, hours.error_rate,
            hours.rebuffer_ratio, hours.startup_p50_ms, hours.startup_p95_ms, coalesce(in_trouble, false) as in_trouble,
            bands.* exclude (hour_utc)
        from (select unnest(range(24))::integer as hour_utc) as clock
        left join hours on hours.hour_utc = clock.hour_utc and hours.event_date = $day
        left join trouble on trouble.hour_utc = clock.hour_utc
        left join bands on bands.hour_utc = clock.hour_utc
        order by clock.hour_utc
        """,
        day=day,
        usual_first=usual.first,
        usual_last=usual.last,
        country=[country],
    )

"""SQL over playback quality by day, device, country and version of the player; hours belong to ``trouble_queries``.

Ratios are made of the sums of their parts, and percentiles of the startup time of the summed histogram, never of averages.
Conventions are those of ``dashboard.queries``.
"""

from __future__ import annotations

import pandas as pd

from dashboard.filters import Dimension, Filters
from dashboard.periods import Period
from dashboard.published import Published
from dashboard.reader import frame, record

DIMENSIONS = (Dimension.COUNTRY, Dimension.DEVICE, Dimension.APP_VERSION)
DAY = "event_date"
ALL = "all"
_SETS = (DAY, *(one.column for one in DIMENSIONS))


def is_measured(published: Published) -> bool:
    """Whether any event ever told of a startup, of waiting, of an error or of a bitrate; histories of viewing do not."""
    sql = """
        select coalesce(max(timed_starts) > 0 or max(buffering_seconds) > 0 or max(errors) > 0 or max(bitrate_seconds) > 0, false)
            as found
        from mart_qoe_daily
        """
    return bool(record(published, sql)["found"])


def figures(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """The figures of the period and of the one before it (``is_before``), in all and by day, country, device and version: of what
    (``dimension``: ``ALL`` or a column), which one of it (``key``, text), playbacks, failed_playbacks, startup_p50_ms,
    startup_p95_ms (ms), rebuffer_ratio, error_rate, abandonment_rate, avg_bitrate_kbps (kbit/s). No row for what had no playback.

    One query, since all parts of the page are made of it. ``pick`` and ``daily`` take out what a part shows.
    """
    rows = f"""
        select *, event_date < $first as is_before
        from {{table}}
        where event_date between $before and $last and {filters.where(*DIMENSIONS)}
    """
    sets = "grouping sets ((is_before), " + ", ".join(f"(is_before, {column})" for column in _SETS) + ")"
    dimension = "case " + " ".join(f"when grouping({one}) = 0 then '{one}'" for one in _SETS) + f" else '{ALL}' end"
    key = "coalesce(" + ", ".join(f"{one}::varchar" for one in _SETS) + ", '')"
    return frame(
        published,
        f"""
        with sums as (
            select
                is_before, {dimension} as dimension, {key} as key,
                sum(playbacks)::bigint as playbacks,
                sum(failed_playbacks)::bigint as failed_playbacks,
                (sum(buffering_seconds) / nullif(sum(buffering_seconds) + sum(watched_seconds), 0))::double as rebuffer_ratio,
                (sum(failed_playbacks) / nullif(sum(playbacks), 0))::double as error_rate,
                (sum(abandoned_plays) / nullif(sum(abandonable_plays), 0))::double as abandonment_rate,
                (sum(kilobits) / nullif(sum(bitrate_seconds), 0))::double as avg_bitrate_kbps
            from ({rows.format(table="mart_qoe_daily")}) as days
            group by {sets}
        ),
        bins as (
            select is_before, {dimension} as dimension, {key} as key, startup_bin, sum(timed_starts) as starts
            from ({rows.format(table="mart_qoe_startup")}) as days
            group by startup_bin, {sets}
        ),
        startups as (
            {_percentiles("bins", "is_before, dimension, key")}
        )
        select sums.*, startup_p50_ms, startup_p95_ms
        from sums
        left join startups using (is_before, dimension, key)
        order by is_before, dimension, key
        """,
        before=period.previous().first,
        first=period.first,
        last=period.last,
        **filters.parameters(*DIMENSIONS),
    )


def pick(rows: pd.DataFrame, dimension: str = ALL) -> pd.DataFrame:
    """Of ``figures``: a row for each ``key`` of a dimension that was played in the period, and the period before as
    ``<figure>_before``, null without any.
    """
    of_it = rows[rows["dimension"] == dimension].drop(columns="dimension")
    now, before = (of_it[of_it["is_before"] == side].drop(columns="is_before") for side in (False, True))
    return now.merge(before, on="key", how="left", suffixes=("", "_before"))


def daily(rows: pd.DataFrame, period: Period) -> pd.DataFrame:
    """Of ``figures``: every calendar day of the period (event_date, has_data), and the day in the same place of the period
    before as ``<figure>_before``. Days without playbacks have nulls.
    """
    of_days = rows[rows["dimension"] == DAY].drop(columns="dimension").rename(columns={"key": DAY})
    of_days[DAY] = pd.to_datetime(of_days[DAY])
    now, before = (of_days[of_days["is_before"] == side].drop(columns="is_before") for side in (False, True))
    before = before.assign(event_date=before[DAY] + pd.Timedelta(days=period.days))
    calendar = pd.DataFrame({DAY: pd.date_range(period.first, period.last, freq="D")}).astype({DAY: now[DAY].dtype})
    joined = calendar.merge(now, on=DAY, how="left").merge(before, on=DAY, how="left", suffixes=("", "_before"))
    return joined.assign(has_data=joined["playbacks"].notna())


def startup_bins(published: Published, period: Period, filters: Filters) -> pd.DataFrame:
    """The histogram of the startup time by device, most starts first: device_type, startup_bin, from_ms, to_ms, starts, share (of
    the device's starts), device_starts, and the device's startup_p50_ms and startup_p95_ms.
    """
    return frame(
        published,
        f"""
        with bins as (
            select device_type, startup_bin, sum(timed_starts)::bigint as starts
            from mart_qoe_startup
            where event_date between $first and $last and {filters.where(*DIMENSIONS)}
            group by all
        ),
        startups as (
            {_percentiles("bins", "device_type")}
        )
        select
            device_type, startup_bin, power(2, startup_bin / 8) as from_ms, power(2, (startup_bin + 1) / 8) as to_ms,
            starts, starts / sum(starts) over (partition by device_type) as share,
            (sum(starts) over (partition by device_type))::bigint as device_starts, startup_p50_ms, startup_p95_ms
        from bins
        join startups using (device_type)
        order by device_starts desc, device_type, startup_bin
        """,
        first=period.first,
        last=period.last,
        **filters.parameters(*DIMENSIONS),
    )


def _percentiles(bins: str, key: str) -> str:
    """SQL of the startup time's percentiles by ``key``, at their place within their bin, as the marts have them."""

    def percentile(percent: int) -> str:
        holds_it = f"up_to * 100 >= {percent} * of_all and (up_to - starts) * 100 < {percent} * of_all"
        place = f"(of_all * {percent} / 100 - (up_to - starts)) / starts"
        return f"min(power(2, (startup_bin + {place}) / 8)) filter (where {holds_it})"

    return f"""
            select
                {key}, {percentile(50)} as startup_p50_ms, {percentile(95)} as startup_p95_ms
            from (
                select
                    {key}, startup_bin, starts, sum(starts) over (partition by {key} order by startup_bin) as up_to,
                    sum(starts) over (partition by {key}) as of_all
                from {bins}
            ) as counted
            group by {key}
    """

"""SQL of the tables of *Playback quality* in a sample serving file: the published models' columns and types, made as in
``sample_sql``.

Five days before the newest day there is an outage in Brazil from 19:00 to 21:00 (UTC): three in ten playbacks fail, waiting is
twelve times as long, the way to the first picture five times. Version 9.10.0, of the last three days, fails three times as often.
A household's history tells of none of that.
"""

from __future__ import annotations

# The playbacks of an hour by country, device and version. All else is made of sums of it.
_CELLS = """
    with countries(country, size) as (values ('BR', 1.0), ('DE', 0.5), ('JP', 0.25)),
    devices(device_type, part, start_ms, bitrate) as (
        values ('tv', 0.6, 900, 9000), ('pc', 0.2, 800, 6000), ('phone', 0.2, 1300, 2000)
    ),
    planted as (
        select
            event_date::date as event_date, hour_utc::integer as hour_utc, country, device_type, start_ms, bitrate, wobble,
            household,
            case
                when event_date > newest - interval 3 day and number % 2 = 0 then '9.10.0'
                when event_date > newest - interval 30 day then '9.9.0'
                else '9.8.0'
            end as version,
            country = 'BR' and event_date = newest - interval 5 day and hour_utc in (19, 20) as is_out,
            greatest(3, round(plays / 40 * size * part * (0.6 + 0.4 * sin((hour_utc - 12) / 4)) * (0.9 + 0.2 * wobble)))::bigint
                as playbacks
        from
            (select *, max(event_date) over () as newest from days where has_marts and plays > 0), said, countries, devices,
            (select unnest(range(24)) as hour_utc),
            lateral (select (hash(event_date, hour_utc, country, device_type) % 1000)::integer as number, number / 1000 as wobble)
    ),
    cells as (
        select
            event_date, hour_utc, case when household then 'unknown' else country end::varchar as country,
            case when household then 'unknown' else device_type end::varchar as device_type,
            case when household then 'unknown' else version end::varchar as app_version, household, playbacks, bitrate,
            case when household then 0 when is_out then round(playbacks * 0.3)
                else floor(playbacks * case version when '9.10.0' then 0.045 else 0.015 end + wobble) end::bigint
                as failed_playbacks,
            playbacks * 1400 as watched_seconds,
            case when household then 0 else playbacks * 1400 * (0.003 + 0.002 * wobble) * case when is_out then 12 else 1 end end
                as buffering_seconds,
            floor(8 * log2(start_ms * case when is_out then 5 else 1 end * (0.9 + 0.2 * wobble)))::integer as usual_bin
        from planted
    )
"""
# A tenth of the starts is half as fast, and as many are twice as fast.
_BINS = """
    , bins as (
        select {grain}, usual_bin + off as startup_bin,
            sum(case when off = 0 then playbacks - 2 * (playbacks // 10) else playbacks // 10 end)::bigint as timed_starts
        from cells, (values (-8), (0), (8)) as shape(off)
        where not household
        group by {grain}, usual_bin + off
        having timed_starts > 0
    )
"""
_STARTUPS = """
    , startups as (
        select {grain},
            power(2, (min(startup_bin) filter (where up_to * 100 >= 50 * of_all) + 50 / 100) / 8) as startup_p50_ms,
            power(2, (min(startup_bin) filter (where up_to * 100 >= 95 * of_all) + 95 / 100) / 8) as startup_p95_ms,
            sum(timed_starts)::bigint as timed_starts
        from (
            select *, sum(timed_starts) over (partition by {grain} order by startup_bin) as up_to,
                sum(timed_starts) over (partition by {grain}) as of_all
            from bins
        )
        group by {grain}
    )
"""
_SUMS = """
    sum(playbacks)::bigint as playbacks, sum(playbacks)::bigint as plays,
    coalesce(any_value(timed_starts), 0)::bigint as timed_starts,
    any_value(startup_p50_ms) as startup_p50_ms, any_value(startup_p95_ms) as startup_p95_ms,
    sum(watched_seconds)::decimal(18, 3) as watched_seconds, sum(buffering_seconds)::decimal(18, 3) as buffering_seconds,
    (sum(buffering_seconds) / (sum(buffering_seconds) + sum(watched_seconds)))::double as rebuffer_ratio,
    sum(failed_playbacks)::bigint as errors, sum(failed_playbacks)::bigint as failed_playbacks,
    (sum(failed_playbacks) / sum(playbacks))::double as error_rate,
    sum(playbacks)::bigint as abandonable_plays, (sum(playbacks) // 8)::bigint as abandoned_plays,
    ((sum(playbacks) // 8) / sum(playbacks))::double as abandonment_rate
"""
_DAILY = "event_date, device_type, country, app_version"
_HOURLY = "event_date, hour_utc, country"


def _joined(grain: str, more: str = "") -> str:
    return f"""
        {_CELLS} {_BINS.format(grain=grain)} {_STARTUPS.format(grain=grain)}
        select {grain}, {_SUMS} {more} from cells left join startups using ({grain}) group by {grain}
    """


TABLES = {
    "mart_qoe_startup": f"{_CELLS} {_BINS.format(grain=_DAILY)} select {_DAILY}, startup_bin, timed_starts from bins",
    "mart_qoe_daily": _joined(
        _DAILY,
        """
        , (sum(playbacks) // 3)::bigint as rebuffer_count,
        sum(case when household then 0 else watched_seconds end)::decimal(18, 3) as bitrate_seconds,
        sum(case when household then 0 else watched_seconds * bitrate end)::decimal(18, 3) as kilobits,
        case when not any_value(household) then (sum(watched_seconds * bitrate) / sum(watched_seconds))::double end
            as avg_bitrate_kbps
        """,
    ),
    "mart_qoe_hourly": _joined(_HOURLY),
}

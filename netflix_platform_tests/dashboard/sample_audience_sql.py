"""SQL of the tables that the *Audience* page reads: the published models' columns and types, computed as in ``sample_sql``.

A household has no accounts, no countries and no sessions, and of its titles only the type is known.
"""

from __future__ import annotations

_SEGMENTS = """
    segments(plan, country, base, segment) as (
        values ('premium', 'DE', 210, 0), ('premium', 'BR', 90, 1), ('standard', 'DE', 320, 2), ('standard', 'BR', 150, 3)
    )
"""

TABLES = {
    # The plays of a day fall into ten parts, those that begin at night on the next local day.
    "mart_audience_local": """
        with parts(local_hour, next_day, device_type, country, part) as (
            values
                (0, 1, 'tv', 'DE', 0), (7, 0, 'phone', 'DE', 1), (20, 0, 'tv', 'DE', 2), (20, 0, 'tv', 'BR', 3),
                (21, 0, 'tv', 'DE', 4), (21, 0, 'pc', 'BR', 5), (21, 0, 'tv', 'DE', 6), (22, 0, 'tv', 'BR', 7),
                (22, 0, 'phone', 'DE', 8), (23, 0, 'tv', 'DE', 9)
        ),
        divided as (
            select
                event_date, isodow(event_date + next_day * interval 1 day) as local_weekday, local_hour, device_type,
                case when household then 'unknown' else country end as country,
                (plays + part) // 10 as part_plays, watch_time, seconds_per_play
            from days, said, parts
            where has_marts
        )
        select
            event_date::date as event_date, local_weekday::integer as local_weekday, local_hour::integer as local_hour,
            device_type::varchar as device_type, country::varchar as country, sum(part_plays)::bigint as plays,
            sum(case when watch_time then part_plays * seconds_per_play end)::decimal(18, 3) as watched_seconds,
            (sum(case when watch_time then part_plays * seconds_per_play end) / 3600)::double as watch_hours
        from divided
        where part_plays > 0
        group by 1, 2, 3, 4, 5
    """,
    "mart_sessions_daily": """
        with classes(length_from_minutes, mean_minutes, part, episodes) as (
            values (0, 2, 9, 0), (5, 9, 8, 1), (15, 22, 6, 1), (30, 45, 4, 2), (60, 85, 4, 3), (120, 150, 12, 4)
        ),
        places(country, device_type, place) as (values ('DE', 'tv', 0), ('BR', 'phone', 1))
        select
            event_date::date as event_date, device_type::varchar as device_type, country::varchar as country,
            length_from_minutes::integer as length_from_minutes, ((plays + place) // (4 * part))::bigint as sessions,
            (2 * sessions)::bigint as playbacks, (sessions * mean_minutes * 50)::decimal(18, 3) as watched_seconds,
            (sessions * mean_minutes * 60)::decimal(18, 3) as length_seconds,
            case when episodes > 0 then sessions // 2 else 0 end::bigint as episode_sessions,
            (episode_sessions * episodes)::bigint as episodes,
            case when episodes > 2 then episode_sessions // 3 else 0 end::bigint as binge_sessions
        from days, said, classes, places
        where has_marts and not household and sessions > 0
    """,
    "mart_content_mix_daily": """
        with members(breakdown, member, part, parts) as (
            values
                ('title_type', 'season', 0, 2), ('title_type', 'film', 1, 2),
                ('primary_genre', 'Drama', 0, 3), ('primary_genre', 'Comedy', 1, 3), ('primary_genre', 'unknown', 2, 3),
                ('language', 'English', 0, 2), ('language', 'Korean', 1, 2),
                ('origin', 'original', 0, 2), ('origin', 'licensed', 1, 2),
                ('release_age', '1: first week', 0, 5), ('release_age', '2: first four weeks', 1, 5),
                ('release_age', '4: first year', 2, 5), ('release_age', '5: back catalogue', 3, 5),
                ('release_age', '5: back catalogue', 4, 5)
        ),
        divided as (
            select
                event_date, breakdown, case when household and breakdown <> 'title_type' then 'unknown' else member end as member,
                (plays + part) // parts as part_plays, watch_time, seconds_per_play
            from days, said, members
            where has_marts
        )
        select
            event_date::date as event_date, breakdown::varchar as breakdown, member::varchar as member, 5::bigint as titles,
            sum(part_plays)::bigint as plays,
            sum(case when watch_time then part_plays * seconds_per_play end)::decimal(18, 3) as watched_seconds,
            (sum(case when watch_time then part_plays * seconds_per_play end) / 3600)::double as watch_hours
        from divided
        where part_plays > 0
        group by 1, 2, 3
    """,
    # Those who leave premium go to standard in the same country.
    "mart_subscribers_daily": f"""
        with {_SEGMENTS},
        happened as (
            select
                event_date, plan, country, base,
                hash(event_date, segment, 'in') % 4 as sign_ups,
                case when hash(event_date, segment, 'back') % 5 = 0 then 1 else 0 end as returns,
                hash(event_date, segment, 'out') % 3 as cancellations,
                case when plan = 'standard' and dayofyear(event_date) % 3 = 0 then 1 else 0 end as switched_in,
                case when plan = 'premium' and dayofyear(event_date) % 3 = 0 then 1 else 0 end as switched_out
            from days, said, segments
            where has_marts and not household
        ),
        counted as (
            select
                *,
                base + sum(sign_ups + returns + switched_in - cancellations - switched_out) over (
                    partition by plan, country order by event_date
                ) as subscribers
            from happened
        )
        select
            event_date::date as event_date, plan::varchar as plan, country::varchar as country,
            (subscribers - sign_ups - returns - switched_in + cancellations + switched_out)::bigint as subscribers_at_start,
            sign_ups::bigint as sign_ups, returns::bigint as returns, 0::bigint as first_seen,
            cancellations::bigint as cancellations, switched_in::bigint as switched_in, switched_out::bigint as switched_out,
            subscribers::bigint as subscribers, cancellations / subscribers_at_start as gross_churn_rate,
            (cancellations - returns) / subscribers_at_start as net_churn_rate
        from counted
    """,
    "mart_retention": f"""
        with {_SEGMENTS},
        steps(period, most) as (values ('week', 26), ('month', 24)),
        cohorts as (
            select distinct period, most, date_trunc(period, event_date)::date as cohort_start, plan, country, segment
            from days, said, segments, steps
            where has_marts and not household
        ),
        bounds as (select max(event_date) as last_day from days where has_marts),
        numbered as (
            select
                *,
                12 + (hash(cohort_start, segment) % 6)::bigint as members,
                case
                    when period = 'week' then cohort_start + (number + 1) * interval 7 day
                    else cohort_start + (number + 1) * interval 1 month
                end <= last_day + interval 1 day as is_complete
            from cohorts, bounds, range(0, 27) as numbers(number)
            where number <= most
        )
        select
            period::varchar as period, cohort_start, number::integer as period_number, plan::varchar as plan,
            country::varchar as country, members::bigint as cohort_size,
            case when is_complete then members - least(number, 5) end::bigint as subscribed,
            case when is_complete then members // (2 + segment % 2) end::bigint as active,
            is_complete
        from numbered
    """,
}

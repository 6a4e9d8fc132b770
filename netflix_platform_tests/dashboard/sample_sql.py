"""SQL of every table in a sample serving file: the published models' columns and types, computed from invented inputs.

Selects from the frames ``days``, ``titles`` and ``said`` of ``sample``, and from the tables above it.
"""

from __future__ import annotations

BUSINESS_TABLES = {
    "mart_title_daily": """
        select
            days.event_date::date as event_date, title_id::varchar as title_id, title_name::varchar as title_name,
            title_type::varchar as title_type,
            case when title_type = 'season' then split_part(title_name, ': Season', 1) end::varchar as series_name,
            case when household then 'unknown' else titles.primary_genre end::varchar as primary_genre,
            case when not household then titles.primary_genre || ', International' end::varchar as genres,
            case when not household then titles.language end::varchar as language,
            greatest(0, round(days.plays * weight * (0.6 + 0.8 * wobble)))::bigint as title_plays,
            (title_plays * 0.8)::bigint as viewers,
            case when watch_time then title_plays * seconds_per_play / 3600 end as watch_hours
        from said, days, titles, lateral (select hash(title_id, days.event_date) % 1000 / 1000 as wobble)
        where has_marts and title_plays > 0
    """,
    "mart_daily_kpis": """
        select
            event_date::date as event_date, plays,
            (plays * 0.62)::bigint as active_users,
            case when watch_time or plays = 0 then plays * seconds_per_play / 3600 end as watch_hours,
            case when watch_time and plays > 0 then seconds_per_play end as avg_watch_seconds,
            case when household then 0 else plays * seconds_per_play * buffering_share end::decimal(18, 3)
                as buffering_seconds,
            case when watch_time and plays > 0 then buffering_share / (1 + buffering_share) end as rebuffer_ratio,
            least(plays, 540)::bigint as titles_watched, (plays * 0.01)::bigint as errors, (plays * 0.4)::bigint as searches,
            (plays * 0.05)::bigint as ratings, (plays * 0.09)::bigint as list_adds,
            case when watch_time or plays = 0 then plays * seconds_per_play end::decimal(18, 3) as watched_seconds,
            case when watch_time then plays else 0 end as timed_plays
        from days, said
        where has_marts
    """,
    # Evenings more than mornings, and as many plays as the day has.
    "dim_country": """
        select country::varchar as country, country_name::varchar as country_name, time_zone::varchar as time_zone
        from (
            values
                ('BR', 'Brazil', 'America/Sao_Paulo'), ('DE', 'Germany', 'Europe/Berlin'), ('JP', 'Japan', 'Asia/Tokyo'),
                ('unknown', 'Unknown country', 'UTC')
        ) as countries(country, country_name, time_zone)
    """,
    "mart_audience_hourly": """
        with parts(hour_utc, device_type, part, parts) as (
            values (6, 'phone', 0, 5), (18, 'tv', 1, 5), (19, 'tv', 2, 5), (20, 'tv', 3, 5), (20, 'pc', 4, 5)
        )
        select
            event_date::date as event_date, hour_utc::integer as hour_utc, device_type::varchar as device_type,
            'DE'::varchar as country, ((plays + part) // parts)::bigint as hour_plays,
            case when watch_time then hour_plays * seconds_per_play / 3600 end as watch_hours,
            case when watch_time then hour_plays * seconds_per_play end::decimal(18, 3) as watched_seconds
        from days, said, parts
        where has_marts and hour_plays > 0
    """,
    "mart_profile_monthly": """
        with users(user_id, profile_name, part) as (
            values ('living-room-3f2a1c', 'Living room', 1), ('kids-77ab01', 'Kids', 2), ('u3', null, 3)
        )
        select
            date_trunc('month', event_date)::date as month_start, user_id::varchar as user_id,
            profile_name::varchar as profile_name, sum(plays // part)::bigint as plays,
            case when any_value(watch_time) then sum(plays // part * seconds_per_play) / 3600 end as watch_hours,
            count(*)::bigint as active_days, 3::bigint as titles
        from days, users, said
        where has_marts and household and plays // part > 0
        group by 1, 2, 3
    """,
    "mart_top_titles": """
        with weeks as (
            select date_trunc('week', event_date)::date as week_start, count(*) as days_in_data
            from days
            where has_marts
            group by 1
        ),
        viewed as (
            select
                date_trunc('week', event_date)::date as week_start, title_id, sum(watch_hours) as hours_viewed,
                sum(plays)::bigint as plays, any_value(genres) as genres,
                case when any_value(title_type) = 'film' then 'Films' else 'TV' end
                    || case when any_value(daily.language) = 'English' then ' (English)' else ' (Non-English)' end as top10_list
            from mart_title_daily as daily
            where daily.language is not null and watch_hours is not null
            group by 1, 2
        ),
        ranked as (
            select *, hours_viewed / (runtime_minutes / 60) as views,
                row_number() over (partition by week_start, top10_list order by views desc, title_id)::bigint as rank
            from viewed join titles using (title_id)
        )
        select
            week_start, top10_list, rank, title_id::varchar as title_id, title_name::varchar as title_name,
            primary_genre::varchar as primary_genre, genres, hours_viewed, runtime_minutes::bigint as runtime_minutes, views,
            count(*) over (partition by title_id, top10_list order by week_start) as cumulative_weeks_in_top_10,
            plays, days_in_data
        from ranked join weeks using (week_start)
        where rank <= 10
    """,
}
BUSINESS_TABLES["mart_title_daily"] = (
    f"select * rename (title_plays as plays) from ({BUSINESS_TABLES['mart_title_daily']})"
)
BUSINESS_TABLES["mart_audience_hourly"] = (
    f"select * rename (hour_plays as plays) from ({BUSINESS_TABLES['mart_audience_hourly']})"
)

TABLES = {
    "mart_pipeline_health": """
        select
            event_date::date as event_date, state::varchar as state, is_waived, reason::varchar as state_reason,
            event_date + interval '1 day 2 hours' as state_changed_at, 10 * plays as received_rows,
            (9.7 * plays)::bigint as accepted_rows, (0.2 * plays)::bigint as repeated_rows,
            received_rows - accepted_rows - repeated_rows as quarantined_rows, accepted_rows as lake_rows,
            (0.01 * plays)::bigint as repeated_across_arrivals_rows,
            lake_rows - repeated_across_arrivals_rows as warehouse_rows, off_by = 0 as ledgers_balanced,
            event_date + interval '1 day 2 hours' as loaded_at,
            md5(event_date::varchar) as last_run_id,
            case when state = 'failed' then 'FAILURE' else 'SUCCESS' end as last_run_status
        from days
        where is_known
    """,
    "audit_row_ledger": """
        with feeds(feed, size) as (values ('events', 10.0), ('users', 0.03), ('titles', 0.002)),
        counted as (
            select
                feed::varchar as feed, event_date::date as arrival_date, round(plays * size)::bigint as received_rows,
                (plays * size * 0.021)::bigint as repeated_rows, (plays * size * 0.006)::bigint as quarantined_rows,
                case when feed = 'events' then off_by else 0 end as lost_rows
            from days, feeds
            where is_known
        )
        select
            feed, arrival_date, received_rows,
            (received_rows - repeated_rows - quarantined_rows - lost_rows)::bigint as accepted_rows,
            repeated_rows, quarantined_rows, lost_rows = 0 as is_balanced,
            arrival_date + interval '1 day 2 hours' as written_at
        from counted
    """,
    "audit_warehouse_ledger": """
        with feeds(feed, size) as (values ('events', 9.7), ('users', 0.03), ('titles', 0.002))
        select
            feed::varchar as feed, event_date::date as event_date, round(plays * size)::bigint as lake_rows,
            (plays * size * 0.009)::bigint as repeated_rows, lake_rows - repeated_rows as warehouse_rows,
            true as is_balanced, event_date + interval '1 day 2 hours' as loaded_at
        from days, feeds
        where is_known
    """,
    "serving_info": """
        select
            version::varchar as version, published_at::timestamp as published_at,
            case when business_published_at is not null then (select min(event_date) from days where has_marts) end::date
                as first_event_date,
            case when business_published_at is not null then (select max(event_date) from days where has_marts) end::date
                as last_event_date,
            business_published_at::timestamp as business_published_at, refused_days::varchar as refused_days,
            (select md5(max(event_date)::varchar) from days) as run_id
        from said
    """,
}

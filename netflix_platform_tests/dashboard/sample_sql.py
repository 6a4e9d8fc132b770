"""SQL of every table in a sample serving file: the published models' columns and types, computed from invented inputs.

Selects from the frames ``days``, ``titles`` and ``said`` of ``sample``, and from the tables above it in ``TABLES``.
"""

from __future__ import annotations

BUSINESS_TABLES = ("mart_daily_kpis", "mart_title_daily", "mart_top_titles")

TABLES = {
    "mart_title_daily": """
        select
            days.event_date::date as event_date, title_id::varchar as title_id, title_name::varchar as title_name,
            title_type::varchar as title_type, primary_genre::varchar as primary_genre,
            (primary_genre || ', International')::varchar as genres, language::varchar as language,
            greatest(0, round(days.plays * weight * (0.6 + 0.8 * wobble)))::bigint as title_plays,
            (title_plays * 0.8)::bigint as viewers,
            title_plays * seconds_per_play / 3600 as watch_hours
        from days, titles, lateral (select hash(title_id, days.event_date) % 1000 / 1000 as wobble)
        where has_marts and title_plays > 0
    """,
    "mart_daily_kpis": """
        select
            event_date::date as event_date, plays,
            (plays * 0.62)::bigint as active_users,
            plays * seconds_per_play / 3600 as watch_hours,
            case when plays > 0 then seconds_per_play end as avg_watch_seconds,
            (plays * seconds_per_play * buffering_share)::decimal(18, 3) as buffering_seconds,
            case when plays > 0 then buffering_share / (1 + buffering_share) end as rebuffer_ratio,
            least(plays, 540)::bigint as titles_watched, (plays * 0.01)::bigint as errors, (plays * 0.4)::bigint as searches,
            (plays * 0.05)::bigint as ratings, (plays * 0.09)::bigint as list_adds,
            (plays * seconds_per_play)::decimal(18, 3) as watched_seconds
        from days
        where has_marts
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
TABLES["mart_title_daily"] = f"select * rename (title_plays as plays) from ({TABLES['mart_title_daily']})"

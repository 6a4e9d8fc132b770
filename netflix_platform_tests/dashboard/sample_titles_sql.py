"""SQL of the sample's tables of titles: their records, their launches, and Netflix's lists beside ours. As in ``sample_sql``.

Of every five of the first hundred titles the first was released within the data, and is a launch. Of all titles one in ten has no
release date and one in ten no runtime; the others are from before the data.
"""

from __future__ import annotations

TABLES = {
    "dim_title": """
        with numbered as (
            select *, substr(title_id, 2)::integer as number, (select min(event_date)::date from days) as first_day,
                (select max(event_date)::date from days where has_marts) as last_day
            from titles
        )
        select
            title_id::varchar as title_id, title_name::varchar as title_name, title_type::varchar as title_type,
            case when title_type = 'season' then split_part(title_name, ': Season', 1) end::varchar as series_name,
            case when title_type = 'season' then number % 4 + 1 end::bigint as season_number,
            case when not household then primary_genre || ', International' end::varchar as genres,
            case when household then 'unknown' else primary_genre end::varchar as primary_genre,
            case when not household then language end::varchar as language,
            case when not household then language = 'English' end as is_english,
            case when not household then number % 3 = 0 end as is_original,
            case
                when household or number % 10 = 1 then null
                when number % 5 = 0 and number < 100 then greatest(first_day, last_day - 5 - number)
                else first_day - 100 - number
            end as release_date,
            case when not household and number % 10 <> 2 then runtime_minutes end::bigint as runtime_minutes,
            case when not household and title_type = 'season' then 5 end::bigint as episode_count,
            case when not household then 'TV-14' end::varchar as maturity_rating,
            case when not household then case when title_type = 'film' then 'Films' else 'TV' end
                || case when language = 'English' then ' (English)' else ' (Non-English)' end end::varchar as top10_list
        from numbered, said
    """,
    "mart_title_weeks": """
        with launched as (
            select * from dim_title
            where release_date between (select min(event_date) from days) and (select max(event_date) from days where has_marts)
        ),
        weeks as (
            select
                launched.title_id, ((days.event_date::date - release_date) // 7 + 1)::integer as week_number,
                count(*)::integer as days_in_data, coalesce(sum(daily.plays), 0)::bigint as plays,
                coalesce(sum(daily.watch_hours) * 3600, 0)::decimal(18, 3) as watched_seconds
            from launched
            join days on days.event_date >= release_date and has_marts
            left join mart_title_daily as daily on daily.title_id = launched.title_id and daily.event_date = days.event_date
            group by all
        )
        select
            title_id, week_number, title_name, title_type, primary_genre, language, release_date, days_in_data,
            days_in_data = 7 as is_complete, plays, watched_seconds, (watched_seconds / 3600)::double as hours_viewed,
            hours_viewed * 60 / runtime_minutes as views,
            case when days_in_data = 7 then watched_seconds / nullif(first_value(watched_seconds) over (
                partition by title_id order by week_number), 0) end::double as share_of_first_week
        from weeks join launched using (title_id)
    """,
    "mart_title_funnel": """
        with windows(window_days) as (values (7), (28)),
        launched as (
            select *, (select max(event_date)::date from days where has_marts) - release_date + 1 as days_since from dim_title
            where release_date between (select min(event_date) from days) and (select max(event_date) from days where has_marts)
        )
        select
            title_id, window_days::integer as window_days, title_name, title_type, primary_genre, language, release_date,
            runtime_minutes, episode_count, least(days_since, window_days)::integer as days_in_data,
            days_in_data = window_days as is_complete, (20 * days_in_data + hash(title_id) % 10)::bigint as viewers,
            (viewers * 0.7)::bigint as starters, case when runtime_minutes is not null then starters // 2 end::bigint as watchers,
            case when runtime_minutes is not null then starters // 4 end::bigint as completers,
            watchers / starters as watcher_rate, completers / starters as completer_rate, 3 as completion_days_p50
        from launched, windows
    """,
    # As long as nobody put Netflix's lists there, ours alone.
    "mart_top_titles_published": """
        select
            week_start, top10_list, title_name, 1 as namesake, rank::integer as rank, null::integer as published_rank,
            hours_viewed, null::bigint as published_hours_viewed, views, null::bigint as published_views, false as is_in_both
        from mart_top_titles
    """,
}

-- Views are hours viewed divided by runtime, as Netflix counts them. Both are taken in whole milliseconds: integers are
-- exact in a DOUBLE, so equal ratios are equal bit by bit and ties are real ties.
with title_weeks as (
    select
        cast({{ dbt.date_trunc('week', 'event_date') }} as date) as week_start,
        title_id,
        cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
        cast(sum(plays) as bigint) as plays
    from {{ ref('agg_title_day') }}
    group by 1, 2
),

weeks as (
    select
        cast({{ dbt.date_trunc('week', 'event_date') }} as date) as week_start,
        count(distinct event_date) as days_in_data
    from {{ ref('agg_title_day') }}
    group by 1
),

-- A title without a runtime has no views and one without a language no list: neither can be ranked, nor an unknown one.
viewed as (
    select
        title_weeks.week_start,
        dim_title.top10_list,
        dim_title.title_id,
        dim_title.title_name,
        dim_title.primary_genre,
        dim_title.genres,
        dim_title.runtime_minutes,
        title_weeks.watched_seconds,
        title_weeks.plays,
        {{ ratio('title_weeks.watched_seconds', '3600') }} as hours_viewed,
        {{ ratio(
            'cast(title_weeks.watched_seconds * 1000 as bigint)',
            'dim_title.runtime_minutes * 60000'
        ) }} as views
    from title_weeks
    inner join {{ ref('dim_title') }} as dim_title on title_weeks.title_id = dim_title.title_id
    where
        dim_title.top10_list is not null
        and dim_title.runtime_minutes > 0
        and title_weeks.watched_seconds > 0
),

ranked as (
    select
        week_start,
        top10_list,
        title_id,
        title_name,
        primary_genre,
        genres,
        hours_viewed,
        runtime_minutes,
        views,
        plays,
        row_number() over (
            partition by week_start, top10_list
            order by views desc, watched_seconds desc, plays desc, title_id asc
        ) as rank
    from viewed
),

top_ten as (
    select
        week_start,
        top10_list,
        rank,
        title_id,
        title_name,
        primary_genre,
        genres,
        hours_viewed,
        runtime_minutes,
        views,
        plays,
        count(*) over (
            partition by top10_list, title_id
            order by week_start
            rows between unbounded preceding and current row
        ) as cumulative_weeks_in_top_10
    from ranked
    where rank <= 10
)

select
    top_ten.week_start,
    top_ten.top10_list,
    cast(top_ten.rank as integer) as rank,
    top_ten.title_id,
    top_ten.title_name,
    top_ten.primary_genre,
    top_ten.genres,
    top_ten.hours_viewed,
    top_ten.runtime_minutes,
    top_ten.views,
    cast(top_ten.cumulative_weeks_in_top_10 as integer) as cumulative_weeks_in_top_10,
    top_ten.plays,
    cast(weeks.days_in_data as integer) as days_in_data
from top_ten
inner join weeks on top_ten.week_start = weeks.week_start

-- Titles are matched by name, the only thing that both sides have. Namesakes in one list and week are matched in the
-- order of their ranks, so that no row meets two.
with ours as (
    select
        week_start,
        top10_list,
        title_name,
        lower(trim(title_name)) as match_name,
        rank,
        hours_viewed,
        views,
        row_number() over (
            partition by week_start, top10_list, lower(trim(title_name))
            order by rank
        ) as namesake
    from {{ ref('mart_top_titles') }}
),

published as (
    select
        week_start,
        top10_list,
        title_name,
        lower(trim(title_name)) as match_name,
        rank,
        hours_viewed,
        views,
        row_number() over (
            partition by week_start, top10_list, lower(trim(title_name))
            order by rank
        ) as namesake
    from {{ source('raw', 'published_top10') }}
)

select
    coalesce(ours.week_start, published.week_start) as week_start,
    coalesce(ours.top10_list, published.top10_list) as top10_list,
    coalesce(ours.title_name, published.title_name) as title_name,
    cast(coalesce(ours.namesake, published.namesake) as integer) as namesake,
    ours.rank,
    cast(published.rank as integer) as published_rank,
    ours.hours_viewed,
    published.hours_viewed as published_hours_viewed,
    ours.views,
    published.views as published_views,
    ours.rank is not null and published.rank is not null as is_in_both
from ours
full outer join published
    on
        ours.week_start = published.week_start
        and ours.top10_list = published.top10_list
        and ours.match_name = published.match_name
        and ours.namesake = published.namesake

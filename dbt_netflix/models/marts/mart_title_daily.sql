with keyed as (
    select
        agg_title_day.event_date,
        agg_title_day.title_id,
        agg_title_day.plays,
        agg_title_day.viewers,
        agg_title_day.watched_seconds,
        coalesce(dim_title.title_id, {{ unknown_member() }}) as member_id
    from {{ ref('agg_title_day') }} as agg_title_day
    left join {{ ref('dim_title') }} as dim_title on agg_title_day.title_id = dim_title.title_id
)

select
    keyed.event_date,
    keyed.title_id,
    dim_title.title_name,
    dim_title.title_type,
    dim_title.series_name,
    dim_title.primary_genre,
    dim_title.genres,
    dim_title.language,
    keyed.plays,
    keyed.viewers,
    {{ ratio('keyed.watched_seconds', '3600') }} as watch_hours
from keyed
inner join {{ ref('dim_title') }} as dim_title on keyed.member_id = dim_title.title_id

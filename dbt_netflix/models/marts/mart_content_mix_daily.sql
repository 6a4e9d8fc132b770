{% set breakdowns = ['title_type', 'primary_genre', 'language', 'origin', 'release_age'] %}
with keyed as (
    select
        agg_title_day.event_date,
        agg_title_day.title_id,
        agg_title_day.plays,
        agg_title_day.watched_seconds,
        coalesce(dim_title.title_type, {{ unknown_member() }}) as title_type,
        coalesce(dim_title.primary_genre, {{ unknown_member() }}) as primary_genre,
        coalesce(dim_title.language, {{ unknown_member() }}) as language,
        case
            when dim_title.is_original then 'original'
            when not dim_title.is_original then 'licensed'
            else {{ unknown_member() }}
        end as origin,
        {{ dbt.datediff('dim_title.release_date', 'agg_title_day.event_date', 'day') }} as age_days
    from {{ ref('agg_title_day') }} as agg_title_day
    left join {{ ref('dim_title') }} as dim_title on agg_title_day.title_id = dim_title.title_id
),

aged as (
    select
        event_date,
        plays,
        watched_seconds,
        title_type,
        primary_genre,
        language,
        origin,
        -- before its release date a title is as new as can be: the date or the clock is wrong, the viewing is not
        case
            when age_days < 7 then '1: first week'
            when age_days < 28 then '2: first four weeks'
            when age_days < 90 then '3: first three months'
            when age_days < 365 then '4: first year'
            when age_days >= 365 then '5: back catalogue'
            else {{ unknown_member() }}
        end as release_age
    from keyed
),

mixes as (
    {% for breakdown in breakdowns %}
        select
            event_date,
            '{{ breakdown }}' as breakdown,
            {{ breakdown }} as member,
            count(*) as titles,
            cast(sum(plays) as bigint) as plays,
            cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds
        from aged
        group by event_date, {{ breakdown }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    event_date,
    breakdown,
    member,
    titles,
    plays,
    watched_seconds,
    {{ ratio('watched_seconds', '3600') }} as watch_hours
from mixes

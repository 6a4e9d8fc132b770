with days as (
    select distinct event_date
    from {{ ref('agg_title_day') }}
),

bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from days
),

-- Of titles released before the first day nobody knows how they began.
launched as (
    select
        dim_title.title_id,
        dim_title.release_date,
        bounds.last_day
    from {{ ref('dim_title') }} as dim_title
    inner join bounds on dim_title.release_date >= bounds.first_day and dim_title.release_date <= bounds.last_day
),

-- Every day since the release, so that a week in which nobody watched has a row.
title_days as (
    select
        title_id,
        {{ day_series('release_date', 'last_day') }} as event_date,
        release_date
    from launched
),

numbered as (
    select
        title_days.title_id,
        title_days.event_date,
        cast(
            floor({{ dbt.datediff('title_days.release_date', 'title_days.event_date', 'day') }} / 7) as integer
        ) + 1 as week_number,
        days.event_date is not null as has_data
    from title_days
    left join days on title_days.event_date = days.event_date
),

weeks as (
    select
        numbered.title_id,
        numbered.week_number,
        count(*) filter (where numbered.has_data) as days_in_data,
        cast(coalesce(sum(agg_title_day.plays), 0) as bigint) as plays,
        -- nobody watched: 0; somebody did, and no event says how long: unknown
        case
            when count(agg_title_day.title_id) = 0 then cast(0 as decimal(18, 3))
            else cast(sum(agg_title_day.watched_seconds) as decimal(18, 3))
        end as watched_seconds
    from numbered
    left join {{ ref('agg_title_day') }} as agg_title_day
        on numbered.title_id = agg_title_day.title_id and numbered.event_date = agg_title_day.event_date
    group by numbered.title_id, numbered.week_number
),

compared as (
    select
        title_id,
        week_number,
        days_in_data,
        plays,
        watched_seconds,
        max(case when week_number = 1 and days_in_data = 7 then watched_seconds end)
            over (partition by title_id)
            as first_week_seconds
    from weeks
)

select
    compared.title_id,
    compared.week_number,
    dim_title.title_name,
    dim_title.title_type,
    dim_title.primary_genre,
    dim_title.language,
    dim_title.release_date,
    cast(compared.days_in_data as integer) as days_in_data,
    compared.days_in_data = 7 as is_complete,
    compared.plays,
    compared.watched_seconds,
    {{ ratio('compared.watched_seconds', '3600') }} as hours_viewed,
    {{ ratio('cast(compared.watched_seconds * 1000 as bigint)', 'dim_title.runtime_minutes * 60000') }} as views,
    case
        when compared.days_in_data = 7
            then {{ ratio('compared.watched_seconds', 'compared.first_week_seconds') }}
    end as share_of_first_week
from compared
inner join {{ ref('dim_title') }} as dim_title on compared.title_id = dim_title.title_id

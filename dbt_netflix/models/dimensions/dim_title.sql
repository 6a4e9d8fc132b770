with latest as (
    select
        title_id,
        title_name,
        title_type,
        series_name,
        season_number,
        genres,
        language,
        is_original,
        release_date,
        runtime_minutes,
        episode_count,
        maturity_rating
    from {{ ref('stg_titles') }}
    -- the id is reserved for the member below
    where title_id <> {{ unknown_member() }}
    -- a total order: (title_id, changed_ts) is the key of the staging model
    qualify row_number() over (partition by title_id order by changed_ts desc) = 1
),

described as (
    select
        title_id,
        title_name,
        title_type,
        series_name,
        season_number,
        genres,
        coalesce(nullif(trim({{ dbt.split_part('genres', "','", 1) }}), ''), {{ unknown_member() }}) as primary_genre,
        language,
        lower(trim(language)) = 'english' as is_english,
        is_original,
        release_date,
        runtime_minutes,
        episode_count,
        maturity_rating
    from latest

    union all

    select
        {{ unknown_member() }} as title_id,
        'Unknown title' as title_name,
        {{ unknown_member() }} as title_type,
        cast(null as string) as series_name,
        cast(null as bigint) as season_number,
        cast(null as string) as genres,
        {{ unknown_member() }} as primary_genre,
        cast(null as string) as language,
        cast(null as boolean) as is_english,
        cast(null as boolean) as is_original,
        cast(null as date) as release_date,
        cast(null as bigint) as runtime_minutes,
        cast(null as bigint) as episode_count,
        cast(null as string) as maturity_rating
)

select
    title_id,
    title_name,
    title_type,
    series_name,
    season_number,
    genres,
    primary_genre,
    language,
    is_english,
    is_original,
    release_date,
    runtime_minutes,
    episode_count,
    maturity_rating,
    case
        when title_type = 'film' and is_english then 'Films (English)'
        when title_type = 'film' and not is_english then 'Films (Non-English)'
        when title_type = 'season' and is_english then 'TV (English)'
        when title_type = 'season' and not is_english then 'TV (Non-English)'
    end as top10_list
from described

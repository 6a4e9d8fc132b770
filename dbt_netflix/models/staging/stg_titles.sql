-- The same change may arrive again on a later day; its first arrival counts.
with arrivals as (
    select
        title_id,
        changed_ts,
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
        maturity_rating,
        arrival_date,
        row_number() over (
            partition by title_id, changed_ts
            order by arrival_date, source_file, source_line
        ) as arrival_number
    from {{ source('raw', 'titles') }}
)

select
    title_id,
    changed_ts,
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
    maturity_rating,
    arrival_date
from arrivals
where arrival_number = 1

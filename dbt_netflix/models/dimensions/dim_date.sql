with bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from {{ ref('agg_title_day') }}
),

days as (
    select {{ day_series('first_day', 'last_day') }} as event_date
    from bounds
),

weeks as (
    select
        event_date,
        cast({{ dbt.date_trunc('week', 'event_date') }} as date) as week_start,
        cast({{ dbt.date_trunc('month', 'event_date') }} as date) as month_start,
        cast({{ dbt.date_trunc('year', 'event_date') }} as date) as year_start
    from days
),

-- An ISO week belongs to the year in which its Thursday lies.
thursdays as (
    select
        event_date,
        week_start,
        month_start,
        year_start,
        cast({{ dbt.dateadd('day', 3, 'week_start') }} as date) as thursday
    from weeks
)

select
    event_date,
    week_start,
    cast(extract(year from thursday) as integer) as iso_year,
    cast(
        floor({{ dbt.datediff(dbt.date_trunc('year', 'thursday'), 'thursday', 'day') }} / 7) + 1 as integer
    ) as iso_week,
    cast({{ dbt.datediff('week_start', 'event_date', 'day') }} + 1 as integer) as weekday,
    {{ dbt.datediff('week_start', 'event_date', 'day') }} >= 5 as is_weekend,
    cast(extract(day from event_date) as integer) as day_of_month,
    cast({{ dbt.datediff('year_start', 'event_date', 'day') }} + 1 as integer) as day_of_year,
    month_start,
    cast(extract(month from event_date) as integer) as month,
    cast(extract(quarter from event_date) as integer) as quarter,
    cast(extract(year from event_date) as integer) as year
from thursdays

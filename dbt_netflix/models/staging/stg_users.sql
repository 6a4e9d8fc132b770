-- The same change may arrive again on a later day; its first arrival counts.
with arrivals as (
    select
        user_id,
        changed_ts,
        signup_date,
        plan,
        country,
        age_band,
        status,
        extra_fields,
        arrival_date,
        row_number() over (
            partition by user_id, changed_ts
            order by arrival_date, source_file, source_line
        ) as arrival_number
    from {{ source('raw', 'users') }}
)

select
    user_id,
    changed_ts,
    signup_date,
    plan,
    country,
    age_band,
    status,
    extra_fields,
    arrival_date
from arrivals
where arrival_number = 1

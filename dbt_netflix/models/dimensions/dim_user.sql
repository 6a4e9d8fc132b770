-- Type 2: one row per account and interval in which nothing about it changed. Two rows of one account cannot begin at
-- the same instant: (user_id, changed_ts) is the key of the feed.
with users as (
    select
        user_id,
        changed_ts,
        signup_date,
        plan,
        country,
        age_band,
        status,
        {{ json_text('extra_fields', 'profile_name') }} as profile_name
    from {{ ref('stg_users') }}
    -- the id is reserved for the member below
    where user_id <> {{ unknown_member() }}
),

changes as (
    select
        user_id,
        changed_ts,
        signup_date,
        plan,
        country,
        age_band,
        status,
        profile_name,
        lag(changed_ts) over (partition by user_id order by changed_ts) as previous_changed_ts,
        lag(signup_date) over (partition by user_id order by changed_ts) as previous_signup_date,
        lag(plan) over (partition by user_id order by changed_ts) as previous_plan,
        lag(country) over (partition by user_id order by changed_ts) as previous_country,
        lag(age_band) over (partition by user_id order by changed_ts) as previous_age_band,
        lag(status) over (partition by user_id order by changed_ts) as previous_status,
        lag(profile_name) over (partition by user_id order by changed_ts) as previous_profile_name
    from users
),

-- A record that repeats the one before it changes nothing and opens no interval.
intervals as (
    select
        user_id,
        signup_date,
        plan,
        country,
        age_band,
        status,
        profile_name,
        changed_ts as valid_from,
        lead(changed_ts) over (partition by user_id order by changed_ts) as valid_to
    from changes
    where
        previous_changed_ts is null
        or signup_date is distinct from previous_signup_date
        or plan is distinct from previous_plan
        or country is distinct from previous_country
        or age_band is distinct from previous_age_band
        or status is distinct from previous_status
        or profile_name is distinct from previous_profile_name
),

members as (
    select
        {{ dbt.hash(dbt.concat(['user_id', "'@'", dbt.cast('valid_from', 'string')])) }} as user_key,
        user_id,
        signup_date,
        plan,
        country,
        age_band,
        status,
        profile_name,
        valid_from,
        valid_to
    from intervals

    union all

    select
        {{ unknown_member() }} as user_key,
        {{ unknown_member() }} as user_id,
        cast(null as date) as signup_date,
        cast(null as string) as plan,
        cast(null as string) as country,
        cast(null as string) as age_band,
        cast(null as string) as status,
        cast(null as string) as profile_name,
        cast('1900-01-01' as timestamp) as valid_from,
        cast(null as timestamp) as valid_to
)

select
    user_key,
    user_id,
    signup_date,
    plan,
    country,
    age_band,
    status,
    profile_name,
    valid_from,
    valid_to,
    valid_to is null as is_current
from members

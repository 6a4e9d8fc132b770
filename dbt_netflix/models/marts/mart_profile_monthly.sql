-- Of interest for a household only, and sized for one. A day with more users than that settles it without counting
-- users, and where there are no members the joins below end before they read.
with users_of_days as (
    select count(*) as users
    from {{ ref('agg_user_day') }}
    group by event_date
),

users as (
    select distinct user_id
    from {{ ref('agg_user_day') }}
    where (select max(users_of_days.users) from users_of_days) <= {{ household() }}
),

user_count as (
    select count(*) as user_count
    from users
),

members as (
    select users.user_id
    from users
    inner join user_count on user_count.user_count <= {{ household() }}
),

user_months as (
    select
        cast({{ dbt.date_trunc('month', 'agg_user_day.event_date') }} as date) as month_start,
        agg_user_day.user_id,
        cast(sum(agg_user_day.plays) as bigint) as plays,
        cast(sum(agg_user_day.watched_seconds) as decimal(18, 3)) as watched_seconds,
        count(*) as active_days
    from {{ ref('agg_user_day') }} as agg_user_day
    inner join members on agg_user_day.user_id = members.user_id
    group by month_start, agg_user_day.user_id
),

-- Titles of a month are not the sum of those of its days.
title_months as (
    select
        cast({{ dbt.date_trunc('month', 'fct_watch.event_date') }} as date) as month_start,
        fct_watch.user_id,
        count(distinct fct_watch.title_id) as titles
    from {{ ref('fct_watch') }} as fct_watch
    inner join members on fct_watch.user_id = members.user_id
    group by month_start, fct_watch.user_id
)

select
    user_months.month_start,
    user_months.user_id,
    dim_user.profile_name,
    user_months.plays,
    {{ ratio('user_months.watched_seconds', '3600') }} as watch_hours,
    user_months.active_days,
    title_months.titles
from user_months
inner join title_months
    on user_months.month_start = title_months.month_start and user_months.user_id = title_months.user_id
left join {{ ref('dim_user') }} as dim_user
    on user_months.user_id = dim_user.user_id and dim_user.is_current

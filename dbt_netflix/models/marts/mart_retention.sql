{% set periods = retention_periods() %}
with bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from {{ ref('dim_date') }}
),

first_records as (
    select
        user_id,
        signup_date,
        coalesce(plan, {{ unknown_member() }}) as plan,
        coalesce(country, {{ unknown_member() }}) as country
    from {{ ref('dim_user') }}
    where user_id <> {{ unknown_member() }}
    qualify row_number() over (partition by user_id order by valid_from) = 1
),

-- Of those who signed up before the first day, nobody knows who had left by then: any such cohort would look loyal.
signed_up as (
    select
        first_records.user_id,
        first_records.signup_date,
        first_records.plan,
        first_records.country
    from first_records
    inner join bounds
        on first_records.signup_date >= bounds.first_day and first_records.signup_date <= bounds.last_day
),

members as (
    {% for period in periods %}
        select
            '{{ period }}' as period,
            cast({{ dbt.date_trunc(period, 'signup_date') }} as date) as cohort_start,
            user_id,
            plan,
            country
        from signed_up
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

cohorts as (
    select
        period,
        cohort_start,
        plan,
        country,
        count(*) as cohort_size
    from members
    group by period, cohort_start, plan, country
),

numbers as (
    select {{ day_series("cast('2000-01-01' as date)", "cast('2000-01-27' as date)") }} as counted_day
),

period_numbers as (
    select cast({{ dbt.datediff("cast('2000-01-01' as date)", 'counted_day', 'day') }} as integer) as period_number
    from numbers
),

starts as (
    select distinct
        period,
        cohort_start
    from cohorts
),

-- Calendar weeks and months after the cohort's own (0), with their last day.
calendar as (
    {% for period, most in periods.items() %}
        select
            starts.period,
            starts.cohort_start,
            period_numbers.period_number,
            cast(
                {{ dbt.dateadd(period, 'period_numbers.period_number', 'starts.cohort_start') }} as date
            ) as period_start,
            cast(
                {{ dbt.dateadd(
                    'day', -1, dbt.dateadd(period, 'period_numbers.period_number + 1', 'starts.cohort_start')
                ) }} as date
            ) as period_end
        from starts
        inner join period_numbers
            on starts.period = '{{ period }}' and period_numbers.period_number <= {{ most }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- A period that is not over yet (right-censored) has no rows here and is null below, which is not zero.
complete as (
    select
        calendar.period,
        calendar.cohort_start,
        calendar.period_number,
        calendar.period_start,
        calendar.period_end
    from calendar
    inner join bounds on calendar.period_end <= bounds.last_day
),

subscribed as (
    select
        members.period,
        members.cohort_start,
        complete.period_number,
        members.plan,
        members.country,
        count(*) as subscribed
    from members
    inner join complete
        on members.period = complete.period and members.cohort_start = complete.cohort_start
    inner join {{ ref('dim_user') }} as dim_user
        on
            members.user_id = dim_user.user_id
            and dim_user.status = 'active'
            and cast(dim_user.valid_from as date) <= complete.period_end
            -- held at the end of the period's last day
            and (dim_user.valid_to is null or cast(dim_user.valid_to as date) > complete.period_end)
    group by members.period, members.cohort_start, complete.period_number, members.plan, members.country
),

-- Read once: of all that is read here this alone grows with every day.
member_weeks as (
    select distinct
        agg_user_day.user_id,
        cast({{ dbt.date_trunc('week', 'agg_user_day.event_date') }} as date) as week_start,
        cast({{ dbt.date_trunc('month', 'agg_user_day.event_date') }} as date) as month_start
    from {{ ref('agg_user_day') }} as agg_user_day
    inner join signed_up on agg_user_day.user_id = signed_up.user_id
),

active_periods as (
    {% for period in periods %}
        select distinct
            '{{ period }}' as period,
            user_id,
            {{ period }}_start as period_start
        from member_weeks
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

active as (
    select
        members.period,
        members.cohort_start,
        complete.period_number,
        members.plan,
        members.country,
        count(*) as active
    from members
    inner join active_periods
        on members.period = active_periods.period and members.user_id = active_periods.user_id
    inner join complete
        on
            members.period = complete.period
            and members.cohort_start = complete.cohort_start
            and active_periods.period_start = complete.period_start
    group by members.period, members.cohort_start, complete.period_number, members.plan, members.country
)

select
    cohorts.period,
    cohorts.cohort_start,
    calendar.period_number,
    cohorts.plan,
    cohorts.country,
    cohorts.cohort_size,
    case when complete.period_number is not null then coalesce(subscribed.subscribed, 0) end as subscribed,
    case when complete.period_number is not null then coalesce(active.active, 0) end as active,
    complete.period_number is not null as is_complete
from cohorts
inner join calendar on cohorts.period = calendar.period and cohorts.cohort_start = calendar.cohort_start
left join complete
    on
        calendar.period = complete.period
        and calendar.cohort_start = complete.cohort_start
        and calendar.period_number = complete.period_number
left join subscribed
    on
        cohorts.period = subscribed.period
        and cohorts.cohort_start = subscribed.cohort_start
        and calendar.period_number = subscribed.period_number
        and cohorts.plan = subscribed.plan
        and cohorts.country = subscribed.country
left join active
    on
        cohorts.period = active.period
        and cohorts.cohort_start = active.cohort_start
        and calendar.period_number = active.period_number
        and cohorts.plan = active.plan
        and cohorts.country = active.country

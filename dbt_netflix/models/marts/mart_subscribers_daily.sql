with bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from {{ ref('dim_date') }}
),

records as (
    select
        user_id,
        cast(valid_from as date) as changed_on,
        signup_date,
        status,
        coalesce(plan, {{ unknown_member() }}) as plan,
        coalesce(country, {{ unknown_member() }}) as country,
        lag(status) over by_account as previous_status,
        lag(coalesce(plan, {{ unknown_member() }})) over by_account as previous_plan,
        lag(coalesce(country, {{ unknown_member() }})) over by_account as previous_country
    from {{ ref('dim_user') }}
    where user_id <> {{ unknown_member() }}
    window by_account as (partition by user_id order by valid_from)
),

-- One row per thing that happens to the number of subscribers of a plan and country. What happened before the first day
-- makes up the number that the first day begins with.
changes as (
    select
        records.changed_on,
        records.plan,
        records.country,
        case
            when records.previous_status = 'cancelled' then 'return'
            when records.signup_date >= bounds.first_day then 'sign_up'
            else 'first_seen'
        end as kind,
        1 as gained
    from records
    cross join bounds
    where records.status = 'active' and records.previous_status is distinct from 'active'

    union all

    select
        changed_on,
        previous_plan as plan,
        previous_country as country,
        'cancellation' as kind,
        -1 as gained
    from records
    where status = 'cancelled' and previous_status = 'active'

    union all

    select
        changed_on,
        plan,
        country,
        'switch_in' as kind,
        1 as gained
    from records
    where
        status = 'active'
        and previous_status = 'active'
        and (plan <> previous_plan or country <> previous_country)

    union all

    select
        changed_on,
        previous_plan as plan,
        previous_country as country,
        'switch_out' as kind,
        -1 as gained
    from records
    where
        status = 'active'
        and previous_status = 'active'
        and (plan <> previous_plan or country <> previous_country)
),

segments as (
    select distinct
        plan,
        country
    from changes
),

opening as (
    select
        changes.plan,
        changes.country,
        sum(changes.gained) as subscribers
    from changes
    inner join bounds on changes.changed_on < bounds.first_day
    group by changes.plan, changes.country
),

day_changes as (
    select
        changed_on,
        plan,
        country,
        count(*) filter (where kind = 'sign_up') as sign_ups,
        count(*) filter (where kind = 'return') as returns,
        count(*) filter (where kind = 'first_seen') as first_seen,
        count(*) filter (where kind = 'cancellation') as cancellations,
        count(*) filter (where kind = 'switch_in') as switched_in,
        count(*) filter (where kind = 'switch_out') as switched_out,
        sum(gained) as gained
    from changes
    group by changed_on, plan, country
),

spine as (
    select
        dim_date.event_date,
        segments.plan,
        segments.country,
        coalesce(day_changes.sign_ups, 0) as sign_ups,
        coalesce(day_changes.returns, 0) as returns,
        coalesce(day_changes.first_seen, 0) as first_seen,
        coalesce(day_changes.cancellations, 0) as cancellations,
        coalesce(day_changes.switched_in, 0) as switched_in,
        coalesce(day_changes.switched_out, 0) as switched_out,
        coalesce(day_changes.gained, 0) as gained,
        coalesce(opening.subscribers, 0) + sum(coalesce(day_changes.gained, 0)) over (
            partition by segments.plan, segments.country
            order by dim_date.event_date
        ) as subscribers
    from {{ ref('dim_date') }} as dim_date
    cross join segments
    left join opening on segments.plan = opening.plan and segments.country = opening.country
    left join day_changes
        on
            dim_date.event_date = day_changes.changed_on
            and segments.plan = day_changes.plan
            and segments.country = day_changes.country
)

select
    event_date,
    plan,
    country,
    cast(subscribers - gained as bigint) as subscribers_at_start,
    sign_ups,
    returns,
    first_seen,
    cancellations,
    switched_in,
    switched_out,
    cast(subscribers as bigint) as subscribers,
    {{ ratio('cancellations', '(subscribers - gained)') }} as gross_churn_rate,
    {{ ratio('(cancellations - returns)', '(subscribers - gained)') }} as net_churn_rate
from spine

-- Every day that anything is known about has a row: a day that arrived but was never loaded is one to look at.
with states as (
    select
        event_date,
        state,
        reason,
        changed_at
    from {{ source('audit', 'event_day_states') }}
),

-- A waiver holds for the verdict that it was given for; a reload or a new verdict ends it.
waived as (
    select distinct states.event_date
    from states
    inner join {{ source('audit', 'waivers') }} as waivers
        on
            states.event_date = waivers.event_date
            and states.changed_at = waivers.state_changed_at
),

arrivals as (
    select
        arrival_date as event_date,
        received_rows,
        accepted_rows,
        repeated_rows,
        quarantined_rows
    from {{ ref('audit_row_ledger') }}
    where feed = 'events'
),

loads as (
    select
        event_date,
        lake_rows,
        repeated_rows,
        warehouse_rows,
        loaded_at
    from {{ ref('audit_warehouse_ledger') }}
    where feed = 'events'
),

days as (
    select event_date from states
    union distinct
    select event_date from arrivals
    union distinct
    select event_date from loads
),

ledgers as (
    select
        arrival_date as event_date,
        is_balanced
    from {{ ref('audit_row_ledger') }}

    union all

    select
        event_date,
        is_balanced
    from {{ ref('audit_warehouse_ledger') }}
),

balances as (
    select
        event_date,
        count(*) filter (where is_balanced is not true) = 0 as ledgers_balanced
    from ledgers
    group by event_date
),

last_runs as (
    select
        days.event_date,
        runs.run_id,
        runs.status
    from days
    inner join {{ ref('audit_pipeline_runs') }} as runs
        on days.event_date between runs.partition_from and runs.partition_to
    qualify row_number() over (
        partition by days.event_date
        order by coalesce(runs.started_at, runs.updated_at) desc nulls last, runs.run_id desc
    ) = 1
)

select
    days.event_date,
    coalesce(states.state, 'not_loaded') as state,
    waived.event_date is not null as is_waived,
    states.reason as state_reason,
    states.changed_at as state_changed_at,
    arrivals.received_rows,
    arrivals.accepted_rows,
    arrivals.repeated_rows,
    arrivals.quarantined_rows,
    loads.lake_rows,
    loads.repeated_rows as repeated_across_arrivals_rows,
    loads.warehouse_rows,
    balances.ledgers_balanced,
    loads.loaded_at,
    last_runs.run_id as last_run_id,
    last_runs.status as last_run_status
from days
left join states on days.event_date = states.event_date
left join waived on days.event_date = waived.event_date
left join arrivals on days.event_date = arrivals.event_date
left join loads on days.event_date = loads.event_date
left join balances on days.event_date = balances.event_date
left join last_runs on days.event_date = last_runs.event_date

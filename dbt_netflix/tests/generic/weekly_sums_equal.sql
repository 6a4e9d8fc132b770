{#
  Fails for every row of a model by week (`week_start`, a Monday) and `key` whose `sums` (name: expression over its row) differ from
  `to_sums` (the same names, aggregates over `to` by week and `key`). Looks at the weeks of the run's days only.
#}
{% test weekly_sums_equal(model, key, sums, to, to_sums) %}

with run_weeks as (
    select distinct cast({{ dbt.date_trunc('week', 'event_date') }} as date) as week_start
    from {{ to }}
    where {{ day_range('event_date') }}
),

tested as (
    select
        week_start,
        {{ key }}
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ model }}
    where week_start in (select week_start from run_weeks)
),

expected as (
    select
        cast({{ dbt.date_trunc('week', 'event_date') }} as date) as week_start,
        {{ key }}
        {%- for name, expression in to_sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ to }}
    where
        event_date >= (select min(week_start) from run_weeks)
        and cast({{ dbt.date_trunc('week', 'event_date') }} as date) in (select week_start from run_weeks)
    group by 1, 2
)

select
    tested.*
    {%- for name in sums %},
    expected.{{ name }} as expected_{{ name }}
    {%- endfor %}
from tested
left join expected on tested.week_start = expected.week_start and tested.{{ key }} = expected.{{ key }}
where
    {%- for name in sums %}
    tested.{{ name }} is distinct from expected.{{ name }}
    {{- ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}

{#
  Fails for every row of a model by `period` (`week` or `month`: the model's `week_start` or `month_start`) and `key` whose `sums`
  (name: expression over its row) differ from `to_sums` (the same names, aggregates over `to` by period and `key`), and, when the
  model is `complete`, for every row that it lacks; a model without any row passes. Looks at the periods of the run's days only.
#}
{% test period_sums_equal(model, period, key, sums, to, to_sums, complete=false) %}

{%- set start = period ~ '_start' %}
with run_periods as (
    select distinct cast({{ dbt.date_trunc(period, 'event_date') }} as date) as {{ start }}
    from {{ to }}
    where {{ day_range('event_date') }}
),

tested as (
    select
        {{ start }},
        {{ key }}
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ model }}
    where {{ start }} in (select {{ start }} from run_periods)
),

expected as (
    select
        cast({{ dbt.date_trunc(period, 'event_date') }} as date) as {{ start }},
        {{ key }}
        {%- for name, expression in to_sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ to }}
    where
        event_date >= (select min({{ start }}) from run_periods)
        and cast({{ dbt.date_trunc(period, 'event_date') }} as date) in (select {{ start }} from run_periods)
        and exists (select 1 from {{ model }})
    group by 1, 2
)

select
    expected.{{ start }} as expected_{{ start }},
    expected.{{ key }} as expected_{{ key }},
    tested.*
    {%- for name in sums %},
    expected.{{ name }} as expected_{{ name }}
    {%- endfor %}
from tested
{{ 'full outer' if complete else 'left' }} join expected
    on tested.{{ start }} = expected.{{ start }} and tested.{{ key }} = expected.{{ key }}
where
    {%- for name in sums %}
    tested.{{ name }} is distinct from expected.{{ name }}
    {{- ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}

{#
  Fails for every event day on which a sum over the model differs from the same sum over `to`.

  `sums` and `to_sums`: the same names, each with an aggregate expression over the model and over `to`. A day without rows counts
  as 0; a null sum of rows is unknown, and equals null only. `to_condition` keeps the rows of `to` that the model is made from. Both sides are cut to the run's days.
#}
{% test sums_equal(model, sums, to, to_sums, to_condition='true') %}

with tested as (
    select
        event_date
        {%- for name, expression in sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ model }}
    group by event_date
),

expected as (
    select
        event_date
        {%- for name, expression in to_sums.items() %},
        {{ expression }} as {{ name }}
        {%- endfor %}
    from {{ to }}
    where
        {{ day_range('event_date') }}
        and ({{ to_condition }})
    group by event_date
),

compared as (
    select
        coalesce(tested.event_date, expected.event_date) as event_date
        {%- for name in sums %},
        case when tested.event_date is null then 0 else tested.{{ name }} end as {{ name }},
        case when expected.event_date is null then 0 else expected.{{ name }} end as expected_{{ name }}
        {%- endfor %}
    from tested
    full outer join expected on tested.event_date = expected.event_date
)

select *
from compared
where
    {%- for name in sums %}
    {{ name }} is distinct from expected_{{ name }}
    {{- ' or' if not loop.last }}
    {%- endfor %}

{% endtest %}

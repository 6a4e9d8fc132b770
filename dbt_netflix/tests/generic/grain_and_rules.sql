{#
  Everything that must hold of a model's rows, in one query, since a test costs more than what it reads. Fails for every

  - combination of `grain` that more than one row has,
  - row on which `rules`, a condition, is not true (null is not true),
  - row whose `references` (column: model.field, both sides not null) finds nothing there,
  - event day on which a sum of `sums` (name: aggregate over the model) differs from the one of the same name in `to_sums` over `to`;
    a day without rows counts as 0, and a null sum of rows is unknown, which equals null only. `to_condition` keeps the rows of `to` that
    the model is made from. Both sides are cut to the run's days.

  One row per fault: `fault` in words, and `event_date` for a model that has one (`by_day`).
#}
{% test grain_and_rules(
    model, grain, rules='true', references={}, sums={}, to=none, to_sums={}, to_condition='true', by_day=true
) %}

{%- set day = 'event_date' if by_day else 'cast(null as date)' %}
with tested_rows as (
    select * from {{ model }}
),

faults as (
    select
        {{ 'event_date' if by_day else 'cast(null as date) as event_date' }},
        'more than one row: '
        {%- for column in grain %} || coalesce(cast({{ column }} as string), 'null') || ' '{% endfor %} as fault
    from tested_rows
    group by {{ grain | join(', ') }}
    having count(*) > 1

    union all

    select
        {{ day }} as event_date,
        'not so: {{ rules | replace("'", "''") | replace("\n", " ") }}; row '
        {%- for column in grain %} || coalesce(cast({{ column }} as string), 'null') || ' '{% endfor %} as fault
    from tested_rows
    where ({{ rules }}) is not true
    {%- for column, target in references.items() %}

    union all

    select
        {{ day }} as event_date,
        '{{ column }} is not known to {{ target[1] }}: ' || cast({{ column }} as string) as fault
    from tested_rows
    where {{ column }} is not null and {{ column }} not in (select {{ target[1] }} from {{ target[0] }})
    {%- endfor %}
    {%- if to %}

    union all

    select
        coalesce(tested.event_date, expected.event_date) as event_date,
        'sums differ'
        {%- for name in sums %}
        || case
            when {{ 'tested.' ~ name }} is distinct from {{ 'expected.' ~ name }}
                then '; {{ name }} ' || coalesce(cast(tested.{{ name }} as string), 'null')
                || ' and not ' || coalesce(cast(expected.{{ name }} as string), 'null')
            else ''
        end
        {%- endfor %} as fault
    from (
        select
            event_date
            {%- for name, expression in sums.items() %},
            {{ expression }} as {{ name }}
            {%- endfor %}
        from tested_rows
        group by event_date
    ) as tested
    full outer join (
        select
            event_date
            {%- for name, expression in to_sums.items() %},
            {{ expression }} as {{ name }}
            {%- endfor %}
        from {{ to }}
        where {{ day_range('event_date') }} and ({{ to_condition }})
        group by event_date
    ) as expected
        on tested.event_date = expected.event_date
    where
        {%- for name in sums %}
        case when tested.event_date is null then 0 else tested.{{ name }} end
        is distinct from case when expected.event_date is null then 0 else expected.{{ name }} end
        {{- ' or' if not loop.last }}
        {%- endfor %}
    {%- endif %}
)

select *
from faults

{% endtest %}

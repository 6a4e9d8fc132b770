{#
  Fails for every row of a type-2 dimension whose interval is empty or does not end exactly where the next one of the same key
  begins; the last one must be open.
#}
{% test gapless_intervals(model, key, valid_from, valid_to) %}

with intervals as (
    select
        {{ key }},
        {{ valid_from }},
        {{ valid_to }},
        lead({{ valid_from }}) over (partition by {{ key }} order by {{ valid_from }}) as next_from
    from {{ model }}
)

select *
from intervals
where
    {{ valid_to }} is distinct from next_from
    or {{ valid_to }} <= {{ valid_from }}

{% endtest %}

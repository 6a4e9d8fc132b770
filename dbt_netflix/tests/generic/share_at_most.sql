{# Fails when more than the share `maximum` (0 to 1) of the rows meets `condition`. #}
{% test share_at_most(model, condition, maximum) %}

with counts as (
    select
        count(*) as row_count,
        count(*) filter (where {{ condition }}) as meeting_count
    from {{ model }}
)

select *
from counts
where meeting_count > {{ maximum }} * row_count

{% endtest %}

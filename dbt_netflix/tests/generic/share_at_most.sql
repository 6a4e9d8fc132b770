{#
  Fails when more than the share `maximum` (0 to 1) of the rows meets `condition`, provided that `applies`, an aggregate over all
  rows, is true.
#}
{% test share_at_most(model, condition, maximum, applies='true') %}

with counts as (
    select
        count(*) as row_count,
        count(*) filter (where {{ condition }}) as meeting_count,
        {{ applies }} as applies
    from {{ model }}
)

select *
from counts
where
    applies
    and meeting_count > {{ maximum }} * row_count

{% endtest %}

{#
  Fails for every event day on which the rows whose `column_name` is not in `field` of the dimension `to` hold more than the share
  `maximum` (0 to 1) of `weight`, an aggregate such as `sum(plays)`. An unknown id is no error: its record may come later.
#}
{% test unknown_share_at_most(model, column_name, to, field, weight, maximum) %}

with members as (
    select distinct {{ field }} as member_id
    from {{ to }}
),

weights as (
    select
        event_date,
        {{ weight }} as total_weight,
        {{ weight }} filter (where members.member_id is null) as unknown_weight
    from {{ model }}
    left join members on {{ column_name }} = members.member_id
    group by event_date
)

select *
from weights
where unknown_weight > {{ maximum }} * total_weight

{% endtest %}

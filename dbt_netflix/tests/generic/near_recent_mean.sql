{#
  Fails for every day whose `measure` is not between `at_least` and `at_most` times its mean over the `days` days before. Days with
  fewer than three of these in `history` (the model itself, all days of it) pass: there is nothing to compare them with.
#}
{% test near_recent_mean(model, measure, history, at_least, at_most, days=7) %}

with tested as (
    select
        event_date,
        {{ measure }}
    from {{ model }}
),

compared as (
    select
        tested.event_date,
        tested.{{ measure }},
        avg(earlier.{{ measure }}) as recent_mean
    from tested
    inner join {{ history }} as earlier
        on {{ dbt.datediff('earlier.event_date', 'tested.event_date', 'day') }} between 1 and {{ days }}
    group by tested.event_date, tested.{{ measure }}
    having count(*) >= 3
)

select *
from compared
where
    {{ measure }} < {{ at_least }} * recent_mean
    or {{ measure }} > {{ at_most }} * recent_mean

{% endtest %}

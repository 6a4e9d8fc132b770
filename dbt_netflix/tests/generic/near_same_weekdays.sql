{#
  Fails for every event day whose `measure` lies outside what the same weekday of the 8 weeks before sets, from `at_least` times the
  lowest to `at_most` times the highest; with fewer than three of these the 7 days before are taken, and with fewer than three of
  these the day passes; 0 leaves a side open. `quality/volume.py` judges arrival days in the same way and gives the reasons.

  `history`: the model itself, all days of it; `days` where `days_condition`: the event days that were loaded. A loaded day that
  the model has no row for counts as 0.
#}
{% test near_same_weekdays(model, measure, history, days, days_condition, at_least, at_most) %}

with loaded as (
    select distinct event_date
    from {{ days }}
    where {{ days_condition }}
),

all_days as (
    select
        loaded.event_date,
        coalesce(measured.{{ measure }}, 0) as {{ measure }}
    from loaded
    left join {{ history }} as measured on loaded.event_date = measured.event_date
),

tested as (
    select
        event_date,
        {{ measure }}
    from all_days
    where {{ day_range('event_date') }}
),

earlier as (
    select
        tested.event_date,
        tested.{{ measure }},
        all_days.{{ measure }} as earlier_rows,
        {{ dbt.datediff('all_days.event_date', 'tested.event_date', 'day') }} as days_before
    from tested
    inner join all_days
        on {{ dbt.datediff('all_days.event_date', 'tested.event_date', 'day') }} between 1 and 56
),

counted as (
    select
        event_date,
        {{ measure }},
        earlier_rows,
        days_before,
        count(*) filter (where days_before % 7 = 0) over (partition by event_date) as weekdays
    from earlier
),

ranges as (
    select
        event_date,
        {{ measure }},
        case
            when 2 * count(*) filter (where earlier_rows > 0) > count(*)
                then min(earlier_rows) filter (where earlier_rows > 0)
            else min(earlier_rows)
        end as lowest_before,
        max(earlier_rows) as highest_before
    from counted
    where
        (weekdays >= 3 and days_before % 7 = 0)
        or (weekdays < 3 and days_before <= 7)
    group by event_date, {{ measure }}
    having count(*) >= 3
)

select *
from ranges
where
    ({{ measure }} = 0 and lowest_before > 0 and {{ at_least }} > 0)
    or {{ measure }} < {{ at_least }} * lowest_before - 3 * sqrt(lowest_before)
    or ({{ at_most }} > 0 and {{ measure }} > greatest(10, {{ at_most }} * highest_before + 3 * sqrt(highest_before)))

{% endtest %}

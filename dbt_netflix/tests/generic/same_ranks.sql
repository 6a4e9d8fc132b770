{#
  Fails for every rank of a weekly list that the model's column `rank` holds and `to` (column `rank`) does not hold as often, or
  the other way round.
#}
{% test same_ranks(model, rank, to) %}

with tested as (
    select
        week_start,
        top10_list,
        {{ rank }} as list_rank,
        count(*) as tested_rows
    from {{ model }}
    where {{ rank }} is not null
    group by 1, 2, 3
),

expected as (
    select
        week_start,
        top10_list,
        rank as list_rank,
        count(*) as expected_rows
    from {{ to }}
    group by 1, 2, 3
)

select
    coalesce(tested.week_start, expected.week_start) as week_start,
    coalesce(tested.top10_list, expected.top10_list) as top10_list,
    coalesce(tested.list_rank, expected.list_rank) as list_rank,
    tested.tested_rows,
    expected.expected_rows
from tested
full outer join expected
    on
        tested.week_start = expected.week_start
        and tested.top10_list = expected.top10_list
        and tested.list_rank = expected.list_rank
where tested.tested_rows is distinct from expected.expected_rows

{% endtest %}

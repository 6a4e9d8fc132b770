{# Fails for every combination of `columns` whose ranks are not 1, 2, 3 and so on up to the number of its rows. #}
{% test ranks_without_gaps(model, column_name, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count,
    max({{ column_name }}) as last_rank
from {{ model }}
group by {{ columns | join(', ') }}
having max({{ column_name }}) <> count(*) or min({{ column_name }}) <> 1

{% endtest %}

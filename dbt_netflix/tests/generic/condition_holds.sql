{# Fails for every row on which `condition` is not true; null is not true. #}
{% test condition_holds(model, condition) %}

select *
from {{ model }}
where ({{ condition }}) is not true

{% endtest %}

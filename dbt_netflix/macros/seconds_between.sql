{# Seconds from `first_ts` to `last_ts` as DOUBLE, exact to the millisecond; null when either is null. #}
{% macro seconds_between(first_ts, last_ts) -%}
    {{ ratio(dbt.datediff(first_ts, last_ts, 'millisecond'), '1000') }}
{%- endmacro %}

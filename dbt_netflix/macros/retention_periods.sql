{# How far cohorts are followed: kinds of period, each with its last number. Bounds the rows of a cohort. #}
{% macro retention_periods() -%}
    {{ return({'week': 26, 'month': 24}) }}
{%- endmacro %}

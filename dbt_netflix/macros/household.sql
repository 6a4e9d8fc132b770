{# Up to so many users a platform is taken for a household, whose profiles are shown one by one. #}
{% macro household() -%}
    50
{%- endmacro %}

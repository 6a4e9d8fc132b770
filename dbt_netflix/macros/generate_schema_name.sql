{# Schema names are exact (`marts`, not `main_marts`): the platform and its users name the tables in full. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}

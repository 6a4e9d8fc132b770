{# A field of a JSON object in a column, as text; null where the object lacks it, and where the column is null. #}
{% macro json_text(column, field) -%}
    {{ return(adapter.dispatch('json_text', 'netflix')(column, field)) }}
{%- endmacro %}

{% macro default__json_text(column, field) -%}
    get_json_object({{ column }}, '$.{{ field }}')
{%- endmacro %}

{% macro duckdb__json_text(column, field) -%}
    json_extract_string({{ column }}, '$.{{ field }}')
{%- endmacro %}

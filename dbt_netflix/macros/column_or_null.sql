{#
  A column of a relation that an earlier version of its model may have built without it: the column, or a null of `data_type`.
  A model that reads its own table needs this, since new columns are appended only after the model's query has run.
#}
{% macro column_or_null(relation, name, data_type) -%}
    {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list if execute else [name] -%}
    {{ name if name in names else 'cast(null as ' ~ data_type ~ ')' }}
{%- endmacro %}

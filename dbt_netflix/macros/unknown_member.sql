{#
  The id of the dimensions' member that stands for "not known (yet)". Facts keep the id they were sent with; what joins them to
  a dimension falls back to this member.
#}
{% macro unknown_member() -%}
    'unknown'
{%- endmacro %}

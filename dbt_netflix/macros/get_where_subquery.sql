{#
  What a test reads. Tests of a model that is stored by day (meta.daily) look at the run's days only, so that what the tests
  of a run cost does not grow with the history. Tests of other models ask for the same with `where: __days_of_the_run__`.
#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if execute and not where and model.attached_node -%}
        {%- set where = '__days_of_the_run__' if graph.nodes[model.attached_node].config.meta.get('daily') else '' -%}
    {%- endif -%}
    {%- if where -%}
        {%- set condition = where | replace('__days_of_the_run__', day_range('event_date')) -%}
        {{ return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') as tested_rows') }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

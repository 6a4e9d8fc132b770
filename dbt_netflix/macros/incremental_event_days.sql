{#
  Incremental strategy `event_days`: replace the run's event days, whatever they hold now.

  dbt's delete+insert deletes the keys that the new rows bring, so a day that no longer has any row would keep its old ones.
  Here the day itself is deleted. Both statements run in the materialization's transaction.
#}
{% macro get_incremental_event_days_sql(arg_dict) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }}
    where {{ day_range('event_date') }};

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }}
    from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

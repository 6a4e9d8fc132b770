{#
  Whether a row of the fact counts for abandonment: a play of known watch time that began early enough for a minute of it to lie on its
  day. What is watched after midnight is on another row, so a later one would look abandoned.
#}
{% macro is_abandonable() -%}
    (
        plays > 0
        and watched_seconds is not null
        and {{ dbt.datediff(dbt.cast('event_date', 'timestamp'), 'first_event_ts', 'second') }} < 86340
    )
{%- endmacro %}

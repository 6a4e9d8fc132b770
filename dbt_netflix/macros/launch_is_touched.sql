{#
  Whether a row of mart_title_funnel (`funnel`) has to be made again: one of the run's days lies within 28 days of the release, or the
  title's record is not what the row was made with. With it the table is the same as when it is built whole.
#}
{% macro launch_is_touched(funnel) -%}
    {%- set days = run_days() -%}
    {%- if days is none -%}
        true
    {%- else -%}
        (
            release_date <= date '{{ days.last }}'
            and {{ dbt.datediff('release_date', "date '" ~ days.first ~ "'", 'day') }} <= 27
        )
        or title_id not in (
            select funnel.title_id
            from {{ funnel }} as funnel
            inner join {{ ref('dim_title') }} as dim_title
                on
                    funnel.title_id = dim_title.title_id
                    {%- for column in [
                        'title_name', 'title_type', 'primary_genre', 'language', 'release_date', 'runtime_minutes',
                        'episode_count'
                    ] %}
                    and funnel.{{ column }} is not distinct from dim_title.{{ column }}
                    {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}

{#
  The event days of the run, from NETFLIX_FROM_DATE and NETFLIX_TO_DATE (inclusive, YYYY-MM-DD, both or none).

  The variables are read at execution only. Read while parsing they would become part of the parsed project, and every
  other day would parse it anew.
#}
{% macro run_days() -%}
    {%- set first = env_var('NETFLIX_FROM_DATE', '') | trim -%}
    {%- set last = env_var('NETFLIX_TO_DATE', '') | trim -%}
    {%- if not first and not last -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for name, value in [('NETFLIX_FROM_DATE', first), ('NETFLIX_TO_DATE', last)] -%}
        {%- if not modules.re.fullmatch('\\d{4}-\\d{2}-\\d{2}', value) -%}
            {%- do exceptions.raise_compiler_error(
                name ~ "=" ~ value ~ ": is no date; set both bounds as YYYY-MM-DD, or none for the whole history"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if first > last -%}
        {%- do exceptions.raise_compiler_error(
            "NETFLIX_FROM_DATE=" ~ first ~ ": must not be after NETFLIX_TO_DATE=" ~ last
        ) -%}
    {%- endif -%}
    {%- if flags.FULL_REFRESH -%}
        {%- do exceptions.raise_compiler_error(
            "NETFLIX_FROM_DATE=" ~ first ~ ": a full refresh replaces whole tables and would lose the days outside the bounds; "
            ~ "unset both bounds"
        ) -%}
    {%- endif -%}
    {{ return({'first': first, 'last': last}) }}
{%- endmacro %}

{#
  A condition that keeps the rows of the run's event days; `true` when the run has no bounds.

  The bounds are always written `date 'YYYY-MM-DD'`, and nothing else in a test is: Dagster narrows a failed test down to
  its days by replacing these two literals in the compiled SQL.
#}
{% macro day_range(column='event_date') -%}
    {%- set days = run_days() if execute else none -%}
    {%- if days -%}
        {{ column }} between date '{{ days.first }}' and date '{{ days.last }}'
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#
  What Apache Spark needs to be told in its own words. Everything else is the same text on both engines.

  Spark's tables are folders of Parquet files by event day: a day can be replaced, a row cannot. So a model by event day is
  overwritten by partition, and one that would take out single rows is built whole.
#}
{% materialization incremental, adapter='spark' -%}
    {%- set by_day = config.get('meta', {}).get('daily') -%}
    {%- set existing = load_relation(this) -%}
    {%- set days = run_days() -%}

    {{ run_hooks(pre_hooks) }}

    {%- if existing is none or existing.is_view or not by_day or should_full_refresh() or days is none -%}
        {%- if existing is not none -%}
            {%- do adapter.drop_relation(existing) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ create_table_as(false, this, compiled_code) }}
        {%- endcall -%}
        {%- do persist_constraints(this, model) -%}
    {%- else -%}
        {%- set rows = this.incorporate(path={'identifier': this.identifier ~ '__dbt_tmp'}) -%}
        {%- set rows = rows.include(database=false, schema=false) -%}
        {%- call statement('create_tmp_relation') -%}
            {{ create_table_as(true, rows, compiled_code) }}
        {%- endcall -%}
        {%- do process_schema_changes(config.get('on_schema_change'), rows, existing) -%}
        {# Overwriting replaces the days that the new rows bring; one that no longer has any row would keep its old ones. #}
        {%- do spark_drop_event_days(this, days) -%}
        {%- set columns = adapter.get_columns_in_relation(this) | map(attribute='name') | map('lower') | unique | list -%}
        {%- call statement('main') -%}
            insert overwrite table {{ this }} partition (event_date)
            select
                {% for column in columns if column != 'event_date' %}{{ adapter.quote(column) }}, {% endfor %}event_date
            from {{ rows }}
        {%- endcall -%}
        {%- do persist_constraints(this, model) -%}
    {%- endif -%}

    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [this]}) }}
{%- endmaterialization %}

{# Drop the partitions of the run's event days: Spark drops them by name only, so those that are there are asked for. #}
{% macro spark_drop_event_days(relation, days) -%}
    {%- call statement('partitions', fetch_result=true) -%}
        show partitions {{ relation }}
    {%- endcall -%}
    {%- set gone = [] -%}
    {%- for row in load_result('partitions').table.rows -%}
        {%- set event_day = row[0].split('=')[1] -%}
        {%- if days.first <= event_day <= days.last -%}
            {%- do gone.append("partition (event_date = date '" ~ event_day ~ "')") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if gone -%}
        {%- call statement('drop_event_days') -%}
            alter table {{ relation }} drop if exists {{ gone | join(', ') }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__partition_cols(label, required=false) -%}
    {%- if config.get('materialized') == 'incremental' and config.get('meta', {}).get('daily') -%}
        {{ label }} (event_date)
    {%- endif -%}
{%- endmacro %}

{# Spark's Parquet tables hold no constraint, so the rows that were just written are asked: a null ends the model as it does on DuckDB. #}
{% macro spark__persist_constraints(relation, model) -%}
    {%- set filled = [] -%}
    {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
        {%- do filled.append(column.name) -%}
    {%- endfor -%}
    {%- if config.get('contract').enforced and filled -%}
        {%- call statement('not_null') -%}
            select assert_true(
                count_if({{ filled | join(' is null or ') }} is null) = 0,
                'NOT NULL constraint failed: {{ relation }}, one of {{ filled | join(", ") }}'
            )
            from {{ relation }}
            where {{ day_range('event_date') if config.get('meta', {}).get('daily') else 'true' }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{# A table without rows to take out of it has no state to add to. #}
{% macro is_incremental() -%}
    {{ return(adapter.dispatch('is_incremental', 'netflix')()) }}
{%- endmacro %}

{% macro default__is_incremental() -%}
    {{ return(dbt.is_incremental()) }}
{%- endmacro %}

{% macro spark__is_incremental() -%}
    {{ return(false) }}
{%- endmacro %}

{# Boundaries crossed, as DuckDB counts them; dbt's own goes through text and is wrong below a second. #}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
        datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart in ('minute', 'second', 'millisecond') -%}
        {%- set clock = 'unix_millis' if datepart == 'millisecond' else 'unix_seconds' -%}
        {%- set unit = 60 if datepart == 'minute' else 1 -%}
        {%- set moments = [] -%}
        {%- for moment in (second_date, first_date) -%}
            {%- do moments.append('floor(' ~ clock ~ '(cast(' ~ moment ~ ' as timestamp_ltz)) / ' ~ unit ~ ')'
                if unit > 1 else clock ~ '(cast(' ~ moment ~ ' as timestamp_ltz))') -%}
        {%- endfor -%}
        ({{ moments | join(' - ') }})
    {%- else -%}
        {%- do exceptions.raise_compiler_error("datediff by " ~ datepart ~ " is not written for Spark") -%}
    {%- endif -%}
{%- endmacro %}

{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{# dbt's own escapes the delimiter twice. #}
{% macro spark__split_part(string_text, delimiter_text, part_number) -%}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- endmacro %}

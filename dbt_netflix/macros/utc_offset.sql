{# Minutes by which clocks in an IANA zone are ahead of UTC at the moment `ts` (UTC), daylight saving included. #}
{% macro utc_offset(zone, ts) -%}
    {{ return(adapter.dispatch('utc_offset', 'netflix')(zone, ts)) }}
{%- endmacro %}

{% macro default__utc_offset(zone, ts) -%}
    {{ dbt.datediff(ts, 'from_utc_timestamp(' ~ ts ~ ', ' ~ zone ~ ')', 'minute') }}
{%- endmacro %}

{# DuckDB's `icu` extension, which is part of its Python package: nothing is fetched. #}
{% macro duckdb__utc_offset(zone, ts) -%}
    date_diff('minute', {{ ts }}, timezone({{ zone }}, timezone('UTC', {{ ts }})))
{%- endmacro %}

{#
  A query: versions of the player that carry at least one in a hundred of a day's playbacks, one row per event day and version. All
  others go together as `other`, so that their number stays bounded whatever senders put there.
#}
{% macro usual_versions(watched) -%}
    select
        event_date,
        app_version
    from (
        select
            event_date,
            app_version,
            count(*) as playbacks,
            sum(count(*)) over (partition by event_date) as playbacks_of_day
        from {{ watched }}
        where app_version is not null and {{ day_range('event_date') }}
        group by event_date, app_version
    ) as versions
    where playbacks * 100 >= playbacks_of_day
{%- endmacro %}

{# The version that a row counts for: its own when `usual` (from the query above) holds it, else `other`; `unknown` when null. #}
{% macro counted_version(app_version, usual) -%}
    case
        when {{ app_version }} is null then {{ unknown_member() }}
        else coalesce({{ usual }}, 'other')
    end
{%- endmacro %}

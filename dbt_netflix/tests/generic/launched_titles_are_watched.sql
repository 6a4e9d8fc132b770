{#
  Fails for every title that was released `quiet_days` to `quiet_days` + 7 days before the newest event day and of which `watched`
  (a model with `event_date`, `title_id`, `plays`, `watched_seconds`) shows no view: a launch that failed, or ids that do not match.
  Titles released before the first event day are left out: what was watched of them before is not known.
#}
{% test launched_titles_are_watched(model, watched, quiet_days) %}

with bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as newest_day
    from {{ watched }}
),

launched as (
    select
        tested.title_id,
        tested.title_name,
        tested.release_date,
        bounds.newest_day as event_date
    from {{ model }} as tested
    inner join bounds
        on
            tested.release_date >= bounds.first_day
            and {{ dbt.datediff('tested.release_date', 'bounds.newest_day', 'day') }}
            between {{ quiet_days }} and {{ quiet_days }} + 7
),

viewed as (
    select distinct watched.title_id
    from {{ watched }} as watched
    inner join bounds
        on {{ dbt.datediff('watched.event_date', 'bounds.newest_day', 'day') }} <= {{ quiet_days }} + 7
    where watched.plays > 0 or watched.watched_seconds > 0
)

select launched.*
from launched
left join viewed on launched.title_id = viewed.title_id
where viewed.title_id is null
order by launched.release_date, launched.title_id

{% endtest %}

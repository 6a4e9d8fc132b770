{#
  Fails for every title that was released `quiet_days` to `quiet_days` + 7 days before the newest event day and of which `watched`
  (a model with `event_date`, `title_id`, `plays`, `watched_seconds`) shows no view: a launch that failed, or ids that do not match.
  Titles released before the first event day are left out: what was watched of them before is not known.

  Of a small service a weak launch may have no view by chance, which says nothing. So it is held against the launches of the twelve
  weeks before that were watched: of nine in ten, `least_usual` plays or more are usual in their first `quiet_days` days. Where
  fewer are, or where so few launches were watched (`least_launches`) that nobody can say what is usual, no title fails; where no
  launch was watched at all, every one does.
#}
{% test launched_titles_are_watched(model, watched, quiet_days, least_usual, least_launches) %}

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
        bounds.newest_day as event_date,
        {{ dbt.datediff('tested.release_date', 'bounds.newest_day', 'day') }} as days_out
    from {{ model }} as tested
    inner join bounds
        on
            tested.release_date >= bounds.first_day
            and {{ dbt.datediff('tested.release_date', 'bounds.newest_day', 'day') }}
            between {{ quiet_days }} and {{ quiet_days }} + 84
),

viewed as (
    select
        launched.title_id,
        sum(
            case
                when {{ dbt.datediff('launched.release_date', 'watched.event_date', 'day') }} < {{ quiet_days }}
                    then watched.plays
                else 0
            end
        ) as first_plays
    from launched
    inner join {{ watched }} as watched
        on launched.title_id = watched.title_id and watched.event_date >= launched.release_date
    where watched.plays > 0 or watched.watched_seconds > 0
    group by launched.title_id
),

usual as (
    select
        count(*) as launches,
        percentile_cont(0.1) within group (order by first_plays) as first_plays
    from viewed
)

select
    launched.title_id,
    launched.title_name,
    launched.release_date,
    launched.event_date
from launched
cross join usual
left join viewed on launched.title_id = viewed.title_id
where
    launched.days_out <= {{ quiet_days }} + 7
    and viewed.title_id is null
    and (usual.launches = 0 or (usual.launches >= {{ least_launches }} and usual.first_plays >= {{ least_usual }}))
order by launched.release_date, launched.title_id

{% endtest %}

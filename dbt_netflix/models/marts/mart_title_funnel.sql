-- By title and not by day: who reached a threshold when depends on all days since the release. The run's launches are
-- those that it lacks: the hook takes out every title that the run's days, or a change of its record, may have moved.
{{ config(
    pre_hook="
        {% if is_incremental() %}
            delete from {{ this }} where {{ launch_is_touched(this) }}
        {% endif %}
    "
) }}
with days as (
    select distinct event_date
    from {{ ref('agg_title_day') }}
),

bounds as (
    select
        min(event_date) as first_day,
        max(event_date) as last_day
    from days
),

-- `units`: the film, or the season's episodes; null where nobody knows how many, and then shares of one are unknown.
launched as (
    select
        dim_title.title_id,
        dim_title.release_date,
        case when dim_title.title_type = 'season' then dim_title.episode_count else 1 end as units,
        dim_title.runtime_minutes * 60000 as runtime_ms
    from {{ ref('dim_title') }} as dim_title
    inner join bounds on dim_title.release_date >= bounds.first_day and dim_title.release_date <= bounds.last_day
    {% if is_incremental() %}
        where dim_title.title_id not in (select known.title_id from {{ this }} as known)
    {% endif %}
),

unit_days as (
    select
        fct_watch.title_id,
        fct_watch.user_id,
        coalesce(fct_watch.profile_id, fct_watch.user_id) as viewer_id,
        fct_watch.episode_number,
        {{ dbt.datediff('launched.release_date', 'fct_watch.event_date', 'day') }} as day_number,
        launched.units,
        launched.runtime_ms,
        cast(sum(fct_watch.watched_seconds) * 1000 as bigint) as watched_ms,
        cast(max(fct_watch.max_position_seconds) * 1000 as bigint) as position_ms
    from {{ ref('fct_watch') }} as fct_watch
    inner join launched
        on
            fct_watch.title_id = launched.title_id
            and {{ dbt.datediff('launched.release_date', 'fct_watch.event_date', 'day') }} between 0 and 27
    -- says nothing new, but spares reading the days before
    where fct_watch.event_date >= (select min(starts.release_date) from launched as starts)
    group by
        fct_watch.title_id,
        fct_watch.user_id,
        viewer_id,
        fct_watch.episode_number,
        day_number,
        launched.units,
        launched.runtime_ms
),

-- What was watched up to each day. Watching a half twice is not watching the whole: no more counts than lies before the
-- furthest position.
so_far as (
    select
        title_id,
        user_id,
        viewer_id,
        episode_number,
        day_number,
        units,
        runtime_ms,
        sum(watched_ms) over until_then as watched_ms,
        max(position_ms) over until_then as position_ms
    from unit_days
    window until_then as (
        partition by title_id, user_id, viewer_id, episode_number
        order by day_number
    )
),

-- In runtimes of the title: a unit is a part of it, so it is multiplied up and everything stays whole. A unit cannot be
-- seen further than to its end.
seen as (
    select
        title_id,
        user_id,
        viewer_id,
        episode_number,
        day_number,
        runtime_ms,
        units,
        watched_ms,
        -- null stays null, which `least` would leave out
        case
            when watched_ms is not null and units is not null and runtime_ms is not null
                then least(least(watched_ms, coalesce(position_ms, watched_ms)) * units, runtime_ms)
        end as seen_ms
    from so_far
),

newly_seen as (
    select
        title_id,
        user_id,
        viewer_id,
        day_number,
        runtime_ms,
        units,
        watched_ms,
        seen_ms,
        seen_ms - coalesce(
            lag(seen_ms) over (
                partition by title_id, user_id, viewer_id, episode_number
                order by day_number
            ),
            0
        ) as new_ms
    from seen
),

viewer_days as (
    select
        title_id,
        user_id,
        viewer_id,
        day_number,
        runtime_ms,
        units,
        max(watched_ms) as most_watched_ms,
        max(seen_ms) as most_seen_ms,
        sum(sum(new_ms)) over (partition by title_id, user_id, viewer_id order by day_number) as seen_of_title_ms
    from newly_seen
    group by title_id, user_id, viewer_id, day_number, runtime_ms, units
),

-- The day, from 0, on which a viewer became what; null when never.
viewers as (
    select
        title_id,
        min(day_number) as first_day,
        count(most_watched_ms) > 0 as is_timed,
        min(day_number) filter (where most_watched_ms >= 120000) as starter_day,
        min(day_number) filter (where most_seen_ms * 10 >= runtime_ms * 7) as watcher_day,
        min(day_number) filter (where seen_of_title_ms * 10 >= runtime_ms * units * 9) as completer_day
    from viewer_days
    group by title_id, user_id, viewer_id
),

spans as (
    select 7 as window_days
    union all
    select 28 as window_days
),

counted as (
    select
        launched.title_id,
        spans.window_days,
        launched.runtime_ms,
        launched.units,
        count(*) filter (where viewers.first_day < spans.window_days) as viewers,
        count(*) filter (where viewers.first_day < spans.window_days and viewers.is_timed) as timed_viewers,
        count(*) filter (where viewers.starter_day < spans.window_days) as starters,
        count(*) filter (where viewers.watcher_day < spans.window_days) as watchers,
        count(*) filter (where viewers.completer_day < spans.window_days) as completers,
        percentile_disc(0.5) within group (order by viewers.completer_day - viewers.first_day + 1)
        filter (where viewers.completer_day < spans.window_days)
            as completion_days_p50
    from launched
    cross join spans
    left join viewers on launched.title_id = viewers.title_id
    group by launched.title_id, spans.window_days, launched.runtime_ms, launched.units
),

covered as (
    select
        launched.title_id,
        spans.window_days,
        count(days.event_date) as days_in_data
    from launched
    cross join spans
    left join days
        on {{ dbt.datediff('launched.release_date', 'days.event_date', 'day') }} between 0 and spans.window_days - 1
    group by launched.title_id, spans.window_days
),

-- Nobody watched: zeros. Somebody did, and no event says how long, or nobody knows how long the title is: unknown.
known as (
    select
        counted.title_id,
        counted.window_days,
        covered.days_in_data,
        counted.viewers,
        case when counted.viewers = 0 or counted.timed_viewers > 0 then counted.starters end as starters,
        case
            when
                (counted.viewers = 0 or counted.timed_viewers > 0)
                and counted.runtime_ms is not null
                and counted.units is not null
                then counted.watchers
        end as watchers,
        case
            when
                (counted.viewers = 0 or counted.timed_viewers > 0)
                and counted.runtime_ms is not null
                and counted.units is not null
                then counted.completers
        end as completers,
        counted.completion_days_p50
    from counted
    inner join covered
        on counted.title_id = covered.title_id and counted.window_days = covered.window_days
)

select
    known.title_id,
    known.window_days,
    dim_title.title_name,
    dim_title.title_type,
    dim_title.primary_genre,
    dim_title.language,
    dim_title.release_date,
    dim_title.runtime_minutes,
    dim_title.episode_count,
    cast(known.days_in_data as integer) as days_in_data,
    known.days_in_data = known.window_days as is_complete,
    known.viewers,
    known.starters,
    known.watchers,
    known.completers,
    {{ ratio('known.watchers', 'known.starters') }} as watcher_rate,
    {{ ratio('known.completers', 'known.starters') }} as completer_rate,
    cast(known.completion_days_p50 as integer) as completion_days_p50
from known
inner join {{ ref('dim_title') }} as dim_title on known.title_id = dim_title.title_id

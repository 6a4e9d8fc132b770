-- The floor's models: dimensions, fact, aggregates and marts from raw.events, raw.users and raw.titles, all days at once. Each gives
-- the rows of the dbt model of its name; a test compares them.
create schema dimensions;
create schema facts;
create schema aggregates;
create schema marts;

create table dimensions.dim_title as
with latest as (
    select
        *, string_split(genres, ',')[1] as first_genre, lower(trim(language)) = 'english' as is_english
    from raw.titles
    where title_id <> 'unknown'
    qualify row_number() over (
        partition by title_id order by changed_ts desc, arrival_date, source_file, source_line
    ) = 1
)

select
    title_id, title_name, title_type, series_name, season_number, genres,
    coalesce(nullif(trim(first_genre), ''), 'unknown') as primary_genre, language, is_english, is_original, release_date,
    runtime_minutes, episode_count, maturity_rating,
    case title_type when 'film' then 'Films' when 'season' then 'TV' end
    || case when is_english then ' (English)' when not is_english then ' (Non-English)' end as top10_list
from latest
union all
select
    'unknown', 'Unknown title', 'unknown', null, null, null, 'unknown', null, null, null, null, null, null, null, null;

create table dimensions.dim_user as
with changes as (
    select
        user_id, changed_ts, signup_date, plan, country, age_band, status,
        json_extract_string(extra_fields, '$.profile_name') as profile_name,
        row(signup_date, plan, country, age_band, status, profile_name) as described
    from raw.users
    where user_id <> 'unknown'
    qualify row_number() over (partition by user_id, changed_ts order by arrival_date, source_file, source_line) = 1
),

intervals as (
    from changes
    qualify
        described is distinct from lag(described) over (partition by user_id order by changed_ts)
        or row_number() over (partition by user_id order by changed_ts) = 1
)

select
    md5(user_id || '@' || changed_ts::varchar) as user_key, user_id, signup_date, plan, country, age_band, status,
    profile_name, changed_ts as valid_from,
    lead(changed_ts) over (partition by user_id order by changed_ts) as valid_to, valid_to is null as is_current
from intervals
union all
select 'unknown', 'unknown', null, null, null, null, null, null, timestamp '1900-01-01', null, true;

create table facts.fct_watch as
with playback_days as (
    select
        playback_id, event_date,
        min_by(
            {
                'user_id': user_id, 'profile_id': profile_id, 'session_id': session_id, 'title_id': title_id,
                'episode_number': episode_number, 'country': country, 'device_type': device_type,
                'app_version': app_version
            },
            row(event_ts, event_id)
        ) as first_event,
        min_by({'startup_ms': startup_ms}, row(event_ts, event_id)) filter (event_type = 'play') as first_play,
        min(event_ts) as first_event_ts, max(event_ts) as last_event_ts,
        count(*) filter (event_type = 'play') as plays,
        sum(watched_seconds) as watched_seconds, coalesce(sum(buffering_seconds), 0) as buffering_seconds,
        coalesce(sum(rebuffer_count), 0) as rebuffer_count, count(*) filter (event_type = 'error') as errors,
        max(position_seconds) as max_position_seconds,
        count(*) filter (event_type = 'stop') > 0 as has_stopped, count(*) as events
    from raw.events
    where event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
    group by playback_id, event_date
)

select
    playback_id, event_date, unnest(first_event), first_event_ts, last_event_ts, plays,
    watched_seconds::decimal(18, 3) as watched_seconds, buffering_seconds::decimal(18, 3) as buffering_seconds,
    rebuffer_count::bigint as rebuffer_count, first_play.startup_ms, errors, max_position_seconds, has_stopped, events
from playback_days;

create table aggregates.agg_user_day as
select
    event_date, user_id, sum(plays)::bigint as plays, sum(watched_seconds)::decimal(18, 3) as watched_seconds,
    sum(buffering_seconds)::decimal(18, 3) as buffering_seconds, count(*) as playbacks,
    count(distinct title_id) as titles, sum(errors)::bigint as errors,
    coalesce(sum(plays) filter (watched_seconds is not null), 0)::bigint as timed_plays
from facts.fct_watch
group by event_date, user_id;

create table aggregates.agg_title_day as
select
    event_date, title_id, sum(plays)::bigint as plays, count(distinct user_id) as viewers,
    sum(watched_seconds)::decimal(18, 3) as watched_seconds,
    sum(buffering_seconds)::decimal(18, 3) as buffering_seconds, count(*) as playbacks
from facts.fct_watch
group by event_date, title_id;

create table dimensions.dim_date as
with days as (
    select unnest(generate_series(min(event_date), max(event_date), interval 1 day))::date as event_date
    from aggregates.agg_title_day
)

select
    event_date, date_trunc('week', event_date)::date as week_start, isoyear(event_date)::integer as iso_year,
    week(event_date)::integer as iso_week, isodow(event_date)::integer as weekday,
    isodow(event_date) >= 6 as is_weekend, day(event_date)::integer as day_of_month,
    dayofyear(event_date)::integer as day_of_year, date_trunc('month', event_date)::date as month_start,
    month(event_date)::integer as month, quarter(event_date)::integer as quarter, year(event_date)::integer as year
from days;

-- Whole milliseconds since the day began; what reaches back over the turn of an hour is split between the hours.
create table marts.mart_audience_hourly as
with stretches as (
    select
        event_date, coalesce(device_type, 'unknown') as device_type, coalesce(country, 'unknown') as country,
        (event_type = 'play')::integer as plays, (watched_seconds * 1000)::bigint as watched_ms,
        epoch_ms(event_ts) % 86400000 as ended_ms, (ended_ms // 3600000)::integer as last_hour,
        (greatest(ended_ms - coalesce(watched_ms, 0), 0) // 3600000)::integer as first_hour
    from raw.events
    where event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
),

in_hours as (
    select
        event_date, last_hour as hour_utc, device_type, country, plays,
        case when first_hour = last_hour then watched_ms else ended_ms - last_hour * 3600000 end as watched_ms
    from stretches
    union all
    select
        event_date, hour_utc, device_type, country, 0,
        case
            when hour_utc > first_hour then 3600000
            else watched_ms - (ended_ms - (first_hour + 1) * 3600000)
        end
    from (from stretches where first_hour < last_hour) as reaching
    join range(24) as hours (hour_utc) on hour_utc between first_hour and last_hour - 1
),

sums as (
    select
        event_date, hour_utc::integer as hour_utc, device_type, country, sum(plays)::bigint as plays,
        sum(watched_ms)::double / 1000 as watched_seconds
    from in_hours
    group by all
)

select
    event_date, hour_utc, device_type, country, plays, watched_seconds / 3600 as watch_hours,
    watched_seconds::decimal(18, 3) as watched_seconds
from sums;

create table marts.mart_daily_kpis as
with event_days as (
    select
        event_date, count(*) filter (event_type = 'search') as searches,
        count(*) filter (event_type = 'rate') as ratings, count(*) filter (event_type = 'add_to_list') as list_adds
    from raw.events
    group by event_date
),

user_days as (
    select
        event_date, count(*) as active_users, sum(plays)::bigint as plays, sum(timed_plays)::bigint as timed_plays,
        sum(errors)::bigint as errors, sum(watched_seconds)::decimal(18, 3) as watched_seconds,
        sum(buffering_seconds)::decimal(18, 3) as buffering_seconds
    from aggregates.agg_user_day
    group by event_date
),

title_days as (select event_date, count(*) as titles_watched from aggregates.agg_title_day group by event_date),

sums as (
    select
        event_date, coalesce(plays, 0) as plays, coalesce(active_users, 0) as active_users,
        coalesce(timed_plays, 0) as timed_plays, coalesce(errors, 0) as errors,
        case when active_users is null then 0 else watched_seconds end as watched_seconds,
        coalesce(buffering_seconds, 0) as buffering_seconds, coalesce(titles_watched, 0) as titles_watched, searches,
        ratings, list_adds
    from event_days
    left join user_days using (event_date)
    left join title_days using (event_date)
)

select
    event_date, plays, active_users, watched_seconds::double / 3600 as watch_hours,
    watched_seconds::double / nullif(timed_plays::double, 0) as avg_watch_seconds,
    buffering_seconds::decimal(18, 3) as buffering_seconds,
    buffering_seconds::double / nullif((buffering_seconds + watched_seconds)::double, 0) as rebuffer_ratio,
    titles_watched, errors, searches, ratings, list_adds, watched_seconds::decimal(18, 3) as watched_seconds,
    timed_plays
from sums;

create table marts.mart_title_daily as
select
    of_day.event_date, of_day.title_id, dim_title.title_name, dim_title.title_type, dim_title.series_name,
    dim_title.primary_genre, dim_title.genres, dim_title.language, of_day.plays, of_day.viewers,
    of_day.watched_seconds::double / 3600 as watch_hours
from aggregates.agg_title_day as of_day
left join dimensions.dim_title as known on of_day.title_id = known.title_id
inner join dimensions.dim_title on coalesce(known.title_id, 'unknown') = dim_title.title_id;

create table marts.mart_top_titles as
with title_weeks as (
    select
        date_trunc('week', event_date)::date as week_start, title_id,
        sum(watched_seconds)::decimal(18, 3) as watched_seconds, sum(plays)::bigint as plays
    from aggregates.agg_title_day
    group by all
),

weeks as (
    select date_trunc('week', event_date)::date as week_start, count(distinct event_date)::integer as days_in_data
    from aggregates.agg_title_day
    group by all
),

top_ten as (
    select
        week_start, top10_list, title_id, title_name, primary_genre, genres, runtime_minutes, watched_seconds, plays,
        (watched_seconds * 1000)::bigint::double / (runtime_minutes * 60000)::double as views,
        row_number() over (
            partition by week_start, top10_list order by views desc, watched_seconds desc, plays desc, title_id
        ) as rank
    from title_weeks
    inner join dimensions.dim_title using (title_id)
    where top10_list is not null and runtime_minutes > 0 and watched_seconds > 0
    qualify rank <= 10
)

select
    week_start, top10_list, rank::integer as rank, title_id, title_name, primary_genre, genres,
    watched_seconds::double / 3600 as hours_viewed, runtime_minutes, views,
    count(*) over (partition by top10_list, title_id order by week_start)::integer as cumulative_weeks_in_top_10, plays,
    days_in_data
from top_ten
inner join weeks using (week_start);

-- This world has no lists of Netflix's own to compare with, and more users than a household.
create table marts.mart_top_titles_published as
select
    week_start, top10_list, title_name,
    row_number() over (
        partition by week_start, top10_list, lower(trim(title_name)) order by rank
    )::integer as namesake,
    rank, null::integer as published_rank, hours_viewed, null::bigint as published_hours_viewed, views,
    null::bigint as published_views, false as is_in_both
from marts.mart_top_titles;

create table marts.mart_profile_monthly (
    month_start date, user_id varchar, profile_name varchar, plays bigint, watch_hours double, active_days bigint,
    titles bigint
);

with playbacks as (
    select
        event_date,
        cast(extract(hour from first_event_ts) as integer) as hour_utc,
        coalesce(country, {{ unknown_member() }}) as country,
        plays,
        startup_ms,
        watched_seconds,
        buffering_seconds,
        errors,
        {{ is_abandonable() }} as is_abandonable
    from {{ ref('fct_watch') }}
    where {{ day_range('event_date') }}
),

startup_bins as (
    select
        event_date,
        hour_utc,
        country,
        {{ log_bin('startup_ms') }} as startup_bin,
        count(*) as timed_starts
    from playbacks
    where startup_ms is not null
    group by event_date, hour_utc, country, startup_bin
),

startups as (
    {{ percentiles_of_bins(
        'startup_bins',
        ['event_date', 'hour_utc', 'country'],
        'startup_bin',
        'timed_starts',
        {'startup_p50_ms': 50, 'startup_p95_ms': 95}
    ) }}
),

sums as (
    select
        event_date,
        hour_utc,
        country,
        count(*) as playbacks,
        cast(sum(plays) as bigint) as plays,
        count(startup_ms) as timed_starts,
        cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
        cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds,
        cast(sum(errors) as bigint) as errors,
        count(*) filter (where errors > 0) as failed_playbacks,
        count(*) filter (where is_abandonable) as abandonable_plays,
        count(*) filter (where is_abandonable and watched_seconds < 60) as abandoned_plays
    from playbacks
    group by event_date, hour_utc, country
)

select
    sums.event_date,
    sums.hour_utc,
    sums.country,
    sums.playbacks,
    sums.plays,
    sums.timed_starts,
    startups.startup_p50_ms,
    startups.startup_p95_ms,
    sums.watched_seconds,
    sums.buffering_seconds,
    {{ ratio('sums.buffering_seconds', '(sums.buffering_seconds + sums.watched_seconds)') }} as rebuffer_ratio,
    sums.errors,
    sums.failed_playbacks,
    {{ ratio('sums.failed_playbacks', 'sums.playbacks') }} as error_rate,
    sums.abandonable_plays,
    sums.abandoned_plays,
    {{ ratio('sums.abandoned_plays', 'sums.abandonable_plays') }} as abandonment_rate
from sums
left join startups
    on
        sums.event_date = startups.event_date
        and sums.hour_utc = startups.hour_utc
        and sums.country = startups.country

{% set cell = ['event_date', 'device_type', 'country', 'app_version'] %}
with usual as (
    {{ usual_versions(ref('fct_watch')) }}
),

playbacks as (
    select
        event_date,
        device_type,
        country,
        app_version,
        plays,
        watched_seconds,
        buffering_seconds,
        rebuffer_count,
        errors,
        {{ is_abandonable() }} as is_abandonable,
        cast(0 as decimal(18, 3)) as bitrate_seconds,
        cast(0 as decimal(18, 3)) as kilobits,
        1 as playbacks
    from {{ ref('fct_watch') }}
    where {{ day_range('event_date') }}

    union all

    -- The bitrate is an event's and not a playback's: each holds for the seconds that its event carries.
    select
        event_date,
        device_type,
        country,
        app_version,
        0 as plays,
        null as watched_seconds,
        0 as buffering_seconds,
        0 as rebuffer_count,
        0 as errors,
        false as is_abandonable,
        sum(watched_seconds) as bitrate_seconds,
        sum(bitrate_kbps * watched_seconds) as kilobits,
        0 as playbacks
    from {{ ref('stg_events') }}
    where
        bitrate_kbps is not null
        and watched_seconds > 0
        and event_type in ('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')
        and {{ day_range('event_date') }}
    group by event_date, device_type, country, app_version
),

cells as (
    select
        playbacks.event_date,
        coalesce(playbacks.device_type, {{ unknown_member() }}) as device_type,
        coalesce(playbacks.country, {{ unknown_member() }}) as country,
        {{ counted_version('playbacks.app_version', 'usual.app_version') }} as app_version,
        playbacks.plays,
        playbacks.watched_seconds,
        playbacks.buffering_seconds,
        playbacks.rebuffer_count,
        playbacks.errors,
        playbacks.is_abandonable,
        playbacks.bitrate_seconds,
        playbacks.kilobits,
        playbacks.playbacks
    from playbacks
    left join usual on playbacks.event_date = usual.event_date and playbacks.app_version = usual.app_version
),

sums as (
    select
        event_date,
        device_type,
        country,
        app_version,
        cast(sum(playbacks) as bigint) as playbacks,
        cast(sum(plays) as bigint) as plays,
        cast(sum(watched_seconds) as decimal(18, 3)) as watched_seconds,
        cast(sum(buffering_seconds) as decimal(18, 3)) as buffering_seconds,
        cast(sum(rebuffer_count) as bigint) as rebuffer_count,
        cast(sum(errors) as bigint) as errors,
        count(*) filter (where errors > 0) as failed_playbacks,
        count(*) filter (where is_abandonable) as abandonable_plays,
        count(*) filter (where is_abandonable and watched_seconds < 60) as abandoned_plays,
        cast(sum(bitrate_seconds) as decimal(18, 3)) as bitrate_seconds,
        cast(sum(kilobits) as decimal(18, 3)) as kilobits
    from cells
    group by event_date, device_type, country, app_version
),

startup_bins as (
    select
        event_date,
        device_type,
        country,
        app_version,
        startup_bin,
        timed_starts
    from {{ ref('mart_qoe_startup') }}
    where {{ day_range('event_date') }}
),

startups as (
    {{ percentiles_of_bins(
        'startup_bins', cell, 'startup_bin', 'timed_starts', {'startup_p50_ms': 50, 'startup_p95_ms': 95}
    ) }}
),

starts as (
    select
        event_date,
        device_type,
        country,
        app_version,
        cast(sum(timed_starts) as bigint) as timed_starts
    from startup_bins
    group by event_date, device_type, country, app_version
)

select
    sums.event_date,
    sums.device_type,
    sums.country,
    sums.app_version,
    sums.playbacks,
    sums.plays,
    coalesce(starts.timed_starts, 0) as timed_starts,
    startups.startup_p50_ms,
    startups.startup_p95_ms,
    sums.watched_seconds,
    sums.buffering_seconds,
    {{ ratio('sums.buffering_seconds', '(sums.buffering_seconds + sums.watched_seconds)') }} as rebuffer_ratio,
    sums.rebuffer_count,
    sums.errors,
    sums.failed_playbacks,
    {{ ratio('sums.failed_playbacks', 'sums.playbacks') }} as error_rate,
    sums.abandonable_plays,
    sums.abandoned_plays,
    {{ ratio('sums.abandoned_plays', 'sums.abandonable_plays') }} as abandonment_rate,
    sums.bitrate_seconds,
    sums.kilobits,
    {{ ratio('sums.kilobits', 'sums.bitrate_seconds') }} as avg_bitrate_kbps
from sums
left join starts
    on
        sums.event_date = starts.event_date
        and sums.device_type = starts.device_type
        and sums.country = starts.country
        and sums.app_version = starts.app_version
left join startups
    on
        sums.event_date = startups.event_date
        and sums.device_type = startups.device_type
        and sums.country = startups.country
        and sums.app_version = startups.app_version

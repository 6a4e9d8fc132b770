"""From the arrays of visits to rows in the events contract's columns: ids, names, units.

Times stay whole milliseconds here (``event_ts`` and ``received_ts`` since 1970), so that rows can be sorted and cut cheaply;
``ndjson`` writes them out. Columns that begin with ``is_`` tell the account of the day what a row is and are not sent:
``is_stranger`` and ``is_unlisted`` (account or title not in the feeds), then, added by ``arrivals``, ``is_again`` (yesterday's
file holds it too), ``is_copy`` (this file does) and ``is_extra`` (carries a field that the contract does not know).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from netflix_platform.contracts.events import OTHER_TYPES, PLAYBACK_TYPES
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.accounts import account_ids
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.habits import DEVICES
from netflix_platform.sources.synthetic.playback_events import PLAY, PlaybackEvents
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES
from netflix_platform.sources.synthetic.viewing import Asides, Playbacks, Sessions

_FIRST_UNKNOWN_ACCOUNT = 90_000_000  # beyond any scale's accounts
_DAYS_PER_VERSION = 28  # a new player every four weeks, taken up within days or weeks
_FIRST_VERSION = 20


def session_rows(day: Day, sessions: Sessions, chunk: str) -> pl.DataFrame:
    """What all events of a session share, one row per session. ``chunk`` makes its ids differ from other chunks' ids."""
    number = np.where(
        sessions.stranger,
        _FIRST_UNKNOWN_ACCOUNT + sessions.account,
        day.population.number[sessions.account],
    )
    version = _FIRST_VERSION + np.floor((day.number - sessions.app_lag) / _DAYS_PER_VERSION).astype(np.int64)
    user = account_ids(number)
    within = pl.Series(np.arange(len(number))).cast(pl.String).str.zfill(6)
    return pl.DataFrame(
        {
            "user_id": user,
            "profile_id": user + "-" + pl.Series(sessions.profile).cast(pl.String),
            "session_id": f"s{day.number:04d}{chunk}-" + within,
            "device_type": pl.Series(DEVICES).gather(sessions.device),
            "country": pl.Series(COUNTRY_CODES).gather(sessions.country),
            "app_version": "8." + pl.Series(version).cast(pl.String) + ".0",
            "is_stranger": pl.Series(sessions.stranger, dtype=pl.Boolean),
        }
    )


def playback_rows(day: Day, sessions: pl.DataFrame, playbacks: Playbacks, events: PlaybackEvents) -> pl.DataFrame:
    """The events of playbacks as rows. ``sessions``: as ``session_rows`` gives them."""
    shared = sessions[playbacks.session].with_columns(
        playback_id="p" + pl.col("session_id").str.slice(1) + "-" + pl.Series(playbacks.slot).cast(pl.String),
        title_id=_title_ids(day, playbacks.title, playbacks.unlisted),
        episode_number=pl.Series(np.where(_is_season(day, playbacks.title), playbacks.episode, 0)).replace(0, None),
        startup_ms=pl.Series(playbacks.startup),
        bitrate_kbps=pl.Series(playbacks.bitrate),
        is_unlisted=pl.Series(playbacks.unlisted),
    )
    order = pl.Series(events.order).cast(pl.String).str.zfill(2)
    return shared[events.playback].with_columns(
        event_id="e" + pl.col("playback_id").str.slice(1) + "-" + order,
        event_type=pl.Series(PLAYBACK_TYPES).gather(events.kind),
        event_ts=pl.Series(day.start_ms + events.at),
        position_seconds=pl.Series(events.position / 1000),
        watched_seconds=pl.Series(events.watched / 1000),
        buffering_seconds=pl.Series(events.waiting / 1000),
        rebuffer_count=pl.Series(events.stalls),
        startup_ms=pl.when(pl.Series(events.kind == PLAY)).then("startup_ms"),
    )


def aside_rows(day: Day, sessions: pl.DataFrame, asides: Asides) -> pl.DataFrame:
    """Searches, ratings and list additions as rows; what belongs to a playback is null."""
    about = asides.title >= 0
    kind = pl.Series(OTHER_TYPES).gather(asides.kind)
    mark = pl.Series(("q", "r", "l")).gather(asides.kind) + pl.Series(asides.mark).cast(pl.String)
    titles = _title_ids(day, np.maximum(asides.title, 0), np.zeros(len(about), bool))
    return sessions[asides.session].with_columns(
        event_id="e" + pl.col("session_id").str.slice(1) + "-" + mark,
        event_type=kind,
        event_ts=pl.Series(day.start_ms + asides.at),
        title_id=pl.when(pl.Series(about)).then(titles),
        is_unlisted=pl.lit(False),
    )


def _title_ids(day: Day, title: Array, unlisted: Array) -> pl.Series:
    ids = day.titles["title_id"].gather(title)
    unknown = "unlisted-" + pl.Series(title).cast(pl.String)
    return ids.zip_with(pl.Series(~unlisted, dtype=pl.Boolean), unknown)


def _is_season(day: Day, title: Array) -> Array:
    return (day.titles["title_type"] == "season").to_numpy()[title]

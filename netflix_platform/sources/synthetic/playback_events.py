"""A playback's events: when the player reports, and what it has played and waited since its previous report.

Exact in milliseconds: the watched and waiting times of a playback's events add up to the time between its first and its last
event less pauses. A playback that is running at midnight (UTC) reports in the day's last millisecond, so that what was
watched on a day is carried by events of that day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.habits import BEAT_MS, stalls_ms
from netflix_platform.sources.synthetic.rhythm import DAY_MS
from netflix_platform.sources.synthetic.viewing import ERROR, STOP, Playbacks

PLAY, HEARTBEAT, PAUSE, RESUME, STOPPED, FAILED = range(6)
_LAST_MS = DAY_MS - 1

# An event's place in the order is packed into one integer, so that sorting a whole stretch of a day is one sort of integers:
# playback, time since its start (25 bits: more than nine hours), kind (3 bits).
_KIND_BITS = 3
_PLAYBACK_SHIFT = 28


@dataclass(frozen=True)
class PlaybackEvents:
    """Events ordered by playback, then time. ``playback``: position in the playbacks; ``order``: 0, 1, … within one.

    ``at``: ms since the day's midnight; ``position``, ``watched``, ``waiting``: ms, the latter two since the previous event.
    """

    playback: Array
    order: Array
    kind: Array
    at: Array
    position: Array
    watched: Array
    waiting: Array
    stalls: Array


def reaches_next_day(playbacks: Playbacks) -> Array:
    """Which playbacks are running when the day ends, or begin after it (the second of a late session)."""
    return playbacks.end > _LAST_MS


def expand(playbacks: Playbacks, rng: np.random.Generator) -> PlaybackEvents:
    """The events of ``playbacks``; ``rng`` decides where they stall."""
    p = playbacks
    everyone = np.arange(len(p.start))
    beat = BEAT_MS[p.device]
    beats = (p.watched - 1) // beat
    beating = np.repeat(everyone, beats)
    played = (np.arange(len(beating)) - np.repeat(np.cumsum(beats) - beats, beats) + 1) * beat[beating]
    beat_at = played + np.where(played > p.pause_at[beating], p.pause[beating], 0)
    paused = np.flatnonzero(p.pause)
    stopped, failed = np.flatnonzero(p.ending == STOP), np.flatnonzero(p.ending == ERROR)
    crossing = np.flatnonzero(reaches_next_day(p) & (p.start < _LAST_MS))
    keys = np.concatenate(
        [
            _keys(everyone, np.zeros(len(everyone), int), PLAY),
            _keys(beating, beat_at, HEARTBEAT),
            _keys(crossing, _LAST_MS - p.start[crossing], HEARTBEAT),
            _keys(paused, p.pause_at[paused], PAUSE),
            _keys(paused, p.pause_at[paused] + p.pause[paused], RESUME),
            _keys(stopped, (p.watched + p.pause)[stopped], STOPPED),
            _keys(failed, (p.watched + p.pause)[failed], FAILED),
        ]
    )
    keys.sort()
    playback = keys >> _PLAYBACK_SHIFT
    elapsed = (keys & ((1 << _PLAYBACK_SHIFT) - 1)) >> _KIND_BITS
    kind = keys & ((1 << _KIND_BITS) - 1)

    first = np.searchsorted(playback, everyone)
    order = np.arange(len(keys)) - first[playback]
    since_start = elapsed - np.clip(elapsed - p.pause_at[playback], 0, p.pause[playback])
    stretch = np.where(order == 0, 0, np.diff(since_start, prepend=0))
    stalls, waiting = stalls_ms(rng, p.stalls[playback], stretch)
    watched = stretch - waiting
    total = np.cumsum(watched)
    return PlaybackEvents(
        playback=playback,
        order=order,
        kind=kind,
        at=p.start[playback] + elapsed,
        position=p.position[playback] + total - total[first[playback]],
        watched=watched,
        waiting=waiting,
        stalls=stalls,
    )


def _keys(playback: Array, elapsed: Array, kind: int) -> Array:
    return (playback.astype(np.int64) << _PLAYBACK_SHIFT) | (elapsed << _KIND_BITS) | kind

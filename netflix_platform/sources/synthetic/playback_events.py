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
from netflix_platform.sources.synthetic.viewing import ERROR, NO_END, Playbacks

PLAY, HEARTBEAT, PAUSE, RESUME, STOPPED, FAILED = range(6)
_LAST_MS = DAY_MS - 1


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
    """The events of ``playbacks``; ``rng`` decides where they stall.

    Every event's place is known beforehand: the start, reports at fixed times of playing, pause and return among them, the end.
    Only what is reported at midnight has to be put in.
    """
    p = playbacks
    beat = BEAT_MS[p.device].astype(np.int32)
    beats = ((p.watched - 1) // beat).astype(np.int32)
    is_paused, has_end = p.pause > 0, p.ending != NO_END
    sizes = 1 + beats + 2 * is_paused + has_end
    ends = np.cumsum(sizes)
    first = ends - sizes
    playback = np.repeat(np.arange(len(sizes)), sizes)
    kind = np.full(len(playback), HEARTBEAT, np.uint8)
    kind[first] = PLAY
    played = (np.arange(len(playback)) - first[playback]).astype(np.int32) * beat[playback]
    delayed = np.zeros(len(playback), np.int32)  # by a pause

    paused = np.flatnonzero(is_paused)
    pause = first[paused] + 1 + np.minimum(beats[paused], p.pause_at[paused] // beat[paused])
    kind[pause], kind[pause + 1] = PAUSE, RESUME
    sizes_after = ends[paused] - pause - 2
    after = np.repeat(pause + 2 - (np.cumsum(sizes_after) - sizes_after), sizes_after) + np.arange(sizes_after.sum())
    played[after] -= 2 * beat[playback[after]]
    delayed[after] = p.pause[playback[after]]
    played[pause] = played[pause + 1] = p.pause_at[paused]
    delayed[pause + 1] = p.pause[paused]
    ended = np.flatnonzero(has_end)
    kind[ends[ended] - 1] = np.where(p.ending[ended] == ERROR, FAILED, STOPPED)
    played[ends[ended] - 1] = p.watched[ended]

    crossing = np.flatnonzero(reaches_next_day(p) & (p.start < _LAST_MS))
    if len(crossing):
        elapsed = _LAST_MS - p.start[crossing]
        place = np.searchsorted(_keys(playback, played + delayed, kind), _keys(crossing, elapsed, HEARTBEAT))
        waited = np.clip(elapsed - p.pause_at[crossing], 0, p.pause[crossing])
        playback, kind = np.insert(playback, place, crossing), np.insert(kind, place, HEARTBEAT)
        played, delayed = np.insert(played, place, elapsed - waited), np.insert(delayed, place, waited)
        first += np.searchsorted(crossing, np.arange(len(first)))

    stretch = np.diff(played, prepend=played[:1])
    stretch[first] = 0
    stalls, waiting = stalls_ms(rng, p.stalls.astype(np.float32)[playback], stretch)
    watched = stretch - waiting
    total = np.cumsum(watched, dtype=np.int64)
    return PlaybackEvents(
        playback=playback,
        order=np.arange(len(playback)) - first[playback],
        kind=kind,
        at=p.start[playback] + (played + delayed),
        position=(p.position - total[first])[playback] + total,
        watched=watched,
        waiting=waiting,
        stalls=stalls,
    )


def _keys(playback: Array, elapsed: Array, kind: Array | int) -> Array:
    """An event's place in the order, packed into one integer: playback, time since its start (more than nine hours), kind."""
    return (playback.astype(np.int64) << 28) | (elapsed.astype(np.int64) << 3) | kind

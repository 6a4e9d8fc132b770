"""How long people stay, where they stop and pause, and what their device and line do to it. Draws, one per playback.

All lengths are whole milliseconds. No day, no title and no account is known here.
"""

from __future__ import annotations

import numpy as np

from netflix_platform.sources.published import Array

DEVICES = ("tv", "pc", "phone", "tablet")
DEVICE_SHARES = (0.70, 0.15, 0.10, 0.05)  # of hours (Netflix 2018)

_SECOND = 1_000
_MINUTE = 60_000
# About a fifth of the sessions complete, many are short, the rest a long body (studies of video on demand; the shape of the
# body is an assumption).
_SHORT = 0.40
_COMPLETE = 0.24
_MEAN_SHORT_MS = 4.5 * _MINUTE
_LEAST_MS = 5 * _SECOND
_COMPLETE_FROM = 0.93  # credits are not watched by all
_BODY_POWER = 0.8
_CONTINUED = 0.15  # playbacks that go on where an earlier one stopped
MOST_WATCHED_MS = 190 * _MINUTE  # a playback ends here at the latest, so that none crosses more than one midnight

# From two seconds of startup on, each further second drives 5.8 % away (Krishnan, Sitaraman 2012).
_PATIENCE_MS = 2_000
_LOSS_PER_SECOND = 0.058
_STARTUP_MEDIAN_MS = (1_100, 900, 1_300, 1_200)  # by device; assumption, as all below
_STARTUP_SIGMA = 0.55
_BITRATE_KBPS = (9_000, 5_500, 1_800, 3_000)
_BITRATE_LADDER = 250  # players step between fixed rates
_STALLS_PER_EVENT = (0.10, 0.10, 0.20, 0.15)
_STALL_MEDIAN_MS = 5_000
_LINE_SIGMA = 0.5  # lines differ: good ones have a high bitrate and few stalls

# A player reports at fixed intervals while it plays.
BEAT_MS = np.array([480, 420, 300, 360]) * _SECOND

_PAUSED = 0.18
_PAUSE_MEDIAN_MS = 3 * _MINUTE
LONGEST_PAUSE_MS = 20 * _MINUTE


def watched_ms(rng: np.random.Generator, length: Array, startup: Array, continued: Array) -> tuple[Array, Array]:
    """From where and how long each film or episode of ``length`` is watched: (position at the start, time watched).

    ``startup``: time to the first picture, long ones drive viewers away. ``continued``: playbacks that must begin at 0.
    """
    count = len(length)
    resumes = ~continued & (rng.random(count) < _CONTINUED)
    begin = np.where(resumes, (0.05 + 0.65 * rng.random(count)) * length, 0)
    rest = length - begin
    kind, share = rng.random(count), rng.random(count)
    driven_away = _LOSS_PER_SECOND * np.maximum(startup - _PATIENCE_MS, 0) / _SECOND
    short = _SHORT + driven_away
    watched = np.where(
        kind < 1 - _COMPLETE, share**_BODY_POWER * rest, (_COMPLETE_FROM + (1 - _COMPLETE_FROM) * share) * rest
    )
    watched = np.where(kind < short, rng.exponential(_MEAN_SHORT_MS, count), watched)
    watched = np.clip(watched, _LEAST_MS, np.minimum(np.maximum(rest, _LEAST_MS), MOST_WATCHED_MS))
    return begin.astype(np.int64), watched.astype(np.int64)


def mean_watched_ms(length: Array) -> Array:
    """About how long a playback of ``length`` lasts on average: what turns a share of hours into a share of playbacks."""
    short = _SHORT * np.minimum(_MEAN_SHORT_MS, length)
    body = (1 - _SHORT - _COMPLETE) / (1 + _BODY_POWER) * length
    return short + (1 - 0.37 * _CONTINUED) * (body + _COMPLETE * (1 + _COMPLETE_FROM) / 2 * length)


def pauses_ms(rng: np.random.Generator, watched: Array) -> tuple[Array, Array]:
    """After how much watching a playback is paused, and for how long; (watched, 0) where it is not."""
    count = len(watched)
    paused = (rng.random(count) < _PAUSED) & (watched > 2 * _MINUTE)
    at = (rng.random(count) * watched).astype(np.int64)
    length = _PAUSE_MEDIAN_MS * np.exp(0.9 * rng.standard_normal(count))
    length = np.clip(length, _SECOND, LONGEST_PAUSE_MS).astype(np.int64)
    return np.where(paused, at, watched), np.where(paused, length, 0)


def connection(rng: np.random.Generator, device: Array) -> tuple[Array, Array, Array]:
    """Time to the first picture (ms), bitrate (kbit/s), and the chance of a stall between two events, by device."""
    line = np.exp(_LINE_SIGMA * rng.standard_normal(len(device)))
    startup = (
        np.array(_STARTUP_MEDIAN_MS)[device] * np.exp(_STARTUP_SIGMA * rng.standard_normal(len(device))) / line**0.3
    )
    steps = np.maximum(np.rint(np.array(_BITRATE_KBPS)[device] * line**0.6 / _BITRATE_LADDER), 1)
    stalls = np.minimum(np.array(_STALLS_PER_EVENT)[device] / line, 0.6)
    return startup.astype(np.int64), (steps * _BITRATE_LADDER).astype(np.int64), stalls


def stalls_ms(rng: np.random.Generator, chance: Array, watched: Array) -> tuple[Array, Array]:
    """Interruptions (count) and waiting (ms) within stretches of ``watched``; waiting takes at most half a stretch."""
    draw = rng.random(len(chance), np.float32)
    which = np.flatnonzero(draw < chance)  # few: only these are drawn further
    number = 1 + (draw[which] < np.float32(0.2) * chance[which])
    length = _STALL_MEDIAN_MS * number * np.exp(0.8 * rng.standard_normal(len(which)))
    length = np.minimum(length.astype(np.int32), watched[which] // 2)
    count, waiting = np.zeros(len(chance), np.int32), np.zeros(len(chance), np.int32)
    count[which], waiting[which] = np.where(length > 0, number, 0), length
    return count, waiting

"""How long people stay, where they stop and pause, and what their device and line do to it.

All lengths are whole milliseconds. No day, no title and no account is known here.
"""

from __future__ import annotations

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rng import scrambled, uniform

DEVICES = ("tv", "pc", "phone", "tablet")
DEVICE_SHARES = (0.70, 0.15, 0.10, 0.05)  # of hours (Netflix 2018)
_USUAL_DEVICE = 0.75  # of an account's sessions are on the device that it likes best; assumption

_SECOND = 1_000
_MINUTE = 60_000
# About a fifth of the viewings complete, many are short, the rest a long body (studies of video on demand). Short ones, an
# exponential, come before something is found that is stayed with; how many, and the body's shape, are assumptions.
_MEAN_SHORT_MS = 2.5 * _MINUTE
LEAST_MS = 5 * _SECOND
_COMPLETE = {"film": 0.30, "season": 0.22}  # of the films, and of the episodes of series, that are stayed with
_BODY_POWER = 0.9
_CONTINUED = 0.08  # films that go on where an earlier viewing stopped
MOST_WATCHED_MS = 190 * _MINUTE  # a playback ends here at the latest, so that none crosses more than one midnight
MOST_CREDITS = 0.08  # of a film or an episode: what comes after the story, and is rarely watched

# Who follows a series sits down to it for so long: log-normal (median, sigma), longer in spells of eagerness. Assumption, set
# so that those who complete a season do so in five days (median) with 2 h 10 min a session (Netflix 2016).
_SITTING_MINUTES = (80.0, 0.45)
LONGEST_SITTING_MS = 200 * _MINUTE
_QUANTILES = (np.arange(256) + 0.5) / 256
_NORMAL = np.sort(np.random.Generator(np.random.SFC64(1)).standard_normal(65_536))[128::256]  # 256 quantiles
SITTINGS_MS = (_SITTING_MINUTES[0] * _MINUTE * np.exp(_SITTING_MINUTES[1] * _NORMAL)).astype(np.int32)
EAGERNESS = np.where(_QUANTILES < 0.6, 0.6, 2.1).astype(np.float32)  # four spells in ten are eager
# How much more or less than usual an account watches in a spell of days, and on which day of it: mean 1. Assumptions.
_BUSY, _QUIET = 0.25, 0.2  # one spell in four is busy, the others have a fifth of the mean
_FADING_DAYS = 10.0
BURSTS = np.where(_QUANTILES < _BUSY, (1 - (1 - _BUSY) * _QUIET) / _BUSY, _QUIET).astype(np.float32)
SPELL_DAYS = 14
FADING = np.exp(-np.arange(SPELL_DAYS) / _FADING_DAYS)
FADING = (FADING / FADING.mean()).astype(np.float32)

# From two seconds of startup on, each further second drives 5.8 % away; 1 % of rebuffering costs 5 % of the time watched
# (Krishnan, Sitaraman 2012).
_PATIENCE_MS = 2_000
_LOSS_PER_SECOND = 0.058
_LOSS_PER_REBUFFERING = 4.0  # beside the waiting itself
_MEAN_ABANDONED_MS = 4 * _SECOND
_STARTUP_MEDIAN_MS = (1_100, 900, 1_300, 1_200)  # by device; assumption, as all below
_STARTUP_SIGMA = 0.55
_BITRATE_KBPS = (9_000, 5_500, 1_800, 3_000)
_BITRATE_LADDER = 250  # players step between fixed rates
_STALLS_PER_EVENT = (0.10, 0.10, 0.20, 0.15)
_STALL_MEDIAN_MS = 5_000
_STALL_SIGMA = 0.8
_SEEN_STALLS = 0.56  # of what a stall between any two reports would give: stretches at the ends are short
_LINE_SIGMA = 0.7  # accounts' lines differ: good ones have a high bitrate and few stalls
_MOST_STALLS = 0.6

# A player reports at fixed intervals while it plays.
BEAT_MS = np.array([480, 420, 300, 360], np.int32) * _SECOND

_PAUSED = 0.18
_PAUSE_MEDIAN_MS = 3 * _MINUTE
LONGEST_PAUSE_MS = 20 * _MINUTE


def devices(rng: np.random.Generator, keys: Array) -> Array:
    """The device of each session (position in ``DEVICES``): mostly the one that its account (``keys``, uint32) likes best."""
    reached = np.cumsum(DEVICE_SHARES).astype(np.float32)
    usual = uniform(scrambled(keys ^ np.uint32(0xDE71CE)))
    drawn = rng.random((2, len(keys)), np.float32)
    return np.searchsorted(reached[:-1], np.where(drawn[0] < _USUAL_DEVICE, usual, drawn[1]), side="right")


def lines(keys: Array) -> Array:
    """How good the line of each account (``keys``, uint32) is; log-normal, the median 1."""
    quality: Array = np.exp(_LINE_SIGMA * _NORMAL).astype(np.float32)
    return quality[scrambled(keys ^ np.uint32(0x11E5)) >> np.uint32(24)]


def connection(rng: np.random.Generator, device: Array, line: Array) -> tuple[Array, Array, Array]:
    """Time to the first picture (ms), bitrate (kbit/s), and the chance of a stall between two events."""
    noise = np.exp(_STARTUP_SIGMA * rng.standard_normal(len(device), np.float32))
    startup = np.array(_STARTUP_MEDIAN_MS, np.float32)[device] * noise
    steps = np.maximum(np.rint(np.array(_BITRATE_KBPS, np.float32)[device] / _BITRATE_LADDER * np.sqrt(line)), 1)
    stalls = np.minimum(np.array(_STALLS_PER_EVENT, np.float32)[device] / line, np.float32(_MOST_STALLS))
    return startup.astype(np.int32), steps.astype(np.int32) * np.int32(_BITRATE_LADDER), stalls


def short_views_ms(rng: np.random.Generator, count: int) -> Array:
    """How long what is not stayed with is watched."""
    return (LEAST_MS + _MEAN_SHORT_MS * rng.standard_exponential(count, np.float32)).astype(np.int32)


def stayed_ms(rng: np.random.Generator, unit: Array, is_season: Array) -> tuple[Array, Array]:
    """Where in a film or episode of length ``unit`` a viewing begins that was chosen for once, and how far it would go."""
    count = len(unit)
    drawn = rng.random((4, count), np.float32)
    resumes = ~is_season & (drawn[0] < _CONTINUED)
    begin = np.where(resumes, (0.1 + 0.7 * drawn[1]) * unit, 0)
    rest = unit - begin
    complete = drawn[2] < np.where(is_season, _COMPLETE["season"], _COMPLETE["film"])
    stay = np.where(complete, rest, drawn[3] ** np.float32(_BODY_POWER) * rest)
    return begin.astype(np.int32), np.maximum(stay, LEAST_MS).astype(np.int32)


def driven_away(
    rng: np.random.Generator, watched: Array, startup: Array, stalls: Array, device: Array
) -> tuple[Array, Array]:
    """What slow starts and stalls leave of the time ``watched``, and which viewings they ended before their time."""
    count = len(watched)
    drawn = rng.random((2, count), np.float32)
    given_up = drawn[0] < np.float32(_LOSS_PER_SECOND / _SECOND) * (startup - _PATIENCE_MS)
    # Half the rest is lost on average where a viewing is cut off, so twice the loss is the chance of it.
    cut = drawn[1] < np.minimum(2 * _LOSS_PER_REBUFFERING * _expected_rebuffering(stalls, device), 0.95)
    left = watched.copy()
    where = np.flatnonzero(cut)
    left[where] = (left[where] * rng.random(len(where), np.float32)).astype(np.int32)
    where = np.flatnonzero(given_up)
    left[where] = (1_000 + _MEAN_ABANDONED_MS * rng.standard_exponential(len(where))).astype(np.int32)
    return np.minimum(np.maximum(left, 1_000), watched), given_up | cut


def mean_watched_ms(unit: Array, is_season: Array) -> Array:
    """About how long something that was chosen for once is watched: what turns a share of hours into a share of choices."""
    complete = np.where(is_season, _COMPLETE["season"], _COMPLETE["film"])
    return unit * (complete + (1 - complete) / (1 + _BODY_POWER)) * np.where(is_season, 1, 1 - _CONTINUED / 2)


def mean_followed_ms(total: Array) -> Array:
    """About how much of a season of length ``total`` those watch who begin to follow it."""
    usual = 4.5 * 60 * _MINUTE
    return usual * (1 - np.exp(-total / usual))


def pauses_ms(rng: np.random.Generator, watched: Array) -> tuple[Array, Array]:
    """After how much watching a playback is paused, and for how long; (watched, 0) where it is not."""
    count = len(watched)
    drawn = rng.random(count, np.float32)
    paused = np.flatnonzero((drawn < _PAUSED) & (watched > 2 * _MINUTE))
    at, pause = watched.copy(), np.zeros(count, np.int32)
    at[paused] = (drawn[paused] / np.float32(_PAUSED) * watched[paused]).astype(np.int32)
    length = _PAUSE_MEDIAN_MS * np.exp(0.9 * rng.standard_normal(len(paused), np.float32))
    pause[paused] = np.clip(length, _SECOND, LONGEST_PAUSE_MS).astype(np.int32)
    return at, pause


def stalls_ms(rng: np.random.Generator, chance: Array, watched: Array) -> tuple[Array, Array]:
    """Interruptions (count) and waiting (ms) within stretches of ``watched``; waiting takes at most half a stretch.

    ``chance``: of one within the stretch; above 1, in an outage, so many more of them.
    """
    draw = rng.random(len(chance), np.float32)
    stalled = np.flatnonzero((draw < chance) & (watched > 1))
    count, waiting = np.zeros(len(chance), np.int32), np.zeros(len(chance), np.int32)
    times = 1 + (draw[stalled] < 0.2 * chance[stalled]) + chance[stalled].astype(np.int64)
    wait = _STALL_MEDIAN_MS * times * np.exp(_STALL_SIGMA * rng.standard_normal(len(stalled), np.float32))
    count[stalled] = times
    waiting[stalled] = np.clip(wait.astype(np.int32), 1, watched[stalled] // 2)
    return count, waiting


def _expected_rebuffering(stalls: Array, device: Array) -> Array:
    """Waiting against watching, where ``stalls`` is the chance of a stall between two reports."""
    wait = _SEEN_STALLS * 1.2 * _STALL_MEDIAN_MS * np.exp(_STALL_SIGMA**2 / 2)
    return stalls * (np.float32(wait) / BEAT_MS.astype(np.float32))[device]

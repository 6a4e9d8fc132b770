"""Chunks: the parts of a day that are drawn on their own, each from its own stream and so in any order.

* a *window* of a day: the sessions that begin in it. What they do after midnight arrives with the next day, which draws the
  late windows again but expands only the playbacks that cross midnight.
* a *late* chunk (day, delay): sessions watched on a device that was offline and reports so many days later.
* an *again* chunk (day): sessions whose events arrive on their day and once more on the next.

The small chunks exist so that a day need not draw whole earlier days to know what of them arrives late or twice. In a very
large world windows and small chunks come in several parts, so that no chunk holds more than about ``MOST_EVENTS``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.playback_events import expand, reaches_next_day
from netflix_platform.sources.synthetic.rhythm import BINS, DAY_MS
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.rows import Events, aside_events, joined, playback_events
from netflix_platform.sources.synthetic.viewing import LONGEST_SESSION_MS, Visits, draw_visits
from netflix_platform.sources.synthetic.world import MOST_EVENTS, PEAK, World

# Shares of the viewing, planted so that the pipeline has late data and repeats to deal with on every day. Assumptions: no
# service publishes them; large enough to be seen on a small day, small enough to leave the figures of a day alone.
LATE_SHARES = {1: 0.010, 2: 0.005, 3: 0.0025}  # by days of delay
AGAIN_SHARE = 0.002

_DAY_DIGITS = 5
_LATE_LETTERS = {1: "x", 2: "y", 3: "z"}
_FAULT_LETTER = "d"
_EVENING_MS = DAY_MS * 3 // 4
assert LONGEST_SESSION_MS <= DAY_MS - _EVENING_MS, "a session that begins before 18:00 must end on its day"


@dataclass(frozen=True)
class Chunk:
    """``name`` tells it from the day's other chunks, also in ids; ``share`` of the day's visits from ``after`` on, within its
    quarter hours (see ``Day.visits_between``).

    ``begin`` and ``end``: the part of the day (0 to 1) whose other arrivals come with a window's.
    """

    name: str
    after: float
    share: float
    first_bin: int = 0
    last_bin: int = BINS
    begin: float = 0.0
    end: float = 1.0


def windows(world: World) -> list[Chunk]:
    """The windows of any day, in order of time."""
    aside = sum(LATE_SHARES.values()) + AGAIN_SHARE
    size, parts = BINS // world.windows, _parts_of_window(world)
    count = world.windows * parts
    return [
        Chunk(
            _name(world, "w", number),
            aside + number % parts * (1 - aside) / parts,
            (1 - aside) / parts,
            number // parts * size,
            (number // parts + 1) * size,
            number / count,
            (number + 1) / count,
        )
        for number in range(count)
    ]


def fit_together(world: World) -> bool:
    """Whether a day is so small that its windows need not be written one by one."""
    return world.scale.events_per_day * PEAK <= MOST_EVENTS


def evening_windows(world: World) -> list[Chunk]:
    """The windows whose sessions may go on after midnight."""
    return [window for window in windows(world) if window.first_bin >= BINS * 3 // 4]


def late_chunks(world: World, delay: int) -> list[Chunk]:
    """What arrives ``delay`` days after the day of its sessions."""
    before = sum(share for other, share in LATE_SHARES.items() if other < delay)
    return _small_chunks(world, _LATE_LETTERS[delay], AGAIN_SHARE + before, LATE_SHARES[delay])


def again_chunks(world: World) -> list[Chunk]:
    """What arrives on its day and again on the day after."""
    return _small_chunks(world, "a", 0.0, AGAIN_SHARE)


def fault_label(world: World, number: int, batch: int) -> bytes:
    """What takes the place of a chunk's label in the ids of faulty lines of a day's batch."""
    return _label(number, _name(world, _FAULT_LETTER, batch))


@dataclass(frozen=True)
class Split:
    """The events of a chunk: of the day on which its sessions begin, and of the day after; in no particular order."""

    own: Events
    next: Events

    @property
    def all(self) -> Events:
        return joined([self.own, self.next])


def chunk_events(world: World, number: int, chunk: Chunk) -> Split:
    """The events of a chunk of day ``number``."""
    day = world.day(number)
    visits, is_over = _visits(world, day, chunk)
    of_either_day = _of_either_day(world, day, chunk, visits, is_over)
    is_next = of_either_day.rows.at >= day.start_ms + DAY_MS
    after_midnight = of_either_day.take(np.flatnonzero(is_next))
    if len(after_midnight):
        of_either_day = of_either_day.take(np.flatnonzero(~is_next))
    within = visits.playbacks.take(np.flatnonzero(~is_over)) if is_over.any() else visits.playbacks
    events = expand(within, stream(world.seed, f"within {chunk.name}", day.ordinal))
    of_own_day = playback_events(day, _label(number, chunk.name), visits.sessions, within, events)
    return Split(joined([of_own_day, of_either_day]), after_midnight)


def next_day_events(world: World, number: int, chunk: Chunk) -> Events:
    """``chunk_events(…).next`` alone, which costs less: only the playbacks that cross midnight are expanded."""
    day = world.day(number)
    events = _of_either_day(world, day, chunk, *_visits(world, day, chunk))
    return events.take(np.flatnonzero(events.rows.at >= day.start_ms + DAY_MS))


def _visits(world: World, day: Day, chunk: Chunk) -> tuple[Visits, Array]:
    """The visits of a chunk, and which playbacks reach the next day."""
    draw = stream(world.seed, f"visits {chunk.name}", day.ordinal)
    visits = draw_visits(day, draw, chunk.after, chunk.share, chunk.first_bin, chunk.last_bin)
    return visits, reaches_next_day(visits.playbacks)


def _of_either_day(world: World, day: Day, chunk: Chunk, visits: Visits, is_over: Array) -> Events:
    """What may happen on the next day: playbacks that reach it, searches, ratings and list additions.

    Playbacks that reach the next day have a stream of their own, so that both days expand them alike.
    """
    label = _label(day.number, chunk.name)
    asides = aside_events(day, label, visits.sessions, visits.asides)
    if not is_over.any():
        return asides
    over = visits.playbacks.take(np.flatnonzero(is_over))
    events = expand(over, stream(world.seed, f"over midnight {chunk.name}", day.ordinal))
    return joined([playback_events(day, label, visits.sessions, over, events), asides])


def _small_chunks(world: World, letter: str, after: float, share: float) -> list[Chunk]:
    parts = math.ceil(world.scale.events_per_day * share * PEAK / 2 / MOST_EVENTS)
    return [
        Chunk(_name(world, letter, number), after + number * share / parts, share / parts) for number in range(parts)
    ]


def _parts_of_window(world: World) -> int:
    return math.ceil(world.scale.events_per_day * PEAK / MOST_EVENTS / world.windows)


def _name(world: World, letter: str, number: int) -> str:
    digits = max(2, len(str(world.windows * _parts_of_window(world) - 1)))
    return f"{letter}{number:0{digits}d}"


def _label(number: int, name: str) -> bytes:
    return f"{number:0{_DAY_DIGITS}d}{name}".encode()

"""Chunks: the parts of a day that are drawn on their own, each from its own stream and so in any order.

* a *window* of a day: the sessions that begin in it. What they do after midnight arrives with the next day, which draws the
  late windows again but expands only the playbacks that cross midnight.
* a *late* chunk (day, delay): sessions watched on a device that was offline and reports so many days later.
* an *again* chunk (day): sessions whose events arrive on their day and once more on the next.

The small chunks exist so that a day need not draw whole earlier days to know what of them arrives late or twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import polars as pl

from netflix_platform.sources.synthetic.playback_events import expand, reaches_next_day
from netflix_platform.sources.synthetic.rhythm import BINS, DAY_MS
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.rows import aside_rows, playback_rows, session_rows
from netflix_platform.sources.synthetic.viewing import LONGEST_SESSION_MS, draw_visits
from netflix_platform.sources.synthetic.world import World

# Shares of the viewing, planted so that the pipeline has late data and repeats to deal with on every day. Assumptions: no
# service publishes them; large enough to be seen on a small day, small enough to leave the figures of a day alone.
LATE_SHARES = {1: 0.010, 2: 0.005, 3: 0.0025}  # by days of delay
AGAIN_SHARE = 0.002

_EVENING_MS = DAY_MS * 3 // 4
assert LONGEST_SESSION_MS <= DAY_MS - _EVENING_MS, "a session that begins before 18:00 must end on its day"


class Part(Enum):
    """Which events of a chunk: those of the day on which its sessions begin, those of the day after, or both."""

    OWN_DAY = "own day"
    NEXT_DAY = "next day"
    ALL = "all"


@dataclass(frozen=True)
class Chunk:
    """``name`` tells it from the day's other chunks, also in ids; ``share`` of the day's viewing within its quarter hours."""

    name: str
    share: float
    first_bin: int = 0
    last_bin: int = BINS


def windows(world: World) -> list[Chunk]:
    """The windows of any day, in order of time."""
    share = 1 - sum(LATE_SHARES.values()) - AGAIN_SHARE
    size = BINS // world.windows
    return [Chunk(f"w{part:02d}", share, part * size, (part + 1) * size) for part in range(world.windows)]


def evening_windows(world: World) -> list[Chunk]:
    """The windows whose sessions may go on after midnight."""
    return windows(world)[world.windows * 3 // 4 :]


def late_chunk(delay: int) -> Chunk:
    """What arrives ``delay`` days after the day of its sessions."""
    return Chunk(f"l{delay}", LATE_SHARES[delay])


AGAIN = Chunk("a", AGAIN_SHARE)


def chunk_rows(world: World, number: int, chunk: Chunk, part: Part) -> pl.DataFrame:
    """The rows of a chunk of day ``number``, as ``rows`` describes them, without ``received_ts``; in no particular order."""
    day = world.day(number)
    draw = stream(world.seed, f"visits {chunk.name}", day.ordinal)
    visits = draw_visits(day, draw, chunk.share * world.expected_sessions(day), chunk.first_bin, chunk.last_bin)
    sessions = session_rows(day, visits.sessions, chunk.name)
    midnight = day.start_ms + DAY_MS
    # Playbacks that reach the next day have a stream of their own, so that both days expand them alike.
    reaching = reaches_next_day(visits.playbacks)
    over = visits.playbacks.take(reaching)
    over_events = expand(over, stream(world.seed, f"over midnight {chunk.name}", day.ordinal))
    over_rows = [playback_rows(day, sessions, over, over_events), aside_rows(day, sessions, visits.asides)]
    if part is Part.NEXT_DAY:
        return pl.concat(over_rows, how="diagonal").filter(pl.col("event_ts") >= midnight)
    within = visits.playbacks.take(~reaching)
    within_events = expand(within, stream(world.seed, f"within {chunk.name}", day.ordinal))
    rows = pl.concat([playback_rows(day, sessions, within, within_events), *over_rows], how="diagonal")
    return rows if part is Part.ALL else rows.filter(pl.col("event_ts") < midnight)

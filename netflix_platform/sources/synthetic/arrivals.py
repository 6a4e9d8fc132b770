"""All that arrives on one day, batch by batch in order of time: the day's own windows, and among them what comes from before.

A batch holds sound rows, rows sent twice, and rows that ``dirt`` marks to be spoilt; when each is received lies on the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.chunks import (
    LATE_SHARES,
    Chunk,
    again_chunks,
    chunk_events,
    evening_windows,
    fault_label,
    fit_together,
    late_chunks,
    next_day_events,
    windows,
)
from netflix_platform.sources.synthetic.dirt import Faults, draw_faults
from netflix_platform.sources.synthetic.rhythm import DAY_MS
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.rows import Events, Rows, Viewings, joined
from netflix_platform.sources.synthetic.world import World

# Rows sent twice on their day: a player that got no answer sends again. Planted; an assumption like the shares of ``chunks``.
COPY_SHARE = 0.004
# Rows that carry a field which the contract does not know, as a newer player would send it. Kept, not refused.
EXTRA_FIELD_SHARE = 0.001
_MEAN_RESEND_MS = 90_000
_MEDIAN_DELAY_MS = 400  # from the event to the collector; a few are slow
_SLOW = 0.03
_MEAN_SLOW_MS = 20_000


@dataclass(frozen=True)
class Batch:
    """Rows in the order in which they are received.

    ``received``: ms since 1970. Marks, as masks over the rows: ``is_again`` (yesterday's file holds it too), ``is_copy`` (this
    file does), ``is_extra`` (carries an unknown field). ``faults``: which rows are spoilt; such a row is a copy of a sound one
    under an id of ``fault_label`` and counts as nothing else.
    """

    viewings: Viewings
    rows: Rows
    received: Array
    is_again: Array
    is_copy: Array
    is_extra: Array
    faults: Faults
    fault_label: bytes


@dataclass(frozen=True)
class _Arrived:
    events: Events
    received: Array
    is_again: Array

    def in_order(self) -> _Arrived:
        order = np.argsort(self.received, kind="stable")
        rows = self.events.rows.take(order)
        return _Arrived(Events(self.events.viewings, rows), self.received[order], self.is_again[order])

    def between(self, begin: int, end: int) -> _Arrived:
        """Those received in [begin, end), of arrivals in order."""
        which = slice(*np.searchsorted(self.received, (begin, end)))
        return _Arrived(self.events.take(which), self.received[which], self.is_again[which])


class Arrivals:
    """What arrives day by day. Keeps what an evening leaves to the next day, in case that day is asked for next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._after_midnight: dict[tuple[int, str], Events] = {}

    def batches(self, number: int, typed: bool) -> Iterator[Batch]:
        """What arrives on day ``number``, in order of time within a batch, roughly across batches.

        ``typed``: only such faults as typed columns can hold; all else is the same.
        """
        world, day = self._world, self._world.day(number)
        elsewhere = self._from_elsewhere(number)
        for part, group in enumerate(_groups(world)):
            rng = stream(world.seed, f"arrivals {group[0].name}", day.ordinal)
            arrived = [_on_time(rng, self._own(number, window)) for window in group]
            begin, end = (day.start_ms + int(DAY_MS * edge) for edge in (group[0].begin, group[-1].end))
            elsewhere = [part for part in elsewhere if part.received[-1] >= begin]  # what is written is let go
            together = _joined([*arrived, *(part.between(begin, end) for part in elsewhere)])
            faults = draw_faults(stream(world.seed, "dirt", day.ordinal, part), together.events, day.start_ms)
            label = fault_label(world, number, part)
            yield _in_order(rng, together, faults.typed() if typed else faults, day.start_ms, label)

    def _own(self, number: int, window: Chunk) -> Events:
        split = chunk_events(self._world, number, window)
        if len(split.next):
            self._after_midnight[number, window.name] = split.next
        return split.own

    def _from_elsewhere(self, number: int) -> list[_Arrived]:
        """What arrives on the day and does not come from its windows, by chunk and in order: few rows, so they are kept until
        their time comes.
        """
        world, day = self._world, self._world.day(number)
        rng = stream(world.seed, "elsewhere", day.ordinal)
        again = again_chunks(world)
        parts = [_on_time(rng, chunk_events(world, number, chunk).own) for chunk in again]
        if number > 0:
            parts += [_on_time(rng, self._of_evening(number - 1, window)) for window in evening_windows(world)]
            for chunk in again:
                yesterday = chunk_events(world, number - 1, chunk)
                parts.append(_on_time(rng, yesterday.next))
                parts.append(_later(rng, yesterday.own, day.start_ms, is_again=True))
        self._after_midnight.clear()
        for delay in LATE_SHARES:
            if number >= delay:
                for chunk in late_chunks(world, delay):
                    parts.append(_later(rng, chunk_events(world, number - delay, chunk).all, day.start_ms))
        for place, part in enumerate(parts):  # one by one, so that no two orders of all lie in memory
            parts[place] = part.in_order()
        return [part for part in parts if len(part.received)]

    def _of_evening(self, number: int, window: Chunk) -> Events:
        kept = self._after_midnight.get((number, window.name))
        return next_day_events(self._world, number, window) if kept is None else kept


def _groups(world: World) -> list[list[Chunk]]:
    """The windows of a day as they are written."""
    of_day = windows(world)
    return [of_day] if fit_together(world) else [[window] for window in of_day]


def _in_order(rng: np.random.Generator, arrived: _Arrived, faults: Faults, start_ms: int, label: bytes) -> Batch:
    """The arrivals with their copies and the rows to be spoilt, in order of time."""
    count = len(arrived.received)
    copied = rng.integers(0, max(count, 1), rng.poisson(COPY_SHARE * count))
    resent = 1_000 + rng.exponential(_MEAN_RESEND_MS, len(copied)).astype(np.int64)
    extra = rng.integers(0, max(count, 1), rng.poisson(EXTRA_FIELD_SHARE * count))
    origin = np.concatenate([np.arange(count), copied, faults.row])
    received = np.concatenate(
        [
            arrived.received,
            np.minimum(arrived.received[copied] + resent, start_ms + DAY_MS - 1),
            arrived.received[faults.row],
        ]
    )
    # One sort of integers: the time above the place, which decides between equal times.
    bits = max(len(origin) - 1, 1).bit_length()
    keys = ((received - start_ms) << bits) | np.arange(len(origin))
    keys.sort()
    place = keys & ((1 << bits) - 1)
    source = origin[place]
    is_copy = (place >= count) & (place < count + len(copied))
    is_extra = np.zeros(count, bool)
    is_extra[extra] = True
    spoilt = np.flatnonzero(place >= count + len(copied))
    return Batch(
        viewings=arrived.events.viewings,
        rows=arrived.events.rows.take(source),
        received=(keys >> bits) + start_ms,
        is_again=arrived.is_again[source],
        is_copy=is_copy,
        is_extra=is_extra[source] & (place < count),
        faults=faults.placed(place[spoilt] - count - len(copied), spoilt),
        fault_label=label,
    )


def _on_time(rng: np.random.Generator, events: Events) -> _Arrived:
    """Received shortly after they happened, within their day: what happened before midnight has arrived by then."""
    happened = events.rows.at
    count = len(happened)
    delay = rng.standard_normal(count, np.float32)
    delay *= np.float32(0.6)
    np.exp(delay, out=delay)
    delay *= np.float32(_MEDIAN_DELAY_MS)
    slow = rng.integers(0, max(count, 1), rng.poisson(_SLOW * count))
    delay[slow] += rng.exponential(_MEAN_SLOW_MS, len(slow)).astype(np.float32)
    received = happened + delay.astype(np.int32)
    if count:
        # Nearly all happened on one day, so that its end is found once.
        first = int(happened.min()) // DAY_MS
        ends = (
            (first + 1) * DAY_MS - 1
            if first == int(happened.max()) // DAY_MS
            else happened // DAY_MS * DAY_MS + DAY_MS - 1
        )
        np.minimum(received, ends, out=received)
    return _Arrived(events, received, np.zeros(count, bool))


def _later(rng: np.random.Generator, events: Events, start_ms: int, is_again: bool = False) -> _Arrived:
    """Received when the session's device is back on line: some time on the day that begins at ``start_ms``."""
    session = events.viewings.session[events.rows.viewing]
    back = (start_ms + rng.random(int(session.max(initial=-1)) + 1) * (DAY_MS - 60_000)).astype(np.int64)
    received = np.maximum(back[session] + rng.integers(0, 2_000, len(session)), events.rows.at)
    return _Arrived(events, received, np.full(len(session), is_again))


def _joined(parts: list[_Arrived]) -> _Arrived:
    return _Arrived(
        joined([part.events for part in parts]),
        np.concatenate([part.received for part in parts]),
        np.concatenate([part.is_again for part in parts]),
    )

"""Faults: what goes wrong between a player and the collector. Each is a row of its own, so that it counts exactly.

A faulty row is a sound event under a new id, spoilt in one way that the contract refuses for one reason. Some faults are a wrong
value that a typed column can hold too; others exist only in text. The other dirt (repeats, late events, unknown users and
titles) is in sound rows: see ``arrivals``, ``chunks`` and ``viewing``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from netflix_platform.contracts import Reason
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.rhythm import DAY_MS
from netflix_platform.sources.synthetic.rows import Events

Event = dict[str, Any]
Change = tuple[str, Any]  # a field, and the value that it gets: times in ms since 1970, seconds as a whole number

_REQUIRED = ("event_id", "event_type", "event_ts", "user_id", "playback_id", "title_id")
_WRONG_TYPES = (
    ("position_seconds", "abc"),
    ("event_ts", "yesterday"),
    ("watched_seconds", "n/a"),
    ("bitrate_kbps", "high"),
    ("received_ts", True),
)
_OUT_OF_RANGE = (("watched_seconds", 999_999), ("position_seconds", -5), ("rebuffer_count", -1))
_DRAWS = 1 << 20  # a fault's details are taken from one number below


@dataclass(frozen=True)
class Fault:
    """``share``: faulty rows per sound row. ``change``: draw and time of reception to what is changed, where a typed column can
    hold it; ``spoil``: draw and event to a line (no line break), where a fault exists in text alone or has several forms there.
    """

    reason: Reason
    share: float
    change: Callable[[int, int], Change] | None = None
    spoil: Callable[[int, Event], bytes] | None = None

    def line(self, draw: int, received_ms: int, event: Event) -> bytes:
        """The faulty line made of a sound event."""
        if self.spoil:
            return self.spoil(draw, event)
        assert self.change
        field, value = self.change(draw, received_ms)
        return _line({**event, field: _moment(value) if field.endswith("_ts") else value})


@dataclass(frozen=True)
class Faults:
    """Faulty rows. ``row``: position of the sound row that is spoilt, or of the faulty row once there is one; ``kind``: position
    in ``FAULTS``; ``number``: tells those of a batch apart.
    """

    row: Array
    kind: Array
    draw: Array
    number: Array

    def typed(self) -> Faults:
        """Those that typed columns can hold."""
        which = np.array([fault.change is not None for fault in FAULTS])[self.kind]
        return Faults(self.row[which], self.kind[which], self.draw[which], self.number[which])

    def placed(self, which: Array, rows: Array) -> Faults:
        """Those at positions ``which``, now at ``rows``."""
        return Faults(rows, self.kind[which], self.draw[which], self.number[which])

    def each(self) -> Iterator[tuple[int, Fault, int]]:
        """Row, fault and draw of each."""
        for row, kind, draw in zip(self.row.tolist(), self.kind.tolist(), self.draw.tolist(), strict=True):
            yield row, FAULTS[kind], draw


def draw_faults(rng: np.random.Generator, events: Events, start_ms: int) -> Faults:
    """Which events are spoilt, and how: of those that happened from ``start_ms`` on and belong to a playback, since these have
    all fields and are refused for no other reason.
    """
    counts = rng.poisson([fault.share * len(events) for fault in FAULTS])
    kind = np.repeat(np.arange(len(FAULTS)), counts)
    row = rng.integers(0, max(len(events), 1), len(kind))
    draw = rng.integers(0, _DRAWS, len(kind))
    viewings, rows = events.viewings, events.rows
    which = np.flatnonzero(viewings.is_playback[rows.viewing[row]] & (rows.at[row] >= start_ms))
    return Faults(row[which], kind[which], draw[which], np.arange(len(which)))


def _line(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _cut_off(draw: int, event: Event) -> bytes:
    line = _line(event)
    return line[: int(len(line) * (0.2 + 0.7 * draw / _DRAWS))]  # an object that is not closed is never JSON


def _missing(draw: int, _: int) -> Change:
    return _REQUIRED[draw % len(_REQUIRED)], None


def _without_field(draw: int, event: Event) -> bytes:
    field, value = _missing(draw, 0)
    way = draw // len(_REQUIRED) % 3
    event = {**event, field: value if way else ""}
    if way == 1:
        del event[field]
    return _line(event)


def _with_wrong_type(draw: int, event: Event) -> bytes:
    field, value = _WRONG_TYPES[draw % len(_WRONG_TYPES)]
    return _line({**event, field: value})


def _out_of_range(draw: int, _: int) -> Change:
    return _OUT_OF_RANGE[draw % len(_OUT_OF_RANGE)]


def _not_allowed(_: int, __: int) -> Change:
    return "event_type", "buffering"


def _not_an_object(_: int, event: Event) -> bytes:
    return b"[" + _line(event) + b"]"


def _not_utf8(_: int, event: Event) -> bytes:
    return _line(event).replace(b'"device_type":"', b'"device_type":"\xff')


def _clock_unset(draw: int, _: int) -> Change:
    return "event_ts", draw % 3_600 * 1_000


def _clock_ahead(draw: int, received_ms: int) -> Change:
    return "event_ts", received_ms + (1 + draw % 3) * DAY_MS


# Rates are assumptions, of the order of one line in a thousand altogether: enough for every kind to come up within a few
# demo days, and for the quarantine to stay small against the day.
FAULTS = (
    Fault(Reason.MALFORMED_RECORD, 0.0005, spoil=_cut_off),
    Fault(Reason.MISSING_FIELD, 0.0004, _missing, _without_field),
    Fault(Reason.WRONG_TYPE, 0.0004, spoil=_with_wrong_type),
    Fault(Reason.NOT_ALLOWED, 0.0001, _not_allowed),
    Fault(Reason.OUT_OF_RANGE, 0.0001, _out_of_range),
    Fault(Reason.INVALID_ENCODING, 0.00005, spoil=_not_utf8),
    Fault(Reason.NOT_AN_OBJECT, 0.00005, spoil=_not_an_object),
    Fault(Reason.BEFORE_START, 0.0001, _clock_unset),
    Fault(Reason.AFTER_ARRIVAL, 0.0001, _clock_ahead),
)

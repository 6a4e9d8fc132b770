"""Faulty lines: what goes wrong between a player and the collector. Each is a line of its own, so that it counts exactly.

A faulty line is a sound event under a new id, spoilt in one way that the contract refuses for one reason. The other dirt
(repeats, late events, unknown users and titles) is in sound rows: see ``arrivals``, ``chunks`` and ``viewing``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from netflix_platform.contracts import Reason
from netflix_platform.sources.published import Array

Event = dict[str, Any]

_DAY_MS = 86_400_000
_REQUIRED = ("event_id", "event_type", "event_ts", "user_id", "playback_id", "title_id")
_WRONG_TYPES = (
    ("position_seconds", "abc"),
    ("event_ts", "yesterday"),
    ("watched_seconds", "n/a"),
    ("bitrate_kbps", "high"),
    ("received_ts", True),
)
_OUT_OF_RANGE = (("watched_seconds", 999_999), ("position_seconds", -5), ("rebuffer_count", -1))


@dataclass(frozen=True)
class Fault:
    """``share``: faulty lines per sound row. ``spoil`` turns an event into a line (no line break) that is refused."""

    reason: Reason
    share: float
    spoil: Callable[[np.random.Generator, Event], bytes]


def _line(event: Event) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _cut_off(rng: np.random.Generator, event: Event) -> bytes:
    line = _line(event)
    return line[: int(len(line) * rng.uniform(0.2, 0.9))]  # an object that is not closed is never JSON


def _without_field(rng: np.random.Generator, event: Event) -> bytes:
    field = _REQUIRED[rng.integers(len(_REQUIRED))]
    way = rng.integers(3)
    if way == 0:
        del event[field]
    else:
        event[field] = None if way == 1 else ""
    return _line(event)


def _with_wrong_type(rng: np.random.Generator, event: Event) -> bytes:
    field, value = _WRONG_TYPES[rng.integers(len(_WRONG_TYPES))]
    return _line({**event, field: value})


def _out_of_range(rng: np.random.Generator, event: Event) -> bytes:
    field, value = _OUT_OF_RANGE[rng.integers(len(_OUT_OF_RANGE))]
    return _line({**event, field: value})


def _not_allowed(_: np.random.Generator, event: Event) -> bytes:
    return _line({**event, "event_type": "buffering"})


def _not_an_object(_: np.random.Generator, event: Event) -> bytes:
    return b"[" + _line(event) + b"]"


def _not_utf8(_: np.random.Generator, event: Event) -> bytes:
    return _line(event).replace(b'"device_type":"', b'"device_type":"\xff')


def _clock_unset(rng: np.random.Generator, event: Event) -> bytes:
    second = rng.integers(3_600)
    return _line({**event, "event_ts": f"1970-01-01T00:{second // 60:02d}:{second % 60:02d}.000Z"})


def _clock_ahead(rng: np.random.Generator, event: Event) -> bytes:
    received = np.datetime64(event["received_ts"].rstrip("Z"), "ms")
    ahead = received + np.timedelta64(int(rng.integers(1, 4)) * _DAY_MS, "ms")
    return _line({**event, "event_ts": f"{ahead}Z"})


# Rates are assumptions, of the order of one line in a thousand altogether: enough for every kind to come up within a few
# demo days, and for the quarantine to stay small against the day.
FAULTS = (
    Fault(Reason.MALFORMED_RECORD, 0.0005, _cut_off),
    Fault(Reason.MISSING_FIELD, 0.0004, _without_field),
    Fault(Reason.WRONG_TYPE, 0.0004, _with_wrong_type),
    Fault(Reason.NOT_ALLOWED, 0.0001, _not_allowed),
    Fault(Reason.OUT_OF_RANGE, 0.0001, _out_of_range),
    Fault(Reason.INVALID_ENCODING, 0.00005, _not_utf8),
    Fault(Reason.NOT_AN_OBJECT, 0.00005, _not_an_object),
    Fault(Reason.BEFORE_START, 0.0001, _clock_unset),
    Fault(Reason.AFTER_ARRIVAL, 0.0001, _clock_ahead),
)


def faulty_lines(
    rng: np.random.Generator, lines: bytes, starts: Array, candidates: Array, prefix: str
) -> Iterator[tuple[Reason, bytes]]:
    """Draw the faulty lines of a batch: (reason of the refusal, line with its break), in no order.

    ``lines`` and ``starts``: the batch's sound lines and where they begin; ``candidates``: numbers of those that may be spoilt
    (events of a playback, which have all fields). ``prefix``: begins the new ids, differing from batch to batch.
    """
    count = 0
    for fault in FAULTS if len(candidates) else ():
        for number in rng.choice(candidates, rng.poisson(fault.share * (len(starts) - 1))):
            event = json.loads(lines[starts[number] : starts[number + 1]])
            count += 1
            yield fault.reason, fault.spoil(rng, {**event, "event_id": f"{prefix}-{count:05d}"}) + b"\n"

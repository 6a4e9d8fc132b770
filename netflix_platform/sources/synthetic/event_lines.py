"""A batch of events as lines: JSON as the players send it, one object per line, columns as in the contract's first version.

A line is put together from pieces: what differs from event to event is looked up in tables or written into fixed places, what a
viewing's events share is made once per viewing. So the cost is that of copying the bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from netflix_platform.contracts.events import PLAYBACK_TYPES
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.arrivals import Batch
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.event_columns import EXTRA_FIELD, EXTRA_VALUE, SCHEMA_VERSION, TYPES
from netflix_platform.sources.synthetic.event_texts import (
    digits,
    event_ids,
    parts,
    session_places,
    viewing_places,
)
from netflix_platform.sources.synthetic.habits import DEVICES
from netflix_platform.sources.synthetic.playback_events import PLAY
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES, DAY_MS
from netflix_platform.sources.synthetic.rows import Rows, Viewings

_SECONDS_IN_A_DAY = 86_400
_CLOCK = np.array(
    [b"%02d:%02d:%02d" % (second // 3_600, second // 60 % 60, second % 60) for second in range(_SECONDS_IN_A_DAY)]
)
_MS = np.array([b".%03dZ" % ms for ms in range(1_000)])
_THOUSANDTHS = pa.array(["", *(f".{ms:03d}" for ms in range(1_000))])
_FIRST_NUMBER = "position_seconds"
_ROWS_AT_ONCE = 65_536  # half a kilobyte each


def event_lines(batch: Batch, day: Day) -> Iterator[memoryview | bytes]:
    """The lines of a batch in pieces, faulty ones spoilt. ``day``: the arrival day, whose titles the batch refers to."""
    viewings = batch.viewings
    places = viewing_places(viewings, session_places(viewings))
    ids = event_ids(batch, places, b'{"event_id":"', b'","event_type":"')
    shared = _Shared(_before_the_numbers(viewings, places, day), _startups(viewings), _after_the_numbers(viewings))
    faults = list(batch.faults.each())
    for first in range(0, len(batch.rows), _ROWS_AT_ONCE):
        which = slice(first, first + _ROWS_AT_ONCE)
        lines = _lines(ids[which], batch.rows.take(which), batch.received[which], batch.is_extra[which], shared)
        ends = np.frombuffer(lines.buffers()[1], np.int32)[: len(lines) + 1]
        text = memoryview(lines.buffers()[2] or b"")
        done = 0
        for row, fault, draw in faults:
            if first <= row < first + len(lines):
                yield text[done : ends[row - first]]
                begin, done = int(ends[row - first]), int(ends[row - first + 1])
                event = json.loads(text[begin:done].tobytes())
                yield fault.line(draw, int(batch.received[row]), event) + b"\n"
        yield text[done : ends[-1]]


@dataclass(frozen=True)
class _Shared:
    """Pieces of lines that are the same for all events of a viewing; see the functions that make them."""

    before_the_numbers: pa.Array
    startups: pa.Array
    after_the_numbers: pa.Array


def _lines(ids: Array, rows: Rows, received: Array, is_extra: Array, shared: _Shared) -> pa.Array:
    viewing, viewings = rows.viewing, len(shared.before_the_numbers)
    is_playing = rows.kind < len(PLAYBACK_TYPES)  # the numbers of all other events are null
    return _joined(
        _texts(ids),
        pa.array(TYPES).take(pa.array(rows.kind)),
        _texts(parts(b'","event_ts":"', _moments(rows.at), b'","received_ts":"', _moments(received), b'",')),
        shared.before_the_numbers.take(pa.array(viewing)),
        *_seconds("position_seconds", rows.position, is_playing),
        *_seconds("watched_seconds", rows.watched, is_playing),
        *_seconds("buffering_seconds", rows.waiting, is_playing),
        _looked_up(_numbers("rebuffer_count", int(rows.stalls.max(initial=0))), rows.stalls, is_playing),
        shared.startups.take(pa.array(np.where(rows.kind == PLAY, viewing, viewings))),
        shared.after_the_numbers.take(pa.array(viewing + viewings * is_extra)),
    )


def _texts(content: Array) -> pa.Array:
    """Texts of one length as Arrow knows them."""
    ends = np.arange(len(content) + 1, dtype=np.int32) * np.int32(content.dtype.itemsize)
    return pa.StringArray.from_buffers(len(content), pa.py_buffer(ends), pa.py_buffer(content.view(np.uint8)))


# --- what events do not share -----------------------------------------------------------------------------------------


def _moments(ms: Array) -> Array:
    """Times (ms since 1970) as texts of one length."""
    days = ms // DAY_MS
    within = (ms - days * DAY_MS).astype(np.int32)
    first, last = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    dates = np.array([f"{np.datetime64(day, 'D')}T".encode() for day in range(first, last + 1)])
    seconds = within // 1_000
    return parts(dates[days - first], _CLOCK[seconds], _MS[within - seconds * 1_000])


def _seconds(name: str, ms: Array, is_there: Array) -> tuple[pa.Array, pa.Array]:
    """A field in seconds: name and whole seconds, then thousandths."""
    whole = ms // 1_000
    most = int(whole.max(initial=0)) | 0xFFF  # so that the table is the same for most batches
    return (
        _looked_up(_numbers(name, most), whole, is_there),
        _looked_up(_THOUSANDTHS, ms - whole * 1_000, is_there),
    )


def _looked_up(table: pa.Array, numbers: Array, is_there: Array) -> pa.Array:
    return table.take(pa.array(np.where(is_there, numbers + 1, 0)))


@lru_cache(maxsize=64)
def _numbers(name: str, most: int) -> pa.Array:
    """A field by the number that it holds, from 0 on; first, that it holds none."""
    comma = "" if name == _FIRST_NUMBER else ","
    return pa.array([f'{comma}"{name}":null', *(f'{comma}"{name}":{number}' for number in range(most + 1))])


def _startups(viewings: Viewings) -> pa.Array:
    """The field for each viewing; last, that there is none."""
    numbers = pa.array(viewings.startup).cast(pa.string())
    return pa.concat_arrays([_joined(',"startup_ms":', numbers), pa.array([',"startup_ms":null'])])


# --- what they share, once per viewing --------------------------------------------------------------------------------


def _before_the_numbers(viewings: Viewings, places: Array, day: Day) -> pa.Array:
    user, profile = digits(viewings.user, 8), digits(viewings.profile, 1)
    session = parts(viewings.label, b"-", digits(viewings.session, 6))
    names = (b'"user_id":"u', b'","profile_id":"u', b"-", b'","session_id":"s', b'",')
    whose = parts(names[0], user, names[1], user, names[2], profile, names[3], session, names[4])
    playback = _texts(parts(b'"playback_id":"p', places, b'"'))
    # Titles by their position from 1 on, then unlisted ones; first, none.
    count = day.titles.height
    title = np.where(viewings.is_unlisted, 1 + count, 1 + viewings.title)
    listed = _joined(',"title_id":"', day.titles["title_id"].to_arrow().cast(pa.string()), '"')
    numbers = pa.array(viewings.title).cast(pa.string())
    table = pa.concat_arrays([pa.array([',"title_id":null']), listed, pa.array([',"title_id":"'])])
    unlisted = pc.if_else(pa.array(viewings.is_unlisted), _joined("unlisted-", numbers, '"'), "")
    episodes = [f',"episode_number":{number or "null"},' for number in range(int(viewings.episode.max(initial=0)) + 1)]
    return _joined(
        _texts(whose),
        pc.if_else(pa.array(viewings.is_playback), playback, '"playback_id":null'),
        table.take(pa.array(title)),
        unlisted,
        pa.array(episodes).take(pa.array(viewings.episode)),
    )


def _after_the_numbers(viewings: Viewings) -> pa.Array:
    """The end of the line for each viewing; then again for each, with the unknown field."""
    bitrates = pc.if_else(pa.array(viewings.is_playback), pa.array(viewings.bitrate).cast(pa.string()), "null")
    devices = pa.array([f',"device_type":"{device}","country":"' for device in DEVICES])
    countries = pa.array([f'{code}","app_version":"8.' for code in COUNTRY_CODES])
    known = _joined(
        ',"bitrate_kbps":',
        bitrates,
        devices.take(pa.array(viewings.device)),
        countries.take(pa.array(viewings.country)),
        pa.array(viewings.version).cast(pa.string()),
        f'.0","schema_version":{SCHEMA_VERSION}',
    )
    return pa.concat_arrays([_joined(known, "}\n"), _joined(known, f',"{EXTRA_FIELD}":"{EXTRA_VALUE}"}}\n')])


def _joined(*pieces: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*pieces, "")

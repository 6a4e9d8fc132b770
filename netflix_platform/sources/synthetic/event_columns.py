"""A batch of events as Parquet columns, in the contract's names and order: codes and dictionaries instead of texts.

Faulty rows carry what a typed column can hold of a fault: a missing value, one that is not allowed, a number out of range, a
time before the platform or after its arrival. An unknown field is a column of its own, ``network``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from netflix_platform.contracts import EVENTS, Kind
from netflix_platform.contracts.events import OTHER_TYPES, PLAYBACK_TYPES
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.arrivals import Batch
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.event_texts import (
    digits,
    event_ids,
    parts,
    session_places,
    viewing_places,
)
from netflix_platform.sources.synthetic.habits import DEVICES
from netflix_platform.sources.synthetic.parquet_file import Column, Type, any_texts, length_of_texts, texts
from netflix_platform.sources.synthetic.playback_events import PLAY
from netflix_platform.sources.synthetic.rhythm import COUNTRY_CODES
from netflix_platform.sources.synthetic.rows import Viewings

SCHEMA_VERSION = 1
TYPES = (*PLAYBACK_TYPES, *OTHER_TYPES)
EXTRA_FIELD, EXTRA_VALUE = "network", "wifi"

_TYPES_OF_KINDS = {
    Kind.ID: Type.TEXT,
    Kind.TEXT: Type.TEXT,
    Kind.TIMESTAMP: Type.TIMESTAMP_MS,
    Kind.INTEGER: Type.INTEGER,
    Kind.SECONDS: Type.THOUSANDTHS,
}
_SENT = set(EVENTS.names_in_version(SCHEMA_VERSION))
EVENT_COLUMNS = {
    **{column.name: _TYPES_OF_KINDS[column.kind] for column in EVENTS.columns if column.name in _SENT},
    EXTRA_FIELD: Type.TEXT,
}
_OTHER_TYPE = "buffering"  # the one value of ``event_type`` that faulty rows bring
_KINDS = (*TYPES, _OTHER_TYPE)


@dataclass(frozen=True)
class _Coded:
    """Values by code: a code for each viewing or row, and the values in plain encoding."""

    codes: Array
    values: Array
    size: int

    def column(self, which: Array, present: Array | None = None) -> Column:
        """``which``: position of the code for every row that is present."""
        return Column(self.codes[which], present, self.values, self.size)


def event_columns(batch: Batch, day: Day) -> dict[str, Column]:
    """The columns of ``EVENT_COLUMNS``. ``day``: the arrival day, whose titles the batch refers to."""
    viewings, rows = batch.viewings, batch.rows
    changes = _changes(batch)
    places = viewing_places(viewings, session_places(viewings))
    user, profile, session = _accounts(viewings)
    title = _titles(viewings, day)
    of_playback = _Coded(*_places(places[viewings.is_playback], viewings.is_playback))

    all_rows = rows.viewing.astype(np.intp)
    is_playing = rows.kind < len(PLAYBACK_TYPES)
    playing = all_rows[is_playing]

    def shared(name: str, coded: _Coded, present: Array | None = None) -> Column:
        """What a viewing's events share, where ``present`` and not taken away by a fault."""
        present = _without(present, [row for row, _ in changes[name]], len(rows))  # no fault changes these otherwise
        return coded.column(all_rows if present is None else all_rows[present], present)

    def own(name: str, values: Array, present: Array | None = None) -> Column:
        """Numbers of the events themselves."""
        if not changes[name]:
            return Column(values if present is None else values[present], present)
        values, missing = values.copy(), []
        for row, value in changes[name]:
            if value is None:
                missing.append(row)
            else:
                values[row] = value
        if present is None:  # few are missing: the rest is copied in long pieces
            edges = [-1, *missing, len(values)]
            pieces = [values[before + 1 : after] for before, after in pairwise(edges)]
            return Column(np.concatenate(pieces), _without(present, missing, len(values)))
        present = _without(present, missing, len(values))
        return Column(values[present], present)

    kinds = own("event_type", rows.kind)
    stalls = own("rebuffer_count", rows.stalls, is_playing)
    is_play = rows.kind == PLAY
    episode = viewings.episode[all_rows] > 0
    extra = np.zeros(int(np.count_nonzero(batch.is_extra)), np.uint8)
    return {
        "event_id": own("event_id", event_ids(batch, places, before=length_of_texts(1 + places.dtype.itemsize + 3))),
        "event_type": Column(kinds.values, kinds.present, any_texts(_KINDS), len(_KINDS)),
        "event_ts": own("event_ts", rows.at),
        "received_ts": Column(batch.received),
        "user_id": shared("user_id", user),
        "profile_id": shared("profile_id", profile),
        "session_id": shared("session_id", session),
        "playback_id": shared("playback_id", of_playback, is_playing),
        "title_id": shared("title_id", title, _all_or((viewings.title >= 0)[all_rows])),
        "episode_number": shared("episode_number", _numbers(viewings.episode), episode),
        "position_seconds": own("position_seconds", rows.position, is_playing),
        "watched_seconds": own("watched_seconds", rows.watched, is_playing),
        "buffering_seconds": own("buffering_seconds", rows.waiting, is_playing),
        "rebuffer_count": _short_range(stalls),
        "startup_ms": Column(viewings.startup[all_rows[is_play]], is_play),
        "bitrate_kbps": _numbers(viewings.bitrate).column(playing, is_playing),
        "device_type": _Coded(viewings.device, any_texts(DEVICES), len(DEVICES)).column(all_rows),
        "country": _Coded(viewings.country, any_texts(COUNTRY_CODES), len(COUNTRY_CODES)).column(all_rows),
        "app_version": _versions(viewings.version).column(all_rows),
        "schema_version": Column(np.zeros(len(rows), np.uint8), None, np.array([SCHEMA_VERSION], np.int32), 1),
        EXTRA_FIELD: Column(extra, batch.is_extra, any_texts([EXTRA_VALUE]), 1),
    }


# --- what viewings share ----------------------------------------------------------------------------------------------


def _accounts(viewings: Viewings) -> tuple[_Coded, _Coded, _Coded]:
    """Accounts, profiles and sessions, each once."""
    # Those of a chunk stand together, so that sessions are told apart without comparing labels with each other.
    starts = np.flatnonzero(np.append(True, viewings.label[1:] != viewings.label[:-1]))
    spans = np.maximum.reduceat(viewings.session, starts) + 1
    places = viewings.session + np.repeat(np.cumsum(spans) - spans, np.diff(np.append(starts, len(viewings))))
    session, used = _compact(places)
    one_of_each = np.empty(len(used), np.intp)
    one_of_each[session] = np.arange(len(viewings))
    of_sessions = viewings.take(one_of_each)
    keys, profile = np.unique(of_sessions.user.astype(np.int64) << 8 | of_sessions.profile, return_inverse=True)
    is_first = np.append(True, keys[1:] >> 8 != keys[:-1] >> 8)[: len(keys)]
    user = (np.cumsum(is_first) - 1)[profile]
    users = parts(b"u", digits(keys >> 8, 8))
    profiles = parts(users, b"-", digits(keys & 0xFF, 1))
    users, sessions = users[is_first], parts(b"s", session_places(of_sessions))
    return (
        _Coded(_narrow(user[session], len(users)), texts(users), len(users)),
        _Coded(_narrow(profile[session], len(profiles)), texts(profiles), len(profiles)),
        _Coded(_narrow(session, len(sessions)), texts(sessions), len(sessions)),
    )


def _places(places: Array, is_playback: Array) -> tuple[Array, Array, int]:
    return _narrow(np.cumsum(is_playback) - 1, len(places)), texts(parts(b"p", places)), len(places)


def _titles(viewings: Viewings, day: Day) -> _Coded:
    """The titles that occur, unlisted ones after all others; codes of viewings without one mean nothing."""
    count = day.titles.height
    codes, used = _compact(np.maximum(viewings.title, 0) + np.where(viewings.is_unlisted, count, 0))
    listed = day.titles["title_id"].gather(used[used < count]).to_arrow().cast(pa.binary())
    unlisted = pa.array([f"unlisted-{number - count}" for number in used[used >= count].tolist()], pa.binary())
    return _Coded(_narrow(codes, len(used)), any_texts(pa.concat_arrays([listed, unlisted])), len(used))


def _numbers(values: Array) -> _Coded:
    codes, used = _compact(values)
    return _Coded(_narrow(codes, len(used)), used.astype(np.int32), len(used))


def _versions(values: Array) -> _Coded:
    codes, used = _compact(values)
    return _Coded(_narrow(codes, len(used)), any_texts([f"8.{version}.0" for version in used.tolist()]), len(used))


def _compact(values: Array) -> tuple[Array, Array]:
    """Numbers that are neither negative nor large: the position of each among those that occur, and these in order."""
    occurs = np.zeros(int(values.max(initial=0)) + 1, bool)
    occurs[values] = True
    return (np.cumsum(occurs) - 1)[values], np.flatnonzero(occurs)


def _narrow(codes: Array, size: int) -> Array:
    return codes.astype(np.uint8 if size <= 1 << 8 else np.uint16 if size <= 1 << 16 else np.uint32)


# --- what faults change -----------------------------------------------------------------------------------------------


def _changes(batch: Batch) -> defaultdict[str, list[tuple[int, Any]]]:
    """By column: rows, and what they get in a column's own terms; ``None``: nothing."""
    changes: defaultdict[str, list[tuple[int, Any]]] = defaultdict(list)
    for row, fault, draw in batch.faults.each():
        assert fault.change, "a fault that only text can carry"
        name, value = fault.change(draw, int(batch.received[row]))
        if value == _OTHER_TYPE:
            value = _KINDS.index(value)
        elif value is not None and EVENT_COLUMNS[name] is Type.THOUSANDTHS:
            value *= 1_000
        changes[name].append((row, value))
    return changes


def _without(present: Array | None, missing: list[int], rows: int) -> Array | None:
    if not missing:
        return present
    present = np.ones(rows, bool) if present is None else present.copy()
    present[missing] = False
    return present


def _all_or(present: Array) -> Array | None:
    return None if present.all() else present


def _short_range(column: Column) -> Column:
    """Numbers of a short range, coded by their distance from the least."""
    least, most = int(column.values.min(initial=0)), int(column.values.max(initial=0))
    size = most - least + 1
    numbers = np.arange(least, least + size, dtype=np.int32)
    return Column(_narrow(column.values - least, size), column.present, numbers, size)

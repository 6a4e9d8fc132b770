"""From the arrays of visits to event rows: numbers and codes only, so that rows are sorted and cut cheaply.

What all events of a viewing share is held once (``Viewings``); a row (``Rows``) points to it. Texts are made by ``columns`` and
``ndjson``, when a batch is written. An id is made of where a row comes from: the chunk's label (``00030w07``: day 30, window 7),
the session's number within it, a mark (0, 1, 2: which playback of the session; q, r, l: a search, rating, list addition)
and the event's place in order. All labels of a world are equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from netflix_platform.contracts.events import PLAYBACK_TYPES
from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.playback_events import PlaybackEvents
from netflix_platform.sources.synthetic.viewing import Asides, Playbacks, Sessions

FIRST_UNKNOWN_ACCOUNT = 90_000_000  # beyond any scale's accounts
_DAYS_PER_VERSION = 28  # a new player every four weeks, taken up within days or weeks
_FIRST_VERSION = 20
_ASIDE_MARKS = np.frombuffer(b"qrl", np.uint8)  # by kind
_PLAYBACK_MARKS = np.frombuffer(
    b"0123456789abcdefghijklmnop", np.uint8
)  # by place in the session: at most a dozen, see ``viewing``


@dataclass(frozen=True)
class _Table:
    """Arrays of equal length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def take(self, which: Array | slice) -> Self:
        """The rows at positions ``which`` (or where a mask is true)."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of ``parts`` one after the other."""
        parts = [part for part in parts if len(part)] or parts[:1]
        if len(parts) == 1:
            return parts[0]
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True)
class Viewings(_Table):
    """What all events of a playback share; a search, rating or list addition is one of its own, with ``episode`` 0.

    ``label``: 8 bytes or more, the chunk's; ``session``: the session's number within the chunk; ``mark``: one character, as its
    code. ``user``: number of the account; ``title``: position in the day's titles, -1 for none; ``episode``: 0 for none;
    ``startup`` in ms and ``bitrate`` in kbit/s, meaningless where ``is_playback`` is false. ``is_stranger`` and ``is_unlisted``:
    sent under an account or title that no feed holds.
    """

    label: Array
    session: Array
    mark: Array
    user: Array
    profile: Array
    device: Array
    country: Array
    version: Array
    title: Array
    episode: Array
    startup: Array
    bitrate: Array
    is_playback: Array
    is_stranger: Array
    is_unlisted: Array


@dataclass(frozen=True)
class Rows(_Table):
    """One event each. ``viewing``: position in the viewings; ``order``: 0, 1, … within it; ``kind``: position in ``TYPES``.

    ``at``: ms since 1970; ``position``, ``watched`` and ``waiting`` in ms, and ``stalls``, of playbacks only.
    """

    viewing: Array
    order: Array
    kind: Array
    at: Array
    position: Array
    watched: Array
    waiting: Array
    stalls: Array

    def moved(self, by: int) -> Rows:
        """The same rows where their viewings begin at ``by``."""
        return Rows(self.viewing + np.int32(by), *(getattr(self, field.name) for field in fields(self)[1:]))


@dataclass(frozen=True)
class Events:
    """Rows and what they point to."""

    viewings: Viewings
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Array | slice) -> Events:
        """The rows at ``which`` and only the viewings that they point to."""
        rows = self.rows.take(which)
        used = np.zeros(len(self.viewings), bool)
        used[rows.viewing] = True
        place = (np.cumsum(used) - 1).astype(np.int32)
        others = (getattr(rows, field.name) for field in fields(Rows)[1:])
        return Events(self.viewings.take(used), Rows(place[rows.viewing], *others))


def joined(parts: Sequence[Events]) -> Events:
    """The events of ``parts`` one after the other."""
    starts = np.cumsum([0, *(len(part.viewings) for part in parts)])
    return Events(
        Viewings.joined([part.viewings for part in parts]),
        Rows.joined([part.rows.moved(int(start)) for part, start in zip(parts, starts, strict=False)]),
    )


def playback_events(day: Day, label: bytes, sessions: Sessions, playbacks: Playbacks, events: PlaybackEvents) -> Events:
    """The events of playbacks. ``label``: of the chunk that ``sessions`` belong to."""
    yes = np.ones(len(playbacks.session), bool)
    viewings = Viewings(
        **_of_session(day, label, sessions, playbacks.session),
        mark=_PLAYBACK_MARKS[playbacks.slot],
        title=playbacks.title.astype(np.int32),
        episode=np.where(day.is_season[playbacks.title], playbacks.episode, 0).astype(np.int32),
        startup=playbacks.startup.astype(np.int32),
        bitrate=playbacks.bitrate.astype(np.int32),
        is_playback=yes,
        is_unlisted=playbacks.unlisted,
    )
    rows = Rows(
        viewing=events.playback.astype(np.int32),
        order=events.order.astype(np.uint8),
        kind=events.kind,
        at=events.at + day.start_ms,
        position=events.position.astype(np.int32),
        watched=events.watched.astype(np.int32, copy=False),
        waiting=events.waiting.astype(np.int32, copy=False),
        stalls=events.stalls.astype(np.int32, copy=False),
    )
    return Events(viewings, rows)


def aside_events(day: Day, label: bytes, sessions: Sessions, asides: Asides) -> Events:
    """Searches, ratings and list additions."""
    count = len(asides.session)
    nothing, no = np.zeros(count, np.int32), np.zeros(count, bool)
    viewings = Viewings(
        **_of_session(day, label, sessions, asides.session),
        mark=_ASIDE_MARKS[asides.kind],
        title=asides.title.astype(np.int32),
        episode=nothing,
        startup=nothing,
        bitrate=nothing,
        is_playback=no,
        is_unlisted=no,
    )
    rows = Rows(
        viewing=np.arange(count, dtype=np.int32),
        order=asides.mark.astype(np.uint8),
        kind=(len(PLAYBACK_TYPES) + asides.kind).astype(np.uint8),
        at=asides.at + day.start_ms,
        position=nothing,
        watched=nothing,
        waiting=nothing,
        stalls=nothing,
    )
    return Events(viewings, rows)


def _of_session(day: Day, label: bytes, sessions: Sessions, which: Array) -> dict[str, Array]:
    account, is_stranger = sessions.account[which], sessions.stranger[which]
    number = np.where(is_stranger, FIRST_UNKNOWN_ACCOUNT + account, day.population.number[account])
    version = _FIRST_VERSION + np.floor((day.number - sessions.app_lag[which]) / _DAYS_PER_VERSION)
    return {
        "label": np.full(len(which), label, f"S{len(label)}"),
        "session": which.astype(np.int32),
        "user": number.astype(np.int32),
        "profile": sessions.profile[which].astype(np.uint8),
        "device": sessions.device[which].astype(np.uint8),
        "country": sessions.country[which].astype(np.uint8),
        "version": version.astype(np.int32),
        "is_stranger": is_stranger,
    }

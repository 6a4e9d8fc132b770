"""The visits of a stretch of a day: sessions, the playbacks in them, and what is done beside watching.

Whole arrays at a time. Times are milliseconds since the day's midnight (UTC) and may lie beyond the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.habits import (
    DEVICE_SHARES,
    DEVICES,
    LONGEST_PAUSE_MS,
    MOST_WATCHED_MS,
    connection,
    pauses_ms,
    watched_ms,
)
from netflix_platform.sources.synthetic.rhythm import BIN_MS, BINS

NO_END, STOP, ERROR = 0, 1, 2  # how a playback ends: the application is closed, the viewer stops, the player fails
SEARCH, RATE, ADD_TO_LIST = 0, 1, 2
_ENDINGS = (0.10, 0.894, 0.006)  # of the three; assumption, as all that follows

_MORE_PLAYBACKS = (0.50, 0.45)  # chance of a second playback in a session, and of a third after the second
_NEXT_EPISODE = 0.85  # after an episode watched to the end, the next one follows
_AUTOPLAY_MS = 12_000
_MEAN_BROWSING_MS = 70_000
_LATEST_PLAYBACK_MS = 130 * 60_000  # after the session's beginning
# Nothing of a session happens later than this after its beginning: what begins before 18:00 UTC ends on its day.
LONGEST_SESSION_MS = _LATEST_PLAYBACK_MS + MOST_WATCHED_MS + LONGEST_PAUSE_MS + 60_000
_EARLY_EPISODES = 1.4  # first episodes are watched more than last ones
_SEARCHES = (0.25, 0.06)  # sessions with one search, with two
_RATED = 0.03  # playbacks
_LISTED = 0.05  # sessions
_UNKNOWN_USER = 0.001  # of sessions: an account whose record the users feed never brings
_UNKNOWN_TITLE = 0.001  # of playbacks


@dataclass(frozen=True)
class Sessions:
    """``account``: position in the day's population. ``stranger``: sent under an account id that the feed does not hold."""

    account: Array
    country: Array
    profile: Array
    device: Array
    app_lag: Array
    start: Array
    stranger: Array


@dataclass(frozen=True)
class Playbacks:
    """One film or episode each. ``session``: position in ``Sessions``; ``slot``: 0, 1, 2 within it; ``title``: in the day's.

    ``watched`` is the time played, ``pause_at`` the time played when it is paused for ``pause`` ms; ``position``: where in the
    film it begins. ``unlisted``: sent under a title id that the feed does not hold.
    """

    session: Array
    slot: Array
    title: Array
    episode: Array
    start: Array
    position: Array
    watched: Array
    pause_at: Array
    pause: Array
    ending: Array
    startup: Array
    bitrate: Array
    stalls: Array
    device: Array
    unlisted: Array

    @property
    def end(self) -> Array:
        """When the viewer or the player ends it (ms since midnight)."""
        return self.start + self.watched + self.pause

    def take(self, which: Array) -> Self:
        """The playbacks at positions ``which`` (or where a mask is true)."""
        return type(self)(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Asides:
    """Searches, ratings, additions to the list. ``title`` is -1 for a search; ``mark`` tells those of one session apart."""

    session: Array
    kind: Array
    mark: Array
    title: Array
    at: Array


@dataclass(frozen=True)
class Visits:
    """What ``draw_visits`` gives."""

    sessions: Sessions
    playbacks: Playbacks
    asides: Asides


def draw_visits(
    day: Day, rng: np.random.Generator, expected: float, first_bin: int = 0, last_bin: int = BINS
) -> Visits:
    """Draw the sessions that begin in the quarter hours [first_bin, last_bin) of ``day``; ``expected`` for the whole day."""
    sessions = _sessions(day, rng, expected, first_bin, last_bin)
    playbacks = _playbacks(day, rng, sessions)
    return Visits(sessions, playbacks, _asides(day, rng, sessions, playbacks))


def _sessions(day: Day, rng: np.random.Generator, expected: float, first_bin: int, last_bin: int) -> Sessions:
    cells = day.cells[:, first_bin:last_bin]
    count = rng.poisson(expected * cells.sum())
    reached = np.cumsum(cells)
    cell = np.searchsorted(reached, rng.random(count) * reached[-1], side="right").clip(max=cells.size - 1)
    country, bins = np.divmod(cell, cells.shape[1])
    start = ((first_bin + bins + rng.random(count)) * BIN_MS).astype(np.int64)
    begin, end = day.population.country_starts[country], day.population.country_starts[country + 1]
    wanted = day.viewers[begin] + rng.random(count) * (day.viewers[end] - day.viewers[begin])
    account = day.viewer_table.places(wanted) - 1
    account = np.clip(account, begin, np.maximum(end - 1, begin)).clip(max=len(day.population.number) - 1)
    profile = 1 + (rng.random(count) ** 1.5 * day.population.profiles[account]).astype(np.int64)
    drawn = Sessions(
        account=account,
        country=country,
        profile=profile,
        device=rng.choice(len(DEVICES), count, p=DEVICE_SHARES),
        app_lag=rng.exponential(6.0, count),
        start=start,
        stranger=rng.random(count) < _UNKNOWN_USER,
    )
    paid = day.population.paid_at(account, day.number * 86_400 + start // 1000)
    return Sessions(*(getattr(drawn, field.name)[paid] for field in fields(drawn)))


def _playbacks(day: Day, rng: np.random.Generator, sessions: Sessions) -> Playbacks:
    slots: list[Playbacks] = []
    everyone = np.arange(len(sessions.start))
    at = sessions.start + _browsing(rng, len(everyone))
    session, before = everyone, None
    for slot in range(1 + len(_MORE_PLAYBACKS)):
        if slot:
            assert before is not None
            goes_on = (rng.random(len(session)) < _MORE_PLAYBACKS[slot - 1]) & (before.ending == STOP)
            before = before.take(goes_on)
            session = before.session
        title, episode = _choose(day, rng, sessions.country[session])
        continued = np.zeros(len(session), bool)
        if before is not None:
            finished = before.position + before.watched > 0.9 * day.unit_ms[before.title]
            follows = before.episode < day.episodes[before.title]  # never true of a film
            continued = finished & follows & (rng.random(len(session)) < _NEXT_EPISODE)
            title = np.where(continued, before.title, title)
            episode = np.where(continued, before.episode + 1, episode)
            at = before.end + np.where(continued, _AUTOPLAY_MS, _browsing(rng, len(session)))
        device = sessions.device[session]
        startup, bitrate, stalls = connection(rng, device)
        position, watched = watched_ms(rng, day.unit_ms[title], startup, continued)
        pause_at, pause = pauses_ms(rng, watched)
        before = Playbacks(
            session=session,
            slot=np.full(len(session), slot),
            title=title,
            episode=episode,
            start=at,
            position=position,
            watched=watched,
            pause_at=pause_at,
            pause=pause,
            ending=rng.choice(3, len(session), p=_ENDINGS),
            startup=startup,
            bitrate=bitrate,
            stalls=stalls,
            device=device,
            unlisted=rng.random(len(session)) < _UNKNOWN_TITLE,
        )
        before = before.take(before.start - sessions.start[session] <= _LATEST_PLAYBACK_MS)
        session = before.session
        slots.append(before)
    return Playbacks(*(np.concatenate([getattr(part, f.name) for part in slots]) for f in fields(Playbacks)))


def _choose(day: Day, rng: np.random.Generator, country: Array) -> tuple[Array, Array]:
    """A title and an episode of it for viewers of the given countries."""
    count = len(country)
    title = day.choice_table.places(country + rng.random(count)) - country * len(day.episodes)
    title = np.clip(title, 0, len(day.episodes) - 1)
    episode = 1 + (rng.random(count) ** _EARLY_EPISODES * day.episodes[title]).astype(np.int64)
    return title, episode


def _browsing(rng: np.random.Generator, count: int) -> Array:
    return (5_000 + rng.exponential(_MEAN_BROWSING_MS, count)).clip(max=600_000).astype(np.int64)


def _asides(day: Day, rng: np.random.Generator, sessions: Sessions, playbacks: Playbacks) -> Asides:
    count = len(sessions.start)
    draw = rng.random(count)
    searches = [np.flatnonzero(draw < chance) for chance in _SEARCHES]
    searched = np.concatenate(searches)
    rated = np.flatnonzero(rng.random(len(playbacks.start)) < _RATED)
    listed = np.flatnonzero(rng.random(count) < _LISTED)
    chosen, _ = _choose(day, rng, sessions.country[listed])
    kinds = (SEARCH, len(searched)), (RATE, len(rated)), (ADD_TO_LIST, len(listed))
    return Asides(
        session=np.concatenate([searched, playbacks.session[rated], listed]),
        kind=np.repeat([kind for kind, _ in kinds], [size for _, size in kinds]),
        mark=np.concatenate(
            [np.repeat([0, 1], [len(part) for part in searches]), playbacks.slot[rated], np.zeros(len(listed), int)]
        ),
        title=np.concatenate([np.full(len(searched), -1), playbacks.title[rated], chosen]),
        at=np.concatenate(
            [
                sessions.start[searched] + rng.integers(500, 4_500, len(searched)),
                playbacks.end[rated] + rng.integers(1_000, 30_000, len(rated)),
                sessions.start[listed] + rng.integers(500, 4_500, len(listed)),
            ]
        ),
    )

"""The visits of a stretch of a day: sessions, the playbacks in them, and what is done beside watching.

Whole arrays at a time. Times are milliseconds since the day's midnight (UTC) and may lie beyond the next one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from netflix_platform.sources.published import Array
from netflix_platform.sources.synthetic.day import Day
from netflix_platform.sources.synthetic.following import Viewers, viewers_of
from netflix_platform.sources.synthetic.habits import (
    LEAST_MS,
    LONGEST_PAUSE_MS,
    MOST_CREDITS,
    MOST_WATCHED_MS,
    connection,
    devices,
    driven_away,
    lines,
    pauses_ms,
)
from netflix_platform.sources.synthetic.outages import ERRORS, SLOWER, STALLS, struck
from netflix_platform.sources.synthetic.plans import Plan, plan_visits
from netflix_platform.sources.synthetic.rhythm import BIN_MS, BINS, PLACE_COUNTRIES
from netflix_platform.sources.synthetic.tastes import TASTES

NO_END, STOP, ERROR = 0, 1, 2  # how a playback ends: the application is closed, the viewer stops, the player fails
SEARCH, RATE, ADD_TO_LIST = 0, 1, 2
_CLOSED = 0.2  # of the sessions: they end without a stop; assumption, as all that follows
_FAILED = 0.006  # of the playbacks

_LATEST_PLAYBACK_MS = 145 * 60_000  # after the session's beginning
# Nothing of a session happens later than this after its beginning: what begins before 18:00 UTC ends on its day.
LONGEST_SESSION_MS = _LATEST_PLAYBACK_MS + MOST_WATCHED_MS + LONGEST_PAUSE_MS + 60_000
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
    """One film or episode each, ordered by session, then time. ``session``: position in ``Sessions``; ``slot``: 0, 1, ...
    within it; ``title``: in the day's.

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
    day: Day, rng: np.random.Generator, after: float, share: float, first_bin: int = 0, last_bin: int = BINS
) -> Visits:
    """Draw a part of ``day``: of its visits the ``share`` from ``after`` on (see ``Day.visits_between``), and of these the ones
    that begin in the quarter hours [first_bin, last_bin)."""
    place, order, position, start = day.visits_between(rng, after, share, first_bin, last_bin)
    account = np.searchsorted(day.visits, position, side="right") - 1
    paid = np.flatnonzero(day.population.paid_at(account, day.number * 86_400 + start // 1000))
    place, order, account, start = place[paid], order[paid], account[paid], start[paid]
    viewers = viewers_of(day, account, place, position[paid] - day.visits[account], order)
    count = len(account)
    sessions = Sessions(
        account=account,
        country=PLACE_COUNTRIES[place].astype(np.int64),
        profile=viewers.profile,
        device=devices(rng, viewers.key),
        app_lag=6.0 * rng.standard_exponential(count),
        start=start,
        stranger=rng.random(count, np.float32) < _UNKNOWN_USER,
    )
    row = viewers.group * TASTES + viewers.taste
    row = row * 24 + day.hour[place, start // BIN_MS]
    playbacks = _playbacks(day, rng, viewers, sessions, plan_visits(day, rng, viewers, row))
    return Visits(sessions, playbacks, _asides(day, rng, sessions, playbacks, row, viewers.group))


def _playbacks(day: Day, rng: np.random.Generator, viewers: Viewers, sessions: Sessions, plan: Plan) -> Playbacks:
    """What comes of the plan: devices and lines, what drives viewers away, what ends a session before its time."""
    count, session = len(plan.session), plan.session
    device = sessions.device[session]
    startup, bitrate, stalls = connection(rng, device, lines(viewers.key)[session])
    unit = day.shelf.unit_ms[plan.title]
    drawn = rng.random((3, count), np.float32)
    to_the_end = plan.begin + plan.watched >= unit
    credits = np.where(to_the_end, (np.float32(MOST_CREDITS) * drawn[0] * unit).astype(np.int32), 0)
    watched = np.maximum(plan.watched - credits, np.minimum(plan.watched, LEAST_MS))
    np.minimum(watched, MOST_WATCHED_MS, out=watched)
    closes = np.diff(session, append=-1) != 0
    ending = np.where(closes & (drawn[1] > 1 - _CLOSED), NO_END, STOP).astype(np.int8)
    ending[drawn[1] < _FAILED] = ERROR
    if day.outages:
        # By the session's time: its playbacks may begin up to two hours later, but most follow soon.
        hit = struck(day.outages, day.start_ms, sessions.start[session], sessions.country[session])
        startup = np.where(hit, (startup * SLOWER).astype(np.int32), startup)
        stalls = np.where(hit, np.float32(STALLS), stalls)
        ending = np.where(hit & (drawn[2] < ERRORS), ERROR, ending).astype(np.int8)
    watched, left = driven_away(rng, watched, startup, stalls, device)
    failed = np.flatnonzero(ending == ERROR)
    watched[failed] = np.maximum((watched[failed] * rng.random(len(failed))).astype(np.int32), 1_000)
    pause_at, pause = pauses_ms(rng, watched)
    slot, before, start = _in_turn(session, watched.astype(np.int64) + pause, plan.gap, left | (ending != STOP))
    playbacks = Playbacks(
        session=session,
        slot=slot,
        title=plan.title,
        episode=plan.episode,
        start=sessions.start[session] + start,
        position=plan.begin,
        watched=watched,
        pause_at=pause_at,
        pause=pause,
        ending=ending,
        startup=startup,
        bitrate=bitrate,
        stalls=stalls,
        device=device,
        unlisted=rng.random(count, np.float32) < _UNKNOWN_TITLE,
    )
    return playbacks.take(np.flatnonzero((before == 0) & (start <= _LATEST_PLAYBACK_MS)))


def _in_turn(session: Array, lasts: Array, gap: Array, is_last: Array) -> tuple[Array, Array, Array]:
    """Per playback: its number in the session, how many before it end the session, and its begin (ms) after the session's."""
    opens = np.diff(session, prepend=-1) > 0
    first = np.maximum.accumulate(np.where(opens, np.arange(len(session)), 0))
    after = np.cumsum(gap + lasts)
    ends = np.cumsum(is_last)
    start = after - lasts - (after - gap - lasts)[first]
    return np.arange(len(session)) - first, ends - is_last - (ends - is_last)[first], start


def _asides(
    day: Day, rng: np.random.Generator, sessions: Sessions, playbacks: Playbacks, row: Array, group: Array
) -> Asides:
    count = len(sessions.start)
    drawn = rng.random((2, count), np.float32)
    searches = [np.flatnonzero(drawn[0] < chance) for chance in _SEARCHES]
    searched = np.concatenate(searches)
    rated = np.flatnonzero(rng.random(len(playbacks.start), np.float32) < _RATED)
    listed = np.flatnonzero(drawn[1] < _LISTED)
    chosen = day.choices.once.pick(row[listed], group[listed], *rng.random((2, len(listed))))
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

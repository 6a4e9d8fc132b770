"""One synthetic world: accounts, titles and days of a seed, a scale, a start date and perhaps a catalogue.

Built when first asked, kept for as long as the instance lives. Everything in it is a function of those four, never of which
days have been asked for.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache

from netflix_platform.settings import Settings
from netflix_platform.sources.synthetic.accounts import Accounts
from netflix_platform.sources.synthetic.day import Day, build_day
from netflix_platform.sources.synthetic.playback_events import expand
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.titles import Titles
from netflix_platform.sources.synthetic.viewing import draw_visits

MOST_EVENTS = 500_000  # drawn at once: about 100 MB
PEAK = 2.2  # the busiest window against the mean

_PILOT_SESSIONS = 10_000  # gives the events of a session to about 1 %
_USUAL_EVENTS = 8.0  # when nothing can be measured: no title has been released on the first day
_DAYS_KEPT = 5  # an arrival day looks back three days; one to spare


class World:
    """The world that ``settings`` describe. Days are numbered from the platform's start (0)."""

    def __init__(self, settings: Settings) -> None:
        self.seed = settings.seed
        self.start: date = settings.start_date
        self.scale = settings.scale
        self.accounts = Accounts(self.seed, settings.scale.users, self.start)
        self._catalog_file = settings.catalog
        self.day = lru_cache(maxsize=_DAYS_KEPT)(self._build_day)

    @cached_property
    def titles(self) -> Titles:
        """Raises ``catalog.CatalogError`` when the catalogue that the settings name is none."""
        return Titles(self.seed, self.scale.titles, self.start, self._catalog_file)

    @cached_property
    def windows(self) -> int:
        """Into how many equal parts a day is cut, to bound memory: a part holds at most about ``MOST_EVENTS``.

        A multiple of four that divides the day's 96 quarters of an hour, so that the last quarter of the parts begins at 18:00.
        """
        wanted = self.scale.events_per_day * PEAK / MOST_EVENTS
        return next((parts for parts in (4, 8, 12, 16, 24, 32, 48) if parts >= wanted), 96)

    def expected_sessions(self, day: Day) -> float:
        """Sessions that ``day`` would have if everything that happens on it also arrived on it, once."""
        return self.scale.events_per_day / self._events_per_session * day.volume

    @cached_property
    def _events_per_session(self) -> float:
        """Measured on some sessions of the first Thursday, a day like most, since it depends on the titles' lengths."""
        day, rng = self.day((3 - self.start.weekday()) % 7), stream(self.seed, "pilot")
        visits = draw_visits(day, rng, _PILOT_SESSIONS)
        events = len(expand(visits.playbacks, rng).kind) + len(visits.asides.kind)
        return events / _PILOT_SESSIONS or _USUAL_EVENTS

    def _build_day(self, number: int) -> Day:
        return build_day(self.seed, self.start, number, self.accounts, self.titles)

"""One synthetic world: accounts, titles and days of a seed, a scale, a start date and perhaps a catalogue.

Built when first asked, kept for as long as the instance lives. Everything in it is a function of those four, never of which
days have been asked for.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property, lru_cache

from netflix_platform.settings import Settings
from netflix_platform.sources.synthetic.accounts import Accounts
from netflix_platform.sources.synthetic.choices import build_choices
from netflix_platform.sources.synthetic.day import Day, Outlook, build_day, build_outlook
from netflix_platform.sources.synthetic.habits import SPELL_DAYS
from netflix_platform.sources.synthetic.playback_events import expand
from netflix_platform.sources.synthetic.rng import stream
from netflix_platform.sources.synthetic.titles import Titles
from netflix_platform.sources.synthetic.viewing import draw_visits

MOST_EVENTS = 500_000  # drawn at once: about 100 MB
PEAK = 2.2  # the busiest window against the mean

# Accounts of a world of the same titles, of which one day is drawn to count the events of a visit; and their visits a day.
_PILOT_USERS = 30_000
_PILOT_VISITS = 0.25
_USUAL_EVENTS = 11.0  # when nothing can be measured: no title has been released on the first days
_DAYS_KEPT = 5  # an arrival day looks back three days; one to spare
_PAID_AT_START = (
    0.97  # against the mean of the first 120 days, which the scale's events per day are meant for: accounts grow
)


class World:
    """The world that ``settings`` describe. Days are numbered from the platform's start (0)."""

    def __init__(self, settings: Settings) -> None:
        self.seed = settings.seed
        self.start: date = settings.start_date
        self.scale = settings.scale
        self.accounts = Accounts(self.seed, settings.scale.users, self.start)
        self._catalog_file = settings.catalog
        self.day = lru_cache(maxsize=_DAYS_KEPT)(self._build_day)
        self.outlook = lru_cache(maxsize=_DAYS_KEPT + SPELL_DAYS)(self._build_outlook)

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

    @cached_property
    def _visits_per_activity(self) -> float:
        """Visits of the mean account on the mean day."""
        visits = self.scale.events_per_day / self._events_per_visit
        return visits * _PAID_AT_START / (self.accounts.active_at_start() or 1.0)

    @cached_property
    def _events_per_visit(self) -> float:
        """Measured on the first Thursday, a day like most, since it depends on the titles' lengths."""
        accounts = Accounts(self.seed, _PILOT_USERS, self.start)
        number = (3 - self.start.weekday()) % 7
        day = self._day_of(accounts, _PILOT_VISITS, number)
        rng = stream(self.seed, "pilot")
        visits = draw_visits(day, rng, 0.0, 1.0)
        events = len(expand(visits.playbacks, rng).kind) + len(visits.asides.kind)
        return events / max(len(visits.sessions.start), 1) or _USUAL_EVENTS

    def _build_day(self, number: int) -> Day:
        return self._day_of(self.accounts, self._visits_per_activity, number)

    def _day_of(self, accounts: Accounts, visits: float, number: int) -> Day:
        known, shelf = self.titles.known(number), self.titles.shelf(number)
        return build_day(self.seed, self.start, number, accounts.population(number), visits, known, shelf, self.outlook)

    def _build_outlook(self, number: int) -> Outlook:
        weekday = (self.start.weekday() + number) % 7
        return build_outlook(
            self.seed, self.start, number, build_choices(self.titles.shelf(number), number, weekday >= 5)
        )

"""Which earlier days a day is compared with, and their ledgers; so few of them that the cost of a day stays the same for ever."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from netflix_platform.lake.ledger import Ledger, LedgerError, read_ledger
from netflix_platform.settings import Settings

SAME_WEEKDAYS = 8  # weeks looked back for the same weekday: two months, in which a season does not turn
LAST_DAYS = 7
FEWEST = 3  # fewer days show no range


def same_weekdays(day: date) -> list[date]:
    """The same weekday in the weeks before ``day``, newest first."""
    return [day - timedelta(weeks=back) for back in range(1, SAME_WEEKDAYS + 1)]


def last_days(day: date) -> list[date]:
    """The days before ``day``, newest first."""
    return [day - timedelta(days=back) for back in range(1, LAST_DAYS + 1)]


class Recent:
    """Ledgers of one feed by arrival day, read when they are asked for, each once; those of a run can be handed in."""

    def __init__(self, settings: Settings, feed: str, known: Iterable[Ledger] = ()) -> None:
        self._settings = settings
        self._feed = feed
        self._ledgers: dict[date, Ledger | None] = {ledger.arrival_date: ledger for ledger in known}

    def of(self, days: Iterable[date]) -> list[Ledger]:
        """The ledgers of those of ``days`` that have one; a damaged one is the ledger check's business."""
        return [ledger for ledger in map(self._ledger, days) if ledger is not None]

    def _ledger(self, day: date) -> Ledger | None:
        if day not in self._ledgers:
            try:
                self._ledgers[day] = read_ledger(self._settings, self._feed, day)
            except LedgerError:
                self._ledgers[day] = None
        return self._ledgers[day]

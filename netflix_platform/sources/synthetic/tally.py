"""What was planted on a day and what a correct account of the day must say, counted while it is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np

from netflix_platform.contracts import Reason
from netflix_platform.sources.synthetic.arrivals import Batch
from netflix_platform.sources.synthetic.dirt import FAULTS
from netflix_platform.sources.synthetic.rhythm import DAY_MS


@dataclass
class EventTally:
    """The account of one arrival day of events. ``horizon_days``: how late an event may be and still be accepted."""

    arrival: date
    start_ms: int
    horizon_days: int
    received: int = 0
    copies: int = 0
    again: int = 0
    strangers: int = 0
    unlisted: int = 0
    extra: int = 0
    by_delay: Counter[int] = field(default_factory=Counter)
    beyond_horizon: int = 0
    faults: Counter[Reason] = field(default_factory=Counter)

    def add(self, batch: Batch) -> None:
        """Count a batch by the marks that its rows carry."""
        viewings, rows = batch.viewings, batch.rows
        is_accepted = ~batch.is_copy
        is_accepted[batch.faults.row] = False
        before = np.flatnonzero(rows.at < self.start_ms)  # few: only these may be late
        delay = self.start_ms // DAY_MS - rows.at[before] // DAY_MS
        too_late = before[delay > self.horizon_days]
        self.received += len(rows)
        self.beyond_horizon += len(too_late)
        self.copies += int(np.count_nonzero(batch.is_copy)) - int(np.count_nonzero(batch.is_copy[too_late]))
        is_accepted[too_late] = False
        for days, count in enumerate(np.bincount(delay[is_accepted[before]]).tolist()):
            self.by_delay[days] += count
        accepted = int(np.count_nonzero(is_accepted))
        self.by_delay[0] += accepted - int(np.count_nonzero(is_accepted[before]))
        self.again += int(np.count_nonzero(batch.is_again & is_accepted))
        self.extra += int(np.count_nonzero(batch.is_extra & is_accepted))
        self.strangers += int(np.count_nonzero(viewings.is_stranger[rows.viewing] & is_accepted))
        self.unlisted += int(np.count_nonzero(viewings.is_unlisted[rows.viewing] & is_accepted))
        self.faults.update(fault.reason for _, fault, _ in batch.faults.each())

    def planted(self) -> dict[str, Any]:
        """The manifest's ``planted``.

        ``late`` counts accepted rows by days of delay; ``repeated_next_day`` rows that yesterday's file holds too (accepted
        here under yesterday's event date, and among the late ones); ``repeated_same_day`` further lines of an id of this file.
        ``expected`` is what the ledger must say.
        """
        quarantined = {reason.value: count for reason, count in sorted(self.faults.items())}
        if self.beyond_horizon:
            quarantined[Reason.BEYOND_HORIZON.value] = self.beyond_horizon
        days = {
            (self.arrival - timedelta(days=delay)).isoformat(): rows
            for delay, rows in sorted(self.by_delay.items())
            if rows
        }
        return {
            "repeated_same_day": self.copies,
            "repeated_next_day": self.again,
            "late": {str(delay): self.by_delay[delay] for delay in (1, 2, 3)},
            "unknown_user": self.strangers,
            "unknown_title": self.unlisted,
            "extra_field": self.extra,
            **{fault.reason.value: self.faults[fault.reason] for fault in FAULTS},
            "expected": {
                "received": self.received,
                "accepted": sum(days.values()),
                "repeated": self.copies,
                "quarantined": sum(quarantined.values()),
                "quarantined_by_reason": quarantined,
                "accepted_by_event_date": dict(sorted(days.items())),
            },
        }


def clean(rows: int, day: date) -> dict[str, Any]:
    """The manifest's ``planted`` of a change feed, which holds no dirt: all rows accepted under their arrival day."""
    expected = {"received": rows, "accepted": rows, "repeated": 0, "quarantined": 0, "quarantined_by_reason": {}}
    return {"expected": {**expected, "accepted_by_event_date": {day.isoformat(): rows} if rows else {}}}

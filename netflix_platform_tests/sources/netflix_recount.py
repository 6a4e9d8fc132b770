"""An independent recount of an export: what the platform's figures are held against.

Plain ``csv`` and ``datetime``, nothing of the platform. For a clean ``ViewingActivity.csv`` as Netflix sends it: every row is
good, commas, UTF-8, ``YYYY-MM-DD HH:MM:SS`` in UTC. Seconds are exact integers; hours are for people.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path


@dataclass(frozen=True)
class Recount:
    """``rows``: all of the file; ``viewings``: by profile and year of the start; ``seconds``: by profile and day (UTC).

    A viewing over midnight counts on both days what was watched on each, and so, over New Year, in both years.
    ``apart``: rows that are no viewings, by kind.
    """

    rows: int
    viewings: Counter[tuple[str, int]]
    viewings_by_day: Counter[tuple[str, date]]
    seconds: Counter[tuple[str, date]]
    apart: Counter[str]

    def seconds_by_year(self) -> Counter[tuple[str, int]]:
        """Seconds by profile and year of the day on which they were watched."""
        years: Counter[tuple[str, int]] = Counter()
        for (profile, day), seconds in self.seconds.items():
            years[profile, day.year] += seconds
        return years

    def hours_by_year(self) -> dict[tuple[str, int], float]:
        """Hours by profile and year."""
        return {key: seconds / 3_600 for key, seconds in self.seconds_by_year().items()}

    def hours_by_day(self) -> dict[date, float]:
        """Hours of all profiles by day."""
        days: Counter[date] = Counter()
        for (_, day), seconds in self.seconds.items():
            days[day] += seconds
        return {day: seconds / 3_600 for day, seconds in sorted(days.items())}


def recount(file: Path) -> Recount:
    """Count a clean ``ViewingActivity.csv``. Raises ``ValueError`` for a row that is not."""
    counted = Recount(0, Counter(), Counter(), Counter(), Counter())
    rows = 0
    with file.open(encoding="utf-8-sig", newline="") as text:
        for row in csv.DictReader(text):
            rows += 1
            if kind := row["Supplemental Video Type"].strip():
                counted.apart[kind] += 1
                continue
            profile = row["Profile Name"]
            at = datetime.strptime(row["Start Time"], "%Y-%m-%d %H:%M:%S")
            hours, minutes, seconds = map(int, row["Duration"].split(":"))
            end = at + timedelta(hours=hours, minutes=minutes, seconds=seconds)
            counted.viewings[profile, at.year] += 1
            counted.viewings_by_day[profile, at.date()] += 1
            while at < end:
                until = min(end, datetime.combine(at.date() + timedelta(days=1), time()))
                counted.seconds[profile, at.date()] += int((until - at).total_seconds())
                at = until
    return Recount(rows, counted.viewings, counted.viewings_by_day, counted.seconds, counted.apart)

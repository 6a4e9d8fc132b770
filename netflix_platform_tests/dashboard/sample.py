"""Writes serving files as ``serving`` publishes them (tables, columns and types of the models), filled with invented figures.

A module of its own so that a page can be looked at in any state without running the platform:
``python -m netflix_platform_tests.dashboard.sample /tmp/somewhere --state held_back`` and ``NETFLIX_DATA_DIR=/tmp/somewhere``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from netflix_platform_tests.dashboard import sample_sql

GENRES = ("Drama", "Comedy", "Thriller", "Documentary", "Romance", "Action & Adventure", "Sci-Fi", "Kids & Family")
FIRST_WORDS = (
    "The Last",
    "Silent",
    "Crimson",
    "Northern",
    "A Perfect",
    "Hidden",
    "Winter",
    "The Long",
    "Broken",
    "City of",
)
SECOND_WORDS = (
    "Harbor",
    "Letters",
    "Kingdom",
    "Summer",
    "Witness",
    "Garden",
    "Signal",
    "Orchestra",
    "Inheritance",
    "Tide",
)
DAY = timedelta(days=1)


def yesterday() -> date:
    """The newest complete day in UTC."""
    return datetime.now(UTC).date() - DAY


@dataclass(frozen=True)
class Sample:
    """What a serving file shall say. The defaults are a healthy platform of 120 days that published this morning."""

    last_day: date = field(default_factory=yesterday)
    days: int = 120
    titles: int = 600
    business: bool = True
    without_tables: tuple[str, ...] = ()
    missing_days: tuple[date, ...] = ()
    failed_days: Mapping[date, str] = field(default_factory=dict)
    waived_days: Mapping[date, str] = field(default_factory=dict)
    refused_days: tuple[date, ...] = ()
    unbalanced_days: tuple[date, ...] = ()
    silent_days: tuple[date, ...] = ()
    empty_days: tuple[date, ...] = ()
    failed_run: bool = False

    @property
    def first_day(self) -> date:
        """The oldest event day."""
        return self.last_day - (self.days - 1) * DAY

    @property
    def published_at(self) -> datetime:
        """The morning after the last day, or after the newest failed one."""
        newest = max([self.last_day, *self.failed_days])
        return datetime.combine(newest + DAY, datetime.min.time()) + timedelta(hours=2, minutes=4, seconds=37)


def write_version(serving_dir: Path, sample: Sample, make_current: bool = True) -> Path:
    """Write one version for ``sample`` under the name that its time of publishing gives; returns the file."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    file = serving_dir / f"netflix-{sample.published_at:%Y%m%dT%H%M%S%f}Z.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as connection:
        for name, rows in _inputs(sample).items():
            connection.register(name, rows)
        for table, sql in sample_sql.TABLES.items():
            connection.execute(f"create table {table} as {sql}")
        absent = sample.without_tables if sample.business else (*sample.without_tables, *sample_sql.BUSINESS_TABLES)
        for table in absent:
            connection.execute(f"drop table {table}")
    if make_current:
        point_at(serving_dir, file.name)
    return file


def point_at(serving_dir: Path, name: str) -> None:
    """Switch CURRENT the way ``serving`` does: by rename."""
    serving_dir.mkdir(parents=True, exist_ok=True)
    (serving_dir / "CURRENT.new").write_text(f"{name}\n")
    (serving_dir / "CURRENT.new").replace(serving_dir / "CURRENT")


def states() -> dict[str, Sample | None]:
    """The states worth looking at, by name; None is a folder in which nothing was published."""
    last = yesterday()
    behind = last - 2 * DAY
    return {
        "healthy": Sample(),
        "week": Sample(days=7),
        "one_day": Sample(days=1),
        "long": Sample(days=488, titles=200),
        "gaps": Sample(missing_days=(last - 4 * DAY, last - 9 * DAY, last - 10 * DAY), silent_days=(last - 2 * DAY,)),
        "stale": Sample(last_day=last - 3 * DAY),
        "held_back": Sample(
            last_day=behind,
            failed_days={
                last - DAY: "not_null_fct_watch_user_id: 214 rows",
                last: "ledger_is_balanced: received 20,118, accounted for 20,106",
            },
            refused_days=(last - DAY, last),
            waived_days={last - 12 * DAY: "player release 8.2 sent no stops; agreed with the data owner"},
            unbalanced_days=(last,),
            failed_run=True,
        ),
        "audit_only": Sample(
            business=False,
            failed_days={last: "unique_raw_events_event_id: 3 rows"},
            refused_days=(last,),
            failed_run=True,
        ),
        "no_events": Sample(empty_days=(last, last - 6 * DAY)),
        "old_tables": Sample(without_tables=("mart_title_daily", "audit_check_results")),
        "empty": None,
    }


def _inputs(sample: Sample) -> dict[str, pd.DataFrame]:
    """The frames ``days``, ``titles``, ``feed_days`` and ``said`` that the SQL of the tables selects from."""
    rng = np.random.default_rng(7)
    newest = max([sample.last_day, *sample.failed_days])
    count = (newest - sample.first_day).days + 1
    all_days = [sample.first_day + position * DAY for position in range(count)]
    position = np.arange(count)
    weekday = np.array([day.weekday() for day in all_days])
    volume = 2000 * (1 + 0.0025 * position) * np.array([0.9, 0.88, 0.9, 0.95, 1.1, 1.3, 1.25])[weekday]
    volume = np.round(volume * rng.normal(1, 0.03, count))
    states = ["failed" if day in sample.failed_days else "audited" for day in all_days]
    days = pd.DataFrame(
        {
            "event_date": pd.to_datetime(all_days),
            "plays": np.where([day in (*sample.silent_days, *sample.empty_days) for day in all_days], 0, volume).astype(
                "int64"
            ),
            "seconds_per_play": rng.normal(1450, 40, count),
            "buffering_share": rng.normal(0.006, 0.0006, count) + np.where(position == count - 12, 0.006, 0),
            "state": states,
            "reason": [sample.failed_days.get(day) or sample.waived_days.get(day) for day in all_days],
            "is_waived": [day in sample.waived_days for day in all_days],
            "is_known": [day not in sample.missing_days for day in all_days],
            "has_marts": [
                day not in (*sample.missing_days, *sample.empty_days) and day <= sample.last_day for day in all_days
            ],
            "off_by": [12 if day in sample.unbalanced_days else 0 for day in all_days],
        }
    )
    number = np.arange(sample.titles)
    is_film = rng.random(sample.titles) < 0.55
    names = [f"{FIRST_WORDS[n % 10]} {SECOND_WORDS[(n // 10 + n) % 10]}" + " II" * int(n >= 100) for n in number]
    titles = pd.DataFrame(
        {
            "title_id": [f"t{n:05d}" for n in number],
            "title_name": np.where(is_film, names, [f"{name}: Season {n % 4 + 1}" for n, name in enumerate(names)]),
            "title_type": np.where(is_film, "film", "season"),
            "primary_genre": rng.choice(GENRES, sample.titles, p=[0.24, 0.19, 0.13, 0.11, 0.1, 0.1, 0.07, 0.06]),
            "language": rng.choice(
                ["English", "Spanish", "Korean", "Hindi", "French"], sample.titles, p=[0.55, 0.15, 0.12, 0.1, 0.08]
            ),
            "weight": (number + 2.0) ** -0.85 * rng.lognormal(0, 0.25, sample.titles),
            "runtime_minutes": rng.integers(80, 150, sample.titles) * np.where(is_film, 1, 5),
        }
    )
    titles["weight"] /= titles["weight"].sum()
    said = pd.DataFrame(
        {
            "version": [f"{sample.published_at:%Y%m%dT%H%M%S%f}Z"],
            "published_at": [sample.published_at],
            "business_published_at": [
                datetime.combine(sample.last_day + DAY, datetime.min.time()) + timedelta(hours=2, minutes=3)
                if sample.business
                else pd.NaT
            ],
            "refused_days": [",".join(day.isoformat() for day in sorted(sample.refused_days))],
            "failed_run": [sample.failed_run],
        }
    )
    return {"days": days, "titles": titles, "said": said}


def main() -> None:
    """Write one of ``states`` into a data folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--state", choices=states(), default="healthy")
    arguments = parser.parse_args()
    serving_dir = arguments.data_dir / "serving"
    for old in serving_dir.glob("*"):
        old.unlink()
    sample = states()[arguments.state]
    arguments.data_dir.mkdir(parents=True, exist_ok=True)
    if sample is None:
        return
    for days_before in (2, 1):
        write_version(serving_dir, Sample(last_day=sample.last_day - days_before * DAY, days=3, titles=20))
    print(write_version(serving_dir, sample))


if __name__ == "__main__":
    main()

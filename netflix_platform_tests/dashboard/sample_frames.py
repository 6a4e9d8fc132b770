"""The invented inputs that the SQL of the sample's tables selects from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from netflix_platform_tests.dashboard import sample_alerts

if TYPE_CHECKING:
    from netflix_platform_tests.dashboard.sample import Sample

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


def inputs(sample: Sample) -> dict[str, pd.DataFrame]:
    """The frames ``days``, ``titles``, ``alerts``, ``late``, ``erased`` and ``said``, by name."""
    rng = np.random.default_rng(7)
    newest = max([sample.last_day, *sample.failed_days])
    count = (newest - sample.first_day).days + 1
    all_days = [sample.first_day + position * DAY for position in range(count)]
    position = np.arange(count)
    weekday = np.array([day.weekday() for day in all_days])
    volume = 2000 * (1 + 0.0025 * position) * np.array([0.9, 0.88, 0.9, 0.95, 1.1, 1.3, 1.25])[weekday]
    volume = np.round(volume * rng.normal(1, 0.03, count))
    if sample.household:
        volume = rng.poisson(4, count).astype(float)
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
            "retries": [sample.retried_days.get(day, 0) for day in all_days],
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
            "household": [sample.household],
            "watch_time": [sample.watch_time],
        }
    )
    return {
        "days": days,
        "titles": titles,
        "said": said,
        "alerts": sample_alerts.alerts(sample),
        "late": late_arrivals(sample, all_days),
        "erased": pd.DataFrame(
            {
                "erased_at": [sample.published_at - number * 30 * DAY for number in range(sample.erasures)],
                "number": np.arange(sample.erasures),
            }
        ).astype({"erased_at": "datetime64[us]", "number": "int64"}),
    }


def late_arrivals(sample: Sample, arrival_days: list[date]) -> pd.DataFrame:
    """Rows per arrival day and other event day: fewer the later, up to ``sample.latest`` days (none for 0)."""
    rows = [
        {
            "arrival_date": arrived,
            "event_date": arrived - late * DAY,
            "rows": int(900 / late**2.2) + (arrived.toordinal() + late) % 3,
            "delay_p50_seconds": late * 86400 - 40000.0,
            "delay_p95_seconds": late * 86400 + 1500.0,
            "delay_max_seconds": late * 86400 + 30000.0,
        }
        for arrived in arrival_days
        for late in range(1, sample.latest + 1)
        if arrived - late * DAY >= sample.first_day and (late < 6 or (arrived.toordinal() * 7 + late) % 5 == 0)
    ]
    columns = ["arrival_date", "event_date", "rows", "delay_p50_seconds", "delay_p95_seconds", "delay_max_seconds"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame[frame["rows"] > 0].astype({"arrival_date": "datetime64[us]", "event_date": "datetime64[us]"})

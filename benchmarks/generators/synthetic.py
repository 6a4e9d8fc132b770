"""The platform's synthetic source without Dagster: raw days as a run would write them, in the format of the settings."""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

from benchmarks.generators.counting import Count
from netflix_platform.contracts import FEEDS
from netflix_platform.settings import load_settings
from netflix_platform.sources.registry import open_source


def main() -> None:
    """Write ``--days`` raw days from the platform's first day on into ``--folder``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, required=True, help="the folder of raw days")
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--feeds", nargs="+", default=list(FEEDS), choices=list(FEEDS))
    options = parser.parse_args()
    settings = load_settings()
    source = open_source(settings)  # imports the source; its world is made when the first day is written, and counts
    count = Count()
    rows = 0
    for number in range(options.days):
        day = settings.start_date + timedelta(days=number)
        for feed in options.feeds:
            folder = options.folder / feed / f"arrival_date={day}"
            folder.mkdir(parents=True, exist_ok=True)
            delivery = source.write_day(feed, day, folder)
            rows += (delivery.rows or 0) if feed == "events" else 0
    count.tell(rows)


if __name__ == "__main__":
    main()

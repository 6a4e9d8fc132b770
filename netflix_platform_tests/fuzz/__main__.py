"""``python -m netflix_platform_tests.fuzz --lines 1000000 [--seed S]``: conform mutated days until so many lines have passed.

Exits with 1 at the first day of which something is not true, says with which seed and day to draw it again, and keeps the
smallest part of it that still fails.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path

from netflix_platform.lake.conform import Conformer
from netflix_platform.settings import Settings
from netflix_platform_tests.fuzz.days import FuzzedDay, arrival_day, examine, fuzz_day
from netflix_platform_tests.fuzz.reproducer import keep, smallest

LINES_PER_DAY = 20_000
START = date(2026, 6, 1)
_KEPT = Path(tempfile.gettempdir()) / "netflix-fuzz-failures"


def main(arguments: list[str] | None = None) -> int:
    """Run the fuzz run that the arguments ask for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m netflix_platform_tests.fuzz", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines to conform (default: 1000000)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the run (default: a new one, which is printed)")
    parser.add_argument("--day", type=int, default=None, help="run only this day of the seed")
    parser.add_argument("--keep", type=Path, default=_KEPT, help=f"folder for reproducers (default: {_KEPT})")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else int(time.time())
    with tempfile.TemporaryDirectory(prefix="netflix-fuzz-") as folder:
        settings = Settings(data_dir=Path(folder) / "data", start_date=START, memory_limit="2GB")
        return _run(settings, seed, options.lines, options.day, options.keep)


def _run(settings: Settings, seed: int, lines: int, only: int | None, kept: Path) -> int:
    print(f"seed {seed}, {lines:,} lines in days of {LINES_PER_DAY:,}", flush=True)
    received = judged = refused = 0
    reasons: Counter[str] = Counter()
    began = reported = time.monotonic()
    number = only or 0
    with Conformer(settings) as conformer:
        while received < lines:
            day = fuzz_day(settings, conformer, seed, number, min(LINES_PER_DAY, max(lines - received, 100)))
            if day.problems:
                return _fail(settings, conformer, day, f"seed {seed}, day {number}", kept)
            received += day.ledger.received_rows if day.ledger else 0
            judged, refused, reasons = judged + day.judged, refused + day.reasons.total(), reasons + day.reasons
            number += 1
            if time.monotonic() - reported > 5 or only is not None:
                reported = time.monotonic()
                print(f"{received:>11,} lines, {received / (reported - began):,.0f} a second", flush=True)
            if only is not None:
                break
    seconds = time.monotonic() - began
    print(
        f"{received:,} lines in {number} days, {seconds:.0f} s, {received / seconds:,.0f} a second: every one accounted for, "
        f"{judged:,} judged twice, {refused:,} refused"
    )
    print("reasons seen: " + ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items())))
    return 0


def _fail(settings: Settings, conformer: Conformer, day: FuzzedDay, told: str, kept: Path) -> int:
    text = "\n".join([f"{told}, {day.feed.name}:", *day.problems])
    print(f"FAILED {text}", file=sys.stderr)

    def fails(files: list) -> bool:
        return bool(examine(settings, conformer, day.feed, arrival_day(settings), files).problems)

    folder = keep(kept / told.replace(", ", "-").replace(" ", "-"), smallest(day, fails), text)
    print(
        f"the smallest part that fails is in {folder}; draw it all again with --{told.replace(', day ', ' --day ')}",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())

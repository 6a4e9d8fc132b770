"""Shares of a day's rows: refused ones, repeated ones, and values that are missing more often than they were."""

from __future__ import annotations

from collections.abc import Container, Sequence
from math import sqrt

from netflix_platform.contracts import Reason
from netflix_platform.lake.ledger import Ledger

# With fewer rows, or where most lack the value anyway, a share says little; the scatter of a share (binomial) is left alone.
_FEWEST_ROWS = 100
_NORMALLY_FILLED = 0.5
_DEVIATIONS = 3


def share_problem(rows: int, of_rows: int, most: float, what: str) -> str | None:
    """``rows`` of ``of_rows`` are more than the share ``most``."""
    if not of_rows or rows <= most * of_rows:
        return None
    return f"{rows / of_rows:.1%} {what} ({rows:,} of {of_rows:,})"


def unreadable_problem(ledger: Ledger) -> str | None:
    """Files that cannot be read, or not to their end. One row stands for all that is lost, so no share shows it."""
    files = ledger.quarantined_by_reason.get(Reason.UNREADABLE_FILE.value, 0)
    return f"{files:,} file(s) cannot be read, or not to their end" if files else None


def null_problems(
    ledger: Ledger, recent: Sequence[Ledger], most_rise: float, retired: Container[str] = ()
) -> list[str]:
    """Optional columns that are missing in a larger share of the accepted rows than on the ``recent`` days taken together;
    those that are ``retired`` may be.
    """
    counted = [earlier for earlier in recent if earlier.filled_rows]
    before_rows = sum(earlier.accepted_rows for earlier in counted)
    if ledger.accepted_rows < _FEWEST_ROWS or before_rows < _FEWEST_ROWS:
        return []
    problems = []
    for name, filled in ledger.filled_rows.items():
        if name in retired:
            continue
        before = 1 - sum(earlier.filled_rows.get(name, 0) for earlier in counted) / before_rows
        now = 1 - filled / ledger.accepted_rows
        scatter = _DEVIATIONS * sqrt(before * (1 - before) / ledger.accepted_rows)
        if before <= _NORMALLY_FILLED and now > before + most_rise + scatter:
            problems.append(f"{name} is missing in {now:.1%} of the rows, {before:.1%} before")
    return problems

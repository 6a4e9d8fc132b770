"""Drift of the raw fields: new ones, vanished ones, and ones that come as another type than on the days before; and senders
that write to a later version of the contract than is known here.

A field that the contract has retired may come and go. A field that a later version brought is told when it comes first, as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from netflix_platform.contracts import Column, Feed
from netflix_platform.lake.ledger import Ledger
from netflix_platform.lake.profile import FieldProfile

# Seen in fewer sampled records, a field or type may be one odd client's; and one that should be in ten of them is missing from
# all by chance only once in 20,000 times.
_ENOUGH = 10


def version_problems(ledger: Ledger, recent: Sequence[Ledger], feed: Feed) -> list[str]:
    """Rows of a later version than the contract's, unless the days before had as late ones."""
    before = max((day.newest_version for day in recent if day.newer_rows >= _ENOUGH), default=0)
    if ledger.newer_rows < _ENOUGH or ledger.newest_version <= before:
        return []
    return [
        f"{feed.version_column} {ledger.newest_version} is later than the contract, which is at {feed.version}, in "
        f"{ledger.newer_rows:,} of {ledger.accepted_rows:,} accepted rows; what it brings is kept in extra_fields"
    ]


def drift_problems(
    now: FieldProfile, recent: Sequence[FieldProfile], columns: Mapping[str, Column] | None = None
) -> list[str]:
    """What differs between the profile of a day and those of the days before it; nothing when either is too small to tell.

    ``columns``: the contract's, by name.
    """
    before_rows = sum(profile.sampled_rows for profile in recent)
    before: dict[str, Counter[str]] = {}
    for profile in recent:
        for name, types in profile.types.items():
            before.setdefault(name, Counter()).update(types)
    problems = []
    for name in sorted({*now.types, *before}):
        column = (columns or {}).get(name)
        if column and column.retired and not (name in now.types and name in before):
            continue
        types_now, types_before = now.types.get(name, {}), before.get(name, Counter())
        rows_now, rows_before = now.rows(name), types_before.total()
        if not rows_before and _is_noticeable(rows_now, now.sampled_rows, before_rows):
            known = f" (version {column.since} of the contract has it)" if column and column.since > 1 else ""
            problems.append(f"{name} is new, in {_shown(rows_now, now.sampled_rows)} as {_kinds(types_now)}{known}")
        elif not rows_now and _is_noticeable(rows_before, before_rows, now.sampled_rows):
            problems.append(f"{name} has vanished, it was in {_shown(rows_before, before_rows)}")
        elif rows_before:
            problems += [
                f"{name} comes as {kind} in {_shown(rows, now.sampled_rows)}, it was {_kinds(types_before)}"
                for kind, rows in types_now.items()
                if not types_before[kind] and _is_noticeable(rows, now.sampled_rows, before_rows)
            ]
    return problems


def _is_noticeable(rows: int, of_rows: int, other_rows: int) -> bool:
    """Whether what ``rows`` of ``of_rows`` records have could not be missing from ``other_rows`` others by chance."""
    return rows >= _ENOUGH and rows * other_rows >= _ENOUGH * of_rows


def _shown(rows: int, of_rows: int) -> str:
    return f"{rows:,} of {of_rows:,} sampled records"


def _kinds(types: Iterable[str]) -> str:
    return " or ".join(sorted(types))

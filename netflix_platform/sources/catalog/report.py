"""What became of a catalogue's rows: kept, mended, refused, each countable and each refusal with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Refusal:
    """A row that was not taken: where it begins in the file (1-based line), why, and what to do."""

    line: int
    reason: str
    problem: str


@dataclass
class CatalogReport:
    """Counts of one reading; ``rows_read = rows_used + len(refusals)``.

    ``mended``: values that were put right, by kind (``minutes_in_rating``, ``date_whitespace``, …), and what was put right about
    the file (``semicolon_separated``, ``tab_separated``, ``index_column``, and by column ``renamed_column``,
    ``unnamed_column``). ``renamed``: which columns were known by another name, as the file has them → as they are taken.
    ``missing``: values that the file does not hold, by column. ``titles``: titles made, a series giving one per season.
    """

    file: str
    rows_read: int = 0
    titles: int = 0
    mended: Counter[str] = field(default_factory=Counter)
    renamed: Mapping[str, str] = field(default_factory=dict)
    missing: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def rows_used(self) -> int:
        return self.rows_read - len(self.refusals)

    @property
    def refused_by_reason(self) -> Mapping[str, int]:
        """Refused rows by reason code."""
        return Counter(refusal.reason for refusal in self.refusals)

    def messages(self) -> list[str]:
        """One line per refused row: file, line, what is wrong."""
        return [f"{self.file}, line {refusal.line}: {refusal.problem}" for refusal in self.refusals]

    def as_dict(self) -> dict[str, Any]:
        """The report for a manifest: counts in full, the refusals as messages."""
        return {
            "rows_read": self.rows_read,
            "rows_used": self.rows_used,
            "titles": self.titles,
            "mended": dict(sorted(self.mended.items())),
            "renamed": dict(sorted(self.renamed.items())),
            "missing": dict(sorted(self.missing.items())),
            "refused": dict(sorted(self.refused_by_reason.items())),
            "refusals": self.messages(),
        }

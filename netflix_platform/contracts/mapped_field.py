"""One field of a mapping file: which of its keys go together, and with which kind of column."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from netflix_platform.contracts.feed import Column, Kind
from netflix_platform.contracts.mapping import DURATIONS, EPOCHS, ISO, KEEP, REFUSE, FieldMapping, FieldPath
from netflix_platform.contracts.mapping_nodes import Entry, Problems, entries, items
from netflix_platform.contracts.values import value_problem

FIELD_KEYS = (
    "from", "constant", "join", "prefix", "hash", "unit", "factor", "timezone", "values", "otherwise", "default",
)  # fmt: skip
HASH = "sha256"
_TEXTS, _TIMES = (Kind.ID, Kind.TEXT), (Kind.TIMESTAMP, Kind.DATE)
_TOGETHER: Mapping[str, tuple[str, ...]] = {  # what a key cannot be combined with
    "constant": tuple(key for key in FIELD_KEYS if key not in ("constant", "from")),
    "values": ("prefix", "hash", "unit", "factor", "timezone"),
    "factor": ("unit",),
}
# strptime's, as DuckDB reads them.
DIRECTIVES = frozenset([*"aAbBdfgHIjmMnpSyYzZ%", *(f"-{letter}" for letter in "dHIjmMSy")])
_DIRECTIVE = re.compile(r"%(-?.?)", re.DOTALL)
_YEARS, _MONTHS, _DAYS = {"Y", "y", "-y"}, {"m", "-m", "b", "B"}, {"d", "-d"}
_MOST_DIGITS, _MOST_DECIMALS = 14, 9  # of a factor, so that a product fits a decimal of 38 digits


@dataclass(frozen=True)
class FieldReader:
    """Reads the field ``column`` from ``keys``, which stand at ``entry``; what is wrong goes into ``problems``."""

    column: Column
    entry: Entry
    keys: Mapping[str, Entry]
    problems: Problems

    def read(self) -> FieldMapping:
        """The field as far as it could be read; whatever is wrong with it is told."""
        if ("from" in self.keys) == ("constant" in self.keys):
            self.problems.tell(self.entry, "needs from (where the value lies) or constant, and only one of them")
        for key, others in _TOGETHER.items():
            clash = [other for other in others if other in self.keys]
            if key in self.keys and clash:
                self.problems.tell(self.keys[key], f"goes not together with {', '.join(clash)}")
        unit = self._unit()
        return FieldMapping(
            column=self.column.name,
            paths=self._paths(),
            constant=self._value("constant"),
            join=self._text_of_key("join", _TEXTS),
            prefix=self._text_of_key("prefix", _TEXTS) or "",
            is_hashed=self._is_hashed(),
            unit=unit,
            factor=self._factor(unit),
            timezone=self._timezone(unit),
            values=self._values(),
            otherwise=self._otherwise(),
            default=self._value("default"),
        )

    def _paths(self) -> tuple[FieldPath, ...]:
        if "from" not in self.keys:
            return ()
        entry = self.keys["from"]
        listed = items(entry, self.problems) if entry.is_list else [entry]
        if "join" in self.keys and not entry.is_list:
            self.problems.tell(self.keys["join"], "joins several values; write from as a list")
        return tuple(path for path in map(self.problems.path, listed) if path)

    def _value(self, key: str) -> str | None:
        """A value of ours."""
        return self._ours(self.keys[key]) if key in self.keys else None

    def _ours(self, entry: Entry) -> str | None:
        text = self.problems.text(entry)
        problem = None if text is None else value_problem(self.column, text)
        if problem:
            self.problems.tell(entry, f"{text} is no {self.column.name}: {problem}")
        return text

    def _text_of_key(self, key: str, kinds: tuple[Kind, ...]) -> str | None:
        if key not in self.keys:
            return None
        self._only_for(key, kinds)
        text = self.problems.text(self.keys[key])
        if text and "\0" in text:
            self.problems.tell(self.keys[key], "cannot hold a NUL")
        return text

    def _only_for(self, key: str, kinds: tuple[Kind, ...]) -> None:
        if self.column.kind not in kinds:
            words = " and ".join(kinds)
            self.problems.tell(self.keys[key], f"is for {words} fields; {self.column.name} is {self.column.kind}")

    def _is_hashed(self) -> bool:
        if "hash" not in self.keys:
            return False
        self._only_for("hash", (Kind.ID,))
        if self.problems.text(self.keys["hash"]) not in (None, HASH):
            self.problems.tell(self.keys["hash"], f"must be {HASH}")
        return True

    def _unit(self) -> str | None:
        if "unit" not in self.keys:
            return None
        entry = self.keys["unit"]
        unit = self.problems.text(entry)
        if self.column.kind in _TIMES:
            if unit is not None and "%" in unit:
                self._check_format(entry, unit)
            elif unit is not None and unit not in (ISO, *EPOCHS):
                choices = ", ".join((ISO, *EPOCHS))
                self.problems.tell(
                    entry, f"{unit} is no unit of a time; use {choices}, or a format such as %d.%m.%Y %H:%M"
                )
        elif self.column.unit is None:
            self.problems.tell(entry, f"{self.column.name} is neither a time nor a duration")
        elif unit is not None and unit not in DURATIONS:
            self.problems.tell(entry, f"{unit} is no unit of a duration; use {', '.join(DURATIONS)}")
        return unit

    def _check_format(self, entry: Entry, text: str) -> None:
        found = _DIRECTIVE.findall(text)
        unknown = sorted({f"%{name}" for name in found} - {f"%{name}" for name in DIRECTIVES})
        if unknown:
            self.problems.tell(entry, f"{', '.join(unknown)} cannot be read; use %{' %'.join(sorted(DIRECTIVES))}")
        has_day = bool(_MONTHS & {*found}) and bool(_DAYS & {*found})
        if not _YEARS & {*found} or not (has_day or {"j", "-j"} & {*found}):
            self.problems.tell(entry, "must hold a year, a month and a day, for example %Y-%m-%d %H:%M:%S")
        if "\0" in text:
            self.problems.tell(entry, "cannot hold a NUL")

    def _factor(self, unit: str | None) -> Fraction | None:
        if "factor" not in self.keys:
            duration = DURATIONS.get(unit or "")
            return duration / DURATIONS[self.column.unit] if duration and self.column.unit else None
        self._only_for("factor", (Kind.SECONDS, Kind.INTEGER))
        entry = self.keys["factor"]
        text = self.problems.text(entry)
        found = re.fullmatch(r"(\d+)(?:\.(\d+))?", text or "", re.ASCII)
        if text is None:
            return None
        if found is None or not Fraction(text):
            self.problems.tell(entry, f"{text} is no number above 0, such as 0.001")
            return None
        if len(found[1].lstrip("0")) + len(found[2] or "") > _MOST_DIGITS or len(found[2] or "") > _MOST_DECIMALS:
            self.problems.tell(entry, f"may have {_MOST_DIGITS} digits, {_MOST_DECIMALS} of them decimals")
            return None
        return Fraction(text)

    def _timezone(self, unit: str | None) -> str | None:
        if "timezone" not in self.keys:
            return None
        self._only_for("timezone", (Kind.TIMESTAMP,))
        entry = self.keys["timezone"]
        name = self.problems.text(entry)
        if unit in EPOCHS or any(directive in ("z", "Z") for directive in _DIRECTIVE.findall(unit or "")):
            self.problems.tell(entry, f"is for times without an offset; {unit} has one")
        # localtime is the machine's own, which DuckDB does not know.
        if name is not None and name not in zoneinfo.available_timezones() - {"localtime"}:
            self.problems.tell(entry, f"{name} is no time zone; write for example Europe/Berlin or UTC")
        return name

    def _values(self) -> dict[str, str]:
        if "values" not in self.keys:
            return {}
        listed = entries(self.keys["values"], None, self.problems)
        if not listed and not self.problems.told:
            self.problems.tell(self.keys["values"], "lists nothing; write theirs: ours")
        return {theirs: self._ours(entry) or "" for theirs, entry in listed.items()}

    def _otherwise(self) -> str:
        if "otherwise" not in self.keys:
            return REFUSE
        entry = self.keys["otherwise"]
        if "values" not in self.keys:
            self.problems.tell(entry, "goes with values")
        return entry.text if entry.text in (REFUSE, KEEP) else self._ours(entry) or REFUSE

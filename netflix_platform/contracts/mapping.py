"""What a mapping file declares: how files of somebody else's shape become a feed, field by field. Reads and judges no file.

``mapping_file`` reads and checks such a file, ``lake.mapped`` applies it. Paths name values of a JSON record, columns of a CSV
file, and columns or fields of nested columns of a Parquet file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

REFUSE, KEEP = "refuse", "keep"  # what ``otherwise`` can say beside a value of ours
ISO = "iso"  # times as the contract writes them
EPOCHS: Mapping[str, Fraction] = {  # microseconds in one unit
    "epoch_s": Fraction(1_000_000),
    "epoch_ms": Fraction(1_000),
    "epoch_us": Fraction(1),
    "epoch_ns": Fraction(1, 1_000),
}
DURATIONS: Mapping[str, Fraction] = {
    "ms": Fraction(1, 1_000),
    "s": Fraction(1),
    "min": Fraction(60),
    "h": Fraction(3_600),
}

_STEP = re.compile(r"""\.?(?P<name>[^.\[\]]+)|\[(?P<index>\d{1,6})\]|\[(?P<quote>["'])(?P<quoted>.*?)(?P=quote)\]""")


class PathError(ValueError):
    """A text that is no path. The message says what one looks like."""


@dataclass(frozen=True)
class FieldPath:
    """Where a value lies in a record: names of fields, and places in lists from 0."""

    steps: tuple[str | int, ...]

    @property
    def column(self) -> str:
        """The path as the name of a column, which a flattened file has: ``user.id``, ``items[0].id``."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(parts).removeprefix(".")

    @property
    def fields(self) -> tuple[str, ...]:
        """The names up to the first place in a list."""
        names: list[str] = []
        for step in self.steps:
            if isinstance(step, int):
                break
            names.append(step)
        return tuple(names)

    def __str__(self) -> str:
        return f"$.{self.column}"


def parse_path(text: str) -> FieldPath:
    """Read ``$.a.b[0].c``, ``a.b[0].c``, or ``$["odd.name"]``. Raises ``PathError``."""
    rest = text.removeprefix("$") if text.startswith(("$.", "$[")) else text
    steps: list[str | int] = []
    while rest:
        found = _STEP.match(rest)
        if found is None or (rest[0] == "." and rest is text):
            break
        name = found["name"] if found["name"] is not None else found["quoted"]
        steps.append(int(found["index"]) if name is None else name)
        rest = rest[found.end() :]
        if rest and rest[0] not in ".[":
            break
    if rest or not steps or isinstance(steps[0], int):
        raise PathError(f'{text!r} is no path; write for example $.user.id, $.items[0].id or $["odd.name"]')
    if any("\0" in step for step in steps if isinstance(step, str)):
        raise PathError("a path cannot hold a NUL")
    return FieldPath(tuple(steps))


@dataclass(frozen=True)
class FieldMapping:
    """How one column of ours is filled: from ``paths``, or with a ``constant``; texts are ours unless said otherwise.

    ``join``: the text between several values, which are all needed; without it the first path that holds a value counts.
    ``prefix``: put before it. ``is_hashed``: replaced by 32 hexadecimal digits of its SHA-256.
    ``unit``: how their time or duration is written; ``factor``: what their number is multiplied with.
    ``timezone``: of times without an offset. ``values``: theirs → ours; ``otherwise``: what becomes of a value that is not
    listed there: ``REFUSE``, ``KEEP`` or a value. ``default``: the value where theirs is missing.
    """

    column: str
    paths: tuple[FieldPath, ...] = ()
    constant: str | None = None
    join: str | None = None
    prefix: str = ""
    is_hashed: bool = False
    unit: str | None = None
    factor: Fraction | None = None
    timezone: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = REFUSE
    default: str | None = None

    @property
    def origin(self) -> str:
        """Where the value comes from, for a person."""
        return f"constant {self.constant}" if self.constant is not None else ", ".join(map(str, self.paths))


@dataclass(frozen=True)
class FeedMapping:
    """How a feed's files are read. ``fields``: by column, those of ours that something fills; ``ignored``: known, not kept."""

    fields: Mapping[str, FieldMapping]
    ignored: tuple[FieldPath, ...] = ()

    @property
    def used(self) -> tuple[FieldPath, ...]:
        """Every path that fills a field, in order."""
        return tuple(dict.fromkeys(path for of in self.fields.values() for path in of.paths))

    def known(self) -> dict[str, Any]:
        """What of a record is used or ignored, as a tree of names; an empty branch is known as a whole.

        A value out of a list leaves the list as it is: what else the list holds would be lost otherwise.
        """
        tree: dict[str, Any] = {}
        whole = [path for path in (*self.used, *self.ignored) if len(path.fields) == len(path.steps)]
        for path in sorted(whole, key=lambda path: len(path.steps)):
            branch, *names = tree, *path.fields
            for depth, name in enumerate(names, 1):
                if branch.get(name) == {} and depth < len(names):
                    break  # known as a whole already
                branch = branch.setdefault(name, {})
        return tree


@dataclass(frozen=True)
class MappingFile:
    """A mapping file that was read and found right: the mappings by feed, and the file's SHA-256."""

    feeds: Mapping[str, FeedMapping]
    digest: str = ""

"""A mapping file's YAML as entries that know their place in the file, and the problems found there. Knows no field."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

import yaml

from netflix_platform.contracts.mapping import FieldPath, PathError, parse_path

_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Entry:
    """One value of the file. ``place``: the names that lead to it, ``feeds.events.fields``; ``node``: what stands there."""

    place: str
    node: yaml.Node | None

    @property
    def text(self) -> str | None:
        """What is written there, as it is written; ``None`` for nothing, and for a list or names with values."""
        return self.node.value if isinstance(self.node, yaml.ScalarNode) and self.node.tag != _NULL else None

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)


@dataclass
class Problems:
    """What is wrong with a file, as sentences that begin with the place."""

    told: list[str] = field(default_factory=list)

    def tell(self, entry: Entry, problem: str) -> None:
        """Add one problem of ``entry``."""
        line = f" (line {entry.node.start_mark.line + 1})" if entry.node else ""
        self.told.append(f"{entry.place}{line}: {problem}" if entry.place else problem)

    def text(self, entry: Entry) -> str | None:
        """What is written at ``entry``; anything else than a text is a problem."""
        if entry.text is None:
            self.tell(entry, "must be a text or a number")
        return entry.text

    def path(self, entry: Entry) -> FieldPath | None:
        """The path at ``entry``; anything else is a problem."""
        text = self.text(entry)
        try:
            return None if text is None else parse_path(text)
        except PathError as error:
            self.tell(entry, str(error))
            return None


def entries(
    entry: Entry, known: Iterable[str] | None, problems: Problems, unknown: str = "is no key here"
) -> dict[str, Entry]:
    """The values of ``entry`` by name; names that are not ``known`` (``None``: any is), or come twice, are problems."""
    if not isinstance(entry.node, yaml.MappingNode):
        problems.tell(entry, "must be names with values")
        return {}
    names = None if known is None else list(known)
    found: dict[str, Entry] = {}
    for key, node in entry.node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.tell(Entry(entry.place, key), "a name must be a text or a number")
            continue
        inner = Entry(f"{entry.place}.{key.value}".removeprefix("."), node)
        if names is not None and key.value not in names:
            problems.tell(inner, f"{unknown}; {_nearest(key.value, names)}")
        elif key.value in found:
            problems.tell(inner, "comes twice")
        else:
            found[key.value] = inner
    return found


def items(entry: Entry, problems: Problems) -> list[Entry]:
    """The values of a list; anything else is a problem."""
    if not isinstance(entry.node, yaml.SequenceNode):
        problems.tell(entry, "must be a list, [$.a, $.b]")
        return []
    if not entry.node.value:
        problems.tell(entry, "is an empty list")
    return [Entry(f"{entry.place}[{number}]", node) for number, node in enumerate(entry.node.value)]


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}"

"""Reading a mapping file: YAML, checked against the contracts. Everything that is wrong with it is told at once.

A value is taken as it stands in the file: ``NO`` is a country and ``007`` a text, whatever YAML makes of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import yaml

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.contracts.mapped_field import FIELD_KEYS, FieldReader
from netflix_platform.contracts.mapping import KEEP, REFUSE, FeedMapping, FieldMapping, FieldPath, MappingFile
from netflix_platform.contracts.mapping_nodes import Entry, Problems, entries, items
from netflix_platform.settings import Settings

_VERSION = "1"
_MOST_BYTES = 1 << 20


class MappingError(ValueError):
    """A mapping file that cannot be used. The message names the file and lists all that is wrong, each with its place."""

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        listed = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{path} cannot be used:\n{listed}")


def mapping_of(settings: Settings) -> MappingFile | None:
    """The mapping that the platform's files go through, if any. Raises ``MappingError``."""
    return read_mapping(settings.mapping_in_use) if settings.mapping_in_use else None


def mapping_digest(path: Path) -> str | None:
    """The file's SHA-256 in hexadecimal digits, ``None`` for one that cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def read_mapping(path: Path) -> MappingFile:
    """Read and check ``path``. Raises ``MappingError``."""
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES:
            raise MappingError(path, [f"has more than {_MOST_BYTES:,} bytes"])
        root = yaml.compose(content.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise MappingError(path, [f"cannot be read ({error.strerror})"]) from error
    except UnicodeDecodeError as error:
        raise MappingError(path, [f"is no UTF-8 (byte {error.start}); save it as UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        raise MappingError(path, [_yaml_problem(error)]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError(path, [f"is no YAML ({next(iter(str(error).splitlines()), error)})"]) from error
    problems = Problems()
    feeds = _feeds(Entry("", root), problems) if root else {}
    if root is None:
        problems.tell(Entry("", root), "is empty; write version: 1 and feeds: …")
    if problems.told:
        raise MappingError(path, problems.told)
    return MappingFile(feeds, hashlib.sha256(content).hexdigest())


def _yaml_problem(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    line = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{line}is no YAML ({error.problem or error.context})"


def _feeds(root: Entry, problems: Problems) -> dict[str, FeedMapping]:
    found = entries(root, ("version", "feeds"), problems)
    version = found.get("version")
    if version is None or version.text != _VERSION:
        problems.tell(version or root, f"version: must be {_VERSION}" if version is None else f"must be {_VERSION}")
    if "feeds" not in found:
        problems.tell(root, "feeds: is missing; write which feeds are mapped")
        return {}
    return {
        name: _feed(entry, FEEDS[name], problems)
        for name, entry in entries(found["feeds"], tuple(FEEDS), problems, "is no feed").items()
    }


def _feed(entry: Entry, feed: Feed, problems: Problems) -> FeedMapping:
    found = entries(entry, ("fields", "ignore"), problems)
    if "fields" not in found:
        problems.tell(entry, "fields: is missing; write what fills our fields")
        return FeedMapping({})
    described = entries(found["fields"], feed.column_names, problems, f"is no field of {feed.name}")
    fields = {
        column.name: _field(described[column.name], feed, column.name, problems)
        for column in feed.columns
        if column.name in described
    }
    _check_required(found["fields"], feed, fields, problems)
    ignored = [_ignored(item, problems) for item in (items(found["ignore"], problems) if "ignore" in found else ())]
    return FeedMapping(fields, tuple(path for path in ignored if path))


def _field(entry: Entry, feed: Feed, name: str, problems: Problems) -> FieldMapping:
    column = next(column for column in feed.columns if column.name == name)
    return FieldReader(column, entry, entries(entry, FIELD_KEYS, problems), problems).read()


def _ignored(item: Entry, problems: Problems) -> FieldPath | None:
    path = problems.path(item)
    if path and len(path.fields) < len(path.steps):
        problems.tell(item, "takes whole fields, no place in a list")
        return None
    return path


def _check_required(entry: Entry, feed: Feed, fields: dict[str, FieldMapping], problems: Problems) -> None:
    types = _possible_types(feed, fields)
    for column in feed.columns:
        if column.name in fields:
            continue
        needing = [kind for kind in column.required_for if kind in types]
        if column.required:
            problems.tell(entry, f"{column.name} is required, and nothing fills it")
        elif needing:
            problems.tell(entry, f"{column.name} is required for {', '.join(needing)}, and nothing fills it")


def _possible_types(feed: Feed, fields: dict[str, FieldMapping]) -> set[str]:
    """The event types that mapped rows can have."""
    column = next((column for column in feed.columns if column.name == feed.type_column), None)
    if column is None or column.name not in fields:
        return set()
    of = fields[column.name]
    if of.constant is not None:
        return {of.constant}
    if not of.values or of.otherwise == KEEP:
        return set(column.allowed)
    return {*of.values.values(), *({of.otherwise} - {REFUSE}), *({of.default} if of.default else set())}

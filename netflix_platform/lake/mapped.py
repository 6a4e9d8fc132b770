"""Files of somebody else's shape as ``Relation``: readings by the paths of a mapping, the rest of a record in ``extra_fields``.

``shape_of`` chooses between the contract's own shape and a mapping. Lines, line numbers and counts are those of the file either
way: only where a column's value comes from differs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.contracts.mapping import FeedMapping, FieldPath, MappingFile
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.lake.mapped_values import NO_VALUE, Value, json_value, mapped_reading, parquet_value, text_value
from netflix_platform.lake.readings import Reading, absent
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.relations import (
    BATCHES,
    ORIGINAL_LINE,
    ORIGINAL_ROW,
    as_json,
    csv_relation,
    finite,
    json_form_rules,
    json_relation,
    json_rows,
    parquet_relation,
    parquet_rows,
    parquet_types,
)
from netflix_platform.lake.rules import Relation


class Shape(Protocol):
    """How the files of one feed become a ``Relation``, by format."""

    def lines(self) -> Relation:
        """Lines of NDJSON files."""
        ...

    def csv(self, header: Sequence[str]) -> Relation:
        """Records of a CSV file with these columns."""
        ...

    def parquet(self, connection: duckdb.DuckDBPyConnection, file: RawFile) -> Relation:
        """Rows of a Parquet file. Raises as ``relations.parquet_relation`` does."""
        ...


def shape_of(feed: Feed, mapping: MappingFile | None) -> Shape:
    """The shape of the feed's files: the contract's own, unless ``mapping`` maps the feed."""
    of_feed = mapping.feeds.get(feed.name) if mapping else None
    return _MappedShape(feed, of_feed) if of_feed else _OwnShape(feed)


@dataclass(frozen=True)
class _OwnShape:
    feed: Feed

    def lines(self) -> Relation:
        return json_relation(self.feed)

    def csv(self, header: Sequence[str]) -> Relation:
        return csv_relation(self.feed, header)

    def parquet(self, connection: duckdb.DuckDBPyConnection, file: RawFile) -> Relation:
        return parquet_relation(connection, self.feed, file)


@dataclass(frozen=True)
class _MappedShape:
    feed: Feed
    mapping: FeedMapping

    def lines(self) -> Relation:
        known = self.mapping.known()
        inner = list(_inner(known, ()))
        pointers = [_pointer(path.steps) for path in self.mapping.used]
        names = list(_names(known, ()))
        asked = list(dict.fromkeys([*pointers, *map(_pointer, names), *map(_pointer, inner)]))
        columns = {pointer: f"raw_{number}" for number, pointer in enumerate(asked)}
        values = ", ".join(
            f"nullif(fields[{n}]::varchar, 'null') as {column}" for n, column in enumerate(columns.values(), 1)
        )
        # A name that leads to known ones counts only where it does: a text in the place of an object is not known.
        found = [f"({columns[_pointer(name)]} is not null)::integer" for name in names]
        found += [f"coalesce(starts_with({columns[_pointer(name)]}, '{{'), false)::integer" for name in inner]
        paths = zip(self.mapping.used, pointers, strict=True)
        return Relation(
            sql=json_rows(f"json_extract(text, [{', '.join(map(literal, asked))}])", values, " + ".join(found) or "0"),
            readings=self._readings({path: json_value(columns[pointer]) for path, pointer in paths}),
            extra_fields=f"case when all_names is not null then {_rest_of_object('text', (), known)} end",
            original=ORIGINAL_LINE,
            form_rules=json_form_rules(),
        )

    def csv(self, header: Sequence[str]) -> Relation:
        fields = {name: f"field_{index}" for index, name in enumerate(header)}
        unknown = {name: f"nullif({field}, '')" for name, field in fields.items() if not self._is_known(name)}
        return Relation(
            sql=f"select * from {BATCHES}",
            readings=self._readings(
                {path: text_value(fields[path.column]) for path in self.mapping.used if path.column in fields}
            ),
            extra_fields=as_json(unknown),
            original=ORIGINAL_LINE,
        )

    def parquet(self, connection: duckdb.DuckDBPyConnection, file: RawFile) -> Relation:
        types = parquet_types(connection, file)
        found = {path: _in_parquet(connection, path, types) for path in self.mapping.used}
        taken = {path: value for path, value in found.items() if value}
        columns = {path: f"raw_{number}" for number, path in enumerate(taken)}
        known = self.mapping.known()
        unknown: dict[str, str] = {}
        for name, sql_type in types.items():
            whole = f"whole_row.{identifier(name)}"
            if known.get(name) and sql_type.startswith("STRUCT"):
                as_object = f"to_json({finite(whole, sql_type)})"
                unknown[name] = f"({_rest_of_object(as_object, (), known[name])})::json"
            elif not self._is_known(name):
                unknown[name] = finite(whole, sql_type)
        return Relation(
            sql=parquet_rows(file, types, {columns[path]: sql for path, (_, sql) in taken.items()}),
            readings=self._readings(
                {path: parquet_value(sql_type, columns[path]) for path, (sql_type, _) in taken.items()}
            ),
            extra_fields=as_json(unknown),
            original=ORIGINAL_ROW,
        )

    def _readings(self, values: Mapping[FieldPath, Value]) -> dict[str, Reading]:
        readings: dict[str, Reading] = {}
        for column in self.feed.columns:
            field = self.mapping.fields.get(column.name)
            if field is None:
                readings[column.name] = absent(column.kind)
            else:
                readings[column.name] = mapped_reading(
                    column, field, [values.get(path, NO_VALUE) for path in field.paths]
                )
        return readings

    def _is_known(self, column: str) -> bool:
        """Whether something uses or ignores all of a flat column."""
        if any(path.column == column for path in self.mapping.used):
            return True
        return any(column == path.column or column.startswith(f"{path.column}.") for path in self.mapping.ignored)


# --- what is left of a record ----------------------------------------------------------------------------------------


def _rest_of_object(base: str, at: tuple[str, ...], known: Mapping[str, Any]) -> str:
    """SQL for the object at ``at`` in the JSON ``base`` without what is ``known`` of it, as text; null when nothing is left.

    Null is the same as absent. Where a name leads to known ones and holds no object, all of it is left.
    """
    whole = f"json_extract({base}, {literal(_pointer(at))})" if at else base
    rest = f"json_merge_patch({whole}, {literal(json.dumps(dict.fromkeys(known)))})"
    parts = []
    for name, below in known.items():
        if below:
            pointer = literal(_pointer((*at, name)))
            inner = f"({_rest_of_object(base, (*at, name), below)})::json"
            value = f"case when json_type({base}, {pointer}) = 'OBJECT' then {inner} else json_extract({base}, {pointer}) end"
            parts.append(f"{literal(name)}, {value}")
    if parts:
        rest = f"json_merge_patch({rest}, json_object({', '.join(parts)}))"
    return f"nullif(json_merge_patch('{{}}', {rest})::varchar, '{{}}')"


def _names(known: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every name that is known as a whole, with those that lead to it."""
    for name, below in known.items():
        yield from _names(below, (*at, name)) if below else [(*at, name)]


def _inner(known: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every name that leads to known ones."""
    for name, below in known.items():
        if below:
            yield (*at, name)
            yield from _inner(below, (*at, name))


def _pointer(steps: Sequence[str | int]) -> str:
    """The steps as a JSON pointer (RFC 6901), in which no character of a name has a meaning of its own."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _in_parquet(
    connection: duckdb.DuckDBPyConnection, path: FieldPath, types: Mapping[str, str]
) -> tuple[str, str] | None:
    """Type and SQL of the value at ``path``: a column of that name, or a field within one; ``None`` where there is none."""
    if path.column in types:
        return types[path.column], identifier(path.column)
    first, *steps = path.steps
    if first not in types:
        return None
    sql_type: Any = connection.sqltype(types[str(first)])
    sql = identifier(str(first))
    for step in steps:
        children = dict(sql_type.children) if sql_type.id in ("list", "array", "struct") else {}
        if isinstance(step, int) and "child" in children and sql_type.id != "struct":
            sql, sql_type = f"{sql}[{step + 1}]", children["child"]
        elif isinstance(step, str) and step in children and sql_type.id == "struct":
            sql, sql_type = f"struct_extract({sql}, {literal(step)})", children[step]
        else:
            return None
    return str(sql_type), sql

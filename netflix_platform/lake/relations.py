"""Each raw format as a ``Relation``: where its columns come from, what else it carries, and what a record looked like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from netflix_platform.contracts import Feed, Reason
from netflix_platform.engines.sql_text import exact_path, identifier, literal
from netflix_platform.lake.readings import absent, from_json, from_parquet, from_text
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import FIRST_FORM_RULE, Relation, Rule

BATCHES = "raw_batches"  # the name under which DuckDB sees the Arrow batches of text files
# Records as they came, as SQL: of text files, and of Parquet.
ORIGINAL_LINE = "rtrim(text, chr(10) || chr(13))"
ORIGINAL_ROW = "to_json(whole_row)::varchar"
_BLANKS = "chr(9) || chr(13) || ' '"
_PARQUET_OPTIONS = "hive_partitioning = false, file_row_number = true"


def json_relation(feed: Feed) -> Relation:
    """Lines of NDJSON files, ``json_lines.LINE_SCHEMA``.

    Every value is taken as printed JSON, quotation marks included, so that ``"5"``, ``5`` and ``{"a": 5}`` stay apart.
    """
    columns = feed.column_names
    structure = literal(json.dumps(dict.fromkeys(columns, "JSON")))
    values = ", ".join(f"fields.{identifier(name)}::varchar as {_raw(name)}" for name in columns)
    found = " + ".join(f"({_raw(name)} is not null)::integer" for name in columns)
    known = ", ".join(literal(name) for name in columns)
    without_known = literal(json.dumps(dict.fromkeys(columns)))
    unknown = f"len(list_filter(all_names, lambda name: name not in ({known}))) > 0"
    # The outer patch takes out what is null: null is the same as absent, as it is for the contract's own fields.
    others = f"json_merge_patch('{{}}', json_merge_patch(text, {without_known}))::varchar"
    return Relation(
        sql=json_rows(f"from_json(text, {structure})", values, found),
        readings={column.name: from_json(column.kind, _raw(column.name)) for column in feed.columns},
        extra_fields=f"case when {unknown} then nullif({others}, '{{}}') end",
        original=ORIGINAL_LINE,
        form_rules=json_form_rules(),
    )


def json_rows(fields: str, values: str, found: str) -> str:
    """The query over lines: ``fields``: SQL that parses the text of a line that is JSON; ``values``: SQL for columns made of
    ``fields``; ``found``: SQL for how many names are known of those that the line holds with a value.

    ``all_names`` are the line's own names, null unless it can hold one that is not known, or one twice.
    """
    return f"""
        with checked as (
            select
                *, given_reason is null and json_valid(text) as is_json,
                case when starts_with(text, '{{') then true else starts_with(ltrim(text, {_BLANKS}), '{{') end as is_object
            from {BATCHES}
        ),
        parsed as (select *, case when is_json then {fields} end as fields from checked),
        unpacked as (select * exclude (fields), {values} from parsed)
        -- Only a line with more names than values were found can hold an unknown field, or a field twice.
        select *, case when names > {found} and is_json and is_object then json_keys(text) end as all_names
        from unpacked
    """


def json_form_rules() -> dict[int, Rule]:
    """What can be wrong with a line as a whole, by number."""
    rules = (
        Rule(Reason.MALFORMED_RECORD, None, "is no JSON", "not is_json"),
        Rule(Reason.NOT_AN_OBJECT, None, "is JSON, but no object", "not is_object"),
        Rule(Reason.MALFORMED_RECORD, None, "holds a field twice", "len(all_names) > len(list_distinct(all_names))"),
        # DuckDB's parser takes NaN and Infinity; kept in an unknown field, they would make it unreadable for others.
        Rule(
            Reason.MALFORMED_RECORD,
            None,
            "holds NaN or Infinity, which JSON does not have",
            _holds_no_number("extra_fields"),
        ),
    )
    return {FIRST_FORM_RULE - index: rule for index, rule in enumerate(rules)}


def csv_relation(feed: Feed, header: Sequence[str]) -> Relation:
    """Records of a CSV file with these columns; an empty field is a missing one."""
    fields = {name: f"field_{index}" for index, name in enumerate(header)}
    return Relation(
        sql=f"select * from {BATCHES}",
        readings={
            column.name: from_text(column.kind, fields[column.name]) if column.name in fields else absent(column.kind)
            for column in feed.columns
        },
        extra_fields=as_json({name: f"nullif({field}, '')" for name, field in _unknown(feed, fields).items()}),
        original=ORIGINAL_LINE,
    )


def parquet_relation(connection: duckdb.DuckDBPyConnection, feed: Feed, file: RawFile) -> Relation:
    """Rows of a Parquet file, each column in its own type; the row's number is its line.

    Raises ``duckdb.Error`` for a file that is no Parquet, ``ValueError`` for a column's name that SQL cannot hold.
    """
    types = parquet_types(connection, file)
    columns = {name: identifier(name) for name in types}
    unknown = {name: finite(_raw(name), types[name]) for name in _unknown(feed, columns)}
    known = [column for column in feed.columns if column.name in columns]
    readings = {column.name: absent(column.kind) for column in feed.columns}
    readings |= {column.name: from_parquet(column.kind, types[column.name], _raw(column.name)) for column in known}
    return Relation(
        sql=parquet_rows(file, types, {_raw(name): column for name, column in columns.items()}),
        readings=readings,
        extra_fields=as_json(unknown),
        original=ORIGINAL_ROW,
    )


def parquet_types(connection: duckdb.DuckDBPyConnection, file: RawFile) -> dict[str, str]:
    """The columns of a Parquet file with DuckDB's types. Raises ``duckdb.Error``."""
    rows = _parquet_source(file)
    described = connection.execute(f"describe select * exclude (file_row_number) from {rows}").fetchall()
    return {str(name): str(sql_type) for name, sql_type, *_ in described}


def parquet_rows(file: RawFile, names: Iterable[str], values: Mapping[str, str]) -> str:
    """The query over rows of a Parquet file with the columns ``names``; ``values``: further columns, SQL by quoted name."""
    packed = ", ".join(f"{identifier(name)} := {identifier(name)}" for name in names)
    more = "".join(f", {value} as {name}" for name, value in values.items())
    return f"""
        select
            {file.number}::integer as file_no, file_row_number + 1 as line, null::varchar as given_reason,
            null::varchar as given_detail, struct_pack({packed}) as whole_row{more}
        from {_parquet_source(file)}
    """


def _parquet_source(file: RawFile) -> str:
    return f"read_parquet({literal(exact_path(file.path))}, {_PARQUET_OPTIONS})"


def _raw(name: str) -> str:
    return identifier(f"raw_{name}")


def _unknown(feed: Feed, columns: Mapping[str, str]) -> dict[str, str]:
    return {name: column for name, column in columns.items() if name not in feed.column_names}


def _holds_no_number(json: str) -> str:
    """SQL that is true where ``json`` (SQL for JSON text) holds NaN or Infinity outside its texts."""
    no_texts = f"regexp_replace({json}, '\"([^\"\\\\]|\\\\.)*\"', '', 'g')"
    return f"(contains({json}, 'NaN') or contains({json}, 'Infinity')) and regexp_matches({no_texts}, 'NaN|Infinity')"


def finite(value: str, sql_type: str) -> str:
    """``value`` (SQL of type ``sql_type``) as JSON can hold it: what is no number is null, as it is meant to be in a file
    that was written with pandas.
    """
    if sql_type in ("DOUBLE", "FLOAT"):
        return f"case when isfinite({value}) then {value} end"
    if "DOUBLE" in sql_type or "FLOAT" in sql_type:
        return f"regexp_replace(to_json({value})::varchar, '([:,\\[])-?(NaN|Infinity)', '\\1null', 'g')::json"
    return value


def as_json(fields: Mapping[str, str]) -> str:
    """SQL for a JSON object of those ``fields`` (name: SQL) that are not null; null when all are."""
    if not fields:
        return "null::varchar"
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in fields.items())
    return (
        f"case when {' or '.join(f'{value} is not null' for value in fields.values())} "
        f"then json_merge_patch('{{}}', json_object({pairs}))::varchar end"
    )

"""A user's records in files that go through a mapping: none of their fields need be called ``user_id``, or hold the id as we know
it, so whose a record is is told by the lake's own reading.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from netflix_platform.contracts import FEEDS, Feed
from netflix_platform.contracts.mapping import MappingFile
from netflix_platform.contracts.mapping_file import MappingError, mapping_of
from netflix_platform.contracts.raw_files import LINE_SUFFIXES, raw_suffix
from netflix_platform.engines.duckdb_engine import connect
from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.raw_files import FileError, Numbers
from netflix_platform.erasure.records import FIELD
from netflix_platform.lake.csv_records import HeaderError, open_csv
from netflix_platform.lake.json_lines import LINE_SCHEMA, line_batches
from netflix_platform.lake.mapped import shape_of
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.relations import BATCHES
from netflix_platform.lake.rules import Relation
from netflix_platform.settings import Settings

# A record without a user, refused for its form or for what it has in its place, is the user's when it mentions them.
_THEIRS = """
    select distinct line from ({rows})
    where user_id = ? or (user_id is null and regexp_matches(original, ?)) order by line
"""
_USERS = "select distinct user_id, case when user_id is null then original end from ({rows})"


@dataclass(frozen=True)
class MappedFiles:
    """The files of a data folder that go through its mapping; none when it has none."""

    settings: Settings

    def numbers_in(self, path: Path) -> Numbers | None:
        """What tells a user's records in the raw or landed file ``path`` by number; ``None`` for one that is not mapped."""
        for folder in (self.settings.raw_dir, self.settings.landing_dir):
            if path.is_relative_to(folder):
                return self.numbers_of(path.relative_to(folder).parts[0])
        return None

    def numbers_of(self, feed: str) -> Numbers | None:
        """As ``numbers_in``, for files of ``feed`` wherever they lie."""
        return partial(self._numbers, FEEDS[feed]) if self._mapping and feed in self._mapping.feeds else None

    def users(self, feed: str, path: Path) -> list[tuple[str | None, str | None]]:
        """Every different user in a file of a mapped feed, and the text of each record that has none."""
        return self._asked(FEEDS[feed], path, _USERS, []) or []

    @cached_property
    def _mapping(self) -> MappingFile | None:
        try:
            return mapping_of(self.settings)
        except MappingError as error:
            raise FileError(f"{error}\nmend it: without it nobody can say whose a record is") from error

    def _numbers(self, feed: Feed, path: Path, identity: Identity) -> list[int] | None:
        rows = self._asked(feed, path, _THEIRS, [identity.user_id, identity.sql_mention])
        return None if rows is None else [line for (line,) in rows if line is not None]

    def _asked(self, feed: Feed, path: Path, query: str, values: list[str]) -> list[tuple[Any, ...]] | None:
        """The query's rows over a file's records; ``None`` for a file that is refused as a whole."""
        file = RawFile(0, path.name, path, raw_suffix(path.name), sys.maxsize)
        shape = shape_of(feed, self._mapping)
        with connect(self.settings) as connection:
            if file.suffix in LINE_SUFFIXES:
                connection.register(BATCHES, pa.RecordBatchReader.from_batches(LINE_SCHEMA, line_batches([file])))
                relation = shape.lines()
            elif file.suffix == ".csv":
                try:
                    opened = open_csv(file)
                except (HeaderError, OSError):
                    return None
                if opened is None:
                    return []
                connection.register(BATCHES, opened.batches)
                relation = shape.csv(opened.header)
            elif file.suffix == ".parquet":
                try:
                    relation = shape.parquet(connection, file)
                    return connection.execute(query.format(rows=_rows(relation)), values).fetchall()
                except (duckdb.Error, ValueError):
                    return None
            else:
                return None
            return connection.execute(query.format(rows=_rows(relation)), values).fetchall()


def _rows(relation: Relation) -> str:
    user = relation.readings[FIELD].value
    columns = f"line, case when given_reason is null then {user} end as user_id, {relation.original} as original"
    return f"select {columns} from ({relation.sql})"

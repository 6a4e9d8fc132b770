"""Raw files of some arrival days judged, set at a time; how each format is read is said here.

A file, or a part of one, that cannot be read becomes a refused row of its own, and the rest of the day goes on. Rows of text and
of small files are kept in a table, since parsing them again would cost more. A large Parquet file stays where it is: reading it
again costs a third of what it costs to keep its rows, and memory stays bounded however large it is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import duckdb
import pyarrow as pa

from netflix_platform.contracts import Feed, Reason
from netflix_platform.contracts.mapping import MappingFile
from netflix_platform.contracts.mapping_file import mapping_of
from netflix_platform.contracts.raw_files import LINE_SUFFIXES, is_ignored, raw_suffix
from netflix_platform.engines.sql_text import identifier
from netflix_platform.lake.csv_records import HeaderError, open_csv
from netflix_platform.lake.json_lines import LINE_SCHEMA, line_batches, unopened
from netflix_platform.lake.layout import raw_day
from netflix_platform.lake.mapped import Shape, shape_of
from netflix_platform.lake.parquet_files import is_sound_parquet, refused_parquet, unreadable_parquet
from netflix_platform.lake.readable import why_not_readable
from netflix_platform.lake.records import PLACE, RawFile, Refused, refused_batch
from netflix_platform.lake.relations import BATCHES
from netflix_platform.lake.rules import FILES, GIVEN, Relation, Rule, judged_columns, judged_rows, kept_rows, rules_of
from netflix_platform.settings import Settings

# What is left when files are taken, temporary all: every row with its outcome (a view); the rows that are not accepted (a
# table, to which the repeated ones are added); the accepted ones (a view, without those that the table holds).
JUDGED = "judged_rows"
SET_ASIDE = "rows_set_aside"
ACCEPTED = "accepted_rows"
_KEPT = "kept_rows"  # judged rows of the files that are read once
_PLACE_AND_REASON = "arrival_date, file_no, line, outcome, given_reason, given_detail, original"
_LARGE_PARQUET_BYTES = 4 << 20


class RawDayError(RuntimeError):
    """A raw day whose folder cannot be listed. The message names the folder and what to do."""


def raw_files(settings: Settings, feed: str, arrival_date: date) -> list[RawFile]:
    """What lies in the raw day's folder, in the order of names; hidden files and copies under way do not count.

    Raises ``RawDayError`` when the folder is there and cannot be listed.
    """
    folder = raw_day(settings, feed, arrival_date)
    try:
        paths = sorted(path for path in folder.iterdir() if not is_ignored(path.name))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RawDayError(f"{folder} cannot be listed ({error.strerror}); make it a readable folder") from error
    return [
        RawFile(
            number,
            path.name.encode("utf-8", "backslashreplace").decode(),
            path,
            raw_suffix(path.name),
            settings.max_file_bytes,
        )
        for number, path in enumerate(paths)
    ]


def raw_bytes(settings: Settings, feed: str, arrival_date: date) -> int:
    """Size of the raw day's files; 0 for a folder that cannot be listed, which ``raw_files`` tells of."""
    try:
        with os.scandir(raw_day(settings, feed, arrival_date)) as entries:
            return sum(entry.stat().st_size for entry in entries)
    except OSError:
        return 0


@dataclass(frozen=True)
class _Taking:
    """What was taken so far: ``judged`` and ``kept``: queries over the files that are read again."""

    feed: Feed
    rules: dict[int, Rule] = field(default_factory=dict)
    judged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class Intake:
    """Fills ``JUDGED``, ``SET_ASIDE`` and ``ACCEPTED`` of ``connection`` with rows of one feed, some days after the other."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self._connection = connection
        self._settings = settings
        self._prepared: dict[str, tuple[duckdb.Statement, dict[int, Rule]]] = {}

    def take(self, feed: Feed, files: Mapping[date, Sequence[RawFile]]) -> dict[int, Rule]:
        """Read and judge the files of all arrival days; returns what the ``outcome`` of a row set aside refers to.

        ``files``: each file with a number of its own.

        Raises ``MappingError`` when the settings name a mapping that cannot be used.
        """
        self._connection.execute(f"create or replace temp table {_KEPT} ({judged_columns(feed)})")
        self._connection.execute(
            f"create or replace temp table {SET_ASIDE} as select {_PLACE_AND_REASON} from {_KEPT} limit 0"
        )
        self._list(files)
        taking = _Taking(feed)
        arrival_dates = {file.number: day for day, of_day in files.items() for file in of_day}
        readable = [
            file for of_day in files.values() for file in of_day if not self._refuse_whole(file, why_not_readable(file))
        ]
        lines = [file for file in readable if file.suffix in LINE_SUFFIXES]
        if lines:
            self._take_lines(taking, lines)
        for file in readable:
            if file.suffix == ".csv":
                self._take_csv(taking, file)
            elif file.suffix == ".parquet":
                self._take_parquet(taking, file, arrival_dates[file.number])
        self._connection.execute(
            f"insert into {SET_ASIDE} select {_PLACE_AND_REASON} from {_KEPT} where outcome is not null"
        )
        self._define_views(taking)
        return taking.rules

    def set_aside(self, query: str, outcome: int) -> None:
        """Take the rows of ``query`` (``arrival_date``, ``file_no``, ``line``) out of the accepted ones."""
        self._connection.execute(f"insert into {SET_ASIDE} by name select *, {outcome} as outcome from ({query})")
        self._connection.execute(
            f"update {_KEPT} set outcome = {outcome} from {SET_ASIDE} as aside where aside.outcome = {outcome} "
            f"and aside.file_no = {_KEPT}.file_no and aside.line = {_KEPT}.line"
        )

    def _define_views(self, taking: _Taking) -> None:
        names = ", ".join(identifier(name) for name in taking.feed.column_names)
        columns = f"arrival_date, file_no, line, {names}, extra_fields, event_date"
        judged = " union all ".join([f"from {_KEPT}", *(f"from ({query})" for query in taking.judged)])
        kept = [f"select {columns} from {_KEPT} where outcome is null"]
        kept += [f"select {columns} from ({query})" for query in taking.kept]
        self._connection.execute(f"create or replace temp view {JUDGED} as {judged}")
        self._connection.execute(f"create or replace temp view {ACCEPTED} as {' union all '.join(kept)}")

    @cached_property
    def _mapping(self) -> MappingFile | None:
        return mapping_of(self._settings)

    def _shape(self, feed: Feed) -> Shape:
        return shape_of(feed, self._mapping)

    def _list(self, files: Mapping[date, Sequence[RawFile]]) -> None:
        listed = [(file.number, file.name, day) for day, of_day in files.items() for file in of_day]
        numbers, names, days = (list(column) for column in zip(*listed, strict=True))
        self._connection.execute(
            f"create or replace temp table {FILES} as select unnest(?::integer[]) as file_no, "
            "unnest(?::varchar[]) as source_file, unnest(?::date[]) as arrival_date",
            [numbers, names, days],
        )

    def _take_lines(self, taking: _Taking, files: list[RawFile]) -> None:
        batches = pa.RecordBatchReader.from_batches(LINE_SCHEMA, line_batches(files))
        # All lines of a feed take the same long statement; parsing it costs as much as conforming 2,000 of them.
        if taking.feed.name not in self._prepared:
            self._prepared[taking.feed.name] = self._statement(taking.feed, self._shape(taking.feed).lines())
        self._insert(taking, *self._prepared[taking.feed.name], batches)

    def _take_csv(self, taking: _Taking, file: RawFile) -> None:
        try:
            opened = open_csv(file)
        except HeaderError as error:
            self._refuse_whole(file, Refused(None, Reason.UNREADABLE_FILE, str(error)))
        except OSError as error:
            self._refuse_whole(file, unopened(error))
        else:
            if opened:
                relation = self._shape(taking.feed).csv(opened.header)
                self._insert(taking, *self._statement(taking.feed, relation), opened.batches)

    def _take_parquet(self, taking: _Taking, file: RawFile, arrival_date: date) -> None:
        if self._refuse_whole(file, refused_parquet(file)):
            return
        try:
            relation = self._shape(taking.feed).parquet(self._connection, file)
            if file.path.stat().st_size < _LARGE_PARQUET_BYTES:
                self._insert(taking, *self._statement(taking.feed, relation))
            else:
                self._read_again_later(taking, relation, file, arrival_date)
        except (duckdb.Error, ValueError) as error:
            if isinstance(error, duckdb.Error) and is_sound_parquet(file.path):
                raise  # the file is all right: memory or disk ran out, and the day must fail
            self._refuse_whole(file, unreadable_parquet(error))

    def _statement(self, feed: Feed, relation: Relation) -> tuple[duckdb.Statement, dict[int, Rule]]:
        rules = rules_of(feed, relation, self._settings)
        query = f"insert into {_KEPT} {judged_rows(feed, relation, rules)}"
        return self._connection.extract_statements(query)[0], rules

    def _read_again_later(self, taking: _Taking, relation: Relation, file: RawFile, arrival_date: date) -> None:
        rules = rules_of(taking.feed, relation, self._settings)
        judged = judged_rows(taking.feed, relation, rules)
        self._connection.execute(
            f"insert into {SET_ASIDE} select {_PLACE_AND_REASON} from ({judged}) where outcome is not null"
        )
        taking.judged.append(judged)
        # By the line alone: to compare the file's number too would cost as much again for every row.
        aside = f"select line from {SET_ASIDE} where file_no = {file.number}"
        taking.kept.append(kept_rows(taking.feed, relation, arrival_date, aside))
        taking.rules.update(rules)

    def _insert(
        self,
        taking: _Taking,
        statement: duckdb.Statement,
        rules: dict[int, Rule],
        batches: pa.RecordBatchReader | None = None,
    ) -> None:
        if batches is not None:
            self._connection.register(BATCHES, batches)
        try:
            self._connection.execute(statement)
        finally:
            if batches is not None:
                self._connection.unregister(BATCHES)
        taking.rules.update(rules)

    def _refuse_whole(self, file: RawFile, refused: Refused | None) -> bool:
        if refused is None:
            return False
        self._connection.register(BATCHES, refused_batch(file, [refused], pa.schema(PLACE)))
        self._connection.execute(
            f"insert into {_KEPT} by name select arrival_date, file_no, line, {GIVEN} as outcome, given_reason, given_detail, "
            f"text as original from {BATCHES} join {FILES} using (file_no)"
        )
        self._connection.unregister(BATCHES)
        return True

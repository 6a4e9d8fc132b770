"""Raw files of one arrival day into one table of judged rows, set at a time; how each format is read is said here.

A file, or a part of one, that cannot be read becomes a refused row of its own, and the rest of the day goes on.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from netflix_platform.contracts import Feed, Reason
from netflix_platform.contracts.raw_files import LINE_SUFFIXES, NOTE_SUFFIX, RAW_SUFFIXES, is_ignored, raw_suffix
from netflix_platform.lake.csv_records import HeaderError, open_csv
from netflix_platform.lake.json_lines import LINE_SCHEMA, line_batches, unopened
from netflix_platform.lake.layout import raw_day
from netflix_platform.lake.records import PLACE, RawFile, Refused, refused_batch
from netflix_platform.lake.relations import BATCHES, csv_relation, json_relation, parquet_relation
from netflix_platform.lake.rules import GIVEN, Relation, Rule, judged_columns, judged_rows, rules_of
from netflix_platform.settings import Settings

JUDGED = "judged_rows"


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
        RawFile(number, path.name.encode("utf-8", "backslashreplace").decode(), path, raw_suffix(path.name))
        for number, path in enumerate(paths)
    ]


class Intake:
    """Fills the temporary table ``JUDGED`` of ``connection`` with the rows of one feed and arrival day.

    ``rules``: what a refused row's ``outcome`` refers to, once something was taken.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, arrival_date: date
    ) -> None:
        self._connection = connection
        self._feed = feed
        self._arrival_date = arrival_date
        self._settings = settings
        self.rules: dict[int, Rule] = {}

    def take(self, files: list[RawFile]) -> None:
        """Read and judge all ``files``."""
        self._connection.execute(f"create or replace temp table {JUDGED} ({judged_columns(self._feed)})")
        readable = [file for file in files if not self._refuse_whole(file, _why_not_readable(file))]
        self._take_lines([file for file in readable if file.suffix in LINE_SUFFIXES])
        for file in readable:
            if file.suffix == ".csv":
                self._take_csv(file)
            elif file.suffix == ".parquet":
                self._take_parquet(file)

    def _take_lines(self, files: list[RawFile]) -> None:
        if files:
            batches = pa.RecordBatchReader.from_batches(LINE_SCHEMA, line_batches(files))
            self._insert(json_relation(self._feed), batches)

    def _take_csv(self, file: RawFile) -> None:
        try:
            opened = open_csv(file)
        except HeaderError as error:
            self._refuse_whole(file, Refused(None, Reason.UNREADABLE_FILE, str(error)))
        except OSError as error:
            self._refuse_whole(file, unopened(error))
        else:
            if opened:
                self._insert(csv_relation(self._feed, opened.header), opened.batches)

    def _take_parquet(self, file: RawFile) -> None:
        try:
            self._insert(parquet_relation(self._connection, self._feed, file))
        except (duckdb.Error, ValueError) as error:
            if isinstance(error, duckdb.Error) and _is_sound_parquet(file.path):
                raise  # the file is all right: memory or disk ran out, and the day must fail
            reason = str(error).splitlines()[0]
            detail = f"is no readable Parquet file ({reason}); write it again and deliver it under the same name"
            self._refuse_whole(file, Refused(None, Reason.UNREADABLE_FILE, detail))

    def _insert(self, relation: Relation, batches: pa.RecordBatchReader | None = None) -> None:
        rules = rules_of(self._feed, relation, self._settings, self._arrival_date)
        rows = judged_rows(self._feed, relation, rules, self._arrival_date)
        self.rules |= rules
        if batches is None:
            self._connection.execute(f"insert into {JUDGED} {rows}")
            return
        self._connection.register(BATCHES, batches)
        try:
            self._connection.execute(f"insert into {JUDGED} {rows}")
        finally:
            self._connection.unregister(BATCHES)

    def _refuse_whole(self, file: RawFile, refused: Refused | None) -> bool:
        if refused is None:
            return False
        self._connection.register(BATCHES, refused_batch(file, [refused], pa.schema(PLACE)))
        self._connection.execute(
            f"insert into {JUDGED} by name select file_no, line, {GIVEN} as outcome, given_reason, given_detail, "
            f"text as original from {BATCHES}"
        )
        self._connection.unregister(BATCHES)
        return True


def _why_not_readable(file: RawFile) -> Refused | None:
    """Why ``file`` need not even be opened, if so."""
    if not file.path.is_file():
        problem = "is no file, or a link that leads nowhere; put a file in its place, or remove it"
    elif file.suffix is None:
        problem = f"ends in none of {', '.join(RAW_SUFFIXES)}; give it the name that its content asks for, or remove it"
    elif file.suffix == NOTE_SUFFIX:
        problem = file.path.read_text("utf-8", "backslashreplace").strip()
    elif not _is_text(str(file.path)):
        problem = "has a name that is no UTF-8; rename it"
    else:
        return None
    return Refused(None, Reason.UNREADABLE_FILE, problem)


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def _is_sound_parquet(path: Path) -> bool:
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            for _ in file.iter_batches():
                pass
    except (pa.ArrowException, OSError):
        return False
    return True

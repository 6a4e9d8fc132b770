"""Staging raw days on Spark: files are judged where there is a core, what takes all files of a day goes over Spark's shuffle.

Rows never pass through this process, and none through Spark but keys and places: tasks leave Parquet files in the staging folder,
which the workers share with this process as they share the raw files, and tell it counts. What judges, counts and writes rows is
the code of the other engine (``spark_tasks``), so types, values and fingerprints are the same by construction.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from netflix_platform.contracts import Feed
from netflix_platform.contracts.mapping_file import mapping_of
from netflix_platform.engines.duckdb_engine import connect as connect_duckdb
from netflix_platform.engines.spark.session import SparkConnection, connect, spark_type
from netflix_platform.lake.accounts import Accepted, Group, accounts, listed_unknown_fields
from netflix_platform.lake.layout import in_small_groups
from netflix_platform.lake.ledger import Delay, Ledger
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.recount import parquet_rows
from netflix_platform.lake.spark_tasks import (
    Days,
    Finished,
    Judged,
    Part,
    Work,
    finish,
    finish_refused,
    judge,
    repeated_rows,
    stage_whole,
    unknown_fields_of,
)
from netflix_platform.lake.staging import Staging, accepted_file, days_of_files, refused_file, with_profiles
from netflix_platform.settings import Settings

# A task over less costs more for itself than for its rows. More tasks of a day than these cost more than they spread: each
# leaves a file for every event day that it has rows of.
_LEAST_BYTES_OF_A_TASK = 4 << 20
_MOST_TASKS = 256


class SparkStaging:
    """Stages days through one session."""

    def __init__(self, spark: SparkConnection, settings: Settings) -> None:
        self._spark = spark
        self._settings = settings

    def stage(self, feed: Feed, files: Mapping[date, Sequence[RawFile]], folder: Path) -> list[Ledger]:
        """See ``Staging``. Raises ``SparkSessionError``, ``MappingError``."""
        work = Work(_for_workers(self._settings, folder), feed.name, folder)
        whole: list[dict[date, Sequence[RawFile]]] = []
        in_parts: dict[date, Sequence[RawFile]] = {}
        for days in in_small_groups(files, lambda day: sum(map(_size, files[day])), _LEAST_BYTES_OF_A_TASK):
            share = {day: files[day] for day in days}
            if len(shares_of(share)) == 1:
                whole.append(share)
            else:
                in_parts.update(share)
        return [*self._stage_whole(work, whole), *self._stage_in_parts(work, feed, in_parts)]

    def _stage_whole(self, work: Work, shares: Sequence[Mapping[date, Sequence[RawFile]]]) -> list[Ledger]:
        """Days whose files one task judges anyway: it does all the rest as well."""
        staged = self._spark.run_tasks([partial(stage_whole, work, share) for share in shares])
        for folder, ledgers in staged:
            for ledger in ledgers:
                arrival_date = ledger.arrival_date
                for day in ledger.event_days:
                    _move(accepted_file(folder, arrival_date, day), accepted_file(work.folder, arrival_date, day))
                if ledger.quarantined_rows:
                    _move(refused_file(folder, arrival_date), refused_file(work.folder, arrival_date))
        return [ledger for _, ledgers in staged for ledger in ledgers]

    def _stage_in_parts(self, work: Work, feed: Feed, files: Mapping[date, Sequence[RawFile]]) -> list[Ledger]:
        """Days of many files: judged apart, then put together by event day."""
        if not files:
            return []
        judged = self._spark.run_tasks([partial(judge, work, share) for share in shares_of(files)])
        parts = [part for of_task in judged for part in of_task.accepted]
        repeats = self._repeats(work, feed, parts)
        with connect_duckdb(self._settings) as connection:
            repeated = repeated_rows(connection, repeats)
            accepted, counted = self._finish(work, judged, repeats, repeated.keys(), days_of_files(files))
            unknown = listed_unknown_fields(connection, unknown_fields_of(counted)) if counted else {}
        others = [other for of_task in judged for other in of_task.others]
        others += [other for of_days in repeated.values() for other in of_days]
        rules = {number: rule for of_task in judged for number, rule in of_task.rules.items()}
        return with_profiles(accounts(feed, files, accepted, others, rules, unknown), files)

    def _repeats(self, work: Work, feed: Feed, parts: Sequence[Part]) -> list[Path]:
        """Files that name the rows whose key came before on its arrival day, in the order of file and line.

        As on DuckDB, the few keys that may repeat are found by their hashes, which shuffles 8 bytes a row; then only their rows
        are ranked, by the keys themselves. Hashes are few enough, mostly, for Spark to send them to every worker, which it can
        tell because they lie in files.
        """
        if not parts:
            return []
        types = {column.name: spark_type(column.kind.sql_type) for column in feed.columns}
        columns = {"arrival_date": "date", "event_date": "date", "file_no": "int", "source_line": "bigint"}
        columns |= {name: types[name] for name in feed.key}
        staged, hashes, key = f"staged_{feed.name}", f"repeated_{feed.name}", ", ".join(("arrival_date", *feed.key))
        self._spark.read_parquet(staged, [part.path for part in parts], columns)
        hashed = f"select *, xxhash64({key}) as key_hash from {staged}"
        found = self._written(f"select key_hash from ({hashed}) group by key_hash having count(*) > 1", work, "hashes")
        if not found:
            return []
        self._spark.read_parquet(hashes, found, {"key_hash": "bigint"})
        place = "event_date, file_no, source_line"
        ranked = (
            f"select arrival_date, {place}, row_number() over (partition by {key} order by file_no, source_line) as key_row "
            f"from ({hashed}) where key_hash in (select key_hash from {hashes})"
        )
        return self._written(f"select arrival_date, {place} from ({ranked}) where key_row > 1", work, "repeats")

    def _written(self, sql: str, work: Work, name: str) -> list[Path]:
        """Files with the rows of a query; none when there are no rows."""
        self._spark.write_parquet(sql, work.folder / name)
        return [path for path in sorted((work.folder / name).glob("*.parquet")) if parquet_rows(path)]

    def _finish(
        self,
        work: Work,
        judged: Sequence[Judged],
        repeats: Sequence[Path],
        repeated: Container[Days],
        day_of_file: Mapping[int, date],
    ) -> tuple[Accepted, list[Path]]:
        """Have every file of the lake and of the quarantine written, and put it where ``Staging`` says; what was counted of
        accepted rows, and files of ``UNKNOWN_FIELDS``.
        """
        by_days: dict[Days, list[Part]] = {}
        refused: dict[date, list[Path]] = {}
        for share in judged:
            for part in share.accepted:
                by_days.setdefault(part.days, []).append(part)
            for day, path in share.refused.items():
                refused.setdefault(day, []).append(path)
        sizes = {days: sum(part.size for part in by_days[days]) for days in sorted(by_days)}
        calls: list[Callable[[], Finished | Path]] = []
        for pack in in_small_groups(sizes, sizes.__getitem__, _LEAST_BYTES_OF_A_TASK):
            parts = [part for days in pack for part in by_days[days]]
            aside = repeats if any(days in repeated for days in pack) else []
            calls.append(partial(finish, work, parts, aside, day_of_file))
        calls += [partial(finish_refused, work, paths) for paths in refused.values()]
        done = self._spark.run_tasks(calls)
        finished = [of_task for of_task in done if isinstance(of_task, Finished)]
        for of_task in finished:
            for days, path in of_task.files.items():
                _move(path, accepted_file(work.folder, *days))
        whole = [path for path in done if isinstance(path, Path)]
        for day, path in zip(refused, whole, strict=True):
            _move(path, refused_file(work.folder, day))
        counted = [of_task.unknown_fields for of_task in finished if of_task.unknown_fields]
        return _together([of_task.accepted for of_task in finished]), counted


@contextmanager
def staging_on_spark(settings: Settings) -> Iterator[Staging]:
    """Staging on the cluster. Raises ``SparkSessionError`` when it cannot be reached."""
    with connect(settings) as spark:
        yield SparkStaging(spark, settings)


def shares_of(files: Mapping[date, Sequence[RawFile]]) -> list[dict[date, list[RawFile]]]:
    """The files in shares of a task each, in order."""
    every = [(day, file) for day, of_day in files.items() for file in of_day]
    most = max(_LEAST_BYTES_OF_A_TASK, sum(_size(file) for _, file in every) // _MOST_TASKS)
    shares = []
    for pack in in_small_groups(every, lambda one: _size(one[1]), most, most_items=len(every)):
        share: dict[date, list[RawFile]] = {}
        for day, file in pack:
            share.setdefault(day, []).append(file)
        shares.append(share)
    return shares


def _for_workers(settings: Settings, folder: Path) -> Settings:
    """What the workers are told: nothing that holds a password, and the mapping from where they can read it."""
    secret = {
        field.name: type(getattr(settings, field.name))() for field in dataclasses.fields(settings) if not field.repr
    }
    mapping = settings.mapping_in_use
    if mapping_of(settings) and mapping:
        mapping = Path(shutil.copy(mapping, folder / "mapping"))
    return dataclasses.replace(settings, **secret, spark_remote="", object_store=None, mapping=mapping)


def _together(counted: Iterable[Accepted]) -> Accepted:
    groups: list[Group] = []
    delays: dict[date, dict[date, Delay]] = {}
    for of_task in counted:
        groups += of_task.groups
        for arrival_date, of_days in of_task.delays.items():
            delays.setdefault(arrival_date, {}).update(of_days)
    return Accepted(sorted(groups, key=lambda group: (group.file_no, group.event_date)), delays)


def _size(file: RawFile) -> int:
    try:
        return file.path.stat().st_size
    except OSError:
        return 0  # a link to nothing, say; the task that reads it tells of it


def _move(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)

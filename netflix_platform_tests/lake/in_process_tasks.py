"""Spark's part in conforming, played in this process without Java: tasks one after the other, and SQL by DuckDB.

What the tasks do and how they are handed over is the real thing; that Spark's SQL says the same is for ``tests/spark``.
"""

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from netflix_platform.engines.spark import tasks
from netflix_platform.engines.sql_text import exact_path

_DUCKDB_TYPES = {"string": "varchar", "timestamp_ntz": "timestamp"}


class InProcessTasks:
    """Answers the calls of ``SparkConnection`` that staging makes.

    ``jobs``: how many tasks each call of ``run_tasks`` had; ``attempts``: how often each task is made, as when the worker of the
    first attempt dies before it can tell.
    """

    def __init__(self) -> None:
        self._sql = duckdb.connect()
        self._sql.execute(
            "create macro xxhash64(a, b) as (hash(a, b) >> 1)::bigint, (a, b, c) as (hash(a, b, c) >> 1)::bigint"
        )
        self.jobs: list[int] = []
        self.attempts = 1

    def run_tasks(self, calls: Sequence[Any]) -> list[Any]:
        if not calls:
            return []
        self.jobs.append(len(calls))
        function = tasks.arrow_function([pickle.dumps(call) for call in calls], tasks.environment())
        numbers = [pa.RecordBatch.from_pydict({"id": [number]}) for number in range(len(calls))]
        for _ in range(self.attempts):
            answers = [[row for batch in function(iter([number])) for row in batch.to_pylist()] for number in numbers]
        assert all(answer["problem"] is None for (answer,) in answers)
        return [pickle.loads(answer["result"]) for (answer,) in answers]

    def read_parquet(self, view: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        listed = ", ".join(f"{name}::{_DUCKDB_TYPES.get(kind, kind)} as {name}" for name, kind in columns.items())
        paths = [exact_path(path) for path in files]
        self._sql.execute(
            f"create or replace temp view {view} as select {listed} from read_parquet({paths}, hive_partitioning = false)"
        )

    def write_parquet(self, sql: str, folder: Path) -> None:
        folder.mkdir()
        self._sql.execute(f"copy ({sql}) to '{folder / 'part-0.parquet'}' (format parquet)")

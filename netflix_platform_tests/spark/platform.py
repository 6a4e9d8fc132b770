"""A platform on Spark, its twin on DuckDB of the same days, and what differs between them."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import psutil
from polars.testing import assert_frame_equal

from netflix_platform.services.processes import read
from netflix_platform.settings import Settings
from netflix_platform.warehouse.engine import warehouse_engine
from netflix_platform_tests.platform_runs import BUSINESS_TABLES, TestPlatform

RAW_TABLES = ("raw.events", "raw.users", "raw.titles", "raw.published_top10")
LEDGERS = {"audit_warehouse_ledger": "loaded_at", "audit_row_ledger": "written_at"}


@dataclass(frozen=True)
class SparkPlatform(TestPlatform):
    """A data folder whose warehouse lies on Spark."""

    port: int = 15002

    __test__ = False

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"NETFLIX_ENGINE": "spark", "NETFLIX_SPARK_PORT": str(self.port), "SPARK_REMOTE": ""}

    def twin(self, folder: Path) -> TestPlatform:
        """The same days on DuckDB, from the source on."""
        twin = TestPlatform(folder, self.days, self.source, self.scale)
        twin.run("demo")
        return twin

    def tables(self, folder: Path) -> dict[str, pl.DataFrame]:
        """Every table of the warehouse, raw feeds to marts, as it lies on Spark."""
        names = [tuple(name.split(".")) for name in (*RAW_TABLES, *BUSINESS_TABLES)]
        relations = warehouse_engine(self.settings).hand_over(self.settings, names, folder)
        with duckdb.connect() as connection:
            return {
                f"{schema}.{name}": _frame(connection, f"from {relation}")
                for (schema, name), relation in relations.items()
            }


def kill_a_worker(settings: Settings) -> None:
    """Kill the first worker of the local cluster, with its executor and whatever that has started."""
    worker = next(process for process in read(settings.spark_dir / "processes.json") if process.name == "worker-1")
    for process in (*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)):
        os.kill(process.pid, signal.SIGKILL)


def _frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    frame = pl.from_arrow(connection.sql(query).to_arrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame


def tables_of(platform: TestPlatform) -> dict[str, pl.DataFrame]:
    """The same tables of a platform on DuckDB."""
    with duckdb.connect(str(platform.settings.warehouse_file), read_only=True) as connection:
        return {name: _frame(connection, f"from {name}") for name in (*RAW_TABLES, *BUSINESS_TABLES)}


def published_tables(platform: TestPlatform) -> dict[str, pl.DataFrame]:
    """What the dashboard reads of the business, and the ledgers without the times at which they were written."""
    serving = platform.settings.serving_dir
    with duckdb.connect(str(serving / (serving / "CURRENT").read_text().strip()), read_only=True) as connection:
        names = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        business = {name: _frame(connection, f"from {name}") for name in names if name.startswith(("mart_", "dim_"))}
        business.pop("mart_pipeline_health")  # tells of runs, which are each platform's own
        return business | {
            name: _frame(connection, f"select * exclude ({written}) from {name}") for name, written in LEDGERS.items()
        }


def assert_same_rows(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    """Every table row by row: all equal, floats to 1e-9 of their size, whatever the order of rows and columns."""
    assert one.keys() == other.keys()
    for name, rows in one.items():
        columns = sorted(rows.columns)
        assert columns == sorted(other[name].columns), name
        floats = [column for column in columns if rows.schema[column].is_float()]
        exact = [column for column in columns if column not in floats]
        mine, theirs = (frame.select(columns).sort([*exact, *floats], nulls_last=True) for frame in (rows, other[name]))
        assert_frame_equal(mine.select(exact), theirs.select(exact), check_exact=True)
        assert_frame_equal(mine.select(floats), theirs.select(floats), rel_tol=1e-9, abs_tol=0)

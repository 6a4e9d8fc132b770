"""The floor gives what the platform gives, row for row: otherwise the ratio of their costs would say nothing."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.platforms import Platform
from netflix_platform_tests.commands import environ_of_no_platform, run_forked
from netflix_platform_tests.platform_runs import BUSINESS_TABLES

TABLES = ("raw.events", "raw.users", "raw.titles", *BUSINESS_TABLES)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """Four days of a world that is larger than a household, built by the platform and by the floor from the same raw files."""
    folder = tmp_path_factory.mktemp("benchmark")
    built = Platform(folder, 4, "events_per_day=2000,users=600,titles=60")
    code, printed = run_forked(
        ["backfill", str(built.day(0)), str(built.day(3))], environ_of_no_platform() | built.environ
    )
    assert code == 0, printed
    built.floor()
    return built


@pytest.fixture
def both(platform: Platform) -> duckdb.DuckDBPyConnection:
    """A connection that has the warehouses of both attached, read only."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{platform.raw.parent}/warehouse/netflix.duckdb' as platform (read_only)")
        connection.execute(f"attach '{platform.floor_folder}/netflix.duckdb' as floor (read_only)")
        yield connection


def differing(connection: duckdb.DuckDBPyConnection, table: str, floor: str) -> int:
    """Rows of ``platform.<table>`` and ``floor`` that the other one lacks."""
    columns = ", ".join(row[0] for row in connection.execute(f"describe platform.{table}").fetchall())
    ours, theirs = f"select {columns} from platform.{table}", f"select {columns} from {floor}"
    return connection.execute(
        f"select (select count(*) from ({ours} except all {theirs})) + (select count(*) from ({theirs} except all {ours}))"
    ).fetchone()[0]


@pytest.mark.parametrize("table", TABLES)
def test_every_row_is_the_platforms(both, table):
    types = [
        dict(both.execute(f"select column_name, column_type from (describe {side}.{table})").fetchall())
        for side in ("platform", "floor")
    ]
    assert types[0] == types[1]
    assert differing(both, table, f"floor.{table}") == 0


def test_the_comparison_sees_a_single_row(both):
    table = "marts.mart_daily_kpis"
    both.execute(
        f"create table changed as select * replace (plays + (event_date = current_date - 1)::int as plays) from floor.{table}"
    )
    assert differing(both, table, "memory.changed") == 2


def test_the_world_has_what_makes_the_two_hard_to_match(both):
    assert both.execute("select count(*) from platform.raw.events where event_date <> arrival_date").fetchone()[0] > 0
    assert both.execute("select count(*) from platform.marts.mart_top_titles").fetchone()[0] > 0
    assert both.execute("select count(*) from platform.raw.events where extra_fields is not null").fetchone()[0] > 0


def test_the_lake_holds_the_same_rows_and_the_quarantine_the_same_reasons(platform: Platform):
    def rows(folder: Path, what: str) -> list[tuple]:
        query = f"select {what}, count(*) from read_parquet('{folder}', hive_partitioning = false) group by all order by all"
        with duckdb.connect() as connection:
            return connection.sql(query).fetchall()

    ours, theirs = platform.raw.parent / "lake", platform.floor_folder
    days = "event_date, arrival_date"
    assert rows(ours / "events/*/*.parquet", days) == rows(theirs / "lake/events/*/*.parquet", days)
    refused = rows(ours / "quarantine/events/*.parquet", "arrival_date, reason")
    assert refused
    assert refused == rows(theirs / "quarantine/events/*.parquet", "arrival_date, reason")

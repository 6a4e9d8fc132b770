"""Loading event days on Spark beside DuckDB's load of the same lake files: the same rows, the same ledger, the same refusals."""

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from netflix_platform.contracts import FEEDS
from netflix_platform.engines.spark import cluster
from netflix_platform.engines.spark.session import SparkSessionError, connect
from netflix_platform.lake.layout import lake_file
from netflix_platform.settings import Settings
from netflix_platform.warehouse.database import open_warehouse, table_columns
from netflix_platform.warehouse.load import LakeFileError, load_days
from netflix_platform.warehouse.spark_load import load_days_on_spark
from netflix_platform_tests.spark.platform import SparkPlatform

pytestmark = pytest.mark.spark

EVENTS = FEEDS["events"]
# Long before the platform's own days, which other tests look at.
FIRST, SECOND, THIRD = date(2020, 1, 1), date(2020, 1, 2), date(2020, 1, 3)
DAYS = [FIRST, SECOND, THIRD]
COLUMNS = ["event_id", "event_ts", "watched_seconds", "event_date", "arrival_date", "source_file", "source_line"]


@pytest.fixture
def books(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_warehouse(Settings(data_dir=tmp_path / "books", start_date=FIRST)) as connection:
        yield connection


@pytest.fixture
def lake(spark_platform: SparkPlatform, books) -> Iterator[Settings]:
    """Two days, the first with two arrivals that share keys, and a third without any file; gone from the tables afterwards."""
    settings = spark_platform.settings
    cluster.up(settings)  # whatever another test has done to it
    _write(settings, FIRST, FIRST, ids=range(100))
    _write(settings, FIRST, SECOND, ids=range(90, 110))
    _write(settings, SECOND, SECOND, ids=range(50))
    yield settings
    for day in DAYS:
        for file in (settings.lake_dir / "events" / f"event_date={day}").glob("*.parquet"):
            file.unlink()
    load_days_on_spark(books, settings, EVENTS, DAYS, "the end")
    assert _rows(settings) == []


def test_the_same_rows_and_ledger_as_on_duckdb_however_often(lake: Settings, books, tmp_path: Path):
    with open_warehouse(Settings(data_dir=tmp_path / "duckdb", start_date=FIRST)) as connection:
        expected = load_days(connection, lake, EVENTS, DAYS, "run")
        rows = connection.execute(f"select {', '.join(COLUMNS)} from raw.events order by all").fetchall()
    assert [(load.lake_rows, load.repeated_rows, load.warehouse_rows) for load in expected] == [
        (120, 10, 110),
        (50, 0, 50),
        (0, 0, 0),
    ]
    for _ in range(2):
        assert load_days_on_spark(books, lake, EVENTS, DAYS, "run") == expected
        assert _rows(lake) == rows
    assert _states(books) == dict.fromkeys(DAYS, "loaded")
    ledger = "select event_date, lake_rows, repeated_rows, warehouse_rows from audit.load_ledger order by 1"
    assert books.execute(ledger).fetchall() == [(FIRST, 120, 10, 110), (SECOND, 50, 0, 50), (THIRD, 0, 0, 0)]


def test_a_day_is_replaced_and_its_neighbour_left_alone(lake: Settings, books):
    load_days_on_spark(books, lake, EVENTS, DAYS, "run")
    _write(lake, SECOND, SECOND, ids=range(7))
    assert [load.warehouse_rows for load in load_days_on_spark(books, lake, EVENTS, [SECOND], "run")] == [7]
    assert {day: sum(row[3] == day for row in _rows(lake)) for day in DAYS} == {FIRST: 110, SECOND: 7, THIRD: 0}


def test_a_damaged_file_is_named_and_the_days_are_not_loaded(lake: Settings, books):
    load_days_on_spark(books, lake, EVENTS, DAYS, "run")
    damaged = lake_file(lake, "events", SECOND, SECOND)
    damaged.write_bytes(damaged.read_bytes()[:200])
    with pytest.raises(LakeFileError, match=r"arrival_date=2020-01-02\.parquet.*make day"):
        load_days_on_spark(books, lake, EVENTS, [SECOND], "run")
    assert _states(books) == {FIRST: "loaded", SECOND: "failed", THIRD: "loaded"}
    _write(lake, SECOND, SECOND, ids=range(50))
    load_days_on_spark(books, lake, EVENTS, [SECOND], "run")
    assert _states(books) == dict.fromkeys(DAYS, "loaded")


def test_a_cluster_of_another_data_folder_is_refused(lake: Settings, books, tmp_path: Path):
    other = dataclasses.replace(lake, data_dir=tmp_path / "other")
    with pytest.raises(SparkSessionError, match=f"belong to the data folder {lake.data_dir}"):
        load_days_on_spark(books, other, EVENTS, [FIRST], "run")
    assert _states(books) == {}


def test_what_the_cluster_says_of_a_wrong_statement_is_told_in_a_line(lake: Settings):
    with pytest.raises(SparkSessionError, match=r"TABLE_OR_VIEW_NOT_FOUND") as caught, connect(lake) as spark:
        spark.execute("select * from raw.nothing").fetchall()
    assert "\n" not in str(caught.value)


def _write(settings: Settings, event_date: date, arrival_date: date, ids: range) -> None:
    """A lake file; an id is the same event whenever it arrives."""
    file = lake_file(settings, "events", event_date, arrival_date)
    file.parent.mkdir(parents=True, exist_ok=True)
    given = {
        "event_id": "'e' || i",
        "event_type": "'heartbeat'",
        "event_ts": f"timestamp '{event_date} 00:00:00' + i * interval 1 second + interval 7 millisecond",
        "watched_seconds": "i / 7",
        "event_date": f"date '{event_date}'",
        "arrival_date": f"date '{arrival_date}'",
        "source_file": f"'{arrival_date}.ndjson'",
        "source_line": "i",
    }
    columns = ", ".join(
        f"cast({given.get(name, 'null')} as {kind}) as {name}" for name, kind in table_columns(EVENTS).items()
    )
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns} from range({ids.start}, {ids.stop}) as r(i)) to '{file}'")


def _rows(settings: Settings) -> list[tuple]:
    with connect(settings) as spark:
        return spark.execute(
            f"select {', '.join(COLUMNS)} from raw.events where event_date < date '2021-01-01' order by all"
        ).fetchall()


def _states(books: duckdb.DuckDBPyConnection) -> dict[date, str]:
    return dict(books.execute("select event_date, state from audit.event_day_states order by 1").fetchall())

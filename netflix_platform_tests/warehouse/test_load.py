"""Reloading an event day: all or nothing, the same rows every time, first arrival wins, every row accounted for."""

from datetime import date, datetime

import duckdb
import pytest

from netflix_platform.contracts import EVENTS
from netflix_platform.lake.layout import lake_file
from netflix_platform.warehouse.database import open_warehouse, table_columns
from netflix_platform.warehouse.load import LakeFileError, load_day, load_days

DAY, NEXT = date(2026, 6, 2), date(2026, 6, 3)


def write_lake(settings, arrival, rows, event_date=DAY):
    """A lake file with ``rows`` of (event_id, watched_seconds, line)."""
    path = lake_file(settings, "events", event_date, arrival)
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f"{name} {sql_type}" for name, sql_type in table_columns(EVENTS).items())
    with duckdb.connect() as connection:
        connection.execute(f"create table lake ({columns})")
        for event_id, watched, line in rows:
            connection.execute(
                "insert into lake (event_id, event_type, event_ts, user_id, watched_seconds, event_date, arrival_date, "
                "source_file, source_line) values (?, 'heartbeat', ?, 'u1', ?, ?, ?, 'f', ?)",
                [
                    event_id,
                    datetime(event_date.year, event_date.month, event_date.day, 12),
                    watched,
                    event_date,
                    arrival,
                    line,
                ],
            )
        connection.execute("copy lake to ? (format parquet)", [str(path)])
    return path


def content(connection):
    return connection.execute("select event_id, watched_seconds, arrival_date from raw.events order by all").fetchall()


def test_first_arrival_wins_and_every_row_is_accounted_for(settings):
    write_lake(settings, NEXT, [("a", 99, 1), ("c", 3, 2)])
    write_lake(settings, DAY, [("a", 1, 1), ("b", 2, 2)])
    with open_warehouse(settings) as connection:
        load = load_day(connection, settings, EVENTS, DAY, "run")
        assert (load.lake_rows, load.repeated_rows, load.warehouse_rows) == (4, 1, 3)
        assert load.arrivals == {DAY: 2, NEXT: 2}
        assert load.is_balanced
        assert [(row[0], int(row[1]), row[2]) for row in content(connection)] == [
            ("a", 1, DAY),
            ("b", 2, DAY),
            ("c", 3, NEXT),
        ]
        ledger = connection.execute("select lake_rows, repeated_rows, warehouse_rows from audit.load_ledger").fetchall()
        assert ledger == [(4, 1, 3)]


def test_loading_twice_changes_nothing_and_a_smaller_lake_shrinks_the_day(settings):
    late = write_lake(settings, NEXT, [("c", 3, 1)])
    write_lake(settings, DAY, [("a", 1, 1), ("b", 2, 2)])
    with open_warehouse(settings) as connection:
        load_day(connection, settings, EVENTS, DAY, "run")
        once = content(connection)
        load_day(connection, settings, EVENTS, DAY, "run")
        assert content(connection) == once
        late.unlink()
        load_day(connection, settings, EVENTS, DAY, "run")
        assert [row[0] for row in content(connection)] == ["a", "b"]


def test_a_day_without_lake_files_is_empty_and_marked_loaded(settings):
    with open_warehouse(settings) as connection:
        assert load_day(connection, settings, EVENTS, DAY, "run").lake_rows == 0
        assert connection.execute("select event_date, state from audit.event_day_states").fetchall() == [
            (DAY, "loaded")
        ]


def test_a_broken_lake_file_is_named_and_the_day_stays_as_it_was(settings):
    write_lake(settings, DAY, [("a", 1, 1)])
    with open_warehouse(settings) as connection:
        load_day(connection, settings, EVENTS, DAY, "run")
        broken = lake_file(settings, "events", DAY, NEXT)
        broken.write_bytes(b"PAR1 this is none")
        with pytest.raises(LakeFileError) as refused:
            load_day(connection, settings, EVENTS, DAY, "run")
        assert broken.name in str(refused.value)
        assert "make day" in str(refused.value)
        assert [row[0] for row in content(connection)] == ["a"]


def test_every_damaged_file_of_days_loaded_together_is_named_and_no_whole_one(settings):
    whole = write_lake(settings, DAY, [("a", 1, 1)])
    cut_off = write_lake(settings, NEXT, [("b", 1, 1)], event_date=NEXT)
    cut_off.write_bytes(cut_off.read_bytes()[:-100])
    zeroed = lake_file(settings, "events", DAY, NEXT)
    zeroed.write_bytes(bytes(1_000))
    with open_warehouse(settings) as connection:
        with pytest.raises(LakeFileError) as refused:
            load_days(connection, settings, EVENTS, [DAY, NEXT], "run")
        assert content(connection) == []
    said = str(refused.value)
    assert [str(path) in said for path in (whole, cut_off, zeroed)] == [False, True, True]


def test_other_days_are_left_alone(settings):
    write_lake(settings, DAY, [("a", 1, 1)])
    write_lake(settings, NEXT, [("b", 1, 1)], event_date=NEXT)
    with open_warehouse(settings) as connection:
        load_day(connection, settings, EVENTS, DAY, "run")
        load_day(connection, settings, EVENTS, NEXT, "run")
        load_day(connection, settings, EVENTS, NEXT, "run")
        assert [row[0] for row in content(connection)] == ["a", "b"]


def test_a_folder_of_before_a_version_of_the_contract_goes_on(settings):
    old, new = (
        write_lake(settings, DAY, [("a", 1, 1), ("b", 2, 2)]),
        write_lake(settings, NEXT, [("a", 9, 1), ("c", 3, 2)]),
    )
    with open_warehouse(settings) as connection:
        load_day(connection, settings, EVENTS, DAY, "run")
        connection.execute("create view events_as_they_were as select event_id from raw.events")
        connection.execute("alter table raw.events drop column audio_language")
    with duckdb.connect() as connection:
        for path, change in ((old, "exclude (audio_language)"), (new, "replace ('ko' as audio_language)")):
            connection.execute(f"copy (select * {change} from read_parquet('{path}')) to '{path}.new' (format parquet)")
            path.with_name(f"{path.name}.new").replace(path)
    with open_warehouse(settings) as connection:
        languages = "select event_id, audio_language from raw.events order by all"
        assert connection.execute(languages).fetchall() == [("a", None), ("b", None), ("c", None)]
        load = load_day(connection, settings, EVENTS, DAY, "run")
        assert (load.lake_rows, load.repeated_rows, load.warehouse_rows) == (4, 1, 3)
        assert connection.execute(languages).fetchall() == [("a", None), ("b", None), ("c", "ko")]
        new.unlink()
        assert load_day(connection, settings, EVENTS, DAY, "run").warehouse_rows == 2
        assert connection.execute("select count(*) from events_as_they_were").fetchall() == [(2,)]
        columns = connection.execute("select column_name, data_type from duckdb_columns() where table_name = 'events'")
        assert dict(columns.fetchall()) == table_columns(EVENTS)

"""Published versions written by hand: only the tables and columns that the watchers over the platform read."""

from datetime import UTC, date, datetime, timedelta

import duckdb

from netflix_platform.serving.publish import make_current


def write_version(settings, states, figures=(), refused=(), has_business=True, tables=None, minute=0):
    """A version that is current. ``states``: per day a state, ``waived``, or a state with ``!`` for a day without events."""
    name = f"netflix-{datetime(2026, 6, 1, tzinfo=UTC) + timedelta(minutes=minute):%Y%m%dT%H%M%S%f}Z.duckdb"
    settings.serving_dir.mkdir(parents=True, exist_ok=True)
    path = settings.serving_dir / name
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table mart_daily_kpis (event_date date)")
        connection.execute("create table serving_info (refused_days varchar, business_published_at timestamp)")
        connection.execute(
            "create table mart_pipeline_health (event_date date, state varchar, is_waived boolean, loaded_at timestamp, "
            "warehouse_rows bigint)"
        )
        for one in figures:
            connection.execute("insert into mart_daily_kpis values (?)", [one])
        moment = datetime(2026, 6, 1)
        connection.execute(
            "insert into serving_info values (?, ?)", [",".join(map(str, refused)), moment if has_business else None]
        )
        for one, said in states.items():
            state = said.rstrip("!")
            row = [one, "failed" if state == "waived" else state, state == "waived"]
            loaded = None if state == "not_loaded" else moment
            connection.execute(
                "insert into mart_pipeline_health values (?, ?, ?, ?, ?)", [*row, loaded, 0 if "!" in said else 9]
            )
        for table in (
            {"mart_daily_kpis", "serving_info", "mart_pipeline_health"} - set(tables or ())
            if tables is not None
            else ()
        ):
            connection.execute(f"drop table {table}")
    make_current(settings, name)
    return path


def days(first: date, count: int) -> list[date]:
    """``count`` days from ``first`` on."""
    return [first + timedelta(days=number) for number in range(count)]

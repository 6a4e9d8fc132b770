"""A small warehouse as the platform's Python side leaves it for dbt: raw tables from the contracts, audit tables, rows.

Only what dbt reads is planted here; how events are made realistic is the synthetic source's business.
"""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from netflix_platform.contracts import FEEDS

FIRST_DAY = date(2026, 3, 4)  # a Wednesday, so that the first week is partial
DAYS = 7
USERS = 40
TITLES = 60
NEW_USERS = (1, 2, 3)  # sign up on the first day; all others were there before
LEAVING_USER = 2  # cancels and returns
NEW_TITLES = (0, 3)  # a film and a season that are released within the days
# Sends plays only, of which nobody knows how long they were watched.
UNTIMED_USER = "untimed"
LANDED_COLUMNS = {
    "extra_fields": "VARCHAR",
    "event_date": "DATE",
    "arrival_date": "DATE",
    "source_file": "VARCHAR",
    "source_line": "BIGINT",
}
PUBLISHED_TOP10 = (
    "week_start DATE, top10_list VARCHAR, rank BIGINT, show_title VARCHAR, season_title VARCHAR, title_name VARCHAR, "
    "hours_viewed BIGINT, runtime_minutes BIGINT, views BIGINT, cumulative_weeks_in_top_10 BIGINT"
)
AUDIT_TABLES = {
    "load_ledger": "feed VARCHAR, event_date DATE, lake_rows BIGINT, repeated_rows BIGINT, warehouse_rows BIGINT, "
    "loaded_at TIMESTAMP",
    "event_day_states": "event_date DATE, state VARCHAR, reason VARCHAR, run_id VARCHAR, changed_at TIMESTAMP",
    "waivers": "event_date DATE, reason VARCHAR, waived_at TIMESTAMP, state_changed_at TIMESTAMP",
    "run_records": "run_id VARCHAR, job_name VARCHAR, status VARCHAR, launched_by VARCHAR, partition_from DATE, "
    "partition_to DATE, created_at TIMESTAMP, started_at TIMESTAMP, ended_at TIMESTAMP, updated_at TIMESTAMP, "
    "retry_of_run_id VARCHAR",
    "step_records": "run_id VARCHAR, step_key VARCHAR, status VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP, "
    "duration_seconds DOUBLE, rows_written BIGINT, retries BIGINT",
    "materialization_records": "storage_id BIGINT, run_id VARCHAR, asset_key VARCHAR, partition VARCHAR, row_count BIGINT, "
    "recorded_at TIMESTAMP",
    "check_records": "storage_id BIGINT, run_id VARCHAR, asset_key VARCHAR, check_name VARCHAR, severity VARCHAR, "
    "passed BOOLEAN, description VARCHAR, recorded_at TIMESTAMP, first_day DATE, last_day DATE, failed_days VARCHAR",
    "publication_records": "publication_id VARCHAR, version VARCHAR, current_from TIMESTAMP, run_id VARCHAR, made_by VARCHAR, "
    "replaced_version VARCHAR",
    "erasure_records": "erasure_id VARCHAR, erased_at TIMESTAMP, reason VARCHAR, raw_rows BIGINT, lake_rows BIGINT, "
    "quarantine_rows BIGINT, warehouse_rows BIGINT",
    "landing_file_records": "feed VARCHAR, path VARCHAR, state VARCHAR, reason VARCHAR, arrival_date DATE, sha256 VARCHAR, "
    "size_bytes BIGINT, received_rows BIGINT, accepted_rows BIGINT, event_days BIGINT, first_event_date DATE, "
    "last_event_date DATE, raw_file VARCHAR",
    "ledger_records": "feed VARCHAR, arrival_date DATE, received_rows BIGINT, accepted_rows BIGINT, repeated_rows BIGINT, "
    "quarantined_rows BIGINT, written_at TIMESTAMP",
    "late_arrival_records": "arrival_date DATE, event_date DATE, late_rows BIGINT, delay_p50_ms BIGINT, delay_p95_ms BIGINT, "
    "delay_max_ms BIGINT",
    "alert_records": "incident_id BIGINT, kind VARCHAR, incident_key VARCHAR, severity VARCHAR, title VARCHAR, details VARCHAR, "
    "first_day DATE, last_day DATE, opened_at TIMESTAMP, last_seen_at TIMESTAMP, closed_at TIMESTAMP, occurrences BIGINT, "
    "run_id VARCHAR, first_step VARCHAR, sent BOOLEAN, delivery_problem VARCHAR, updated_at TIMESTAMP",
}


def day(number: int) -> date:
    """The planted day with that number, from 0."""
    return FIRST_DAY + timedelta(days=number)


def plant_warehouse(file: Path, shuffled: bool = False) -> None:
    """Write a warehouse file with the planted rows, in another order when ``shuffled``."""
    draw = random.Random(1)
    with duckdb.connect(str(file)) as connection:
        create_tables(connection)
        for feed, rows in (("events", _events(random.Random(7))), ("users", _users()), ("titles", _titles())):
            insert(connection, f"raw.{feed}", draw.sample(rows, len(rows)) if shuffled else rows)
        insert(connection, "raw.published_top10", _published_top10())
        # As every load leaves one: the tests that must notice a day without rows go by it.
        loads = [{"feed": "events", "event_date": day(number), "lake_rows": 1} for number in range(DAYS)]
        insert(connection, "audit.load_ledger", loads)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty raw and audit tables."""
    connection.execute("create schema raw; create schema audit")
    for feed in FEEDS.values():
        types = {column.name: column.kind.sql_type for column in feed.columns} | LANDED_COLUMNS
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type in types.items())
        connection.execute(f"create table raw.{feed.name} ({columns})")
    connection.execute(f"create table raw.published_top10 ({PUBLISHED_TOP10})")
    for name, columns in AUDIT_TABLES.items():
        connection.execute(f"create table audit.{name} ({columns})")


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows by column name; columns that no row names are null."""
    frame = pd.DataFrame(rows, dtype=object)  # noqa: F841 (DuckDB finds it by its name)
    connection.execute(f"insert into {table} by name select * from frame")


def _at(moment_day: date, seconds: float = 0) -> datetime:
    return datetime.combine(moment_day, time()) + timedelta(seconds=seconds)


def _landed(event_date: date, arrival_date: date, line: int) -> dict[str, Any]:
    return {
        "event_date": event_date,
        "arrival_date": arrival_date,
        "source_file": "part-0.ndjson.zst",
        "source_line": line,
    }


def _users() -> list[dict[str, Any]]:
    rows = []
    for number in range(USERS):
        user = {
            "user_id": f"u{number}",
            "signup_date": FIRST_DAY if number in NEW_USERS else day(-30),
            "country": "DE",
            "age_band": "25-34",
            "status": "active",
        }
        since = FIRST_DAY if number in NEW_USERS else day(-10)
        first = {**user, "changed_ts": _at(since), "plan": "standard"}
        rows.append(first | _landed(FIRST_DAY, FIRST_DAY, number + 1))
        if number % 5 == 0:
            upgraded = {**user, "changed_ts": _at(day(3), 3600 + number), "plan": "premium"}
            rows.append(upgraded | _landed(day(3), day(3), number + 1))
            rows.append(upgraded | _landed(day(4), day(4), number + 1))  # the same change, delivered again a day later
        if number == LEAVING_USER:
            for status, on in (("cancelled", day(2)), ("active", day(4))):
                turned = {**user, "changed_ts": _at(on, 7200), "plan": "standard", "status": status}
                rows.append(turned | _landed(on, on, number + 1))
    untimed = {"user_id": UNTIMED_USER, "changed_ts": _at(day(-10)), "status": "active"}
    rows.append(untimed | _landed(FIRST_DAY, FIRST_DAY, USERS + 1) | {"extra_fields": '{"profile_name": "Kitchen"}'})
    return rows


def _titles() -> list[dict[str, Any]]:
    rows = []
    for number in range(TITLES):
        is_film = number % 2 == 0
        title = {
            "title_id": f"t{number}",
            "changed_ts": _at(FIRST_DAY),
            "title_name": f"Title {number}",
            "title_type": "film" if is_film else "season",
            "series_name": None if is_film else f"Series {number}",
            "season_number": None if is_film else 1,
            "genres": "Drama, Crime" if number % 3 else "Comedy",
            "language": "English" if number % 4 < 2 else "Korean",
            "is_original": True,
            # Most of them so long ago that nobody minds whether they are watched.
            "release_date": day(1) if number in NEW_TITLES else day(-60),
            "runtime_minutes": None if number == TITLES - 1 else 60 + number,
            "episode_count": None if is_film else 8,
            "maturity_rating": "TV-MA",
        }
        rows.append(title | _landed(FIRST_DAY, FIRST_DAY, number + 1))
    return rows


def _published_top10() -> list[dict[str, Any]]:
    """One week of one list: a title that is in ours too, and one that nobody here watches."""
    monday = FIRST_DAY - timedelta(days=FIRST_DAY.weekday())
    shared = {"week_start": monday, "top10_list": "Films (English)", "hours_viewed": 9_000_000, "views": 5_000_000}
    return [{**shared, "rank": rank, "title_name": name} for rank, name in enumerate((" TITLE 0", "Elsewhere"), 1)]


def _events(draw: random.Random) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []

    def add(moment: datetime, **fields: Any) -> None:
        number = len(rows)
        late = timedelta(days=1 if number % 50 == 0 else 0)
        rows.append(
            {"event_id": f"e{number}", "event_ts": moment, "schema_version": 1}
            | fields
            | _landed(moment.date(), moment.date() + late, number + 1)
        )

    for number in range(30 * DAYS):
        started = _at(day(number // 30), draw.randrange(86_400))
        title = draw.choices(range(TITLES + 1), weights=[1 / (rank + 1) for rank in range(TITLES + 1)])[0]
        who = {
            "user_id": f"u{draw.randrange(USERS + 1)}",
            "session_id": f"s{number}",
            "country": "DE",
            "device_type": "tv",
        }
        watch = {**who, "playback_id": f"p{number}", "title_id": f"t{title}"}
        if title % 2:
            watch["episode_number"] = 1 + number % 3
        add(started, event_type="play", startup_ms=draw.randrange(200, 4000), position_seconds=Decimal(0), **watch)
        moment, position = started, Decimal(0)
        beats = draw.randrange(1, 12)
        last_day = day(DAYS - 1)
        for beat in range(beats):
            step = Decimal(draw.randrange(1_000, 900_000)) / 1000
            moment, position = moment + timedelta(seconds=float(step)), position + step
            if moment.date() > last_day:
                break
            kind = (
                "stop"
                if beat == beats - 1 and number % 7
                else draw.choice(("heartbeat", "heartbeat", "pause", "error"))
            )
            waiting = (
                {"buffering_seconds": Decimal(draw.randrange(3_000)) / 1000, "rebuffer_count": 1}
                if beat % 3 == 0
                else {}
            )
            add(moment, event_type=kind, watched_seconds=step, position_seconds=position, **waiting, **watch)
        if number % 4 == 0:
            add(started, event_type=draw.choice(("search", "rate", "add_to_list")), title_id=f"t{title}", **who)
    for number in range(2, DAYS):
        kept = {"user_id": UNTIMED_USER, "playback_id": f"untimed{number}", "title_id": "t58"}
        add(_at(day(number), 70_000), event_type="play", **kept)
    return rows

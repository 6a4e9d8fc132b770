"""Everything of a user that lies in the data folder: counted, with the days to be built again. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from netflix_platform.erasure.identity import Identity
from netflix_platform.erasure.journal import Counts
from netflix_platform.erasure.lake_rows import LakeRows, lake_rows, tables_about_users, warehouse_rows
from netflix_platform.erasure.mapped_files import MappedFiles
from netflix_platform.erasure.raw_files import Found, count_records, delivered_files
from netflix_platform.erasure.scrubbing import (
    files_about_data,
    holds_text,
    is_beside_sqlite,
    is_sqlite,
    mentions_in_sqlite,
    tables_that_mention,
)
from netflix_platform.lake.layout import raw_day
from netflix_platform.settings import Settings

_DAY = "arrival_date="


@dataclass(frozen=True)
class Finding:
    """What was found: counts by layer, records in landing and imports, files that hold any, days, and files to be looked at."""

    counts: Counts
    delivered_records: int
    files: tuple[Path, ...]
    arrival_days: frozenset[date]
    event_days: frozenset[date]
    problems: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return self.counts.is_empty and not self.delivered_records and not self.event_days


def find(settings: Settings, identity: Identity, connection: duckdb.DuckDBPyConnection) -> Finding:
    """Look through raw, landing, lake and warehouse (``connection``). Raises ``FileError`` and ``LakeError``."""
    mapped = MappedFiles(settings)
    found = [count_records(path, identity, mapped.numbers_in(path)) for path in delivered_files(settings)]
    in_raw = [one for one in found if one.path.is_relative_to(settings.raw_dir)]
    in_lake = lake_rows(settings, identity)
    rows, days = warehouse_rows(connection, identity)
    counts = Counts(
        raw_rows=sum(one.records for one in in_raw),
        lake_rows=in_lake.lake.total(),
        quarantine_rows=in_lake.quarantine.total(),
        warehouse_rows=rows,
    )
    return Finding(
        counts=counts,
        delivered_records=sum(one.records for one in found) - counts.raw_rows,
        files=tuple(one.path for one in found if one.records),
        arrival_days=frozenset(_arrival_days(in_raw, in_lake)),
        event_days=frozenset(in_lake.event_days | days),
        problems=tuple(
            f"{one.path} {one.problem}: what lies behind that nobody can search" for one in found if one.problem
        ),
    )


def days_without_raw(settings: Settings, feeds: tuple[str, ...], days: frozenset[date]) -> list[date]:
    """Days of which raw is gone: conforming them would empty the lake, for everybody."""
    return sorted(day for day in days if not any(raw_day(settings, feed, day).is_dir() for feed in feeds))


def remains(settings: Settings, identity: Identity, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Places that still hold the user, warehouse (``connection``) included; without naming the user."""
    finding = find(settings, identity, connection)
    places = [str(path) for path in finding.files]
    counts = finding.counts
    if counts.lake_rows or counts.quarantine_rows:
        places.append(f"{settings.lake_dir} ({counts.lake_rows} rows, {counts.quarantine_rows} in quarantine)")
    for schema, table, _ in tables_about_users(connection):
        query = f'select 1 from {schema}."{table}" where user_id = ? limit 1'
        if connection.execute(query, [identity.user_id]).fetchone():
            places.append(f"table {schema}.{table} of {settings.warehouse_file}")
    places += [f"table {name}" for name in tables_that_mention(connection, identity) if name.startswith("audit.")]
    places += [str(path) for path in files_about_data(settings) if _is_mentioned(path, identity)]
    return places


def versions_that_mention(paths: list[Path], identity: Identity) -> list[str]:
    """Published versions with a text that holds the user."""
    found = []
    for path in paths:
        with duckdb.connect(str(path), read_only=True) as connection:
            found += [f"{path}: {name}" for name in tables_that_mention(connection, identity)]
    return found


def mentions_by_others(identity: Identity, connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Tables in which rows of other users mention the user in another field: those rows are theirs, and stay."""
    return [name for name in tables_that_mention(connection, identity) if not name.startswith("audit.")]


def _is_mentioned(path: Path, identity: Identity) -> bool:
    try:
        if is_sqlite(path):
            return mentions_in_sqlite(path, identity)
        if is_beside_sqlite(path):
            return False
        # A short id's characters are everywhere: only databases, whose texts can be told apart, are asked for those.
        return identity.is_telling and holds_text(path, identity)
    except FileNotFoundError:
        return False  # somebody's temporary file


def _arrival_days(in_raw: list[Found], in_lake: LakeRows) -> set[date]:
    days = {*in_lake.lake, *in_lake.quarantine}
    for one in in_raw:
        if one.records:
            text = next(part for part in one.path.parts[::-1] if part.startswith(_DAY))
            days.add(date.fromisoformat(text.removeprefix(_DAY)))
    return days

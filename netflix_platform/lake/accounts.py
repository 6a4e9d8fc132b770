"""The ledgers of arrival days out of the table of judged rows: every row counted once, by what became of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.sql_text import identifier
from netflix_platform.lake.intake import JUDGED
from netflix_platform.lake.ledger import Delay, EventDay, FileAccount, Ledger
from netflix_platform.lake.profile import LONGEST_NAME
from netflix_platform.lake.rules import FILES, REPEATED, Rule

LISTED_UNKNOWN_FIELDS = 100
OTHER_UNKNOWN_FIELDS = "*"  # stands in the ledger for the fields beyond the most frequent ones


def accounts(
    connection: duckdb.DuckDBPyConnection, feed: Feed, arrival_days: Sequence[date], rules: Mapping[int, Rule]
) -> tuple[list[Ledger], dict[int, Rule]]:
    """The ledgers of ``arrival_days``, without their fields' profiles; and those of ``rules`` that were broken."""
    content = ", ".join([*(identifier(name) for name in feed.column_names), "extra_fields"])
    groups = connection.execute(
        f"""
        select
            arrival_date, outcome, given_reason, case when outcome is null then event_date end as event_date, count(*),
            sum(case when outcome is null then hash({content}) end), count(extra_fields)
        from {JUDGED}
        group by arrival_date, outcome, given_reason, case when outcome is null then event_date end order by all
        """
    ).fetchall()
    by_arrival: dict[date, list[tuple[Any, ...]]] = {day: [] for day in arrival_days}
    for arrival_date, *group in groups:
        by_arrival[arrival_date].append(tuple(group))
    has_unknown = any(outcome is None and unknown for *_, outcome, _, _, _, _, unknown in groups)
    unknown_fields = _unknown_fields(connection) if has_unknown else {}
    has_late = any(outcome is None and event_date != day for day, outcome, _, event_date, *_ in groups)
    delays = _delays(connection) if has_late else {}
    filled, files = _filled_rows(connection, feed), _file_accounts(connection)
    newer = _newer_versions(connection, feed)
    ledgers = [
        dataclasses.replace(
            _account(feed, day, of_day, rules, delays.get(day, {}), unknown_fields.get(day, {})),
            filled_rows=filled.get(day) or dict.fromkeys(_optional(feed), 0),
            files=files.get(day, {}),
            newer_rows=newer.get(day, (0, 0))[0],
            newest_version=newer.get(day, (0, 0))[1],
        )
        for day, of_day in by_arrival.items()
    ]
    return ledgers, {outcome: rules[outcome] for _, outcome, *_ in groups if outcome in rules}


def _delays(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[date, Delay]]:
    """Delays of the late rows, per arrival day and event day that has some with a time of receipt: nearest rank, so that
    they compare.
    """
    rows = connection.execute(
        f"""
        select arrival_date, event_date, quantile_disc(delay, 0.5), quantile_disc(delay, 0.95), max(delay)
        from (
            select arrival_date, event_date, date_diff('millisecond', event_ts, received_ts) as delay
            from {JUDGED} where outcome is null and event_date <> arrival_date and received_ts is not null
        )
        group by all
        """
    ).fetchall()
    delays: dict[date, dict[date, Delay]] = {}
    for arrival_date, event_date, p50, p95, longest in rows:
        delays.setdefault(arrival_date, {})[event_date] = Delay(p50, p95, longest)
    return delays


def _unknown_fields(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[str, int]]:
    """The most frequent ones of each arrival day by name, the rest in one sum: nobody bounds how many there are."""
    counts = connection.execute(
        f"""
        with fields as (
            select arrival_date, left(name, {LONGEST_NAME}) as name, count(*) as rows
            from (select arrival_date, unnest(json_keys(extra_fields)) as name from {JUDGED} where outcome is null)
            group by all
        ),
        ranked as (
            select *, row_number() over (partition by arrival_date order by rows desc, name) as place from fields
        )
        select arrival_date, case when place <= {LISTED_UNKNOWN_FIELDS} then name end as listed, sum(rows)::bigint
        from ranked group by arrival_date, listed order by arrival_date, min(place)
        """
    ).fetchall()
    fields: dict[date, dict[str, int]] = {}
    for arrival_date, name, rows in counts:
        fields.setdefault(arrival_date, {})[OTHER_UNKNOWN_FIELDS if name is None else name] = rows
    return fields


def _filled_rows(connection: duckdb.DuckDBPyConnection, feed: Feed) -> dict[date, dict[str, int]]:
    optional = _optional(feed)
    counts = ", ".join(f"count({identifier(name)})" for name in optional)
    rows = connection.execute(
        f"select arrival_date, {counts} from {JUDGED} where outcome is null group by all"
    ).fetchall()
    return {arrival_date: dict(zip(optional, of_day, strict=True)) for arrival_date, *of_day in rows}


def _file_accounts(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[str, FileAccount]]:
    rows = connection.execute(
        f"""
        with by_file as (
            select
                file_no,
                count(*) as received_rows,
                count(*) filter (outcome is null) as accepted_rows,
                count(distinct event_date) filter (outcome is null) as event_days,
                min(event_date) filter (outcome is null) as first_event_date,
                max(event_date) filter (outcome is null) as last_event_date
            from {JUDGED} group by file_no
        )
        select arrival_date, source_file, by_file.* exclude (file_no)
        from by_file join {FILES} using (file_no) order by file_no
        """
    ).fetchall()
    files: dict[date, dict[str, FileAccount]] = {}
    for arrival_date, name, *account in rows:
        files.setdefault(arrival_date, {})[name] = FileAccount(*account)
    return files


def _newer_versions(connection: duckdb.DuckDBPyConnection, feed: Feed) -> dict[date, tuple[int, int]]:
    """Rows of later versions of the contract than this one, and the latest, per arrival day that has any."""
    if feed.version_column is None:
        return {}
    version = identifier(feed.version_column)
    rows = connection.execute(
        f"select arrival_date, count(*), max({version}) from {JUDGED} where outcome is null and {version} > {feed.version} "
        "group by all"
    ).fetchall()
    return {arrival_date: (count, newest) for arrival_date, count, newest in rows}


def _account(
    feed: Feed,
    arrival_date: date,
    groups: Sequence[tuple[Any, ...]],
    rules: Mapping[int, Rule],
    delays: Mapping[date, Delay],
    unknown_fields: Mapping[str, int],
) -> Ledger:
    """One day's ledger out of its groups: outcome, reason given, event day, rows, fingerprint, rows with unknown fields."""
    days: dict[date, EventDay] = {}
    by_reason: Counter[str] = Counter()
    repeated = 0
    for outcome, given_reason, event_date, rows, fingerprint, _ in groups:
        if outcome is None:
            days[event_date] = EventDay(rows, str(fingerprint), delays.get(event_date))
        elif outcome == REPEATED:
            repeated += rows
        else:
            by_reason[given_reason or rules[outcome].reason.value] += rows
    accepted, quarantined = sum(day.rows for day in days.values()), by_reason.total()
    return Ledger(
        feed=feed.name,
        arrival_date=arrival_date,
        received_rows=accepted + repeated + quarantined,
        accepted_rows=accepted,
        repeated_rows=repeated,
        quarantined_rows=quarantined,
        quarantined_by_reason=dict(sorted(by_reason.items())),
        event_days=days,
        unknown_fields=unknown_fields,
    )


def _optional(feed: Feed) -> list[str]:
    return [column.name for column in feed.columns if not column.required]

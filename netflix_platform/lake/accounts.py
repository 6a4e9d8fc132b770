"""The ledgers of arrival days out of judged rows: every row counted once, by what became of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.sql_text import identifier
from netflix_platform.lake.intake import ACCEPTED, SET_ASIDE
from netflix_platform.lake.ledger import Delay, EventDay, FileAccount, Ledger
from netflix_platform.lake.profile import LONGEST_NAME
from netflix_platform.lake.rules import FILES, REPEATED, Rule

LISTED_UNKNOWN_FIELDS = 100
OTHER_UNKNOWN_FIELDS = "*"  # stands in the ledger for the fields beyond the most frequent ones


@dataclass(frozen=True)
class _Group:
    """Accepted rows of one file and event day. ``filled``: rows that hold a value, per optional column."""

    file_no: int
    event_date: date
    rows: int
    fingerprint: int
    with_unknown_fields: int
    newer_rows: int
    newest_version: int
    filled: tuple[int, ...]


@dataclass(frozen=True)
class _SetAside:
    """Rows of one file that were set aside for one reason; ``given_reason``: where the reader of the file gave it."""

    file_no: int
    outcome: int
    given_reason: str | None
    rows: int


def accounts(
    connection: duckdb.DuckDBPyConnection, feed: Feed, arrival_days: Sequence[date], rules: Mapping[int, Rule]
) -> tuple[list[Ledger], dict[int, Rule]]:
    """The ledgers of ``arrival_days``, without their fields' profiles; and those of ``rules`` that were broken."""
    groups, others = _groups(connection, feed), _set_aside(connection)
    files = connection.execute(f"select file_no, source_file, arrival_date from {FILES} order by file_no").fetchall()
    day_of_file = {number: day for number, _, day in files}
    unknown_fields = _unknown_fields(connection) if any(group.with_unknown_fields for group in groups) else {}
    has_late = any(group.event_date != day_of_file[group.file_no] for group in groups)
    delays = _delays(connection) if has_late else {}
    ledgers = []
    for day in arrival_days:
        names = {number: name for number, name, of_day in files if of_day == day}
        of_day = [group for group in groups if group.file_no in names]
        aside = [other for other in others if other.file_no in names]
        ledger = _account(feed, day, of_day, aside, rules, delays.get(day, {}))
        ledgers.append(
            dataclasses.replace(
                ledger, unknown_fields=unknown_fields.get(day, {}), files=_file_accounts(names, of_day, aside)
            )
        )
    return ledgers, {other.outcome: rules[other.outcome] for other in others if other.outcome in rules}


def _groups(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[_Group]:
    """All that is counted of accepted rows, in one pass, since a large file is read again for it."""
    content = ", ".join([*(identifier(name) for name in feed.column_names), "extra_fields"])
    filled = ", ".join(f"count({identifier(name)})" for name in _optional(feed))
    newer = "0, 0"
    if feed.version_column is not None:
        version = identifier(feed.version_column)
        is_newer = f"filter ({version} > {feed.version})"
        newer = f"count(*) {is_newer}, coalesce(max({version}) {is_newer}, 0)"
    rows = connection.execute(
        f"select file_no, event_date, count(*), sum(hash({content})), count(extra_fields), {newer}, row({filled}) "
        f"from {ACCEPTED} group by file_no, event_date order by file_no, event_date"
    ).fetchall()
    return [_Group(*row) for row in rows]


def _set_aside(connection: duckdb.DuckDBPyConnection) -> list[_SetAside]:
    rows = connection.execute(
        f"select file_no, outcome, given_reason, count(*) from {SET_ASIDE} group by all order by all"
    ).fetchall()
    return [_SetAside(*row) for row in rows]


def _delays(connection: duckdb.DuckDBPyConnection) -> dict[date, dict[date, Delay]]:
    """Delays of the late rows, per arrival day and event day that has some with a time of receipt: nearest rank, so that
    they compare.
    """
    rows = connection.execute(
        f"""
        select arrival_date, event_date, quantile_disc(delay, 0.5), quantile_disc(delay, 0.95), max(delay)
        from (
            select arrival_date, event_date, date_diff('millisecond', event_ts, received_ts) as delay
            from {ACCEPTED} where event_date <> arrival_date and received_ts is not null
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
            from (select arrival_date, unnest(json_keys(extra_fields)) as name from {ACCEPTED} where extra_fields is not null)
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


def _file_accounts(
    names: Mapping[int, str], groups: Sequence[_Group], others: Sequence[_SetAside]
) -> dict[str, FileAccount]:
    """By name, in the order of numbers, those with any rows."""
    accounts: dict[str, FileAccount] = {}
    for number, name in names.items():
        of_file = [group for group in groups if group.file_no == number]
        accepted = sum(group.rows for group in of_file)
        received = accepted + sum(other.rows for other in others if other.file_no == number)
        days = [group.event_date for group in of_file]
        if received:
            accounts[name] = FileAccount(
                received, accepted, len(days), min(days, default=None), max(days, default=None)
            )
    return accounts


def _account(
    feed: Feed,
    arrival_date: date,
    groups: Sequence[_Group],
    others: Sequence[_SetAside],
    rules: Mapping[int, Rule],
    delays: Mapping[date, Delay],
) -> Ledger:
    rows: Counter[date] = Counter()
    fingerprints: Counter[date] = Counter()
    for group in groups:
        rows[group.event_date] += group.rows
        fingerprints[group.event_date] += group.fingerprint
    by_reason: Counter[str] = Counter()
    repeated = 0
    for other in others:
        if other.outcome == REPEATED:
            repeated += other.rows
        else:
            by_reason[other.given_reason or rules[other.outcome].reason.value] += other.rows
    filled = [sum(counts) for counts in zip(*(group.filled for group in groups), strict=True)]
    return Ledger(
        feed=feed.name,
        arrival_date=arrival_date,
        received_rows=rows.total() + repeated + by_reason.total(),
        accepted_rows=rows.total(),
        repeated_rows=repeated,
        quarantined_rows=by_reason.total(),
        quarantined_by_reason=dict(sorted(by_reason.items())),
        event_days={day: EventDay(rows[day], str(fingerprints[day]), delays.get(day)) for day in sorted(rows)},
        unknown_fields={},
        filled_rows=dict(zip(_optional(feed), filled or [0] * len(_optional(feed)), strict=True)),
        newer_rows=sum(group.newer_rows for group in groups),
        newest_version=max((group.newest_version for group in groups), default=0),
    )


def _optional(feed: Feed) -> list[str]:
    return [column.name for column in feed.columns if not column.required]

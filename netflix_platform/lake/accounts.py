"""The ledgers of arrival days out of judged rows: every row counted once, by what became of it.

Counting is one thing and the ledger another, since a large day is counted in parts, each where its rows are, whose counts add up.
"""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from netflix_platform.contracts import Feed
from netflix_platform.engines.sql_text import identifier
from netflix_platform.lake.intake import ACCEPTED, SET_ASIDE
from netflix_platform.lake.ledger import Delay, EventDay, FileAccount, Ledger
from netflix_platform.lake.profile import LONGEST_NAME
from netflix_platform.lake.records import RawFile
from netflix_platform.lake.rules import REPEATED, Rule

LISTED_UNKNOWN_FIELDS = 100
OTHER_UNKNOWN_FIELDS = "*"  # stands in the ledger for the fields beyond the most frequent ones


# What is counted of fields that the contract does not know, as ``listed_unknown_fields`` takes it: nobody bounds how many
# there are.
UNKNOWN_FIELDS = f"""
    select arrival_date, left(name, {LONGEST_NAME}) as name, count(*) as rows
    from (select arrival_date, unnest(json_keys(extra_fields)) as name from {ACCEPTED} where extra_fields is not null)
    group by all
"""


@dataclass(frozen=True)
class Group:
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
class SetAside:
    """Rows of one file that were set aside for one reason; ``given_reason``: where the reader of the file gave it."""

    file_no: int
    outcome: int
    given_reason: str | None
    rows: int


@dataclass(frozen=True)
class Accepted:
    """What is counted of accepted rows: all of an event day's of an arrival day together, since percentiles do not add up."""

    groups: Sequence[Group]
    delays: Mapping[date, Mapping[date, Delay]]  # per arrival day and event day

    @property
    def has_unknown_fields(self) -> bool:
        return any(group.with_unknown_fields for group in self.groups)


def count_accepted(connection: duckdb.DuckDBPyConnection, feed: Feed, day_of_file: Mapping[int, date]) -> Accepted:
    """Count the rows of ``ACCEPTED``. ``day_of_file``: the arrival day of each file's number."""
    groups = _groups(connection, feed)
    has_late = any(group.event_date != day_of_file[group.file_no] for group in groups)
    return Accepted(groups, _delays(connection) if has_late else {})


def count_set_aside(connection: duckdb.DuckDBPyConnection) -> list[SetAside]:
    """Count the rows of ``SET_ASIDE``."""
    rows = connection.execute(
        f"select file_no, outcome, given_reason, count(*) from {SET_ASIDE} group by all order by all"
    ).fetchall()
    return [SetAside(*row) for row in rows]


def listed_unknown_fields(connection: duckdb.DuckDBPyConnection, counted: str) -> dict[date, dict[str, int]]:
    """The most frequent ones of each arrival day by name, the rest in one sum.

    ``counted``: a query for arrival_date, name and rows, such as ``UNKNOWN_FIELDS``; each name of a day once.
    """
    counts = connection.execute(
        f"""
        with ranked as (
            select *, row_number() over (partition by arrival_date order by rows desc, name) as place from ({counted})
        )
        select arrival_date, case when place <= {LISTED_UNKNOWN_FIELDS} then name end as listed, sum(rows)::bigint
        from ranked group by arrival_date, listed order by arrival_date, min(place)
        """
    ).fetchall()
    fields: dict[date, dict[str, int]] = {}
    for arrival_date, name, rows in counts:
        fields.setdefault(arrival_date, {})[OTHER_UNKNOWN_FIELDS if name is None else name] = rows
    return fields


def accounts(
    feed: Feed,
    files: Mapping[date, Sequence[RawFile]],
    accepted: Accepted,
    others: Sequence[SetAside],
    rules: Mapping[int, Rule],
    unknown_fields: Mapping[date, Mapping[str, int]],
) -> list[Ledger]:
    """The ledgers of the arrival days of ``files``, without their fields' profiles.

    ``rules``: what the outcomes of ``others`` refer to.
    """
    groups_of, others_of = defaultdict(list), defaultdict(list)
    for group in accepted.groups:
        groups_of[group.file_no].append(group)
    for other in others:
        others_of[other.file_no].append(other)
    ledgers = []
    for day, of_day in files.items():
        groups = [group for file in of_day for group in groups_of[file.number]]
        aside = [other for file in of_day for other in others_of[file.number]]
        ledger = _account(feed, day, groups, aside, rules, accepted.delays.get(day, {}))
        by_file = [(file.name, _file_account(groups_of[file.number], others_of[file.number])) for file in of_day]
        ledgers.append(
            dataclasses.replace(
                ledger,
                unknown_fields=unknown_fields.get(day, {}),
                files={name: account for name, account in by_file if account.received_rows},
            )
        )
    return ledgers


def broken_rules(others: Sequence[SetAside], rules: Mapping[int, Rule]) -> dict[int, Rule]:
    """Those of ``rules`` that a row broke."""
    return {other.outcome: rules[other.outcome] for other in others if other.outcome in rules}


def _groups(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[Group]:
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
    return [Group(*row) for row in rows]


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


def _file_account(groups: Sequence[Group], others: Sequence[SetAside]) -> FileAccount:
    accepted = sum(group.rows for group in groups)
    days = [group.event_date for group in groups]
    received = accepted + sum(other.rows for other in others)
    return FileAccount(received, accepted, len(days), min(days, default=None), max(days, default=None))


def _account(
    feed: Feed,
    arrival_date: date,
    groups: Sequence[Group],
    others: Sequence[SetAside],
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

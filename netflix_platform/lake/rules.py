"""The contract as SQL: which rules a row must keep, in which order, and the query that types and judges all rows at once.

The first rule that a row breaks, in the contract's order of columns, gives its reason and field; the day rules come last.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from netflix_platform.contracts import Column, Feed, Kind, Reason
from netflix_platform.contracts.values import LONGEST_TEXT
from netflix_platform.engines.sql_text import identifier, literal
from netflix_platform.lake.readings import Reading
from netflix_platform.settings import Settings

FILES = "raw_files"  # the table of the files at hand: file_no, source_file, arrival_date

# Values of the column ``outcome``: null is an accepted row, any other number a broken rule.
REPEATED = 0
GIVEN = -1  # refused by the reader of the file, which gives reason and detail itself
FIRST_FORM_RULE = -2  # rules about the form of a record count down from here, those of the contract up from 1

_WANTED = {
    Kind.ID: "1 to 64 characters out of A-Z a-z 0-9 _ . : -",
    Kind.TEXT: f"a text of at most {LONGEST_TEXT:,} characters without NUL",
    Kind.TIMESTAMP: "a time such as 2026-07-01T20:15:00.250Z",
    Kind.DATE: "a day such as 2026-07-01",
    Kind.INTEGER: "a whole number",
    Kind.SECONDS: "a decimal number of seconds",
    Kind.BOOLEAN: "true or false",
}


@dataclass(frozen=True)
class Rule:
    """A way to break the contract. ``broken``: SQL over a row's columns, true when the row breaks it."""

    reason: Reason
    field: str | None
    detail: str
    broken: str


@dataclass(frozen=True)
class Relation:
    """Rows of raw files before they are judged.

    ``sql``: a query with the columns ``file_no``, ``line``, ``given_reason``, ``given_detail`` and whatever the
    expressions below refer to; ``readings``: one per column of the contract; ``extra_fields``: SQL for what the contract
    does not know, as JSON text, null when there is none; ``original``: SQL for the record as it came;
    ``form_rules``: what can be wrong with a record as a whole, by number.
    """

    sql: str
    readings: Mapping[str, Reading]
    extra_fields: str
    original: str
    form_rules: Mapping[int, Rule] = dataclasses.field(default_factory=dict)


def judged_rows(feed: Feed, relation: Relation, rules: Mapping[int, Rule]) -> str:
    """The query for the table of ``judged_columns``: every row of ``relation`` typed, with its outcome.

    ``rules``: those of ``rules_of`` the same relation. The table ``FILES`` tells each file's arrival day.
    """
    typed = [f"{relation.readings[name].value} as {identifier(name)}" for name in feed.column_names]
    cases = [f"when {rule.broken} then {number}" for number, rule in rules.items()]
    day = f"{identifier(feed.event_time)}::date" if feed.event_time else "arrival_date"
    names = ", ".join(identifier(name) for name in feed.column_names)
    return f"""
        with found as ({relation.sql}),
        source as (select * from found join {FILES} using (file_no)),
        typed as (select *, {", ".join(typed)}, {relation.extra_fields} as extra_fields from source),
        dated as (select *, {day} as event_date from typed),
        judged as (
            select *, case when given_reason is not null then {GIVEN} {" ".join(cases)} end::smallint as outcome from dated
        )
        select
            arrival_date, file_no, line, outcome, given_reason, given_detail,
            case when outcome is not null then {relation.original} end as original,
            {names}, extra_fields, event_date
        from judged
    """


def kept_rows(feed: Feed, relation: Relation, arrival_date: date, broken_lines: str) -> str:
    """The query for the columns of ``judged_columns`` that an accepted row has, of the rows of ``relation``, one file of
    ``arrival_date``, but those of ``broken_lines`` (a query for their lines): for what breaks a rule it would give wrong values.
    """
    readings = [(name, relation.readings[name]) for name in feed.column_names]
    typed = ", ".join(f"{reading.kept or reading.value} as {identifier(name)}" for name, reading in readings)
    day = f"{identifier(feed.event_time)}::date" if feed.event_time else "arrival_date"
    return f"""
        with found as ({relation.sql}),
        typed as (
            select date '{arrival_date}' as arrival_date, file_no, line, {typed}, {relation.extra_fields} as extra_fields
            from found anti join ({broken_lines}) using (line)
        )
        select *, {day} as event_date from typed
    """


def judged_columns(feed: Feed) -> str:
    """The columns of the table of judged rows, as SQL."""
    fields = [f"{identifier(column.name)} {column.kind.sql_type}" for column in feed.columns]
    return (
        "arrival_date date, file_no integer, line bigint, outcome smallint, given_reason varchar, given_detail varchar, "
        "original varchar, "
        f"{', '.join(fields)}, extra_fields varchar, event_date date"
    )


def rules_of(feed: Feed, relation: Relation, settings: Settings) -> dict[int, Rule]:
    """The rules that every row of ``relation`` must keep, in the order in which they count.

    The numbers depend on the feed and its mapping alone: those of the contract count up from 1 in every format.
    """
    rules = [rule for column in feed.columns for rule in _column_rules(feed, column, relation.readings[column.name])]
    if feed.event_time:
        rules += _day_rules(feed.event_time, settings)
    return {**relation.form_rules, **dict(enumerate(rules, 1))}


def possible_event_days(feed: Feed, settings: Settings, arrival_date: date) -> list[date]:
    """Every day under which rows that arrived on ``arrival_date`` can lie; as many as the horizon is long, at most."""
    if not feed.event_time:
        return [arrival_date]
    days = [arrival_date - timedelta(days=back) for back in range(settings.late_horizon_days + 1)]
    return [day for day in days if day >= settings.start_date]


def _day_rules(event_time: str, settings: Settings) -> list[Rule]:
    start, horizon = settings.start_date, settings.late_horizon_days
    rules = (
        (Reason.BEFORE_START, f"before the platform's first day, {start}", f"< date '{start}'"),
        (Reason.AFTER_ARRIVAL, "after the day on which it arrived", "> arrival_date"),
        (Reason.BEYOND_HORIZON, f"more than {horizon} days before it arrived", f"< arrival_date - {horizon}"),
    )
    return [Rule(reason, event_time, f"happened {when}", f"event_date {broken}") for reason, when, broken in rules]


def _column_rules(feed: Feed, column: Column, reading: Reading) -> list[Rule]:
    name, value = column.name, identifier(column.name)
    # Nearly every value is there and right; asked for first, that leaves the dearer questions to a few rows.
    missing = f"{value} is null and {reading.missing}"
    mistyped = f"{value} is null and not {reading.missing}"
    rules = []
    # Of a mapped field a person has to know where its value comes from.
    origin = f" (mapped from {reading.origin})" if reading.origin else ""
    if column.required:
        rules.append(Rule(Reason.MISSING_FIELD, name, f"{name} is required{origin}", missing))
    elif column.required_for and feed.type_column:
        types = ", ".join(literal(kind) for kind in column.required_for)
        detail = f"{name} is required for {', '.join(column.required_for)}{origin}"
        needed = f"{identifier(feed.type_column)} in ({types})"
        rules.append(Rule(Reason.MISSING_FIELD, name, detail, f"{missing} and {needed}"))
    if reading.unlisted:
        detail = f"{name} has a value that the mapping does not list{origin}"
        rules.append(Rule(Reason.NOT_ALLOWED, name, detail, f"{value} is null and {reading.unlisted}"))
    wanted = reading.wanted or _WANTED[column.kind]
    rules.append(Rule(Reason.WRONG_TYPE, name, f"{name} must be {wanted}{origin}", mistyped))
    if column.allowed:
        values = ", ".join(literal(allowed) for allowed in column.allowed)
        detail = f"{name} must be one of {', '.join(column.allowed)}{origin}"
        rules.append(Rule(Reason.NOT_ALLOWED, name, detail, f"{value} not in ({values})"))
    bounds = _outside(column)
    if bounds:
        rules.append(Rule(Reason.OUT_OF_RANGE, name, bounds[0] + origin, bounds[1]))
    return rules


def _outside(column: Column) -> tuple[str, str] | None:
    """The bounds in words, and SQL that is true outside them."""
    value = identifier(column.name)
    low, high = column.minimum, column.maximum
    if low is not None and high is not None:
        return f"{column.name} must lie between {low:,} and {high:,}", f"{value} not between {low} and {high}"
    if low is not None:
        return f"{column.name} must be at least {low:,}", f"{value} < {low}"
    if high is not None:
        return f"{column.name} must be at most {high:,}", f"{value} > {high}"
    return None

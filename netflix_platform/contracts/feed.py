"""The vocabulary in which the feeds' contracts are written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The types that a column can have; ``sql_type`` is what the lake and the warehouse store it as."""

    ID = "id"  # a key: 1 to 64 characters out of A-Z a-z 0-9 _ . : -
    TEXT = "text"
    TIMESTAMP = "timestamp"  # UTC, stored without zone, microseconds; a value without an offset is read as UTC
    DATE = "date"
    INTEGER = "integer"
    SECONDS = "seconds"  # exact to the millisecond, so that sums do not depend on their order
    BOOLEAN = "boolean"

    @property
    def sql_type(self) -> str:
        return _SQL_TYPES[self]


_SQL_TYPES = {
    Kind.ID: "VARCHAR",
    Kind.TEXT: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.INTEGER: "BIGINT",
    Kind.SECONDS: "DECIMAL(18,3)",
    Kind.BOOLEAN: "BOOLEAN",
}


class Reason(StrEnum):
    """Why a line is in quarantine. The column at fault, if there is one, is kept beside the code."""

    UNREADABLE_FILE = "unreadable_file"  # the file cannot be read, or not from this line on
    INVALID_ENCODING = "invalid_encoding"  # the line is no UTF-8
    MALFORMED_RECORD = "malformed_record"  # no JSON, or a CSV line with the wrong number of fields
    NOT_AN_OBJECT = "not_an_object"  # JSON, but no object
    MISSING_FIELD = "missing_field"  # a required column is absent, null or empty
    WRONG_TYPE = "wrong_type"  # a value that does not have the column's type
    NOT_ALLOWED = "not_allowed"  # a value outside the column's list
    OUT_OF_RANGE = "out_of_range"  # a number outside the column's bounds
    BEFORE_START = "before_start"  # happened before the platform's first day
    AFTER_ARRIVAL = "after_arrival"  # happened on a day after the one on which it arrived
    BEYOND_HORIZON = "beyond_horizon"  # happened further before its arrival day than late data is taken


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    ``required`` refuses a missing value; ``required_for`` does so for the listed event types only. ``allowed`` lists the
    values that exist; ``minimum`` and ``maximum`` bound numbers (both inclusive, in the column's unit). ``unit``: ms, s or min,
    of a number that is a duration.

    ``since``: the version of the contract that brought the column; ``retired``: the version from which on senders need not
    send it any more. Neither refuses anything: a sender may be older than the contract, or newer.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    required_for: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    unit: str | None = None
    since: int = 1
    retired: int | None = None


@dataclass(frozen=True)
class Feed:
    """One feed: its columns, its key, and how its rows find their event day.

    ``key``: two rows of one arrival day with the same key are one record, the first in (file name, line) order wins.
    ``event_time``: the timestamp that gives an event its event day; ``None`` for a change feed, whose rows belong to the
    day on which they arrived (a change is applied when the platform learns of it, and dimensions are rebuilt whole).
    ``version``: of this contract; ``version_column``: where a row says which one its sender wrote to.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    event_time: str | None = None
    type_column: str | None = None
    version: int = 1
    version_column: str | None = None

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def names_in_version(self, version: int) -> tuple[str, ...]:
        """The columns that a sender of ``version`` sends, in order."""
        return tuple(
            column.name
            for column in self.columns
            if column.since <= version and (column.retired is None or version < column.retired)
        )

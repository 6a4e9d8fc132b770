"""What the floor knows of the three feeds: the contract once more, as plain SQL for typed Parquet columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FloorFeed:
    """A feed as the floor reads it.

    ``columns``: SQL types by name; ``rules``: SQL that is true for a sound row; ``reason``: SQL for why another row is refused,
    the first broken rule in the order of the columns; ``comes_late``: whether rows lie under another day than they arrived on.
    ``{start}`` and ``{day}`` in the SQL are the first day and the arrival day.
    """

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, str]
    event_date: str
    comes_late: bool
    rules: str
    reason: str


def _id(name: str) -> str:
    return f"regexp_full_match({name}, '[A-Za-z0-9_.:-]{{{{1,64}}}}')"


def _text(name: str) -> str:
    return f"(length({name}) <= 10000 and not contains({name}, chr(0)))"


_PLAYBACK = "('play', 'heartbeat', 'pause', 'resume', 'stop', 'error')"
_TYPES = "('play', 'heartbeat', 'pause', 'resume', 'stop', 'error', 'search', 'rate', 'add_to_list')"
_YEARS = "between timestamp '1000-01-01' and timestamp '2999-12-31 23:59:59.999999'"
_BOUNDS = {
    "episode_number": (1, 10_000),
    "position_seconds": (0, 604_800),
    "watched_seconds": (0, 86_400),
    "buffering_seconds": (0, 86_400),
    "rebuffer_count": (0, 100_000),
    "startup_ms": (0, 3_600_000),
    "bitrate_kbps": (0, 1_000_000),
    "schema_version": (1, 2**63 - 1),
}
_OUTSIDE = " or ".join(f"{name} not between {low} and {high}" for name, (low, high) in _BOUNDS.items())

EVENTS = FloorFeed(
    name="events",
    key=("event_id",),
    columns={
        "event_id": "varchar",
        "event_type": "varchar",
        "event_ts": "timestamp",
        "received_ts": "timestamp",
        "user_id": "varchar",
        "profile_id": "varchar",
        "session_id": "varchar",
        "playback_id": "varchar",
        "title_id": "varchar",
        "episode_number": "bigint",
        "position_seconds": "decimal(18, 3)",
        "watched_seconds": "decimal(18, 3)",
        "buffering_seconds": "decimal(18, 3)",
        "rebuffer_count": "bigint",
        "startup_ms": "bigint",
        "bitrate_kbps": "bigint",
        "audio_language": "varchar",
        "device_type": "varchar",
        "country": "varchar",
        "app_version": "varchar",
        "schema_version": "bigint",
    },
    event_date="event_ts::date",
    comes_late=True,
    # A null makes a condition neither true nor false: `is not false` lets it pass, where a value may be missing.
    rules=f"""
        not mistyped and {_id("event_id")} and event_type in {_TYPES} and {_id("user_id")}
        and event_date between greatest(date '{{start}}', date '{{day}}' - 30) and date '{{day}}'
        and {_id("profile_id")} is not false and {_id("session_id")} is not false
        and coalesce({_id("playback_id")}, event_type not in {_PLAYBACK})
        and coalesce({_id("title_id")}, event_type = 'search')
        and (received_ts {_YEARS}) is not false and ({_OUTSIDE}) is not true
        and {_text("device_type")} is not false and {_text("country")} is not false
        and {_text("app_version")} is not false and {_text("audio_language")} is not false
    """,
    reason=f"""
        case
            when event_id is null then 'missing_field'
            when not {_id("event_id")} then 'wrong_type'
            when event_type is null and not mistyped then 'missing_field'
            when event_type not in {_TYPES} then 'not_allowed'
            when event_ts is null and not mistyped then 'missing_field'
            when user_id is null and not mistyped then 'missing_field'
            when playback_id is null and event_type in {_PLAYBACK} then 'missing_field'
            when title_id is null and event_type <> 'search' then 'missing_field'
            when mistyped then 'wrong_type'
            when {_OUTSIDE} then 'out_of_range'
            when event_date < date '{{start}}' then 'before_start'
            when event_date > date '{{day}}' then 'after_arrival'
            when event_date < date '{{day}}' - 30 then 'beyond_horizon'
            else 'wrong_type'
        end
    """,
)

USERS = FloorFeed(
    name="users",
    key=("user_id", "changed_ts"),
    columns={
        "user_id": "varchar",
        "changed_ts": "timestamp",
        "signup_date": "date",
        "plan": "varchar",
        "country": "varchar",
        "age_band": "varchar",
        "status": "varchar",
    },
    event_date="date '{day}'",
    comes_late=False,
    rules=f"""
        not mistyped and {_id("user_id")} and changed_ts {_YEARS} and status in ('active', 'cancelled')
        and (signup_date between date '1000-01-01' and date '2999-12-31') is not false
        and {_text("plan")} is not false and {_text("country")} is not false and {_text("age_band")} is not false
    """,
    reason="""
        case
            when user_id is null or changed_ts is null or status is null then 'missing_field'
            when status not in ('active', 'cancelled') then 'not_allowed'
            else 'wrong_type'
        end
    """,
)

TITLES = FloorFeed(
    name="titles",
    key=("title_id", "changed_ts"),
    columns={
        "title_id": "varchar",
        "changed_ts": "timestamp",
        "title_name": "varchar",
        "title_type": "varchar",
        "series_name": "varchar",
        "season_number": "bigint",
        "genres": "varchar",
        "language": "varchar",
        "is_original": "boolean",
        "release_date": "date",
        "runtime_minutes": "bigint",
        "episode_count": "bigint",
        "maturity_rating": "varchar",
    },
    event_date="date '{day}'",
    comes_late=False,
    rules=f"""
        not mistyped and {_id("title_id")} and changed_ts {_YEARS} and title_type in ('film', 'season')
        and {_text("title_name")} and {_text("series_name")} is not false and {_text("genres")} is not false
        and {_text("language")} is not false and {_text("maturity_rating")} is not false
        and (release_date between date '1000-01-01' and date '2999-12-31') is not false
        and (season_number between 1 and 1000) is not false and (runtime_minutes between 1 and 100000) is not false
        and (episode_count between 1 and 10000) is not false
    """,
    reason="""
        case
            when title_id is null or changed_ts is null or title_name is null or title_type is null then 'missing_field'
            when title_type not in ('film', 'season') then 'not_allowed'
            when season_number not between 1 and 1000 or runtime_minutes not between 1 and 100000
                or episode_count not between 1 and 10000 then 'out_of_range'
            else 'wrong_type'
        end
    """,
)

FEEDS = (EVENTS, USERS, TITLES)

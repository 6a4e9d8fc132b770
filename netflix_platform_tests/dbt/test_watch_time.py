"""Watch time by hour, by user and when it is unknown, against what plain Python makes of the same events."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from netflix_platform_tests.dbt.conftest import Warehouse
from netflix_platform_tests.dbt.planted import UNTIMED_USER, day

PLAYBACK = "event_type not in ('search', 'rate', 'add_to_list')"


def second_by_second(ended: datetime, watched: Decimal) -> dict[int, Decimal]:
    """The hours of ``ended``'s day over which ``watched`` seconds before it lie; what would lie before the day is in hour 0."""
    hours: dict[int, Decimal] = defaultdict(Decimal)
    rest, moment = watched, ended
    midnight = datetime.combine(ended.date(), time())
    while rest > 0:
        start = max(midnight, (moment - timedelta(microseconds=1)).replace(minute=0, second=0, microsecond=0))
        room = Decimal((moment - start) // timedelta(milliseconds=1)) / 1000
        taken = rest if start == midnight else min(rest, room)
        hours[start.hour] += taken
        rest, moment = rest - taken, start
    return hours


def test_hours_hold_what_was_watched_in_them(built: Warehouse) -> None:
    expected: dict[Any, list[Any]] = defaultdict(lambda: [0, None])
    for event_date, ended, kind, device, country, watched in built.execute(
        "select event_date, event_ts, event_type, coalesce(device_type, 'unknown'), coalesce(country, 'unknown'), "
        f"watched_seconds from raw.events where {PLAYBACK}"
    ):
        own = expected[event_date, ended.hour, device, country]
        own[0] += kind == "play"
        if watched is not None:
            own[1] = (own[1] or 0) + Decimal(0)
        for hour, seconds in second_by_second(ended, watched or Decimal(0)).items():
            cell = expected[event_date, hour, device, country]
            cell[1] = (cell[1] or 0) + seconds
    rows = built.execute(
        "select event_date, hour_utc, device_type, country, plays, watched_seconds from marts.mart_audience_hourly"
    )
    assert {row[:4]: list(row[4:]) for row in rows} == expected
    assert any(hour == 0 for _, hour, _, _ in expected)
    assert sum(1 for plays, _ in expected.values() if not plays) > 10, "hours that viewing only reached into"


def test_months_of_users_are_those_of_the_events(built: Warehouse) -> None:
    playbacks: dict[Any, Any] = {}
    for playback, event_date, user, title, kind, watched in built.execute(
        "select playback_id, event_date, user_id, title_id, event_type, watched_seconds from raw.events "
        f"where {PLAYBACK} order by event_ts, event_id"
    ):
        known = playbacks.setdefault((playback, event_date), [user, title, 0, None])
        known[2] += kind == "play"
        known[3] = known[3] if watched is None else (known[3] or Decimal(0)) + watched
    users: dict[str, list[Any]] = defaultdict(list)
    for (_, event_date), (user, title, plays, watched) in playbacks.items():
        users[user].append((event_date, title, plays, watched))
    expected = {}
    for user, rows in users.items():
        known = [row[3] for row in rows if row[3] is not None]
        expected[user] = (
            day(0).replace(day=1),
            "Kitchen" if user == UNTIMED_USER else None,
            sum(row[2] for row in rows),
            float(sum(known)) / 3600 if known else None,
            len({row[0] for row in rows}),
            len({row[1] for row in rows}),
        )
    found = built.execute(
        "select user_id, month_start, profile_name, plays, watch_hours, active_days, titles "
        "from marts.mart_profile_monthly"
    )
    assert {row[0]: row[1:] for row in found} == expected
    assert expected[UNTIMED_USER][3] is None


def test_a_platform_that_never_tells_how_long_has_no_hours(built: Warehouse) -> None:
    """As the short form of a history does: plays only, and not a zero anywhere; all tests of the project pass."""
    built.execute("delete from raw.events where event_type <> 'play'")
    built.execute("update raw.events set watched_seconds = null")
    built.build()
    for table, column in (
        ("facts.fct_watch", "watched_seconds"),
        ("aggregates.agg_title_day", "watched_seconds"),
        ("aggregates.agg_user_day", "watched_seconds"),
        ("marts.mart_daily_kpis", "watch_hours"),
        ("marts.mart_daily_kpis", "avg_watch_seconds"),
        ("marts.mart_title_daily", "watch_hours"),
        ("marts.mart_audience_hourly", "watch_hours"),
        ("marts.mart_profile_monthly", "watch_hours"),
    ):
        ((rows, known),) = built.execute(f"select count(*), count({column}) from {table}")
        assert rows > 0, table
        assert known == 0, (table, column)
    assert built.execute("select count(*) from marts.mart_top_titles") == [(0,)]


def test_days_built_before_a_column_existed_are_kept(built: Warehouse) -> None:
    """New columns are appended: null on the days that are not built again."""
    for table in ("aggregates.agg_user_day", "marts.mart_daily_kpis"):
        built.execute(f"alter table {table} drop column timed_plays")
    built.build(first=day(5), last=day(6))
    filled = built.execute(
        "select event_date from marts.mart_daily_kpis where timed_plays is not null order by event_date"
    )
    assert [one for (one,) in filled] == [day(5), day(6)]

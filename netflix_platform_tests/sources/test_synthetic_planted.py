"""What the source says that it planted, against a plain recount of the lines that it wrote."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from netflix_platform.contracts import EVENTS, FEEDS, Feed, Kind
from netflix_platform_tests.sources.worlds import START, day, deliver, world

LAST = 8
HORIZON_DAYS = 30


def refusal(feed: Feed, line: bytes, arrival: date) -> tuple[str | None, dict[str, Any]]:
    """Why the contract refuses a line (None when it does not), and the event. Written as plainly as can be."""
    try:
        event = json.loads(line.decode())
    except UnicodeDecodeError:
        return "invalid_encoding", {}
    except ValueError:
        return "malformed_record", {}
    if not isinstance(event, dict):
        return "not_an_object", {}
    for column in feed.columns:
        value = event.get(column.name)
        needed = column.required or event.get(feed.type_column or "") in column.required_for
        if value in (None, ""):
            if needed:
                return "missing_field", event
            continue
        try:
            typed(column.kind, value)
        except (ValueError, TypeError):
            return "wrong_type", event
        if column.allowed and value not in column.allowed:
            return "not_allowed", event
        below = column.minimum is not None and value < column.minimum
        if below or (column.maximum is not None and value > column.maximum):
            return "out_of_range", event
    if feed.event_time:
        happened = date.fromisoformat(event[feed.event_time][:10])
        if happened < START:
            return "before_start", event
        if happened > arrival:
            return "after_arrival", event
    return None, event


def typed(kind: Kind, value: Any) -> None:
    expected = {Kind.INTEGER: int, Kind.SECONDS: (int, float), Kind.BOOLEAN: bool}.get(kind, str)
    if not isinstance(value, expected) or (isinstance(value, bool) and kind is not Kind.BOOLEAN):
        raise TypeError
    if kind is Kind.TIMESTAMP:
        datetime.fromisoformat(value)
    if kind is Kind.DATE:
        date.fromisoformat(value)


@pytest.fixture(scope="module", params=["ndjson", "parquet"])
def raw_format(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory, raw_format: str) -> dict[int, tuple[dict[str, Any], list[bytes]]]:
    folder = tmp_path_factory.mktemp("planted")
    source = world(folder, raw_format=raw_format)
    written = {number: deliver(source, "events", number, folder) for number in range(LAST + 1)}
    return {number: (delivery.planted, lines) for number, (delivery, lines) in written.items()}


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """All ids that the users and titles feeds have brought by the last day (titles are announced before their release)."""
    folder = tmp_path_factory.mktemp("known")
    source = world(folder)
    ids: dict[str, set[str]] = {"users": set(), "titles": set()}
    for feed, seen in ids.items():
        for number in range(LAST + 1):
            _, lines = deliver(source, feed, number, folder)
            seen.update(json.loads(line)[FEEDS[feed].key[0]] for line in lines)
    return ids["users"], ids["titles"]


def accepted_events(lines: list[bytes], arrival: date) -> Iterator[dict[str, Any]]:
    """The first valid line of each event id, in file order."""
    seen: set[str] = set()
    for line in lines:
        reason, event = refusal(EVENTS, line, arrival)
        if reason is None and event["event_id"] not in seen:
            seen.add(event["event_id"])
            yield event


def recount(lines: list[bytes], arrival: date) -> dict[str, Any]:
    """The ledger of a day, counted line by line."""
    reasons = Counter(refusal(EVENTS, line, arrival)[0] for line in lines)
    valid = reasons.pop(None, 0)
    accepted = list(accepted_events(lines, arrival))
    return {
        "received": len(lines),
        "accepted": len(accepted),
        "repeated": valid - len(accepted),
        "quarantined": sum(reasons.values()),
        "quarantined_by_reason": dict(reasons),
        "accepted_by_event_date": dict(Counter(event["event_ts"][:10] for event in accepted)),
    }


def test_a_plain_recount_gives_the_expected_ledger(days) -> None:
    for number, (planted, lines) in days.items():
        counted = recount(lines, day(number))
        assert planted["expected"] == counted
        assert all(planted[reason] == count for reason, count in counted["quarantined_by_reason"].items())


def test_the_recount_notices_a_line_that_is_lost_or_doubled(days) -> None:
    planted, lines = days[3]
    assert recount(lines[1:], day(3)) != planted["expected"]
    assert recount([*lines, lines[0]], day(3)) != planted["expected"]


def test_repeats_late_events_and_strangers_are_as_many_as_planted(days, known) -> None:
    users, titles = known
    yesterday: set[str] = set()
    for number, (planted, lines) in days.items():
        accepted = list(accepted_events(lines, day(number)))
        ids = {event["event_id"] for event in accepted}
        delays = Counter((day(number) - date.fromisoformat(event["event_ts"][:10])).days for event in accepted)
        unlisted = [event for event in accepted if event["title_id"] and event["title_id"] not in titles]
        assert planted["repeated_same_day"] == planted["expected"]["repeated"]
        assert planted["repeated_next_day"] == len(ids & yesterday)
        assert planted["late"] == {str(delay): delays[delay] for delay in (1, 2, 3)}
        assert set(delays) <= {0, 1, 2, 3}
        assert planted["unknown_user"] == sum(event["user_id"] not in users for event in accepted)
        assert planted["unknown_title"] == len(unlisted)
        assert planted["extra_field"] == sum("network" in event for event in accepted)
        assert {name for event in accepted for name in event} <= {*EVENTS.column_names, "network"}
        yesterday = ids


def test_every_kind_of_dirt_turns_up_at_about_its_rate(days, raw_format: str) -> None:
    total = Counter()
    for planted, lines in days.values():
        total.update({kind: count for kind, count in planted.items() if isinstance(count, int)})
        total.update({f"late {delay}": count for delay, count in planted["late"].items()})
        total["lines"] += len(lines)
    share = {kind: count / total["lines"] for kind, count in total.items()}
    assert 0.002 < share["repeated_same_day"] < 0.007
    assert 0.0005 < share["repeated_next_day"] < 0.005
    assert 0.005 < share["late 1"] < 0.02
    assert 0 < share["late 3"] < share["late 1"]
    assert 0 < share["unknown_user"] < 0.004
    assert 0 < share["unknown_title"] < 0.004
    for kind in ("missing_field", "extra_field"):
        assert 0.0001 < share[kind] < 0.002
    for kind in ("malformed_record", "wrong_type"):
        assert (0.0001 < share[kind] < 0.002) if raw_format == "ndjson" else total[kind] == 0
    for kind in ("not_allowed", "out_of_range", "before_start", "after_arrival"):
        assert total[kind] < 0.001 * total["lines"]
    for kind in ("invalid_encoding", "not_an_object"):
        assert total[kind] < (0.001 * total["lines"] if raw_format == "ndjson" else 1)
    assert total["before_start"] and total["after_arrival"] and total["out_of_range"]


def test_nothing_is_late_on_the_first_day_and_nothing_arrives_from_before_it(days) -> None:
    planted, _ = days[0]
    assert planted["late"] == {"1": 0, "2": 0, "3": 0}
    assert planted["repeated_next_day"] == 0
    assert list(planted["expected"]["accepted_by_event_date"]) == [START.isoformat()]


def test_a_shorter_horizon_is_in_the_expected_ledger(tmp_path: Path, days, raw_format: str) -> None:
    source = world(tmp_path, late_horizon_days=1, raw_format=raw_format)
    delivery, lines = deliver(source, "events", 5, tmp_path)
    accepted = list(accepted_events(lines, day(5)))
    in_time = [event for event in accepted if event["event_ts"][:10] >= day(4).isoformat()]
    expected, usual = delivery.planted["expected"], days[5][0]["expected"]
    assert expected["accepted"] == len(in_time) < usual["accepted"]
    assert (
        expected["received"]
        == usual["received"]
        == sum(expected[kind] for kind in ("accepted", "repeated", "quarantined"))
    )
    assert expected["quarantined_by_reason"]["beyond_horizon"] >= usual["accepted"] - expected["accepted"]


def test_received_on_the_arrival_day_and_never_before_it_happened(days) -> None:
    for number, (_, lines) in days.items():
        for event in accepted_events(lines, day(number)):
            assert event["received_ts"][:10] == day(number).isoformat()
            assert event["received_ts"] >= event["event_ts"]


@pytest.mark.parametrize("feed", ["users", "titles"])
def test_change_feeds_are_clean_and_change_within_their_day(tmp_path: Path, feed: str, raw_format: str) -> None:
    source = world(tmp_path, raw_format=raw_format)
    keys: set[tuple[str, str]] = set()
    changes = 0
    for number in range(30):
        delivery, lines = deliver(source, feed, number, tmp_path)
        end = (day(number) + timedelta(days=1)).isoformat()
        expected = delivery.planted["expected"]
        assert delivery.rows == len(lines) == expected["received"] == expected["accepted"]
        assert expected["accepted_by_event_date"] == ({day(number).isoformat(): len(lines)} if lines else {})
        for line in lines:
            reason, row = refusal(FEEDS[feed], line, day(number))
            assert reason is None
            assert row["changed_ts"] < end
            assert number == 0 or row["changed_ts"] >= day(number).isoformat()
            keys.add(tuple(row[name] for name in FEEDS[feed].key))
            changes += 1
    assert len(keys) == changes  # no (key, changed_ts) twice

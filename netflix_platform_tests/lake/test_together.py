"""Many small days through each statement together: everything as if each had gone alone."""

from dataclasses import asdict
from datetime import timedelta

import pytest

from netflix_platform.contracts import EVENTS, USERS
from netflix_platform.lake.conform import Conformer, conform_day, together
from netflix_platform.lake.layout import in_small_groups
from netflix_platform.lake.ledger import audit_ledger
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.load import load_day, load_days
from netflix_platform_tests.lake.raw_days import DAY, deliver, event, lake_content, ndjson

DAYS = [DAY + timedelta(days=number) for number in range(4)]


def at(day, event_id, **changes):
    return event(event_id, event_ts=f"{day}T10:00:00Z", received_ts=f"{day}T10:00:02Z", **changes)


def four_days(settings):
    """Late rows, repeats on a day and across days, refused rows, unknown fields, a damaged file, and a day without files."""
    first, second, _, last = DAYS
    deliver(
        settings, "a.ndjson", ndjson(at(first, "a"), at(first, "b", mood="good"), at(first, "a"), "broken"), day=first
    )
    deliver(settings, "b.ndjson.gz", b"no gzip", day=first)
    deliver(settings, "a.ndjson", ndjson(at(first, "a"), at(second, "c"), at(first, "late", pace="slow")), day=second)
    deliver(
        settings,
        "a.csv",
        b"event_id,event_type,event_ts,user_id\ns1,search,%s 10:00:00,u9\n" % str(last).encode(),
        day=last,
    )
    user = {"user_id": "u1", "changed_ts": f"{second}T00:00:00Z", "status": "active"}
    deliver(settings, "a.ndjson", ndjson(user, user), USERS, second)
    return settings


def test_days_conformed_together_are_as_each_alone(settings, with_days, tmp_path):
    alone = four_days(with_days(data_dir=tmp_path / "alone"))
    for feed in (EVENTS, USERS):
        ledgers = [conform_day(alone, feed, day) for day in DAYS]
        with Conformer(four_days(settings)) as conformer:
            assert [asdict(one) for one in conformer.conform_days(feed, DAYS)] == [asdict(one) for one in ledgers]
        assert [audit_ledger(settings, feed.name, day) for day in DAYS] == [[]] * 4
    assert lake_content(settings) == lake_content(alone)
    assert (ledgers[1].received_rows, ledgers[1].repeated_rows, ledgers[2].received_rows) == (2, 1, 0)


def test_days_loaded_together_are_as_each_alone(settings, with_days, tmp_path):
    alone = four_days(with_days(data_dir=tmp_path / "alone"))
    rows = []
    for platform in (alone, four_days(settings)):
        with Conformer(platform) as conformer:
            conformer.conform_days(EVENTS, DAYS)
        with open_warehouse(platform) as connection:
            if platform is alone:
                loads = [load_day(connection, platform, EVENTS, day, "run") for day in DAYS]
            else:
                assert load_days(connection, platform, EVENTS, DAYS, "run") == loads
                assert load_days(connection, platform, EVENTS, DAYS, "run") == loads, "once more changes nothing"
            states = connection.execute("select event_date, state from audit.event_day_states order by all").fetchall()
            assert states == [(day, "loaded") for day in DAYS]
            rows.append(connection.execute("select * from raw.events order by all").fetchall())
    assert rows[0] == rows[1]
    # "a" came again a day later, for the day on which it happened: the first arrival wins.
    assert [(load.lake_rows, load.repeated_rows) for load in loads] == [(4, 1), (1, 0), (0, 0), (1, 0)]


def test_small_days_go_together_and_large_ones_alone(settings):
    sizes = dict(zip(DAYS, (1, 2, 9, 1), strict=True))
    assert list(in_small_groups(DAYS, sizes.__getitem__, most_bytes=4)) == [DAYS[:2], DAYS[2:3], DAYS[3:]]
    assert list(in_small_groups(DAYS, sizes.__getitem__, most_bytes=99, most_items=3)) == [DAYS[:3], DAYS[3:]]
    assert list(together(four_days(settings), EVENTS, DAYS)) == [DAYS]
    assert list(together(settings, EVENTS, [])) == []


@pytest.mark.parametrize("stop", [1, 2])
def test_a_transaction_that_fails_leaves_all_its_days_as_they_were(settings, stop):
    with Conformer(four_days(settings)) as conformer:
        conformer.conform_days(EVENTS, DAYS)
    with open_warehouse(settings) as connection:
        load_days(connection, settings, EVENTS, DAYS, "run")
        before = connection.execute("select * from raw.events order by all").fetchall()
        damaged = sorted(settings.lake_dir.glob("events/*/*.parquet"))[-stop]
        damaged.write_bytes(damaged.read_bytes()[:100])
        with pytest.raises(RuntimeError, match="a lake file cannot be read"):
            load_days(connection, settings, EVENTS, DAYS, "run")
        assert connection.execute("select * from raw.events order by all").fetchall() == before

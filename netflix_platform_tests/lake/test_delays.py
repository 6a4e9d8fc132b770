"""How long late rows were on their way: counted where the day is conformed, kept in the ledger, read by the audit."""

import json
import os
from datetime import UTC, datetime, timedelta

from netflix_platform.audit.late_arrivals import LATE_ARRIVAL_COLUMNS, pull_late_arrivals
from netflix_platform.lake.layout import ledger_file
from netflix_platform.lake.ledger import Delay, read_ledger
from netflix_platform_tests.lake.raw_days import DAY, conform, event

EVE = DAY - timedelta(days=1)


def late(number, seconds, **changes):
    """An event of the evening before that was ``seconds`` on its way."""
    happened = datetime(EVE.year, EVE.month, EVE.day, 10, tzinfo=UTC)
    received = f"{(happened + timedelta(seconds=seconds)).isoformat(timespec='milliseconds')}"
    return event(f"late{number}", **{"event_ts": happened.isoformat(), "received_ts": received} | changes)


def rows(frame):
    return [
        tuple(None if value is None or value != value else value for value in row[2:])
        for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False)
        if row[1] is not None
    ]


def test_percentiles_are_values_that_occurred_by_nearest_rank(settings):
    ledger = conform(
        settings, event("own", received_ts="2026-06-20T10:00:09Z"), *(late(n, n / 8) for n in range(1, 41))
    )
    assert ledger.event_days[EVE].delay == Delay(p50=2_500, p95=4_750, longest=5_000)
    assert ledger.event_days[DAY].delay is None, "only late rows have one"
    assert read_ledger(settings, "events", DAY) == ledger
    assert rows(pull_late_arrivals(settings, None)) == [(40, 2_500, 4_750, 5_000)]


def test_rows_without_a_time_of_receipt_count_and_have_no_delay(settings):
    ledger = conform(settings, late(1, 7), late(2, 0, received_ts=None), late(3, -2))
    assert (ledger.event_days[EVE].rows, ledger.event_days[EVE].delay) == (3, Delay(-2_000, 7_000, 7_000))
    assert conform(settings, late(2, 0, received_ts=None)).event_days[EVE].delay is None
    assert rows(pull_late_arrivals(settings, None)) == [(1, None, None, None)]


def test_repeated_and_refused_rows_do_not_count(settings):
    ledger = conform(settings, late(1, 7), late(1, 900), late(2, 900, watched_seconds="x"))
    assert (ledger.event_days[EVE].rows, ledger.event_days[EVE].delay) == (1, Delay(7_000, 7_000, 7_000))


def test_a_ledger_of_an_earlier_version_is_read_and_has_no_delay(settings):
    conform(settings, late(1, 7))
    path = ledger_file(settings, "events", DAY)
    content = json.loads(path.read_text())
    del content["event_days"][str(EVE)]["delay_ms"]
    path.write_text(json.dumps(content))
    assert read_ledger(settings, "events", DAY).event_days[EVE].delay is None
    assert rows(pull_late_arrivals(settings, None)) == [(1, None, None, None)]


def test_a_pull_tells_of_every_arrival_day_written_since_even_without_late_rows(settings):
    assert list(pull_late_arrivals(settings, None).columns) == list(LATE_ARRIVAL_COLUMNS)
    conform(settings, event("e1"))
    conform(settings, late(1, 7), day=DAY + timedelta(days=1))
    pulled = pull_late_arrivals(settings, None)
    assert [day.date() for day in pulled["arrival_date"]] == [DAY, *[DAY + timedelta(days=1)] * 2]
    assert list(pulled["event_date"].isna()) == [True, True, False]
    written = datetime(2026, 6, 21, tzinfo=UTC)
    os.utime(ledger_file(settings, "events", DAY), (written.timestamp(), written.timestamp()))
    since = pull_late_arrivals(settings, written + timedelta(minutes=1))
    assert {day.date() for day in since["arrival_date"]} == {DAY + timedelta(days=1)}

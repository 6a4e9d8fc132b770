"""The late arrivals of *Pipeline health*: none, few and many, on real serving files, and the map by itself."""

import pandas as pd
import pytest

from dashboard.health.day_charts import late_map
from netflix_platform_tests.dashboard.sample import BEFORE_OPERATIONS, DAY, yesterday
from netflix_platform_tests.dashboard.seen import HEALTH, said, table_with


def late(*rows):
    frame = pd.DataFrame(list(rows), columns=["arrival_date", "days_late", "rows", "delay_max_seconds"])
    return frame.assign(arrival_date=pd.to_datetime(frame["arrival_date"]))


def drawn(rows, first="2026-11-01", last="2026-11-20"):
    spec = late_map(rows, pd.Timestamp(first), pd.Timestamp(last)).to_dict()
    [data] = spec["datasets"].values()
    return spec["encoding"], data


def test_no_late_arrival_is_good_news(opened, written):
    app = opened(written(latest=0), HEALTH)
    assert "every event arrived on the day on which it happened" in said(app)


def test_late_rows_are_counted_and_their_delays_told_as_people_say_them(opened, written):
    app = opened(written(latest=3), HEALTH)
    table = table_with(app, "lateness")
    assert f"**{table['rows'].sum():,}** late rows" in said(app)
    newest = table[table["arrival_date"] == table["arrival_date"].max()]
    assert newest["lateness"].tolist() == ["1 day late", "2 days late", "3 days late"]
    assert newest["p50"].tolist() == ["12 h 53 min", "1 d 12 h", "2 d 12 h"]
    assert newest["p95"].tolist() == ["1 d 00 h", "2 d 00 h", "3 d 00 h"]
    assert "The longest delay was **3 d 08 h**" in said(app)
    assert len(table) == 28 * 3


def test_the_share_is_of_all_rows_that_were_received(opened, written):
    app = opened(written(latest=3), HEALTH, window="7 days")
    table = table_with(app, "lateness")
    received = table_with(app, "received_rows")["received_rows"].sum()
    assert f"({table['rows'].sum() / received:.2%} of all that were received)" in said(app)


def test_the_horizon_is_named(opened, written, monkeypatch):
    data_dir = written(latest=30)
    monkeypatch.setenv("NETFLIX_LATE_HORIZON_DAYS", "45")
    assert "more than 45 days late goes to quarantine" in said(opened(data_dir, HEALTH))


def test_a_version_without_late_arrivals_says_so(opened, written):
    app = opened(written(without_tables=BEFORE_OPERATIONS), HEALTH)
    assert "no table `audit_late_arrivals`" in said(app)


def test_without_the_row_ledger_the_map_is_shown_and_only_the_share_is_missing(opened, written):
    app = opened(written(without_tables=("audit_row_ledger",)), HEALTH)
    assert not table_with(app, "lateness").empty


def test_every_day_of_the_window_has_its_place_and_every_lateness_its_row():
    encoding, data = drawn(late(("2026-11-03", 1, 5, 90000), ("2026-11-20", 30, 2000, 2.6e6)))
    assert encoding["x"]["scale"]["domain"][0] == "2026-11-01"
    assert len(encoding["x"]["scale"]["domain"]) == 20
    assert encoding["y"]["scale"]["domain"] == list(range(30, 0, -1))
    assert [(row["rows"], row["size"]) for row in data] == [(5, "1 – 9"), (2000, "1,000 or more")]
    assert data[1]["longest"] == "30 d 02 h"


@pytest.mark.parametrize(("rows", "size"), [(1, "1 – 9"), (9, "1 – 9"), (10, "10 – 99"), (999, "100 – 999")])
def test_cells_are_colored_by_the_order_of_magnitude(rows, size):
    assert drawn(late(("2026-11-03", 1, rows, None)))[1][0]["size"] == size


def test_over_a_long_time_a_column_is_a_week():
    encoding, data = drawn(late(("2026-11-03", 1, 5, 9.0), ("2026-11-04", 1, 6, 8.0)), first="2026-01-01")
    assert encoding["x"]["title"].startswith("Arrival week")
    assert [(row["date"], row["rows"]) for row in data] == [("2026-11-02", 11)]
    assert "2026-11-02" in encoding["x"]["scale"]["domain"]


def test_one_arrival_day_and_an_early_event_are_drawn():
    encoding, data = drawn(late(("2026-11-20", -1, 3, 5.0)), first="2026-11-20")
    assert encoding["y"]["scale"]["domain"] == [3, 2, 1, 0, -1]
    assert data[0]["lateness"] == "1 day early"


def test_a_long_history_stays_readable(opened, written):
    app = opened(written(days=150, latest=30), HEALTH, window="All days")
    assert not app.exception
    assert table_with(app, "lateness")["arrival_date"].min() >= pd.Timestamp(yesterday() - 149 * DAY)

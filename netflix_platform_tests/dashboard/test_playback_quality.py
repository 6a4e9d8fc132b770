"""The page Playback quality as a person meets it, on real serving files with a planted outage and a planted bad release."""

import json
import math
import re
from datetime import datetime, timedelta

import duckdb
import pytest
from streamlit.proto.Metric_pb2 import Metric as MetricProto

from dashboard.filters import Dimension, Filters
from dashboard.periods import Period
from dashboard.quality import trouble_queries
from netflix_platform_tests.dashboard.sample import DAY, yesterday
from netflix_platform_tests.dashboard.seen import PHONE_WIDTH, said, section_titles, table_with, widths

PAGE = "app_pages/playback_quality.py"
OUTAGE = yesterday() - 5 * DAY


def rows(data_dir, sql):
    """All rows of a query over the current version."""
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb"))), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def asked(data_dir, sql):
    """The only row of a query over the current version."""
    (row,) = rows(data_dir, sql)
    return row


def test_what_is_wrong_comes_first_then_the_six_figures(opened, demo_dir):
    app = opened(demo_dir, PAGE)
    assert app.warning[0].value.startswith("**No outage, but something is worse than it should be.**")
    # The days, and with them the draws, are those before today.
    assert re.search(r"App version 9\.10\.0: Error rate ×[23]\.\d", app.warning[0].value)
    assert "In the range 1 stretch of trouble, the last: Brazil" in app.warning[0].value
    assert [metric.label for metric in app.metric] == [
        "Startup time, median",
        "Startup time, p95",
        "Rebuffer ratio",
        "Error rate",
        "Abandonment",
        "Average bitrate",
    ]
    assert section_titles(app) == [
        "Trouble found",
        "A day by the hour",
        "Quality by day",
        "Breakdown",
        "Startup time by device",
    ]
    assert not app.error
    assert "28 days), compared with" in said(app)
    # A phone shows where and how bad.
    tables = {json.loads(table.proto.columns).get("began_at") is not None: table for table in app.dataframe}
    trouble, members = tables[True], tables[False]
    assert [name for name, _ in widths(trouble)][:3] == ["began_at", "place", "error_rate"]
    assert sum(width for _, width in widths(trouble)[:3]) <= PHONE_WIDTH
    assert [name for name, _ in widths(members)][:3] == ["name", "error_rate", "change"]
    assert sum(width for _, width in widths(members)[:3]) <= PHONE_WIDTH


def test_the_figures_are_those_of_a_plain_recount(opened, demo_dir):
    app = opened(demo_dir, PAGE, range="7 days", device=["tv", "pc"], country=["Brazil"])
    where = f"event_date > date '{yesterday() - 7 * DAY}' and device_type in ('tv', 'pc') and country = 'BR'"
    rebuffer, errors, abandoned, bitrate = asked(
        demo_dir,
        f"""
        select sum(buffering_seconds) / (sum(buffering_seconds) + sum(watched_seconds)), sum(failed_playbacks) / sum(playbacks),
            sum(abandoned_plays) / sum(abandonable_plays), sum(kilobits) / sum(bitrate_seconds)
        from mart_qoe_daily where {where}
        """,
    )
    starts = f"select startup_bin from mart_qoe_startup, unnest(range(timed_starts)) where {where}"
    all_starts = [number for (number,) in rows(demo_dir, f"{starts} order by startup_bin")]

    def percentile(share: float) -> str:
        """Of the sorted bins the one at the place, and how far in among its equals the place is."""
        place = share * len(all_starts)
        bin_number = all_starts[math.ceil(place) - 1]
        within = (place - all_starts.index(bin_number)) / all_starts.count(bin_number)
        return f"{2 ** ((bin_number + within) / 8) / 1000:.2f} s"

    assert [metric.value for metric in app.metric] == [
        percentile(0.5),
        percentile(0.95),
        f"{rebuffer:.2%}",
        f"{errors:.2%}",
        f"{abandoned:.1%}",
        f"{bitrate:,.0f} kbit/s",
    ]


def test_worse_is_said_by_sign_word_and_color(opened, written):
    data_dir = written(days=30)
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        newest = yesterday() - 7 * DAY
        connection.execute(
            "update mart_qoe_daily set playbacks = 100, failed_playbacks = 10, kilobits = bitrate_seconds * 100"
        )
        connection.execute(
            "update mart_qoe_daily set failed_playbacks = 20, kilobits = bitrate_seconds * 200 where event_date > ?",
            [newest],
        )
        connection.execute("update mart_qoe_daily set abandonable_plays = 1000, abandoned_plays = 100")
        connection.execute("update mart_qoe_daily set abandoned_plays = 101 where event_date > ?", [newest])
    shown = {metric.label: metric for metric in opened(data_dir, PAGE, range="7 days").metric}
    assert shown["Error rate"].delta == "+100.0% worse"
    assert shown["Average bitrate"].delta == "+100.0% better"
    assert shown["Abandonment"].delta == "+1.0% worse"
    colors = [shown[name].proto.color for name in ("Error rate", "Average bitrate", "Abandonment")]
    assert len(set(colors)) == 3  # a change of 1 % is told and not colored


@pytest.mark.parametrize(("playbacks", "is_judged"), [(1, False), (100, True)])
def test_changes_among_few_playbacks_are_not_judged(opened, written, playbacks, is_judged):
    data_dir = written(days=30)
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(
            "update mart_qoe_daily set playbacks = ?, failed_playbacks = 0, abandonable_plays = 10, "
            "abandoned_plays = case when event_date > ? then 4 else 2 end",
            [playbacks, yesterday() - 7 * DAY],
        )
    app = opened(data_dir, PAGE, range="7 days")
    (abandonment,) = (metric for metric in app.metric if metric.label == "Abandonment")
    assert abandonment.delta == "+100.0% worse"
    assert (abandonment.proto.color != MetricProto.MetricColor.GRAY) == is_judged
    assert ("told and not judged" not in said(app)) == is_judged


def test_trouble_leads_to_its_day_by_the_hour(opened, demo_dir):
    app = opened(demo_dir, PAGE)
    found = table_with(app, "extra_failed")
    assert [(row.place, row.began_at, row.hours) for row in found.itertuples()] == [
        ("Brazil", datetime.combine(OUTAGE, datetime.min.time()) + timedelta(hours=19), 2)
    ]
    assert f"**Brazil, {OUTAGE:%a} {OUTAGE.day} {OUTAGE:%b %Y}**: in trouble from 19:00, 20:00." in said(app)
    shared = opened(demo_dir, PAGE, hours_country="Germany", hours_day=OUTAGE.isoformat())
    assert f"**Germany, {OUTAGE:%a} {OUTAGE.day} {OUTAGE:%b %Y}**: no hour in trouble." in said(shared)


def test_trouble_of_the_last_hours_is_the_headline(opened, written):
    data_dir = written(days=60)
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(
            "update mart_qoe_hourly set failed_playbacks = playbacks, error_rate = 1 "
            "where event_date = ? and hour_utc >= 18 and country = 'BR'",
            [yesterday()],
        )
    app = opened(data_dir, PAGE)
    assert app.error[0].value.startswith(f"**Trouble in Brazil since {yesterday():%a} {yesterday().day}")
    assert "18:00 UTC, not over at the end of the data" in app.error[0].value
    assert "100.0% of" in app.error[0].value
    # Of the countries that are chosen.
    app.multiselect(key="country").set_value(["JP"]).run()
    assert not app.error


ONE_DAY = yesterday() - 12 * DAY
# What one viewer's bad line made of 15 playbacks in a small world, and what an outage makes of as many.
BAD_LINE = "rebuffer_ratio = 0.019, startup_p95_ms = 6500, startup_p50_ms = 1270"


@pytest.mark.parametrize(
    ("happened", "is_trouble"),
    [
        (f"{BAD_LINE}, failed_playbacks = 0", False),
        (f"{BAD_LINE}, failed_playbacks = 1", False),
        ("rebuffer_ratio = 0.2, startup_p95_ms = 1500, startup_p50_ms = 900, failed_playbacks = 0", False),
        (f"{BAD_LINE}, failed_playbacks = 3", True),
        ("rebuffer_ratio = 0.019, startup_p95_ms = 14000, startup_p50_ms = 5400, failed_playbacks = 0", True),
        ("rebuffer_ratio = 0.003, startup_p95_ms = 1500, startup_p50_ms = 900, failed_playbacks = 2", False),
        ("rebuffer_ratio = 0.003, startup_p95_ms = 1500, startup_p50_ms = 900, failed_playbacks = 8", True),
    ],
)
def test_a_thin_hour_within_chance_is_no_trouble_and_an_outage_in_it_is(publish, happened, is_trouble):
    published = publish(days=30)
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(
            f"update mart_qoe_hourly set playbacks = 15, timed_starts = 15, {happened} "
            "where event_date = ? and hour_utc = 9 and country = 'JP'",
            [ONE_DAY],
        )
    days = Period(yesterday() - 27 * DAY, yesterday())
    found = trouble_queries.incidents(published, days, days, Filters({Dimension.COUNTRY: ("JP",)}))
    assert (len(found) == 1) == is_trouble


@pytest.mark.parametrize(("slowest", "is_trouble"), [(1500, False), (6500, True)])
def test_of_many_playbacks_the_slowest_starts_agree_with_the_waiting(publish, slowest, is_trouble):
    published = publish(days=30)
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(
            "update mart_qoe_hourly set playbacks = 60, timed_starts = 60, failed_playbacks = 0, rebuffer_ratio = 0.0075, "
            "startup_p50_ms = 1000, startup_p95_ms = ? where event_date = ? and hour_utc = 9 and country = 'JP'",
            [slowest, ONE_DAY],
        )
    days = Period(yesterday() - 27 * DAY, yesterday())
    found = trouble_queries.incidents(published, days, days, Filters({Dimension.COUNTRY: ("JP",)}))
    assert (len(found) == 1) == is_trouble


def test_filters_that_hours_do_not_know_are_said(opened, demo_dir):
    app = opened(demo_dir, PAGE, app_version=["9.9.0"])
    assert said(app).count("the choice of app versions does not narrow this part") == 2


def test_breakdown_by_version_is_in_order_and_shows_the_bad_release(opened, demo_dir):
    app = opened(demo_dir, PAGE, quality_by="App version")
    table = table_with(app, "worse")
    assert table["key"].tolist() == ["9.10.0", "9.9.0"]
    assert re.match(r"Error rate ×[23]\.\d", table["worse"].tolist()[0])


def test_all_days_have_nothing_before_them(opened, written):
    app = opened(written(days=40), PAGE, range="All days", quality_measure="Average bitrate")
    assert [metric.delta for metric in app.metric] == [""] * 6
    assert "Not compared" in said(app)
    assert table_with(app, "is_thin")["key"].tolist() == ["phone", "pc", "tv"]  # worst first


def test_too_few_days_to_know_what_is_usual(opened, written):
    app = opened(written(days=5), PAGE)
    assert "Too few days to tell trouble from what is usual" in app.warning[0].value
    assert "No hour of the range was far from usual" not in said(app)


def test_a_range_and_a_filter_without_any_playback(opened, written):
    data_dir = written(days=40, silent_days=tuple(yesterday() - number * DAY for number in range(7)))
    app = opened(data_dir, PAGE, range="7 days")
    assert [metric.value for metric in app.metric] == ["—"] * 6
    assert "Nothing was played in this range" in said(app)
    assert "No start of this range was timed" in said(app)


def test_a_household_was_never_measured(opened, written):
    app = opened(written(household=True), PAGE)
    assert "Nothing was ever measured here about how well it played" in said(app)
    assert not app.metric
    assert not section_titles(app)


@pytest.mark.parametrize("table", ["mart_qoe_hourly", "mart_qoe_startup"])
def test_a_version_without_a_table_says_so(opened, written, table):
    app = opened(written(days=20, without_tables=(table,)), PAGE)
    assert f"it holds no table `{table}`" in said(app)
    assert (len(app.metric) == 6) == (table == "mart_qoe_hourly")


def test_nothing_published_and_no_business_days(opened, written, tmp_path):
    assert "There is no data folder yet." in said(opened(tmp_path / "nowhere", PAGE))
    app = opened(written(business=False, failed_days={yesterday(): "x"}, refused_days=(yesterday(),)), PAGE)
    assert "Figures held back" in app.error[0].value
    assert not app.metric


def test_stale_figures_say_so_first(opened, written):
    app = opened(written(last_day=yesterday() - 3 * DAY), PAGE)
    assert "3 days late" in app.error[0].value
    assert len(app.metric) == 6

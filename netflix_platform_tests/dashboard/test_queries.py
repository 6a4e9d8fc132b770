"""Figures against what plain Python makes of the same tables."""

import time
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
import streamlit as st

from dashboard import operations_queries, pipeline_queries, queries
from dashboard.periods import Period
from dashboard.published import OutdatedVersion
from netflix_platform_tests.dashboard.sample import DAY, yesterday


def rows(published, sql):
    with duckdb.connect(str(published.file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def last_days(days):
    return Period(yesterday() - (days - 1) * DAY, yesterday())


def test_info_tells_what_the_version_says_of_itself(publish):
    refused = (yesterday() - DAY, yesterday())
    info = queries.info(
        publish(last_day=yesterday() - 2 * DAY, failed_days=dict.fromkeys(refused, "bad"), refused_days=refused)
    )
    assert info.refused_days == refused
    assert info.last_event_date == yesterday() - 2 * DAY
    assert info.first_event_date == yesterday() - 31 * DAY
    assert info.published_at.date() == yesterday() + DAY
    assert info.business_published_at.date() == yesterday() - DAY


def test_info_of_a_version_without_business_marts(publish):
    info = queries.info(publish(business=False))
    assert (info.first_event_date, info.last_event_date, info.business_published_at) == (None, None, None)
    assert info.refused_days == ()


def test_figures_are_sums_a_mean_of_daily_values_and_a_ratio_of_sums(publish):
    published = publish(silent_days=(yesterday() - 3 * DAY,))
    period = last_days(7)
    daily = rows(
        published,
        f"select plays, active_users, watched_seconds, buffering_seconds, avg_watch_seconds from mart_daily_kpis "
        f"where event_date >= '{period.first}'",
    )
    assert len(daily) == 7
    plays = sum(row[0] for row in daily)
    figures = queries.figures(published, period)
    assert (figures.days, figures.plays) == (7, plays)
    assert figures.active_users_per_day == pytest.approx(sum(row[1] for row in daily) / 7, rel=1e-12)
    assert figures.avg_watch_seconds == pytest.approx(
        float(sum((row[2] for row in daily), Decimal(0)) / plays), rel=1e-12
    )
    assert figures.buffering_seconds == pytest.approx(float(sum((row[3] for row in daily), Decimal(0))), rel=1e-12)
    means = [row[4] for row in daily if row[4] is not None]
    assert abs(figures.avg_watch_seconds - sum(means) / len(means)) > 0.01  # a mean of means is another number


def test_figures_of_days_without_data_or_without_plays(publish):
    published = publish(silent_days=(yesterday(),))
    nothing = queries.figures(published, Period(yesterday() + DAY, yesterday() + 7 * DAY))
    assert nothing == queries.Figures(0, None, None, None, None, None, None)
    silent = queries.figures(published, last_days(1))
    assert (silent.days, silent.plays, silent.avg_watch_seconds, silent.buffering_seconds) == (1, 0, None, 0)


def test_a_day_that_passed_without_events_counts_as_zero(publish):
    empty = yesterday() - DAY
    published = publish(empty_days=(empty,))
    assert (queries.figures(published, last_days(2)).days, queries.figures(published, last_days(2), {empty}).days) == (
        1,
        2,
    )
    [(plays, users)] = rows(
        published, f"select plays, active_users from mart_daily_kpis where event_date = '{yesterday()}'"
    )
    figures = queries.figures(published, last_days(2), {empty})
    assert (figures.plays, figures.active_users_per_day) == (plays, users / 2)
    daily = queries.daily(published, last_days(2), {empty})
    assert daily["has_data"].tolist() == [True, True]
    assert daily["plays"].tolist() == [0, plays]
    assert queries.daily(published, last_days(2))["has_data"].tolist() == [False, True]
    # Its own figures stand where a day has some.
    assert queries.figures(published, last_days(1), {yesterday()}) == queries.figures(published, last_days(1))


def test_daily_has_every_day_and_the_same_place_of_the_previous_period(publish):
    gap = yesterday() - 2 * DAY
    published = publish(missing_days=(gap, gap - 7 * DAY))
    daily = queries.daily(published, last_days(7)).set_index("event_date")
    plays = dict(rows(published, "select event_date, plays from mart_daily_kpis"))
    assert len(daily) == 7
    for day, row in daily.iterrows():
        now, before = plays.get(day.date()), plays.get((day - timedelta(days=7)).date())
        assert row["has_data"] == (now is not None)
        assert (row["plays"] == now) if now is not None else row.isna()["plays"]
        assert (row["plays_before"] == before) if before is not None else row.isna()["plays_before"]


@pytest.mark.parametrize("measure", [queries.WATCH_HOURS, queries.PLAYS])
def test_top_titles_are_ranked_over_the_range(publish, measure):
    published = publish()
    period = last_days(9)
    total: dict[str, float] = {}
    for title, amount in rows(
        published, f"select title_id, {measure} from mart_title_daily where event_date >= '{period.first}'"
    ):
        total[title] = total.get(title, 0) + amount
    found = queries.top_titles(published, period, measure, 10)
    expected = sorted(total.values(), reverse=True)
    assert found["place"].tolist() == list(range(1, 11))
    assert found[measure].tolist() == pytest.approx(expected[:10])
    assert found["share"].tolist() == pytest.approx([amount / sum(expected) for amount in expected[:10]])
    assert found["primary_genre"].notna().all()


def test_genres_add_up_and_the_small_ones_are_joined(publish):
    published = publish()
    [(hours,)] = rows(
        published, f"select sum(watch_hours) from mart_title_daily where event_date >= '{last_days(9).first}'"
    )
    every = queries.genres(published, last_days(9), queries.WATCH_HOURS, 12)
    assert every["amount"].sum() == pytest.approx(hours)
    assert every["amount"].is_monotonic_decreasing
    few = queries.genres(published, last_days(9), queries.WATCH_HOURS, 3)
    assert few["genre"].tolist() == [*every["genre"][:2], "Other genres"]
    assert few["amount"].sum() == pytest.approx(hours)
    assert few["share"].sum() == pytest.approx(1)
    assert (
        "Other genres" not in queries.genres(published, last_days(9), queries.WATCH_HOURS, len(every))["genre"].tolist()
    )


def test_the_last_full_week_has_seven_days_and_ends_in_time(publish):
    published = publish()
    sunday = yesterday() - ((yesterday().weekday() + 1) % 7) * DAY
    assert queries.last_full_week(published, yesterday()) == sunday - 6 * DAY
    assert queries.last_full_week(published, sunday - DAY) == sunday - 13 * DAY
    assert queries.last_full_week(published, yesterday() - 300 * DAY) is None
    lists = queries.top10(published, sunday - 6 * DAY)
    assert set(lists["top10_list"]) <= {
        f"{kind} ({tongue})" for kind in ("Films", "TV") for tongue in ("English", "Non-English")
    }
    for _, titles in lists.groupby("top10_list"):
        assert titles["rank"].tolist() == list(range(1, len(titles) + 1))
        assert titles["views"].is_monotonic_decreasing


def test_a_partial_week_is_no_full_week(publish):
    assert queries.last_full_week(publish(days=6), yesterday()) is None


def test_a_missing_table_is_an_outdated_version(publish):
    published = publish(without_tables=("mart_title_daily",))
    with pytest.raises(OutdatedVersion, match="mart_title_daily"):
        queries.top_titles(published, last_days(7), queries.PLAYS, 10)


def test_every_query_costs_little(demo):
    whole = queries.business_days(demo)
    week = queries.last_full_week(demo, whole.last)
    info = queries.info(demo)
    runs = operations_queries.last_runs(demo, 30)["run_id"].tolist()
    calls = {
        "info": lambda: queries.info(demo),
        "business_days": lambda: queries.business_days(demo),
        "figures": lambda: queries.figures(demo, whole),
        "daily": lambda: queries.daily(demo, whole),
        "top_titles": lambda: queries.top_titles(demo, whole, queries.PLAYS, 15),
        "genres": lambda: queries.genres(demo, whole, queries.PLAYS, 12),
        "last_full_week": lambda: queries.last_full_week(demo, whole.last),
        "top10": lambda: queries.top10(demo, week),
        "event_days": lambda: pipeline_queries.event_days(demo, whole.last),
        "row_ledger": lambda: pipeline_queries.row_ledger(demo, None, whole.first),
        "warehouse_ledger": lambda: pipeline_queries.warehouse_ledger(demo, None, whole.first),
        "known_days": lambda: pipeline_queries.known_days(demo, info),
        "failed_checks": lambda: pipeline_queries.failed_checks(demo, datetime(2020, 1, 1)),
        "last_runs": lambda: operations_queries.last_runs(demo, 30),
        "steps_of_runs": lambda: operations_queries.steps_of_runs(demo, runs),
        "open_incidents": lambda: operations_queries.open_incidents(demo),
        "closed_incidents": lambda: operations_queries.closed_incidents(demo, datetime(2020, 1, 1)),
        "late_arrivals": lambda: operations_queries.late_arrivals(demo, whole.first),
        "erasures": lambda: operations_queries.erasures(demo),
    }
    slow = {}
    for name, call in calls.items():
        took = []
        for _ in range(3):
            st.cache_data.clear()
            start = time.process_time()  # CPU seconds: what else runs on the machine does not count
            call()
            took.append(time.process_time() - start)
        if min(took) > 0.2:
            slow[name] = min(took)
    assert not slow

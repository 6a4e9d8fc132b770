"""Figures of long spans against what plain Python makes of the same tables."""

import time
from collections import defaultdict

import duckdb
import pytest
import streamlit as st

from dashboard import history_queries, queries, series_queries
from dashboard.periods import Period
from netflix_platform_tests.dashboard.sample import DAY, yesterday


def rows(published, sql):
    with duckdb.connect(str(published.file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def change(published, sql):
    with duckdb.connect(str(published.file)) as connection:
        connection.execute(sql)


@pytest.fixture
def household(publish):
    return publish(days=500, household=True)


PERIOD = Period(yesterday() - 400 * DAY, yesterday() - 3 * DAY)


def sums(published, key, table="mart_daily_kpis"):
    """Hours and plays of the period by ``key`` of a row (its day, then the columns after hours and plays)."""
    found = defaultdict(lambda: [0.0, 0])
    columns = {"mart_daily_kpis": "0", "mart_title_daily": "coalesce(series_name, title_name), title_type"}.get(
        table, "hour_utc, device_type"
    )
    for day, watched, plays, *others in rows(
        published, f"select event_date, watch_hours, plays, {columns} from {table}"
    ):
        if PERIOD.first <= day <= PERIOD.last:
            cell = found[key(day, *others)]
            cell[0] += watched
            cell[1] += plays
    return found


def test_only_a_platform_that_tells_of_its_users_is_a_household(household, demo, publish):
    assert history_queries.is_household(household)
    assert not history_queries.is_household(demo)
    st.cache_data.clear()  # the version of before has the same name
    assert not history_queries.is_household(publish(household=True, without_tables=("mart_profile_monthly",)))


def test_months_and_years_are_sums_of_their_days(household):
    expected = sums(household, lambda day, _: day.replace(day=1))
    found = history_queries.monthly(household, PERIOD)
    assert [day.date() for day in found["month_start"]] == sorted(expected)
    assert found["watch_hours"].tolist() == pytest.approx([expected[day][0] for day in sorted(expected)])
    assert found["plays"].tolist() == [expected[day][1] for day in sorted(expected)]
    assert found["days"].sum() == PERIOD.days
    years = sums(household, lambda day, _: day.year)
    found = history_queries.years(household, PERIOD)
    assert found["year"].tolist() == sorted(years, reverse=True)
    assert found["watch_hours"].tolist() == pytest.approx([years[year][0] for year in found["year"]])
    played = {day for day, cell in sums(household, lambda day, _: day).items() if cell[1]}
    assert found["active_days"].tolist() == [sum(day.year == year for day in played) for year in found["year"]]
    titles = {title for (title,) in rows(household, "select distinct title_id from mart_title_daily")}
    assert found["titles"].between(1, len(titles)).all()


def test_a_month_without_days_is_there_and_has_nothing(household):
    change(household, f"delete from mart_daily_kpis where event_date > '{yesterday() - 150 * DAY}'")
    found = history_queries.monthly(household, PERIOD)
    assert found["plays"].isna().any()
    assert len(found) == (PERIOD.last.year - PERIOD.first.year) * 12 + PERIOD.last.month - PERIOD.first.month + 1


def test_unknown_watch_time_is_no_zero_however_many_days_hold_nothing(publish):
    published = publish(days=100, household=True, watch_time=False, silent_days=(yesterday(),))
    period = Period(yesterday() - 99 * DAY, yesterday())
    figures = queries.figures(published, period)
    assert (figures.timed_plays, figures.watch_hours, figures.avg_watch_seconds) == (0, None, None)
    assert queries.figures(published, Period(yesterday(), yesterday())).watch_hours == 0  # nobody watched
    assert history_queries.monthly(published, period)["watch_hours"].isna().all()
    assert history_queries.years(published, period)["watch_hours"].isna().all()
    assert series_queries.most_watched(published, period, True, "plays", 5)["watch_hours"].isna().all()
    assert history_queries.devices(published, period, "watch_hours")["amount"].isna().all()


def test_plays_of_unknown_watch_time_are_left_out_of_the_mean(publish):
    published = publish(days=10, household=True)
    change(published, "update mart_daily_kpis set plays = 3, timed_plays = 2, watched_seconds = 100")
    change(
        published,
        f"update mart_daily_kpis set timed_plays = 0, watched_seconds = null where event_date = '{yesterday()}'",
    )
    figures = queries.figures(published, Period(yesterday() - DAY, yesterday()))
    assert (figures.plays, figures.timed_plays, figures.avg_watch_seconds) == (6, 2, 50)
    assert figures.watch_hours == pytest.approx(100 / 3600)


def test_a_version_from_before_unknown_watch_time_knows_all_of_it(publish):
    published = publish(days=10, without_columns={"mart_daily_kpis": ("timed_plays",)})
    figures = queries.figures(published, Period(yesterday() - DAY, yesterday()))
    assert figures.timed_plays == figures.plays
    assert figures.avg_watch_seconds > 0


def test_users_come_with_their_names_biggest_first(household):
    found = history_queries.profile_months(household, PERIOD)
    assert list(dict.fromkeys(found["profile"])) == ["Living room", "Kids", "u3"]
    months = {day for (day,) in rows(household, "select distinct month_start from mart_profile_monthly")}
    expected = {day for day in months if PERIOD.first.replace(day=1) <= day <= PERIOD.last}
    assert {day.date() for day in found["month_start"]} == expected
    assert len(expected) < len(months)


def test_users_keep_their_order_in_every_period_and_those_of_one_name_are_told_apart(household):
    first = PERIOD.last.replace(day=1)
    change(
        household, f"update mart_profile_monthly set watch_hours = 99 where user_id = 'u3' and month_start = '{first}'"
    )
    change(household, "update mart_profile_monthly set watch_hours = 99999 where user_id = 'kids-77ab01'")
    change(household, "update mart_profile_monthly set profile_name = 'Kids'")
    found = history_queries.profile_months(household, Period(first, first))
    assert found["user_id"].tolist() == ["kids-77ab01", "living-room-3f2a1c", "u3"]
    assert found["place"].tolist() == [1, 2, 3]
    assert found["watch_hours"].tolist()[2] == 99 > found["watch_hours"].tolist()[1]
    assert found["profile"].tolist() == ["Kids (kids-77ab01)", "Kids (living-room-3f2a1c)", "Kids (u3)"]


def test_hours_of_the_week_and_devices_add_up(household):
    expected = sums(household, lambda day, hour, device: (day.isoweekday(), hour), "mart_audience_hourly")
    found = history_queries.hours_of_the_week(household, PERIOD)
    cells = {(row.weekday, row.hour_utc): (row.watch_hours, row.plays) for row in found.itertuples()}
    assert cells.keys() == expected.keys()
    for place, (watched, plays) in expected.items():
        assert cells[place] == (pytest.approx(watched, abs=1e-3), plays)
    by_device = sums(household, lambda day, hour, device: device, "mart_audience_hourly")
    for place, measure in enumerate(("watch_hours", "plays")):
        found = history_queries.devices(household, PERIOD, measure)
        amounts = dict(zip(found["device"], found["amount"], strict=True))
        assert amounts == {device: pytest.approx(cell[place], abs=1e-3) for device, cell in by_device.items()}
        assert found["share"].sum() == pytest.approx(1)
        assert found["amount"].is_monotonic_decreasing


@pytest.mark.parametrize(("measure", "place"), [("watch_hours", 0), ("plays", 1)])
@pytest.mark.parametrize("are_series", [True, False])
def test_seasons_are_folded_into_their_series(household, measure, place, are_series):
    change(
        household,
        "update mart_title_daily set series_name = 'One series' where title_type = 'season' and title_id < 't00008'",
    )
    kind = "season" if are_series else "film"
    totals = sums(household, lambda day, name, kind: (name, kind), "mart_title_daily")
    expected = {name: cell for (name, of_kind), cell in totals.items() if of_kind == kind}
    found = series_queries.most_watched(household, PERIOD, are_series, measure, 100)
    assert found[measure].tolist() == pytest.approx(sorted((cell[place] for cell in expected.values()), reverse=True))
    assert set(found["name"]) == set(expected)
    assert found["place"].tolist() == list(range(1, len(found) + 1))
    assert (found["first_day"] <= found["last_day"]).all()
    if are_series:
        [row] = found[found["name"] == "One series"].itertuples()
        assert row.seasons > 1
        assert row.plays == expected["One series"][1]


def test_a_version_that_knows_no_series_lists_seasons(publish):
    published = publish(days=60, without_columns={"mart_title_daily": ("series_name",)})
    period = Period(yesterday() - 59 * DAY, yesterday())
    names = series_queries.most_watched(published, period, True, "plays", 5)["name"]
    assert names.str.contains("Season").all()


def test_fullest_days_come_with_what_was_watched_most(household):
    by_day = sums(household, lambda day, _: day)
    found = series_queries.fullest_days(household, PERIOD, "plays", 7)
    assert found["plays"].tolist() == sorted((cell[1] for cell in by_day.values()), reverse=True)[:7]
    on_day = sums(household, lambda day, name, kind: (day, name), "mart_title_daily")
    for row in found.itertuples():
        plays = {name: cell[1] for (day, name), cell in on_day.items() if day == row.event_date.date()}
        assert plays[row.name] == max(plays.values())


def test_each_series_has_its_fullest_day_once(household):
    change(household, "update mart_title_daily set plays = plays + 1")
    on_day = sums(household, lambda day, name, kind: (day, name, kind), "mart_title_daily")
    best = defaultdict(int)
    for (_, name, kind), (_, plays) in on_day.items():
        if kind == "season":
            best[name] = max(best[name], plays)
    found = series_queries.series_in_a_day(household, PERIOD, 100)
    assert dict(zip(found["name"], found["plays"], strict=True)) == {n: p for n, p in best.items() if p > 1}
    assert found["plays"].is_monotonic_decreasing
    for row in found.itertuples():
        assert on_day[row.event_date.date(), row.name, "season"][1] == row.plays


def test_nine_years_cost_little(publish):
    published = publish(days=3300, titles=40, household=True)
    whole = queries.business_days(published)
    calls = {
        "figures": lambda: queries.figures(published, whole),
        "daily": lambda: queries.daily(published, whole),
        "monthly": lambda: history_queries.monthly(published, whole),
        "profile_months": lambda: history_queries.profile_months(published, whole),
        "years": lambda: history_queries.years(published, whole),
        "titles_watched": lambda: series_queries.titles_watched(published, whole),
        "hours_of_the_week": lambda: history_queries.hours_of_the_week(published, whole),
        "devices": lambda: history_queries.devices(published, whole, "plays"),
        "most_watched": lambda: series_queries.most_watched(published, whole, True, "plays", 15),
        "fullest_days": lambda: series_queries.fullest_days(published, whole, "plays", 10),
        "series_in_a_day": lambda: series_queries.series_in_a_day(published, whole, 10),
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

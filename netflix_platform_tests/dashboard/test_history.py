"""The History page, and the Overview of a household, as a person meets them on real serving files."""

import duckdb
import pytest

from netflix_platform_tests.dashboard.sample import DAY, Sample, write_version, yesterday
from netflix_platform_tests.dashboard.seen import HISTORY, PHONE_WIDTH, said, section_titles, table_with, widths

HEADINGS = [
    "Watch hours by month and profile",
    "Years",
    "Profiles",
    "Watch hours by day",
    "Most watched series",
    "Most watched films",
    "Hours of the week",
    "Devices",
    "Fullest days",
    "Most of one series in a day",
]


@pytest.fixture(scope="module")
def years(tmp_path_factory):
    """A household's viewing of three years."""
    data_dir = tmp_path_factory.mktemp("years")
    write_version(data_dir / "serving", Sample(days=1100, titles=40, household=True))
    return data_dir


@pytest.fixture(scope="module")
def untimed(tmp_path_factory):
    """The same without any watch time, one day of it without any play."""
    data_dir = tmp_path_factory.mktemp("untimed")
    sample = Sample(days=800, titles=40, household=True, watch_time=False, empty_days=(yesterday() - 2 * DAY,))
    write_version(data_dir / "serving", sample)
    return data_dir


def change(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(sql)


def shown(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_household_sees_all_its_years_and_profiles(opened, years):
    app = opened(years, HISTORY)
    assert not app.error
    assert not app.warning
    assert section_titles(app) == HEADINGS
    assert "(1,100 days)" in said(app)
    assert shown(app)["Watch hours"].endswith(" h")
    profiles = table_with(app, "profile")
    assert profiles["profile"].tolist() == ["Living room", "Kids", "u3"]
    by_year = table_with(app, "year")
    assert by_year["year"].is_monotonic_decreasing
    assert by_year["active_days"].sum() == int(shown(app)["Days with plays"].replace(",", ""))


def test_the_measure_is_chosen_and_shared(opened, years):
    app = opened(years, HISTORY, measure="Plays")
    assert "Plays by month and profile" in section_titles(app)
    series = table_with(app, "seasons")
    assert series["plays"].is_monotonic_decreasing
    app.segmented_control(key="measure").set_value("Watch hours").run()
    assert section_titles(app) == HEADINGS


def test_the_range_is_chosen_and_shared(opened, years):
    app = opened(years, HISTORY, range="52 weeks")
    assert "(364 days)" in said(app)
    assert len(table_with(app, "year")) == 2
    assert opened(years, HISTORY, range="7 days").metric[0].value.endswith(" h")


def test_without_watch_time_plays_are_counted_and_nothing_is_zero(opened, untimed):
    app = opened(untimed, HISTORY)
    assert "No event of this range says how long" in said(app)
    assert section_titles(app) == [heading.replace("Watch hours", "Plays") for heading in HEADINGS]
    assert shown(app)["Watch hours"] == "—"
    for table in app.dataframe:
        assert "watch_hours" not in table.proto.column_order


def test_plays_of_unknown_watch_time_are_told_of(opened, written):
    data_dir = written(household=True)
    change(
        data_dir,
        "update mart_daily_kpis set timed_plays = 0, watched_seconds = null, watch_hours = null "
        f"where event_date > '{yesterday() - 30 * DAY}'; update mart_profile_monthly set watch_hours = null where user_id = 'u3'",
    )
    app = opened(data_dir, HISTORY)
    assert "plays the watch time is unknown: they are left out of hours" in said(app)
    assert table_with(app, "profile")["watch_hours"].isna().tolist() == [False, False, True]


def test_events_that_know_the_day_only_show_no_hours(opened, written):
    data_dir = written(household=True, watch_time=False)
    change(data_dir, "update mart_audience_hourly set hour_utc = 0, device_type = 'unknown'")
    app = opened(data_dir, HISTORY)
    assert "Days of the week" in section_titles(app)
    assert "Hours of the week" not in section_titles(app)
    assert "No event of this range says what it was watched on" in said(app)


def test_a_service_has_months_without_profiles(opened, demo_dir):
    app = opened(demo_dir, HISTORY)
    assert not app.error
    assert section_titles(app) == [
        "Watch hours by month",
        "Years",
        *[heading for heading in HEADINGS if heading not in HEADINGS[:3]],
    ]


def test_a_range_without_any_play_says_so_in_every_part(opened, written):
    days = tuple(yesterday() - number * DAY for number in range(40))
    app = opened(written(household=True, empty_days=days), HISTORY, range="28 days")
    assert not app.error
    assert shown(app) == {"Watch hours": "0 h", "Plays": "0", "Days with plays": "0", "Titles": "0"}
    assert said(app).count("in this range") >= 6
    # The profiles are of whole months, of which the first may hold plays from before the range.
    assert len(app.dataframe) == int((yesterday() - 27 * DAY).month == (yesterday() - 40 * DAY).month)


def test_an_old_version_explains_the_parts_that_it_lacks(opened, written):
    app = opened(
        written(
            without_tables=("mart_audience_hourly", "mart_profile_monthly"),
            without_columns={"mart_title_daily": ("series_name",), "mart_daily_kpis": ("timed_plays",)},
        ),
        HISTORY,
    )
    assert said(app).count("no table `mart_audience_hourly`") == 2
    assert "Watch hours by month" in section_titles(app)
    assert table_with(app, "seasons")["name"].str.contains("Season").all()


def test_a_version_with_audit_tables_only_sends_the_reader_to_pipeline_health(opened, written):
    data_dir = written(business=False, failed_days={yesterday(): "bad"}, refused_days=(yesterday(),), failed_run=True)
    app = opened(data_dir, HISTORY)
    assert "never published" in app.error[0].value
    assert not app.metric


def test_one_day_is_enough(opened, written):
    app = opened(written(days=1, household=True), HISTORY)
    assert not app.error
    assert "(1 day)" in said(app)


def test_a_phone_shows_names_with_their_figure(opened, years):
    for table in opened(years, HISTORY).dataframe:
        names = [name for name, _ in widths(table)]
        figure = next(place for place, name in enumerate(names) if name in ("watch_hours", "plays"))
        assert sum(width for _, width in widths(table)[: figure + 1]) <= PHONE_WIDTH


# --- the Overview ----------------------------------------------------------------------------------------------------


def test_the_overview_of_a_household_shows_all_days_by_month_and_hours_for_buffering(opened, years):
    app = opened(years)
    assert not app.error
    assert "(1,100 days)" in said(app)
    assert section_titles(app) == ["Plays per month", "Watch hours per month", "Top titles", "Weekly Top 10"]
    assert list(shown(app)) == ["Plays", "Active users per day", "Average watch time per play", "Watch hours"]
    assert "No title can be ranked" in said(app)
    assert "No title of this range has a genre" in said(app)
    assert "primary_genre" not in app.dataframe[0].proto.column_order
    assert section_titles(opened(years, range="28 days"))[:2] == ["Plays per day", "Watch hours per day"]


def test_the_overview_without_watch_time_ranks_by_plays(opened, untimed):
    app = opened(untimed)
    assert section_titles(app)[:2] == ["Plays per month", "Active users per day, by month"]
    assert (shown(app)["Average watch time per play"], shown(app)["Watch hours"]) == ("—", "—")
    assert app.dataframe[0].value["plays"].is_monotonic_decreasing
    assert "watch_hours" not in app.dataframe[0].proto.column_order
    assert "No events on" in said(app)


def test_a_service_keeps_its_recent_days_whatever_its_age(opened, written):
    app = opened(written(days=800))
    assert "(28 days), compared with" in said(app)
    assert section_titles(opened(written(days=800), range="All days"))[1:3] == [
        "Plays per month",
        "Active users per day, by month",
    ]

"""The Audience page as a person meets it, on real serving files."""

import duckdb
import pytest

from netflix_platform_tests.dashboard.sample import DAY, Sample, write_version, yesterday
from netflix_platform_tests.dashboard.seen import AUDIENCE, PHONE_WIDTH, said, section_titles, table_with, widths

HEADINGS = [
    "Subscribers by day",
    "Comings and goings by day",
    "Plans and moves between them",
    "Sign-up cohorts: percent still subscribed",
    "All cohorts together: still subscribed",
    "Watch hours by local hour and weekday",
    "Weekends against weekdays",
    "Watch hours by device",
    "Watch hours by country",
    "How long a session is",
    "Share of watch hours by age and week",
    "Watch hours by age",
]
FIGURES = ["Subscribers", "Sign-ups", "Returns", "Cancellations", "Gross churn", "Net churn"]
SESSIONS = ["Sessions", "Mean length", "Episodes per session", "Binges"]


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """A service of fifteen weeks."""
    data_dir = tmp_path_factory.mktemp("audience")
    write_version(data_dir / "serving", Sample(days=105, titles=5))
    return data_dir


def shown(app):
    return {metric.label: metric.value for metric in app.metric}


def ask(data_dir, sql):
    """One row of the published file."""
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb"))), read_only=True) as connection:
        return connection.execute(sql).fetchone()


def change(data_dir, sql):
    with duckdb.connect(str(next((data_dir / "serving").glob("*.duckdb")))) as connection:
        connection.execute(sql)


def test_the_page_shows_every_part_its_changes_and_figures(opened, year):
    app = opened(year, AUDIENCE)
    assert not app.error
    assert not app.warning
    assert not app.info
    assert section_titles(app) == HEADINGS
    assert list(shown(app)) == [*FIGURES, *SESSIONS]
    assert all(metric.delta for metric in app.metric)
    assert "28 days), compared with" in said(app)
    assert "Back catalogue (a year or older): 40" in said(app)
    assert "Fullest on" in said(app)
    assert "the filters do not narrow this" in said(app)
    for table in app.dataframe:
        assert sum(width for _, width in widths(table)[:2]) <= PHONE_WIDTH
    assert_figures(app, year)


def assert_figures(app, year):
    """What the page shows of its 28 days is what plain SQL counts."""
    first, last = yesterday() - 27 * DAY, yesterday()
    days = f"event_date between '{first}' and '{last}'"
    sums = ask(
        year,
        f"""
        select
            sum(subscribers) filter (where event_date = '{last}'), sum(sign_ups), sum(returns), sum(cancellations),
            sum(cancellations) / sum(subscribers_at_start) filter (where event_date = '{first}'),
            sum(cancellations - returns) / sum(subscribers_at_start) filter (where event_date = '{first}')
        from mart_subscribers_daily where {days}
        """,
    )
    written = [*(f"{number:,d}" for number in map(int, sums[:4])), *(f"{rate:.2%}" for rate in sums[4:])]
    assert [shown(app)[name] for name in FIGURES] == written
    sessions = ask(
        year,
        f"""
        select
            sum(sessions), sum(length_seconds) / sum(sessions) / 60, sum(episodes) / sum(episode_sessions),
            sum(binge_sessions) / sum(episode_sessions)
        from mart_sessions_daily where {days}
        """,
    )
    assert [shown(app)[name] for name in SESSIONS] == [
        f"{int(sessions[0]):,d}",
        f"{sessions[1]:.1f} min",
        f"{sessions[2]:.2f}",
        f"{sessions[3]:.1%}",
    ]
    plans = table_with(app, "plan", "gross_churn").set_index("plan")
    assert (
        plans.loc["Premium", "subscribers"]
        == ask(
            year,
            f"select sum(subscribers) from mart_subscribers_daily where plan = 'premium' and event_date = '{last}'",
        )[0]
    )
    assert plans["net_moves"].sum() == 0
    assert plans.loc["Premium", "net_moves"] < 0
    countries = table_with(app, "country_name").set_index("country_name")
    hours, people = ask(
        year,
        f"""
        select
            (select sum(watched_seconds) / 3600 from mart_audience_local where country = 'DE' and {days})::double,
            (select sum(subscribers) / 28 from mart_subscribers_daily where country = 'DE' and {days})
        """,
    )
    assert countries.loc["Germany", "amount"] == pytest.approx(hours)
    assert countries.loc["Germany", "hours_per_subscriber"] == pytest.approx(hours / people / 4)
    before = ask(
        year,
        f"""
        select sum(watched_seconds)::double / 3600 from mart_audience_local
        where country = 'DE' and event_date between '{first - 28 * DAY}' and '{last - 28 * DAY}'
        """,
    )[0]
    assert countries.loc["Germany", "change"] == pytest.approx((hours / before - 1) * 100)


def test_filters_come_from_the_address_and_from_the_widgets(opened, year):
    app = opened(year, AUDIENCE, country="Brazil", plan="premium", device="phone")
    last = yesterday()
    subscribers = f"select sum(subscribers) from mart_subscribers_daily where event_date = '{last}'"
    assert shown(app)["Subscribers"] == str(ask(year, f"{subscribers} and plan = 'premium' and country = 'BR'")[0])
    assert "Countries: Brazil · Plans: premium. Not narrowed by devices." in said(app)
    assert "Nothing was watched in this range with what the filters ask for" in said(app)  # no phones in Brazil
    app.multiselect(key="device").set_value([]).run()
    assert "Countries: Brazil. Not narrowed by plans." in said(app)
    assert table_with(app, "country_name")["member"].tolist() == ["BR"]
    app.multiselect(key="country").set_value([])
    app.multiselect(key="plan").set_value([]).run()
    assert shown(app)["Subscribers"] == f"{ask(year, subscribers)[0]:,d}"


def test_choices_are_kept_in_the_address(opened, year):
    app = opened(year, AUDIENCE, range="13 weeks", measure="Plays", cohorts="Months", retained="Active", mix="Language")
    assert section_titles(app) == [
        "Subscribers by day",
        "Comings and goings by week",
        "Plans and moves between them",
        "Sign-up cohorts: percent active",
        "All cohorts together: active",
        "Plays by local hour and weekday",
        "Weekends against weekdays",
        "Plays by device",
        "Plays by country",
        "How long a session is",
        "Share of plays by language and week",
        "Plays by language",
    ]
    assert "not compared" in said(app)
    assert not any(metric.delta for metric in app.metric)
    assert "A row is a month of sign-ups" in said(app)


def test_a_platform_of_one_day(opened, written):
    app = opened(written(days=1), AUDIENCE)
    assert not app.error
    assert "not compared" in said(app)
    is_week_over = yesterday().weekday() == 6
    assert ("is not over yet" in said(app)) is not is_week_over


def test_a_household_is_told_what_cannot_be_known(opened, written):
    data_dir = written(household=True)
    app = opened(data_dir, AUDIENCE)
    assert not app.error
    assert "Who subscribes is not known" in said(app)
    assert "the hours are those of UTC" in said(app)
    assert "No event of this range says where it was watched" in said(app)
    assert "names its session" in said(app)
    assert "No title of this range has a known age" in said(app)
    assert [widget.key for widget in app.multiselect] == ["device"]


def test_without_watch_time_or_time_of_the_day_plays_are_counted(opened, written):
    data_dir = written(watch_time=False)
    change(data_dir, "update mart_audience_local set local_hour = 0")
    app = opened(data_dir, AUDIENCE)
    assert "No event of this range says how long" in said(app)
    assert "Plays by country" in section_titles(app)
    assert "hours_per_subscriber" not in app.dataframe[-1].proto.column_order
    assert said(app).count("what time of the day it was is not known") == 2


def test_a_range_without_any_play_says_so_in_every_part(opened, written):
    days = tuple(yesterday() - number * DAY for number in range(7))
    app = opened(written(silent_days=days), AUDIENCE, range="7 days")
    assert not app.error
    assert said(app).count("Nothing was watched in this range") == 6
    assert "names its session" in said(app)


def test_a_stale_platform_with_a_gap_says_so_and_compares_nothing(opened, written):
    last = yesterday() - 3 * DAY
    gap = last - 3 * DAY
    app = opened(written(last_day=last, missing_days=(gap,)), AUDIENCE, range="7 days")
    assert "days late" in app.error[0].value
    assert f"make day DAY={gap}" in app.warning[0].value
    assert not any(metric.delta for metric in app.metric)
    assert len(section_titles(app)) == len(HEADINGS)


def test_figures_held_back_and_nothing_published(opened, written, tmp_path):
    failed = yesterday()
    held = written(business=False, failed_days={failed: "bad"}, refused_days=(failed,), failed_run=True)
    app = opened(held, AUDIENCE)
    assert "never published" in app.error[0].value
    assert not app.metric
    nothing = opened(tmp_path / "empty", AUDIENCE)
    assert not nothing.metric
    assert said(nothing)


@pytest.mark.parametrize(
    ("missing", "explained"),
    [
        (("mart_subscribers_daily", "mart_sessions_daily"), 2),
        # Hours, profile, devices and countries.
        (("mart_audience_local", "mart_content_mix_daily"), 6),
        (("mart_retention", "dim_country"), 2),
    ],
)
def test_an_old_version_explains_the_parts_that_it_lacks(opened, written, missing, explained):
    app = opened(written(without_tables=missing), AUDIENCE)
    assert not app.error
    assert sum(said(app).count(f"no table `{table}`") for table in missing) == explained
    assert len(section_titles(app)) >= 7


def test_accounts_without_a_sign_up_within_the_data_have_no_cohort(opened, written):
    data_dir = written(days=30)
    change(data_dir, "delete from mart_retention; delete from mart_sessions_daily")
    app = opened(data_dir, AUDIENCE)
    assert said(app).count("there is no cohort to follow") == 2
    assert "names its session" in said(app)


def test_what_the_address_asks_for_in_vain_is_said_until_there_is_another_choice(opened, demo_dir):
    app = opened(demo_dir, AUDIENCE, country=["Atlantis", "Brazil"])
    note = "Countries that the address asks for and the published version does not hold: Atlantis."
    assert note in said(app)
    assert app.multiselect(key="country").value == ["BR"]
    app.run()
    assert note in said(app)
    app.multiselect(key="country").set_value([]).run()
    assert "the address asks for" not in said(app)
    assert "the address asks for" not in said(opened(demo_dir, AUDIENCE, country=["Brazil"]))

"""The Overview in Chromium: filters, shared addresses, figures and downloads against the marts."""

from datetime import timedelta

from netflix_platform_tests.browser.conftest import downloaded, settled
from netflix_platform_tests.platform_runs import yesterday


def tile(page, label):
    """The figure of the tile ``label``."""
    return (
        page.locator("[data-testid=stMetric]", has_text=label).first.locator("[data-testid=stMetricValue]").inner_text()
    )


def test_the_tiles_show_what_the_marts_add_up_to(visit, figures):
    page = visit()
    (row,) = figures(
        "select sum(plays) as plays, avg(active_users) as users, sum(watched_seconds) / sum(timed_plays) as seconds, "
        "sum(buffering_seconds) as buffering from mart_daily_kpis where event_date > $after",
        after=yesterday() - timedelta(days=28),
    ).itertuples()
    assert tile(page, "Plays") == f"{row.plays:,.0f}"
    assert tile(page, "Active users per day") == f"{row.users:,.0f}"
    assert tile(page, "Average watch time per play") == f"{row.seconds:,.0f} s"
    assert tile(page, "Total buffering") == f"{row.buffering:,.0f} s"


def test_a_choice_is_in_the_address_and_the_address_is_the_choice(visit, context):
    page = visit()
    page.get_by_role("radio", name="7 days").or_(page.get_by_role("button", name="7 days")).first.click()
    page.wait_for_url("**/?range=7+days")
    settled(page)
    plays = tile(page, "Plays")
    shared = context.browser.new_context()
    other = shared.new_page()
    other.goto(page.url)
    settled(other)
    assert tile(other, "Plays") == plays
    assert tile(visit(), "Plays") != plays
    shared.close()


def test_a_download_holds_the_rows_of_the_chart(visit, figures, tmp_path):
    rows = downloaded(visit(), "plays_per_day", tmp_path)
    expected = figures(
        "select event_date::varchar as event_date, plays from mart_daily_kpis where event_date > $after order by all",
        after=yesterday() - timedelta(days=28),
    )
    assert rows[["event_date", "plays"]].values.tolist() == expected.values.tolist()


def test_the_week_of_the_top_10_is_that_of_the_mart(visit, figures):
    page = visit()
    lists = figures(
        "select count(*) as rows, count(distinct top10_list) as lists from mart_top_titles where week_start = "
        "(select max(week_start) from mart_top_titles where days_in_data = 7)"
    )
    assert page.get_by_text("Last full week in the range").count() == 1
    assert page.locator("[data-testid=stDataFrame]").count() == 1 + int(lists["lists"][0])

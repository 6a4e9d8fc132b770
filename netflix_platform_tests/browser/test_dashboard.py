"""The dashboard in Chromium: every page whole for everybody, choices in the address, figures and downloads against the marts.

One file, since files go to processes of their own and each would build a platform.
"""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from docs.take_screenshots import DASHBOARD_PAGES
from netflix_platform_tests.browser.conftest import downloaded, settled
from netflix_platform_tests.platform_runs import yesterday

expect.set_options(timeout=30_000)
# Where something is wrong for people who do not see, hear or point as most do (axe-core's own scale ends in "critical").
GRAVE = ("serious", "critical")
# Only "moderate" to axe-core, and what a screen reader's list of headings is read by.
HEADINGS = ("heading-order", "empty-heading", "page-has-heading-one")

# Elements that reach beyond the window, other than those that scroll or are cut off within their own frame.
BEYOND = """() => {
    const cut = e => e && (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX) && e.dataset.testid !== 'stMain'
        || cut(e.parentElement));
    return [...document.querySelectorAll('[data-testid=stMain] *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !cut(e.parentElement))
        .map(e => e.dataset.testid || e.tagName);
}"""


@pytest.mark.parametrize("path", sorted(DASHBOARD_PAGES.values()))
def test_a_page_is_whole_for_everybody_and_on_a_phone(visit, path):
    page = visit(path)
    assert page.problems == []
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    assert page.locator("[data-testid=stMetricValue], [data-testid=stDataFrame], canvas, svg.marks").count() > 0
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        found = [
            one for one in Axe().run(page).response["violations"] if one["impact"] in GRAVE or one["id"] in HEADINGS
        ]
        assert [(one["id"], node["target"], node["failureSummary"]) for one in found for node in one["nodes"]] == [], (
            scheme
        )
    page.set_viewport_size({"width": 390, "height": 6_000})  # so high that everything is drawn
    page.wait_for_timeout(1_000)
    assert page.evaluate(BEYOND) == []
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_a_choice_is_made_with_the_keyboard_alone(visit):
    page = visit()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText").strip() == "7 days":
            break
    else:
        raise AssertionError("Tab does not reach the range")
    page.keyboard.press("Space")
    page.wait_for_url("**/?range=7+days")


def tile(page, label):
    """The figure of the tile ``label``, to be waited for: after a choice the old one stands until the page has run."""
    return page.locator("[data-testid=stMetric]", has_text=label).first.locator("[data-testid=stMetricValue]")


def test_the_tiles_show_what_the_marts_add_up_to(visit, figures):
    page = visit()
    (row,) = figures(
        "select sum(plays) as plays, avg(active_users) as users, sum(watched_seconds) / sum(timed_plays) as seconds, "
        "sum(buffering_seconds) as buffering from mart_daily_kpis where event_date > $after",
        after=yesterday() - timedelta(days=28),
    ).itertuples()
    expect(tile(page, "Plays")).to_have_text(f"{row.plays:,.0f}")
    expect(tile(page, "Active users per day")).to_have_text(f"{row.users:,.0f}")
    minutes, seconds = divmod(round(float(row.seconds)), 60)
    expect(tile(page, "Average watch time per play")).to_have_text(f"{minutes} min {seconds:02d} s")
    hours = float(row.buffering) / 3600
    expect(tile(page, "Total buffering")).to_have_text(f"{hours:,.{0 if hours >= 10 else 1}f} h")


def test_a_choice_is_in_the_address_and_the_address_is_the_choice(visit, context):
    page = visit()
    before = tile(page, "Plays").inner_text()
    page.get_by_role("radio", name="7 days").or_(page.get_by_role("button", name="7 days")).first.click()
    page.wait_for_url("**/?range=7+days")
    expect(tile(page, "Plays")).not_to_have_text(before)
    plays = tile(page, "Plays").inner_text()
    shared = context.browser.new_context()
    other = shared.new_page()
    other.goto(page.url)
    settled(other)
    expect(tile(other, "Plays")).to_have_text(plays)
    expect(tile(visit(), "Plays")).not_to_have_text(plays)
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


def test_filters_of_the_address_narrow_what_is_shown(visit, figures):
    page = visit("playback_quality?range=7+days&device=tv&country=United+States")
    (row,) = figures(
        "select sum(failed_playbacks) / sum(playbacks) as errors, sum(kilobits) / sum(bitrate_seconds) as bitrate "
        "from mart_qoe_daily where event_date > $after and device_type = 'tv' and country = 'US'",
        after=yesterday() - timedelta(days=7),
    ).itertuples()
    expect(tile(page, "Error rate")).to_have_text(f"{row.errors:.2%}")
    expect(tile(page, "Average bitrate")).to_have_text(f"{row.bitrate:,.0f} kbit/s")


def test_a_choice_of_countries_goes_along_to_the_next_page(visit, figures):
    page = visit("audience?range=7+days")
    everywhere = tile(page, "Subscribers").inner_text()
    page.get_by_role("combobox", name="Countries").fill("United States")
    page.keyboard.press("Enter")
    page.wait_for_url("**country=United+States**")
    (row,) = figures(
        "select sum(subscribers)::bigint as subscribers from mart_subscribers_daily where event_date = $day and country = 'US'",
        day=yesterday(),
    ).itertuples()
    assert f"{row.subscribers:,}" != everywhere
    expect(tile(page, "Subscribers")).to_have_text(f"{row.subscribers:,}")
    page.keyboard.press("Escape")  # closes the list, which hides all else
    page.get_by_role("link", name="Playback quality").first.click()
    page.wait_for_url("**/playback_quality?**country=United+States**")


def test_a_title_of_the_top_10_leads_to_its_page(visit, figures):
    (row,) = figures(
        "select title_id, title_name from mart_top_titles where days_in_data = 7 order by week_start desc, views desc limit 1"
    ).itertuples()
    page = visit(f"title?title={row.title_id}")
    assert page.get_by_role("heading", name=row.title_name, exact=True).count() == 1
    (sums,) = figures(
        "select sum(plays) as plays from mart_title_daily where title_id = $title and event_date > $after",
        title=row.title_id,
        after=yesterday() - timedelta(days=28),
    ).itertuples()
    expect(tile(page, "Plays")).to_have_text(f"{sums.plays:,.0f}")

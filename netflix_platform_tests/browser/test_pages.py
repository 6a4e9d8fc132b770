"""Every page in Chromium: drawn to its end, for everybody, on any screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from docs.take_screenshots import DASHBOARD_PAGES
from netflix_platform_tests.browser.conftest import settled

# Where something is wrong for people who do not see, hear or point as most do (axe-core's own scale ends in "critical").
GRAVE = ("serious", "critical")

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
        found = [one for one in Axe().run(page).response["violations"] if one["impact"] in GRAVE]
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

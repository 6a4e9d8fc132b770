"""A platform that a real run published, its dashboard in a process of its own, and Chromium to look at it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from docs.take_screenshots import BROWSER_FLAGS, IS_DRAWN, PictureError, dashboard_server, find_browser, running
from netflix_platform_tests.platform_runs import TestPlatform

# So that a whole week of the Top 10 and a week before the newest are among them, whatever the weekday.
DAYS = 16
WAIT_MS = 60_000


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> TestPlatform:
    """What ``make demo`` publishes, in a small world."""
    platform = TestPlatform(
        tmp_path_factory.mktemp("published") / "data", DAYS, scale="events_per_day=2000,users=800,titles=120"
    )
    platform.run("demo")
    return platform


@pytest.fixture(scope="session")
def figures(published: TestPlatform) -> Callable[..., pd.DataFrame]:
    """Rows of a query on the published file, asked without the dashboard's own code."""
    serving = published.settings.serving_dir
    file = serving / (serving / "CURRENT").read_text().strip()

    def ask(sql: str, **parameters: object) -> pd.DataFrame:
        with duckdb.connect(str(file), read_only=True) as connection:
            return connection.execute(sql, parameters).df()

    return ask


@pytest.fixture(scope="session")
def address(published: TestPlatform) -> Iterator[str]:
    """Where the dashboard answers."""
    with running("the dashboard", dashboard_server(), published.environ) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    try:
        program = find_browser()
    except PictureError as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=BROWSER_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A person who was never here: no cookies, no history."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, address: str) -> Callable[..., Page]:
    """Opens a page and waits until it is drawn; a page that shows a program error fails the test."""

    def open_page(path: str = "", **viewport: int) -> Page:
        page = context.new_page()
        page.problems = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.problems.append(str(error)))  # type: ignore[attr-defined]
        if viewport:
            page.set_viewport_size({"width": 1440, "height": 1000} | viewport)  # type: ignore[arg-type]
        page.goto(f"{address}/{path}")
        settled(page)
        return page

    return open_page


def settled(page: Page) -> None:
    """Wait until the page has run to its end and its tables and charts are drawn."""
    page.wait_for_selector("h1", timeout=WAIT_MS)
    page.wait_for_function(IS_DRAWN, timeout=WAIT_MS)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=WAIT_MS)
    assert page.locator("[data-testid=stException]").count() == 0, page.locator(
        "[data-testid=stException]"
    ).inner_text()


def downloaded(page: Page, name: str, folder: Path) -> pd.DataFrame:
    """What the CSV button of the section that offers ``name`` gives."""
    with page.expect_download() as waiting:
        page.locator(f".st-key-csv_{name} button").first.click()
    file = folder / waiting.value.suggested_filename
    assert file.name == f"{name}.csv"
    waiting.value.save_as(file)
    return pd.read_csv(file)

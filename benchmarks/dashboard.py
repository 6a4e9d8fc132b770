"""The dashboard on a platform that was really published: how soon each page shows data, and how long its queries take.

Once on a quiet machine, and once while ``make backfill`` runs over the newest week. Wall seconds, since a person waits for them.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks.measuring import ROOT, clean_environ, cost_of, python
from benchmarks.plan import Session
from benchmarks.platforms import Platform
from docs.take_screenshots import (
    BROWSER_FLAGS,
    DASHBOARD_PAGES,
    IS_DRAWN,
    OF_HISTORY,
    dashboard_server,
    find_browser,
    running,
)

# Notes when the first figure, table or chart was drawn, on the page's own clock: asking from outside takes part in the work.
_NOTE_FIRST_DATA = """
const data = '[data-testid=stMetricValue], [data-testid=stVegaLiteChart] :is(canvas, svg), [data-testid=stDataFrame]';
new MutationObserver((_, observer) => {
    if (document.querySelector(data)) {
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => { window.firstData = performance.now() / 1000; }));
    }
}).observe(document, {subtree: true, childList: true});
"""
_WAIT_MS = 60_000
_BACKFILL_DAYS = 7


def measure_dashboard(session: Session) -> dict[str, Any]:
    """``published_megabytes``, and by state (``quiet``, ``beside a backfill``) what ``_state`` says."""
    days, scale = session.plan.published
    platform = Platform(session.folder / "published", days, scale, "parquet")
    session.tell(f"publishing {days} days of {scale} ...")
    platform.command("demo")
    results: dict[str, Any] = {"days": days, "scale": scale, "published_megabytes": published_megabytes(platform)}
    results["quiet"] = _state(session, platform)
    backfill = subprocess.Popen(
        python(
            "-m",
            "netflix_platform.cli",
            "backfill",
            str(platform.day(days - _BACKFILL_DAYS)),
            str(platform.day(days - 1)),
        ),
        cwd=ROOT,
        env=clean_environ(platform.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        session.tell(f"beside a backfill of {_BACKFILL_DAYS} days ...")
        results["beside a backfill"] = _state(session, platform)
        results["beside a backfill"]["backfill_was_running"] = backfill.poll() is None
    finally:
        backfill.terminate()
        backfill.wait()
    platform.remove()
    return results


def published_megabytes(platform: Platform) -> float:
    """Size of the file that the dashboard reads (10^6 bytes)."""
    serving = platform.data / "serving"
    return round((serving / (serving / "CURRENT").read_text().strip()).stat().st_size / 1e6, 1)


def _state(session: Session, platform: Platform) -> dict[str, Any]:
    """``pages``: seconds from the request until the first figure or chart stands and until the page is drawn to its end
    (``drawn``), medians: ``first_paint`` for somebody who was never here, whose browser has to fetch the front end too,
    ``returning`` for somebody who was; ``first_visit``: the very first, when the server has nothing cached either. ``queries``:
    count, median, 95th percentile and longest (ms) of all queries of all pages, none of them cached.
    """
    with (
        running("the dashboard", dashboard_server(), clean_environ(platform.environ)) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=BROWSER_FLAGS)
        names = [name for name in DASHBOARD_PAGES if name != OF_HISTORY]
        pages = {}
        for name in names:
            visits = [_visit(browser, f"{url}/{DASHBOARD_PAGES[name]}") for _ in range(session.plan.visits)]
            pages[name] = {
                "first_visit": round(visits[0].first, 2),
                "first_paint": round(statistics.median(visit.first for visit in visits), 2),
                "returning": round(statistics.median(visit.returning for visit in visits), 2),
                "drawn": round(statistics.median(visit.drawn for visit in visits), 2),
            }
            session.tell(f"{name}: {pages[name]}")
        browser.close()
    told = cost_of(python("-m", "benchmarks.dashboard_queries"), platform.environ).told["milliseconds"]
    queries = {
        "count": len(told),
        "median": round(statistics.median(told), 1),
        "p95": round(statistics.quantiles(told, n=20)[-1], 1),
        "longest": round(max(told), 1),
    }
    session.tell(f"queries: {queries}")
    return {"pages": pages, "queries": queries}


@dataclass(frozen=True)
class _Visit:
    """Seconds until the first figure and until all was drawn for a new visitor, and until the first figure at a second visit."""

    first: float
    drawn: float
    returning: float


def _visit(browser: Browser, url: str) -> _Visit:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.add_init_script(_NOTE_FIRST_DATA)
    first, drawn = _opened(context, url)
    returning, _ = _opened(context, url)
    context.close()
    return _Visit(first, drawn, returning)


def _opened(context: BrowserContext, url: str) -> tuple[float, float]:
    """Seconds until the first figure, and until all is drawn."""
    page = context.new_page()
    begun = time.monotonic()
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.firstData", timeout=_WAIT_MS)
    page.wait_for_function(IS_DRAWN, timeout=_WAIT_MS)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=_WAIT_MS)
    drawn = time.monotonic() - begun
    first = float(page.evaluate("window.firstData"))
    page.close()
    return first, drawn

"""Takes the pictures in ``docs/pictures`` from the running system: ``python -m docs.take_screenshots`` (``make screenshots``).

Dagster's webserver and the dashboard are started on free ports of 127.0.0.1 for the current data folder, unless ``--dagster-url``
or ``--dashboard-url`` names one that is running. Needs Chromium (named by ``CHROMIUM``, or on the path); nothing is downloaded.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from PIL import Image
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import FloatRect, Page, sync_playwright

from netflix_platform.settings import (
    HISTORY_SOURCES,
    PROJECT_ROOT,
    SettingError,
    Settings,
    export_to_children,
    load_settings,
)

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TOP_TITLES = "marts/mart_top_titles"
# JavaScript that is true when a page has run to its end, and nothing more is to follow (``dashboard.tiles``).
IS_DRAWN = (
    "document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')"
    " && !document.querySelector('.st-key-rest_follows')"
)
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MOST_BYTES = 500_000
START_SECONDS = 90
PAGE_SECONDS = 60
GRAPH_NODES = "svg foreignObject"
MARGIN = 24
# Beyond so many pixels a picture of a page is cut.
TALLEST = 8000
DASHBOARD_PAGES = {
    "dashboard_overview": "",
    "dashboard_top_10": "top_10",
    "dashboard_title": "title",
    "dashboard_audience": "audience",
    "dashboard_playback_quality": "playback_quality",
    "dashboard_history": "history",
    "dashboard_pipeline_health": "pipeline_health",
}
# Of a data folder into which a history was imported only this one is taken, of every other folder all but this one.
OF_HISTORY = "dashboard_history"


class PictureError(RuntimeError):
    """No picture can be taken; the message says why and what to do."""


def main() -> int:
    """Take all pictures; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dagster-url", help="a running Dagster UI; started and stopped if not given")
    parser.add_argument("--dashboard-url", help="a running dashboard; started and stopped if not given")
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "docs" / "pictures", help="folder for the PNG files")
    options = parser.parse_args()
    try:
        for file in take_pictures(options.dagster_url, options.dashboard_url, options.out):
            print(f"{file}  {file.stat().st_size / 1e3:,.0f} kB")
    except (PictureError, SettingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def take_pictures(dagster_url: str | None, dashboard_url: str | None, folder: Path) -> list[Path]:
    """Take every picture into ``folder``, starting what is not running. Raises ``PictureError``, ``SettingError``."""
    browser_file = find_browser()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        settings = load_settings()
        is_history = settings.source in HISTORY_SOURCES
        if not (dagster_url and dashboard_url):
            if not (settings.serving_dir / "CURRENT").exists():
                raise PictureError(f"nothing is published in {settings.serving_dir}; run make demo first")
            export_to_children(settings)
            dagster_url = dagster_url or stack.enter_context(running("Dagster's webserver", webserver(settings)))
            dashboard_url = dashboard_url or stack.enter_context(running("the dashboard", dashboard_server()))
        playwright = stack.enter_context(sync_playwright())
        try:
            browser = playwright.chromium.launch(executable_path=browser_file, args=BROWSER_FLAGS)
            pages = [name for name in DASHBOARD_PAGES if (name == OF_HISTORY) == is_history]
            taken = [_dashboard_picture(browser.new_page(), dashboard_url, name, folder) for name in pages]
            taken += [
                _graph_picture(browser.new_page(), url, folder / f"{name}.png")
                for name, url in ({} if is_history else _graph_urls(dagster_url)).items()
            ]
            browser.close()
        except BrowserError as error:
            raise PictureError(f"the browser {browser_file} could not take a picture: {error.message}") from error
    return taken


def find_browser() -> str:
    """Path of a Chromium: ``CHROMIUM`` if set, else the first known name on the path. Raises ``PictureError``."""
    if named := os.environ.get("CHROMIUM"):
        if shutil.which(named):
            return named
        raise PictureError(f"CHROMIUM={named}: is no program; name a Chromium, or unset it to have one looked for")
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise PictureError(
        f"no Chromium on the path (looked for {', '.join(BROWSERS)}); install one, or set CHROMIUM=/path/to/it"
    )


# --- the pages -------------------------------------------------------------------------------------------------------


def _dashboard_picture(page: Page, base_url: str, name: str, folder: Path) -> Path:
    width = 1440
    page.set_viewport_size({"width": width, "height": 1000})
    page.goto(f"{base_url.rstrip('/')}/{DASHBOARD_PAGES[name]}")
    page.wait_for_selector("h1", timeout=PAGE_SECONDS * 1000)
    page.wait_for_selector(
        "[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas", timeout=PAGE_SECONDS * 1000
    )
    # Tables and charts are drawn when they come into view, so the window is made as tall as the page first.
    page.wait_for_timeout(1500)
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(int(height), TALLEST)})
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=PAGE_SECONDS * 1000)
    page.wait_for_timeout(2500)
    return _save(page.screenshot(), folder / f"{name}.png")


def _graph_picture(page: Page, url: str, file: Path) -> Path:
    """The part of a page of Dagster's UI that holds the graph, with a margin."""
    page.set_viewport_size({"width": 2600, "height": 2200})
    page.goto(url)
    page.wait_for_selector(GRAPH_NODES, timeout=PAGE_SECONDS * 1000)
    page.wait_for_selector("text=Loading", state="hidden", timeout=PAGE_SECONDS * 1000)
    # The graph glides to its place after it is drawn.
    page.wait_for_timeout(4000)
    boxes = [box for node in page.locator(GRAPH_NODES).all() if (box := node.bounding_box())]
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    clip: FloatRect = {
        "x": max(left, 0),
        "y": max(top, 0),
        "width": right - max(left, 0),
        "height": bottom - max(top, 0),
    }
    return _save(page.screenshot(clip=clip), file)


def _graph_urls(base_url: str) -> dict[str, str]:
    """The whole graph by layer, and every asset that the weekly Top 10 rests on: all assets at once are too many to read."""
    base_url = base_url.rstrip("/")
    return {
        "asset_layers": f"{base_url}/asset-groups",
        "asset_graph": f"{base_url}/assets/{TOP_TITLES}?view=lineage&lineageScope=upstream&lineageDepth=99",
    }


def _save(png: bytes, file: Path) -> Path:
    """Write a screenshot with a palette of its own, which keeps flat pictures like these small; fewer colors if needed."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colors in (256, 128, 64, 32):
        buffer = io.BytesIO()
        picture.quantize(colors, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        if buffer.tell() < MOST_BYTES:
            break
    file.write_bytes(buffer.getvalue())
    return file


# --- the servers -----------------------------------------------------------------------------------------------------


def webserver(settings: Settings) -> list[str]:
    """Dagster's webserver without its last argument, the port."""
    settings.dagster_dir.mkdir(parents=True, exist_ok=True)
    program = str(Path(sys.executable).parent / "dagster-webserver")
    return [program, "-w", str(PROJECT_ROOT / "workspace.yaml"), "--read-only", "-h", "127.0.0.1", "-p"]


def dashboard_server() -> list[str]:
    """The dashboard without its last argument, the port."""
    return [sys.executable, "-m", "streamlit", "run", str(PROJECT_ROOT / "dashboard" / "app.py"), "--server.port"]


@contextmanager
def running(name: str, command_up_to_port: list[str], environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Start a server on a free port of 127.0.0.1, wait until it answers, yield its address, stop it.

    ``environ``: of the server, instead of this process's.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [*command_up_to_port, str(port)], cwd=PROJECT_ROOT, stdout=said, stderr=said, env=environ
        )
        try:
            _wait_until_answering(name, url, process, said)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_answering(name: str, url: str, process: subprocess.Popen[bytes], said: IO[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said.seek(0)
            raise PictureError(f"{name} ended at start with code {process.returncode}: {said.read().strip()[-600:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise PictureError(f"{name} did not answer at {url} within {START_SECONDS} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())

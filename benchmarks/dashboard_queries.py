"""Draws every page of the dashboard once, nothing cached, and tells how long each query took.

The pages are drawn by Streamlit's own test runner in this process, on the data folder of the settings.
"""

from __future__ import annotations

import json
import logging

from streamlit.testing.v1 import AppTest

from benchmarks.measuring import ROOT
from dashboard import tiles

_DASHBOARD = ROOT / "dashboard"


class _Durations(logging.Handler):
    """Collects what ``dashboard.reader`` says of each query."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.milliseconds: list[float] = []

    def emit(self, record: logging.LogRecord) -> None:
        assert isinstance(record.args, tuple)
        self.milliseconds.append(float(str(record.args[0])))


def main() -> None:
    """Print the durations (ms) as one JSON object."""
    durations = _Durations()
    log = logging.getLogger("dashboard.reader")
    log.addHandler(durations)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    app = AppTest.from_file(str(_DASHBOARD / "app.py"), default_timeout=120)
    app.session_state[tiles.FIGURES_STAND] = True  # there is no browser that would ask for the rest
    for page in sorted((_DASHBOARD / "app_pages").glob("[a-z]*.py")):
        app.switch_page(f"app_pages/{page.name}").run()
        if app.exception:
            raise SystemExit(f"{page.name}: {app.exception[0].value}")
    print(json.dumps({"milliseconds": [round(each, 2) for each in durations.milliseconds]}))


if __name__ == "__main__":
    main()

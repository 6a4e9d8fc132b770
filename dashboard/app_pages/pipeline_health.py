"""Pipeline health: is the data fresh, what is wrong now, is every row accounted for, what ran, and which version is shown.

Only the order of the parts; each is a module of ``dashboard.health``.
"""

from __future__ import annotations

from dashboard import frame
from dashboard.frame import Opened
from dashboard.health import (
    alerts,
    checks,
    erasures,
    event_days,
    landing,
    late_arrivals,
    ledgers,
    runs,
    tiles,
    verdicts,
    versions,
)
from dashboard.health.window import choose_window
from dashboard.pipeline_queries import known_days
from dashboard.tiles import figures_first


def draw(opened: Opened) -> None:
    """The whole page: first the verdicts, then what they rest on."""
    frame.head("Pipeline health", "Can the figures be trusted?", opened)
    window = choose_window(opened)
    known = known_days(opened.published, opened.info)
    with figures_first():
        tiles.draw(opened, window, known)
    verdicts.draw(opened, window, known)
    alerts.draw(opened, window)
    event_days.draw(opened)
    ledgers.draw_rows(opened, window)
    landing.draw(opened)
    ledgers.draw_warehouse(opened, window)
    late_arrivals.draw(opened, window)
    runs.draw(opened)
    checks.draw(opened, window)
    erasures.draw(opened)
    versions.draw(opened)


draw(frame.open_published())

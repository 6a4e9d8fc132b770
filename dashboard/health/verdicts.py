"""The verdict: one line per question that the person on call has in the morning; ``findings`` and ``notices`` decide them."""

from __future__ import annotations

from dashboard import frame, notices, operations_queries, pipeline_queries
from dashboard.formatting import count
from dashboard.frame import Opened
from dashboard.health import findings
from dashboard.health.window import window_start
from dashboard.periods import Period
from dashboard.pipeline_queries import KnownDays


def draw(opened: Opened, window: Period, known: KnownDays) -> None:
    """Each line stands alone, in case an old version lacks its table."""
    published, info = opened.published, opened.info
    with frame.section("Verdict"):
        frame.notice_line(notices.freshness(info, known, opened.now, opened.settings.freshness_hours))
        frame.notice_line(notices.held_back(info))
        with frame.tolerant():
            frame.notice_line(findings.open_incidents(operations_queries.open_incidents(published), opened.now))
        with frame.tolerant():
            frame.notice_line(findings.event_day_states(pipeline_queries.event_days(published, opened.yesterday)))
        with frame.tolerant():
            rows = pipeline_queries.row_ledger(published, None, window.first)
            frame.notice_line(
                findings.ledgers(rows, "arrival_date", "Row ledger", "Received = accepted + repeated + quarantined")
            )
        with frame.tolerant():
            rows = pipeline_queries.warehouse_ledger(published, None, window.first)
            frame.notice_line(
                findings.ledgers(rows, "event_date", "Warehouse ledger", "Lake rows = warehouse rows + repeats")
            )
        with frame.tolerant():
            failed = pipeline_queries.failed_checks(published, window_start(window))
            frame.notice_line(findings.failed_checks(failed, f"the last {count(window.days, 'day')}"))

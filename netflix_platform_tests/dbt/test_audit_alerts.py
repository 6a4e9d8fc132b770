"""The list of incidents on its way into the warehouse: pulled from the real file, merged by the real model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from netflix_platform.alerts.outbox import Outbox
from netflix_platform.alerts.store import IncidentStore, Problem, open_store
from netflix_platform.audit.alerts import ALERT_COLUMNS, pull_alerts
from netflix_platform.settings import Settings
from netflix_platform_tests.alerts.webhook import NOON, Clock
from netflix_platform_tests.dbt.conftest import Warehouse
from netflix_platform_tests.dbt.planted import create_tables

DAY = date(2026, 6, 1)
UNBALANCED = Problem(
    kind="failed_check",
    key="failed_check:a",
    severity="ERROR",
    title="row_ledger failed on lake/events",
    details="counted",
    first_day=DAY,
    last_day=DAY,
    run_id="run-1",
    first_step="make day DAY=2026-06-01",
)


class Published:
    """The store, the warehouse, and what carries the one into the other."""

    def __init__(self, settings: Settings, warehouse: Warehouse, clock: Clock) -> None:
        self.settings = settings
        self.warehouse = warehouse
        self.clock = clock
        self.watermark: datetime | None = None

    def change(self, *actions: Any) -> None:
        self.clock.advance(minutes=1)
        with open_store(self.settings, self.clock) as store:
            for action in actions:
                action(store)

    def refresh(self) -> list[tuple[Any, ...]]:
        """Pull a batch as the audit does, build the model, and return what it holds: key, open, count, sent, problem."""
        frame = pull_alerts(self.settings, self.watermark)  # noqa: F841  DuckDB reads it by its name
        with duckdb.connect(str(self.warehouse.file)) as connection:
            connection.execute("delete from audit.alert_records")
            connection.execute("insert into audit.alert_records by name select * from frame")
        self.warehouse.build("--select", "audit_alerts")
        ((updated,),) = self.warehouse.execute("select max(updated_at) from audit.audit_alerts")
        self.watermark = updated and updated.replace(tzinfo=UTC)
        return self.warehouse.execute(
            "select incident_key, closed_at is null, occurrences, sent, delivery_problem from audit.audit_alerts order by 1, 2"
        )


@pytest.fixture
def published(settings: Settings, with_days: Any, parsed_project: Path, tmp_path: Path) -> Published:
    with duckdb.connect(str(tmp_path / "netflix.duckdb")) as connection:
        create_tables(connection)
    clock = Clock()
    own = with_days(alert_urls=("json://127.0.0.1:1/",))
    return Published(own, Warehouse(tmp_path / "netflix.duckdb", parsed_project), clock)


def report(key: str) -> Any:
    return lambda store: store.report(Problem("freshness", key, "WARN", "late"))


def delivered(store: IncidentStore) -> None:
    outbox = Outbox(store)
    for told in outbox.claim().values():
        outbox.delivered(told)


def refused(store: IncidentStore) -> None:
    outbox = Outbox(store)
    for told in outbox.claim().values():
        outbox.failed(told, "answered 500")


def test_openings_deliveries_and_closings_arrive_and_what_did_not_change_stays(published: Published) -> None:
    assert published.refresh() == []  # no file yet
    published.change(lambda store: store.report(UNBALANCED), refused)
    trouble = "json://127.0.0.1:1 (entry 1): answered 500"
    assert published.refresh() == [("failed_check:a", True, 1, False, trouble)]
    ((opened, days, run_id, first_step),) = published.warehouse.execute(
        "select opened_at, [first_day, last_day], run_id, first_step from audit.audit_alerts"
    )
    assert opened == NOON.replace(minute=1, tzinfo=None)
    assert (days, run_id, first_step) == ([DAY, DAY], "run-1", "make day DAY=2026-06-01")

    published.change(delivered, report("freshness:b"))
    assert published.refresh() == [
        ("failed_check:a", True, 1, True, None),
        ("freshness:b", True, 1, False, None),
    ]
    published.change(lambda store: store.resolve("failed_check:a"))
    assert published.refresh()[0][:2] == ("failed_check:a", False)
    published.change(report("freshness:b"))
    assert [row[:3] for row in published.refresh()] == [("failed_check:a", False, 1), ("freshness:b", True, 2)]


def test_the_history_outlives_the_file(published: Published) -> None:
    """What was open then is closed as lost, and what is reported anew is an incident beside it."""
    published.change(report("freshness:a"), report("freshness:b"), lambda store: store.resolve("freshness:a"))
    published.refresh()
    for file in published.settings.alerts_file.parent.iterdir():
        file.unlink()
    lost = published.refresh()
    assert [row[:2] for row in lost] == [("freshness:a", False), ("freshness:b", False)]
    assert "the file that the alerts are kept in was lost" in lost[1][4]
    published.change(report("freshness:b"))
    assert [row[:2] for row in published.refresh()] == [
        ("freshness:a", False),
        ("freshness:b", False),
        ("freshness:b", True),
    ]


def test_a_damaged_file_does_not_stop_the_audit(published: Published, caplog: pytest.LogCaptureFixture) -> None:
    published.settings.alerts_file.parent.mkdir(parents=True)
    published.settings.alerts_file.write_bytes(b"no database" * 1_000)
    assert published.refresh() == []
    assert "incidents.sqlite cannot be read" in caplog.text


def test_a_batch_without_incidents_is_typed_all_the_same(published: Published) -> None:
    frame = pull_alerts(published.settings, None)
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == ALERT_COLUMNS
    assert frame.empty

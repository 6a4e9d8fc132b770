"""What the manifests say is true of the synthetic world, found by SQL on what lake, warehouse and dbt made of it."""

import json
from datetime import date, timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netflix_platform.contracts import FEEDS
from netflix_platform.lake.conform import Conformer
from netflix_platform.lake.layout import raw_manifest
from netflix_platform.lake.raw import collect_day
from netflix_platform.settings import Scale, Settings
from netflix_platform.sources.synthetic import SyntheticSource
from netflix_platform.sources.synthetic.outages import outages_on
from netflix_platform.warehouse.database import open_warehouse
from netflix_platform.warehouse.load import load_days
from netflix_platform_tests.dbt.conftest import Warehouse

START = date(2026, 6, 1)
USER_DAYS = 120
SEED = 7


def outage_day() -> date:
    days = (START + timedelta(days=number) for number in range(20, USER_DAYS - 10))
    return next(day for day in days if outages_on(SEED, day))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("truth")
    return Settings(data_dir=folder, start_date=START, seed=SEED, scale=Scale(50_000, 40_000, 400), memory_limit="1GB")


@pytest.fixture(scope="module")
def event_days() -> list[date]:
    """Three days, an outage in the middle."""
    return [outage_day() + timedelta(days=shift) for shift in (-1, 0, 1)]


@pytest.fixture(scope="module")
def warehouse(settings: Settings, event_days: list[date], parsed_project: Path) -> Warehouse:
    """The users and titles of four months and three days of events, through lake, warehouse and dbt."""
    source = SyntheticSource(settings)
    everyday = [START + timedelta(days=number) for number in range(USER_DAYS)]
    for feed, days in {"users": everyday, "titles": everyday, "events": event_days}.items():
        for day in days:
            collect_day(settings, source, feed, day)
        with Conformer(settings) as conformer:
            conformer.conform_days(FEEDS[feed], days)
        with open_warehouse(settings) as connection:
            load_days(connection, settings, FEEDS[feed], days, "truth")
    built = Warehouse(settings.warehouse_file, parsed_project)
    outcome = built.dbt("run", "--select", "+dim_user", "+dim_title", "+fct_watch")
    assert outcome.success, outcome.exception
    return built


def truth(settings: Settings, feed: str, day: date) -> dict[str, Any]:
    return json.loads(raw_manifest(settings, feed, day).read_text())["planted"]["truth"]


def retained(warehouse: Warehouse, cohort: dict[str, Any], days: int) -> tuple[int, int]:
    """Accounts of a cohort, and how many of them did not cancel within ``days`` of their sign-up."""
    ((accounts, stayed),) = warehouse.execute(
        f"""
        with lives as (
            select
                user_id,
                min(valid_from) as signed_up,
                min(valid_from) filter (where status = 'cancelled') as cancelled
            from dimensions.dim_user
            where signup_date between '{cohort["first_day"]}' and '{cohort["last_day"]}'
            group by user_id
        )
        select count(*), count(*) filter (where cancelled is null or cancelled >= signed_up + interval {days} day)
        from lives
        """
    )
    return accounts, stayed


def test_the_retention_of_cohorts_is_found_within_two_standard_errors(warehouse: Warehouse, settings: Settings) -> None:
    compared = 0
    for number in range(0, USER_DAYS, 30):
        cohort = truth(settings, "users", START + timedelta(days=number))["cohort"]
        for tenure, expected in cohort["retention"].items():
            if number + 30 + int(tenure) > USER_DAYS:
                continue
            accounts, stayed = retained(warehouse, cohort, int(tenure))
            assert accounts == cohort["accounts"]
            error = sqrt(expected * (1 - expected) / accounts)
            assert abs(stayed / accounts - expected) < 2 * error, (number, tenure)
            # what a service with twice the churn would keep is told apart from it
            assert abs(stayed / accounts - (2 * expected - 1)) > 2 * error, (number, tenure)
            compared += 1
    assert compared == 6
    assert "cohort" not in truth(settings, "users", START + timedelta(days=1))


def failures_by_hour(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        """
        select country, date_trunc('hour', first_event_ts) as hour, sum(errors) / sum(plays) as errors,
            avg(startup_ms) / 1000 as startup, sum(buffering_seconds) / sum(watched_seconds) as rebuffering
        from facts.fct_watch where plays > 0 group by all having sum(plays) >= 30 order by errors desc
        """
    )


def test_the_outage_is_found_where_and_when_it_was(warehouse: Warehouse, settings: Settings, event_days) -> None:
    planted = [outage for day in event_days for outage in truth(settings, "events", day)["outages"]]
    (outage,) = {tuple(one.items()): one for one in planted}.values()  # a day may say what the day before said
    worst, *others = failures_by_hour(warehouse)
    country, hour, errors, startup, rebuffering = worst
    assert country == outage["country"]
    assert outage["begin"][:13] <= hour.isoformat()[:13] <= outage["end"][:13]
    assert errors > 0.15
    usual = np.array([[float(value) for value in row[2:]] for row in others if row[0] != country])
    assert errors > 2 * usual[:, 0].max()
    assert startup > 1.25 * usual[:, 1].max()
    assert rebuffering > 2 * np.median(usual[:, 2])


def test_the_most_popular_titles_are_those_that_the_manifests_name(
    warehouse: Warehouse, settings: Settings, event_days
) -> None:
    for title_type in ("film", "season"):
        expected: dict[str, float] = {}
        for day in event_days:
            for title, share in truth(settings, "events", day)["popularity"][title_type].items():
                expected[title] = expected.get(title, 0) + share / len(event_days)
        rows = warehouse.execute(
            f"""
            select title_id, sum(watched_seconds) / sum(sum(watched_seconds)) over () as share
            from facts.fct_watch join dimensions.dim_title using (title_id)
            where title_type = '{title_type}' group by title_id order by share desc
            """
        )
        found = {title: float(share) for title, share in rows}
        first = sorted(expected, key=lambda title: -expected[title])[:8]
        assert len(set(first[:5]) & set(list(found)[:8])) >= 4
        pairs = np.array([[expected[title], found.get(title, 0.0)] for title in first])
        assert np.corrcoef(pairs.T)[0, 1] > 0.6  # no relation would give more once in twenty times
        assert pairs[:, 1].sum() == pytest.approx(pairs[:, 0].sum(), rel=0.25)
        # uniform choice would give each title about the same share
        assert found[first[0]] > 5 / len(found)


def test_devices_and_countries_have_the_shares_that_the_manifests_name(
    warehouse: Warehouse, settings: Settings, event_days
) -> None:
    said = truth(settings, "events", event_days[0])
    for column, name, tolerance in (
        ("device_type", "device_shares_of_hours", 0.03),
        ("country", "country_shares", 0.04),
    ):
        rows = warehouse.execute(
            f"select {column}, sum(watched_seconds) / sum(sum(watched_seconds)) over () from facts.fct_watch group by 1"
        )
        assert {key: float(share) for key, share in rows} == pytest.approx(said[name], abs=tolerance)

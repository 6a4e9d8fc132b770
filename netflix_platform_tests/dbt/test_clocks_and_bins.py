"""Macros against what the standard library says: clocks of the world's zones, and percentiles of bins."""

from __future__ import annotations

import bisect
import random
from datetime import UTC, datetime, timedelta

import pytest

from netflix_platform.sources.synthetic.rhythm import clock
from netflix_platform_tests.dbt.conftest import Warehouse

ERROR_BOUND = 2 ** (1 / 8) - 1
# What the tz database says of these years since it was put right, later than DuckDB 2.0 took its copy.
CORRECTED = {"Europe/Chisinau"}
USUAL_ERROR = 0.02  # where thousands of values lie in a few dozen bins


def inline(warehouse: Warehouse, sql: str) -> str:
    """A query with macros, compiled."""
    outcome = warehouse.dbt("compile", "--inline", sql)
    assert outcome.success, outcome.exception
    return str(outcome.result.results[0].node.compiled_code)


def test_clocks_are_those_of_the_standard_library(built: Warehouse) -> None:
    """Every zone of ``dim_country``, every 6 hours of three years, and every hour around the changes of Europe and America.

    Years that were over when any of the two was made: governments change clocks at short notice, and both carry a tz database
    of their own, the library the locked one.
    """
    query = inline(
        built,
        "select time_zone, ts, {{ utc_offset('time_zone', 'ts') }} as ahead from zones, moments",
    )
    with built.open() as connection:
        zones = [
            zone for (zone,) in connection.execute("select distinct time_zone from dimensions.dim_country").fetchall()
        ]
        assert len(zones) > 200
        connection.execute("create temp table zones as select distinct time_zone from dimensions.dim_country")
        connection.execute(
            "create temp table moments as "
            "select unnest(generate_series(timestamp '2022-01-01', timestamp '2024-12-31', interval 6 hour)) as ts union "
            "select unnest(generate_series(timestamp '2024-03-09', timestamp '2024-04-08', interval 1 hour)) union "
            "select unnest(generate_series(timestamp '2024-10-26', timestamp '2024-11-04', interval 1 hour))"
        )
        found = connection.execute(query).fetchall()
    assert len(found) > 1_000_000
    clocks = {zone: clock(zone) for zone in zones}
    # 17 minutes are prime to the steps: each zone is looked at through all of the time.
    wrong = [
        (zone, ts, ahead)
        for zone, ts, ahead in found[::17]
        if zone not in CORRECTED
        and ts.replace(tzinfo=UTC).astimezone(clocks[zone]).utcoffset() != timedelta(minutes=ahead)
    ]
    assert wrong == []
    berlin = {ts: ahead for zone, ts, ahead in found if zone == "Europe/Berlin"}
    assert (berlin[datetime(2024, 3, 31)], berlin[datetime(2024, 3, 31, 1)]) == (60, 120)
    assert (berlin[datetime(2024, 10, 27)], berlin[datetime(2024, 10, 27, 1)]) == (120, 60)


@pytest.mark.parametrize("seed", range(3))
def test_percentiles_of_bins_are_within_their_bound(built: Warehouse, seed: int) -> None:
    """Counts of several days added up give the percentile (nearest rank) of all values together, but for the bin's width."""
    draw = random.Random(seed)
    values = [(day, max(1, round(draw.lognormvariate(7, 0.1 + seed)))) for day in range(5) for _ in range(997)]
    query = inline(
        built,
        "with bins as (select {{ log_bin('ms') }} as startup_bin, count(*) as starts, 1 as everything from taken group by 1) "
        "{{ percentiles_of_bins('bins', ['everything'], 'startup_bin', 'starts', {'p50': 50, 'p95': 95, 'p100': 100}) }}",
    )
    with built.open() as connection:
        connection.execute("create temp table taken (day integer, ms bigint)")
        connection.executemany("insert into taken values (?, ?)", values[:200])
        connection.execute(
            "insert into taken select unnest(?), unnest(?)", [*map(list, zip(*values[200:], strict=True))]
        )
        ((_, *percentiles),) = connection.execute(query).fetchall()
    ordered = sorted(ms for _, ms in values)
    for percent, value in zip((50, 95, 100), percentiles, strict=True):
        exact = ordered[-(-len(ordered) * percent // 100) - 1]
        assert abs(value / exact - 1) <= ERROR_BOUND, (percent, value, exact)
        assert abs(value / exact - 1) <= USUAL_ERROR or percent == 100, (percent, value, exact)
    assert bisect.bisect(ordered, percentiles[0]) / len(ordered) == pytest.approx(0.5, abs=0.2)

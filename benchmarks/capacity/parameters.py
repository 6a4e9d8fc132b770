"""What the measured points say about one million events: straight lines through them, and nothing that was not measured.

A step's cost is a fixed part plus so much per million events (and per million users, where it reads those); lines are fitted by
least squares over the points of ``measured.json``. How far a line is trusted beyond its points is an assumption
(``error_per_decade``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

MILLION = 1e6
MEMORY_LIMIT = "4GB"  # of every point, so that points of different times compare
_SPILLS_FROM_MB = 3_500  # a run near the limit spills, and no longer says what it would like
MEASURED = Path(__file__).parent / "measured.json"
Point = Mapping[str, Any]


def _measured(unit: str, how: str) -> Any:
    return field(metadata={"unit": unit, "how": how})


@dataclass(frozen=True)
class Parameters:
    """Everything that was measured here, per million events unless the unit says otherwise; how, as metadata of the fields."""

    conform_ndjson: float = _measured("CPU s / M events", "step lake__events, raw NDJSON")
    conform_parquet: float = _measured("CPU s / M events", "step lake__events, raw Parquet")
    load: float = _measured("CPU s / M events", "step warehouse__events")
    models: float = _measured("CPU s / M events", "step dbt_business, the part that grows with events")
    users: float = _measured(
        "CPU s / M users", "lake__users, warehouse__users and dbt_business by users, on their first day"
    )
    dimension: float = _measured("CPU s / M users", "dim_user and mart_subscribers_daily, rebuilt whole")
    fixed: float = _measured("CPU s / run", "a run of one day, less all of the above")
    fixed_per_day: float = _measured("CPU s / day", "ten days in one run against one, less what their events cost")
    history_facts: float = _measured("CPU s / M facts", "mart_title_funnel built whole over all days, as on Spark")
    history_user_days: float = _measured("CPU s / M user-days", "mart_retention, rebuilt whole over all days")
    history_title_days: float = _measured("CPU s / M title-days", "the other models that are rebuilt whole")
    raw_ndjson_bytes: float = _measured("bytes / event", "raw/events, NDJSON with zstd")
    raw_parquet_bytes: float = _measured("bytes / event", "raw/events, Parquet with zstd")
    lake_bytes: float = _measured("bytes / event", "lake/events, Parquet with zstd")
    warehouse_bytes: float = _measured("bytes / event", "the DuckDB file over all days")
    published_row_bytes: float = _measured("bytes / row", "the published file over all days")
    published_rows: tuple[tuple[float, float], ...] = _measured(
        "events, rows a day", "published rows but those by title, by events a day"
    )
    facts: float = _measured("rows / event", "facts.fct_watch")
    user_days: float = _measured("rows / event", "aggregates.agg_user_day")
    title_days: float = _measured("rows / title and day", "aggregates.agg_title_day, against titles that there are")
    memory_base: float = _measured("MB", "peak of the runs that do not spill: straight line at 0 events")
    memory: float = _measured("MB / M events", "the same line's slope")
    late_share: float = _measured("share", "lake rows that arrived after their event day")
    late_days: float = _measured("days", "earlier event days that an arrival day touches")
    dagster_records: float = _measured("records / day", "Dagster's event log, a run of ten days against one")
    dagster_bytes: float = _measured("bytes / day", "Dagster's storage after many days")
    spark: float = _measured(
        "CPU s / M events", "load and models: a rebuild of four days against one of one day, same cluster"
    )
    spark_fixed: float = _measured("CPU s / run", "one day, less what its events cost; command included")
    spark_shuffle: float = _measured("bytes / event", "shuffle written, four days against one day")
    spark_shuffle_fixed: float = _measured("bytes / run", "shuffle written for one day, less what its events write")
    spark_tables_bytes: float = _measured("bytes / event", "Spark's tables, Parquet with snappy")
    largest_day: float = _measured("events", "the largest day that was measured on DuckDB")
    largest_day_spark: float = _measured("events", "the most events in one run that were measured on Spark")


@cache
def read_parameters(file: Path = MEASURED) -> Parameters:
    """Fit the parameters to the points of ``file``. Raises ``FileNotFoundError`` before anything was measured."""
    measured = json.loads(file.read_text())
    return parameters_of(measured["duckdb"]["points"], measured["history"]["points"][0], measured["spark"]["points"])


def parameters_of(points: Sequence[Point], history: Point, spark: Sequence[Point]) -> Parameters:
    """See the fields of ``Parameters``; ``points``: both raw formats at two sizes, two numbers of users, and many days once."""
    single = [point for point in points if point["days"] == 1]
    parquet = [point for point in single if point["format"] == "parquet"]
    ndjson = [point for point in single if point["format"] == "ndjson"]
    many = next(point for point in points if point["days"] > 1)
    rows, models = history["rows"], history["models"]
    events = rows["raw.events"]

    conform_parquet = _slope(parquet, _step("lake__events"))
    conform_ndjson = _slope(ndjson, _step("lake__events"))
    load = _slope(single, _step("warehouse__events"))
    users = _line(single, _step("lake__users", "warehouse__users"), _users)[1]
    _, models_events, models_users = _line(single, _step("dbt_business"), _events, _users)

    def explained(point: Point) -> float:
        conform = conform_ndjson if point["format"] == "ndjson" else conform_parquet
        return _events(point) * (conform + load + models_events) + _users(point) * (users + models_users)

    fixed = float(np.mean([point["cpu_seconds"] - explained(point) for point in single]))
    roomy = [point for point in single if point["peak_megabytes"] < _SPILLS_FROM_MB]
    memory_base, memory = _line(roomy, lambda point: float(point["peak_megabytes"]), _events)
    late = {int(delay): count for delay, count in history["arrivals"].items()}
    wholes = {name: seconds for name, seconds in models.items() if name.startswith("mart_")}
    apart = {"mart_title_funnel", "mart_retention", "mart_subscribers_daily", "mart_profile_monthly"}
    # The last one: what comes before it made Java warm.
    spark_all = [point for point in spark if point["what"].startswith("all days")][-1]
    spark_one = next(point for point in spark if point["what"] == "one day")
    spark_slope = _between(spark_one, spark_all, _spark_seconds)
    shuffle_slope = _between(spark_one, spark_all, lambda point: point["shuffle_bytes"])
    return Parameters(
        conform_ndjson=conform_ndjson,
        conform_parquet=conform_parquet,
        load=load,
        models=models_events,
        users=users + models_users,
        dimension=(models["dim_user"] + models["mart_subscribers_daily"]) / rows["raw.users"] * MILLION,
        fixed=fixed,
        fixed_per_day=max(0.0, (many["cpu_seconds"] - explained(many) - fixed) / (many["days"] - 1)),
        history_facts=models["mart_title_funnel"] / rows["facts.fct_watch"] * MILLION,
        history_user_days=models["mart_retention"] / rows["aggregates.agg_user_day"] * MILLION,
        history_title_days=sum(seconds for name, seconds in wholes.items() if name not in apart)
        / rows["aggregates.agg_title_day"]
        * MILLION,
        raw_ndjson_bytes=_per_event(ndjson, "raw_bytes"),
        raw_parquet_bytes=_per_event(parquet, "raw_bytes"),
        lake_bytes=history["bytes"]["lake"] / events,
        warehouse_bytes=history["bytes"]["warehouse"] / events,
        published_row_bytes=history["bytes"]["published"] / sum(history["published_rows"].values()),
        published_rows=_published_rows([*parquet, {**history, "events": events}]),
        facts=rows["facts.fct_watch"] / events,
        user_days=rows["aggregates.agg_user_day"] / events,
        title_days=rows["aggregates.agg_title_day"] / history["days"] / history["published_rows"]["dim_title"],
        memory_base=memory_base,
        memory=memory,
        late_share=sum(count for delay, count in late.items() if delay > 0) / sum(late.values()),
        late_days=float(max(late)),
        dagster_records=(many["records"] - single[0]["records"]) / (many["days"] - 1),
        dagster_bytes=history["bytes"]["dagster"] / history["days"],
        spark=spark_slope * MILLION,
        spark_fixed=_spark_seconds(spark_one) - spark_slope * spark_one["events"],
        spark_shuffle=shuffle_slope,
        spark_shuffle_fixed=spark_one["shuffle_bytes"] - shuffle_slope * spark_one["events"],
        spark_tables_bytes=spark_all["tables_bytes"] / spark_all["events"],
        largest_day=max(point["events"] for point in single),
        largest_day_spark=max(point["events"] for point in spark),
    )


def _published_rows(points: Sequence[Point]) -> tuple[tuple[float, float], ...]:
    """Published rows of a day that are not by title, by events a day: they stop to grow at their cells."""
    by_title = ("mart_title", "mart_top", "dim_", "mart_retention")
    found = {
        point["events"] / point["days"]: sum(
            count for name, count in point["published_rows"].items() if not name.startswith(by_title)
        )
        / point["days"]
        for point in points
    }
    return tuple(sorted(found.items()))


def _line(points: Sequence[Point], of: Callable[[Point], float], *by: Callable[[Point], float]) -> list[float]:
    """Least squares: the fixed part, then one slope for each of ``by``."""
    factors = np.array([[1.0, *(factor(point) for factor in by)] for point in points])
    solution, *_ = np.linalg.lstsq(factors, np.array([of(point) for point in points]), rcond=None)
    return [float(value) for value in solution]


def _slope(points: Sequence[Point], of: Callable[[Point], float]) -> float:
    return _line(points, of, _events)[1]


def _step(*names: str) -> Callable[[Point], float]:
    return lambda point: sum(point["steps"][name] for name in names)


def _events(point: Point) -> float:
    return float(point["events"]) / MILLION


def _users(point: Point) -> float:
    return float(point["users"]) / MILLION


def _per_event(points: Sequence[Point], feed_bytes: str) -> float:
    return float(sum(point[feed_bytes]["events"] for point in points) / sum(point["events"] for point in points))


def _spark_seconds(point: Point) -> float:
    return float(point["command_cpu_seconds"] + sum(point["cluster_cpu_seconds"].values()))


def _between(small: Point, large: Point, of: Callable[[Point], float]) -> float:
    return (of(large) - of(small)) / float(large["events"] - small["events"])

"""The design decisions that a size can break: what is counted, the limit, and the events a day at which the one passes the other.

The limits are assumptions (``assumptions``), the counts come from ``sizing``; where a decision stops to hold is computed,
never written by hand. What to do then is told in ``docs/scale.md``; one line of it stands here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.parameters import Parameters
from benchmarks.capacity.quantities import as_bytes, as_duration, as_money, short
from benchmarks.capacity.sizing import DAYS_A_MONTH, GB, Inputs, Sizing, size

_MOST_EVENTS = 1e15


@dataclass(frozen=True)
class Decision:
    """``count`` over ``limit`` breaks it. ``engine``: on which it is counted (``auto``: the one that the size takes);
    ``show``: both as text; ``change``: what to do instead.
    """

    name: str
    engine: str
    counts: str
    count: Callable[[Sizing, Parameters, Assumptions], float]
    limit: Callable[[Inputs, Assumptions], float]
    show: Callable[[float], str]
    change: str


@dataclass(frozen=True)
class Verdict:
    """A decision at one size: what was counted, the limit, and from how many events a day on it breaks (``None``: never)."""

    decision: Decision
    counted: float
    limit: float
    breaks_at: float | None

    @property
    def holds(self) -> bool:
        """Whether the decision stands at this size."""
        return self.counted <= self.limit


def judge(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> list[Verdict]:
    """All decisions at one size, in the order of ``DECISIONS``."""
    verdicts = []
    for decision in DECISIONS:
        counted = _count(decision, inputs, parameters, assumptions)
        limit = decision.limit(inputs, assumptions)
        verdicts.append(Verdict(decision, counted, limit, breaks_at(decision, inputs, parameters, assumptions)))
    return verdicts


def breaks_at(decision: Decision, inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> float | None:
    """The fewest events a day, to a thousandth, at which ``decision`` does not hold; ``None`` if it holds up to 1e15.

    Counts never fall as events grow, so the interval is halved, on a logarithmic scale.
    """
    limit = decision.limit(inputs, assumptions)

    def is_broken(logarithm: float) -> bool:
        return _count(decision, replace(inputs, events=10**logarithm), parameters, assumptions) > limit

    low, high = 0.0, math.log10(_MOST_EVENTS)
    if not is_broken(high):
        return None
    if is_broken(low):
        return 1.0
    while high - low > math.log10(1.001):
        middle = (low + high) / 2
        low, high = (low, middle) if is_broken(middle) else (middle, high)
    return float(10**high)


def _count(decision: Decision, inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> float:
    engine = inputs.engine if decision.engine == "auto" else decision.engine
    return decision.count(size(replace(inputs, engine=engine), parameters, assumptions), parameters, assumptions)


def _month(cpu_seconds: float, assumptions: Assumptions) -> float:
    return cpu_seconds / 3_600 / assumptions.utilisation * assumptions.core_hour_price * DAYS_A_MONTH


def _hours_of(*layers: str) -> Callable[[Sizing, Parameters, Assumptions], float]:
    def hours(sizing: Sizing, _: Parameters, assumptions: Assumptions) -> float:
        seconds = sum(sizing.cpu[layer] for layer in layers)
        return seconds / 3_600 / assumptions.utilisation / assumptions.machine_cores

    return hours


def _money_of(layer: str) -> Callable[[Sizing, Parameters, Assumptions], float]:
    return lambda sizing, _, assumptions: _month(sizing.cpu[layer], assumptions)


def _as_hours(value: float) -> str:
    return as_duration(value * 3_600)


def _as_month(value: float) -> str:
    return f"{as_money(value)} a month"


def _partitions(sizing: Sizing, assumptions: Assumptions) -> float:
    """Partitions of an asset over all days: hourly from where a daily one holds too many files."""
    hourly = sizing.lake_files > assumptions.partition_files_most
    return sizing.inputs.days_kept * (24 if hourly else 1)


DECISIONS: tuple[Decision, ...] = (
    Decision(
        "one machine does the day (DuckDB)",
        "duckdb",
        "hours for one day on the machine",
        lambda sizing, _, __: sizing.machine_hours,
        lambda inputs, _: inputs.window_hours,
        _as_hours,
        "NETFLIX_ENGINE=spark",
    ),
    Decision(
        "one machine holds all days (DuckDB, one file, one writer)",
        "duckdb",
        "raw, lake and warehouse over the days kept",
        lambda sizing, _, __: sizing.kept_bytes,
        lambda _, assumptions: assumptions.machine_disk_tb * 1e12,
        as_bytes,
        "raw and lake to object storage, fewer days in the warehouse; then NETFLIX_ENGINE=spark",
    ),
    Decision(
        "a day fits into memory (DuckDB)",
        "duckdb",
        "memory without spilling",
        lambda sizing, _, __: sizing.memory_bytes,
        lambda _, assumptions: assumptions.machine_memory_gb * GB,
        as_bytes,
        "let it spill (it does so already, NETFLIX_MEMORY_LIMIT), on a fast local disk",
    ),
    Decision(
        "one lake file by event day and arrival day",
        "auto",
        "size of the day's own file",
        lambda sizing, _, __: sizing.lake_bytes,
        lambda _, assumptions: assumptions.lake_file_most_gb * GB,
        as_bytes,
        "one file per raw file or chunk of it, named by arrival day and chunk",
    ),
    Decision(
        "one machine conforms an arrival day (DuckDB)",
        "duckdb",
        "hours on the machine's cores, of a quarter of the window",
        _hours_of("conform"),
        lambda inputs, _: inputs.window_hours / 4,
        _as_hours,
        "NETFLIX_ENGINE=spark: raw files as tasks of their own, on many workers",
    ),
    Decision(
        "late rows rebuild the days they touch",
        "auto",
        "rebuilding past days",
        _money_of("late rows"),
        lambda _, assumptions: assumptions.rework_most_usd,
        _as_month,
        "rebuild a day once when it has settled; then merge late rows (Iceberg MERGE)",
    ),
    Decision(
        "some models are rebuilt over the whole history",
        "auto",
        "retention, launches, title history",
        _money_of("history"),
        lambda _, assumptions: assumptions.rework_most_usd,
        _as_month,
        "keep a state by cohort and by launch, add the day to it",
    ),
    Decision(
        "dimensions are rebuilt whole",
        "auto",
        "dim_user over all accounts",
        _money_of("dimensions"),
        lambda _, assumptions: assumptions.rework_most_usd,
        _as_month,
        "merge the accounts that changed",
    ),
    Decision(
        "distinct viewers are counted exactly",
        "auto",
        "title and viewer pairs of a day, in a hash table",
        lambda sizing, _, __: sizing.distinct_bytes,
        lambda _, assumptions: assumptions.node_memory_gb * GB,
        as_bytes,
        "sketches by title and day (theta or HyperLogLog), which also add up over days",
    ),
    Decision(
        "a partition is a day",
        "auto",
        "lake files that a day's partition holds",
        lambda sizing, _, __: sizing.lake_files,
        lambda _, assumptions: assumptions.partition_files_most,
        short,
        "hourly partitions (event hour), by a table format's hidden partitioning",
    ),
    Decision(
        "Parquet files in folders, listed",
        "auto",
        "lake files over the days kept",
        lambda sizing, _, __: sizing.kept_files,
        lambda _, assumptions: assumptions.table_files_most,
        short,
        "Iceberg: manifests in place of listings; JDBC catalogue on PostgreSQL, REST when others read",
    ),
    Decision(
        "a day is worked on when it is over",
        "spark",
        "nodes to be done within the window",
        lambda sizing, _, __: float(sizing.nodes),
        lambda _, assumptions: assumptions.nodes_most,
        short,
        "a log (Kafka) and micro-batches into the hour's partition; the day only closes",
    ),
    Decision(
        "Dagster keeps a record per asset and partition",
        "auto",
        "partitions of one asset over the days kept",
        lambda sizing, _, assumptions: _partitions(sizing, assumptions),
        lambda _, assumptions: assumptions.dagster_partitions_most,
        short,
        "partitions by day whatever the tables' are; never a partition by file",
    ),
    Decision(
        "Dagster's event log is SQLite",
        "auto",
        "event log over the days kept",
        lambda sizing, parameters, assumptions: parameters.dagster_bytes * _partitions(sizing, assumptions),
        lambda _, assumptions: assumptions.dagster_sqlite_most_gb * GB,
        as_bytes,
        "PostgreSQL (needed anyway as soon as workers run on several machines), make prune",
    ),
    Decision(
        "a ledger row by arrival day, in JSON files",
        "auto",
        "ledger rows over the days kept, one by lake file",
        lambda sizing, _, __: 3 * sizing.inputs.days_kept + sizing.kept_files,
        lambda _, assumptions: assumptions.ledger_rows_most,
        short,
        "a ledger table; by file inside, summed by arrival day for the audit",
    ),
    Decision(
        "what is published is one DuckDB file",
        "auto",
        "size of a version",
        lambda sizing, _, __: sizing.published_bytes,
        lambda _, assumptions: assumptions.published_most_gb * GB,
        as_bytes,
        "a file by year, or older days by month only",
    ),
)

"""One day of so many events: bytes, files, CPU seconds by layer, cores, memory, shuffle and cost. Pure functions of their inputs.

CPU seconds leave the generation of synthetic events out. Whatever grows with a day's events is a straight line through what was
measured; ``error`` says by which factor it may be off at this size.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.capacity.assumptions import Assumptions
from benchmarks.capacity.parameters import MILLION, Parameters

ENGINES = ("auto", "duckdb", "spark")
FORMATS = ("ndjson", "parquet")
REWORKS = ("rebuild", "settle", "merge")
DAYS_A_MONTH = 30.4
GB = 1e9


@dataclass(frozen=True)
class Inputs:
    """What is asked for.

    ``late``: share of events that arrive after their day, measured if None; ``window_hours``: until when a day must be done;
    ``rework``: what late rows cause. ``rebuild``: every touched day is built again with each arrival (what the platform does),
    ``settle``: each day once more, when its late rows are in, ``merge``: only late rows are worked on. ``whole``: models over
    the whole history are built anew by each run (what it does), else kept up by day.
    """

    events: float
    days_kept: float = 365
    late: float | None = None
    engine: str = "auto"
    raw_format: str = "parquet"
    window_hours: float = 4
    rework: str = "rebuild"
    whole: bool = True

    def planned(self) -> Inputs:
        """The same with the two changes of the plan that save work: late rows are merged, the history is kept up by day."""
        return replace(self, rework="merge", whole=False)


@dataclass(frozen=True)
class Sizing:
    """What a day takes: bytes, CPU seconds (``cpu``: by layer, in the order of the flow), US dollars a month.

    ``raw_bytes``, ``lake_bytes``: of a day's events; ``kept_bytes``: both over all days kept, and the engine's own tables;
    ``lake_files``: a day, of the planned size; ``distinct_bytes``, ``sketch_bytes``: what a day's viewers by title take in a hash
    table, and in sketches; ``memory_bytes``: what DuckDB would like, or what a cluster's nodes have; ``error``: factor by which
    ``cpu`` may be off, up or down; ``cores``: to be done within the window; ``nodes``: of a cluster with that many cores, 0 for
    DuckDB; ``machine_hours``: on DuckDB's machine.
    """

    inputs: Inputs
    engine: str
    accounts: float
    titles: float
    user_days: float
    raw_bytes: float
    lake_bytes: float
    tables_bytes: float
    kept_bytes: float
    published_bytes: float
    lake_files: float
    cpu: Mapping[str, float]
    error: float
    memory_bytes: float
    shuffle_bytes: float
    distinct_bytes: float
    sketch_bytes: float
    cores: float
    nodes: int
    machine_hours: float
    compute_month: float
    storage_month: float

    @property
    def cpu_seconds(self) -> float:
        """All layers."""
        return sum(self.cpu.values())

    @property
    def kept_files(self) -> float:
        """Lake files of events over all days kept."""
        return self.lake_files * self.inputs.days_kept

    @property
    def events_a_second(self) -> float:
        """Mean over the day; the evening's peak is about twice that."""
        return self.inputs.events / 86_400


def size(inputs: Inputs, parameters: Parameters, assumptions: Assumptions) -> Sizing:
    """Size one day. ``engine='auto'``: DuckDB as long as its machine can do it, else Spark."""
    if inputs.engine != "auto":
        return _size(inputs, inputs.engine, parameters, assumptions)
    on_one = _size(inputs, "duckdb", parameters, assumptions)
    return on_one if fits_one_machine(on_one, assumptions) else _size(inputs, "spark", parameters, assumptions)


def fits_one_machine(sizing: Sizing, assumptions: Assumptions) -> bool:
    """Whether DuckDB's machine is done within the window and its disk holds all days."""
    in_time = sizing.machine_hours <= sizing.inputs.window_hours
    return in_time and sizing.kept_bytes <= assumptions.machine_disk_tb * 1e12


def _size(inputs: Inputs, engine: str, parameters: Parameters, assumptions: Assumptions) -> Sizing:
    events, days, on_spark = inputs.events, inputs.days_kept, engine == "spark"
    accounts = min(events * assumptions.accounts_per_event, assumptions.accounts_most)
    titles = min(max(1.0, events * assumptions.titles_per_event), assumptions.titles_most)
    user_days = min(events * parameters.user_days, accounts)
    late = parameters.late_share if inputs.late is None else inputs.late
    cpu = _cpu(inputs, engine, late, (accounts, titles, user_days), parameters, assumptions)
    error = _error(events, on_spark, parameters, assumptions)
    held = sum(cpu.values()) / assumptions.utilisation
    cores = held / (inputs.window_hours * 3_600)
    parallel = (sum(cpu.values()) - cpu["fixed"]) / assumptions.utilisation / assumptions.machine_cores

    nodes = math.ceil(cores / assumptions.node_cores)
    wanted = (parameters.memory_base + parameters.memory * events / MILLION) * 1e6
    per_event = parameters.raw_ndjson_bytes if inputs.raw_format == "ndjson" else parameters.raw_parquet_bytes
    raw_bytes, lake_bytes = events * per_event, events * parameters.lake_bytes
    tables = events * days * (parameters.spark_tables_bytes if on_spark else parameters.warehouse_bytes)
    kept = (raw_bytes + lake_bytes) * days + tables
    gb_month = assumptions.object_gb_month_price if on_spark else assumptions.disk_gb_month_price
    written = 1 + (_rework_days(inputs, late, parameters, assumptions) if on_spark else 0)
    return Sizing(
        inputs=inputs,
        engine=engine,
        accounts=accounts,
        titles=titles,
        user_days=user_days,
        raw_bytes=raw_bytes,
        lake_bytes=lake_bytes,
        tables_bytes=tables,
        kept_bytes=kept,
        published_bytes=_published_bytes(events, titles, days, parameters),
        lake_files=_lake_files(lake_bytes, late, parameters, assumptions),
        cpu=cpu,
        error=error,
        memory_bytes=nodes * assumptions.node_memory_gb * GB if on_spark else wanted,
        shuffle_bytes=(parameters.spark_shuffle_fixed + parameters.spark_shuffle * events * written)
        if on_spark
        else 0.0,
        distinct_bytes=events * parameters.facts * assumptions.distinct_bytes,
        sketch_bytes=titles * assumptions.sketch_kb * 1e3,
        cores=cores,
        nodes=nodes if on_spark else 0,
        machine_hours=(cpu["fixed"] + parallel) / 3_600,
        compute_month=held / 3_600 * assumptions.core_hour_price * DAYS_A_MONTH,
        storage_month=kept / GB * gb_month,
    )


def _cpu(
    inputs: Inputs,
    engine: str,
    late: float,
    sizes: tuple[float, float, float],
    parameters: Parameters,
    assumptions: Assumptions,
) -> dict[str, float]:
    """CPU seconds by layer. Conforming is DuckDB's on both engines, by tasks on Spark; whole models on Spark cost what they cost
    on DuckDB times what a day's load and models cost more there.
    """
    (accounts, titles, user_days), millions = sizes, inputs.events / MILLION
    on_duckdb = parameters.load + parameters.models
    per_million, dearer = (parameters.spark, parameters.spark / on_duckdb) if engine == "spark" else (on_duckdb, 1.0)
    conform = parameters.conform_ndjson if inputs.raw_format == "ndjson" else parameters.conform_parquet
    days = inputs.days_kept if inputs.whole else 1.0
    # A run on DuckDB builds the launches that its days touch, which are those of the last 28 days; on Spark all.
    launch_days = min(days, 28.0) if engine == "duckdb" else days
    history = (
        parameters.history_title_days * titles * parameters.title_days * inputs.days_kept
        + parameters.history_user_days * user_days * days
        + parameters.history_facts * inputs.events * parameters.facts * launch_days
    ) / MILLION
    changed = 1.0 if inputs.whole else assumptions.changed_accounts
    runs_fixed = parameters.fixed + (parameters.spark_fixed if engine == "spark" else 0.0)
    rework_days = _rework_days(inputs, late, parameters, assumptions)
    return {
        "conform": conform * millions,
        "load and models": per_million * millions,
        "late rows": rework_days * (per_million * millions + parameters.fixed_per_day),
        "history": history * dearer,
        "dimensions": parameters.dimension * accounts / MILLION * changed * dearer,
        "fixed": runs_fixed,
    }


def _rework_days(inputs: Inputs, late: float, parameters: Parameters, assumptions: Assumptions) -> float:
    """Days' worth of load and models that a day's late rows cause."""
    if late == 0:
        return 0.0
    if inputs.rework == "merge":
        return late * assumptions.merge_factor
    return 1.0 if inputs.rework == "settle" else parameters.late_days


def _error(events: float, on_spark: bool, parameters: Parameters, assumptions: Assumptions) -> float:
    largest = parameters.largest_day_spark if on_spark else parameters.largest_day
    decades = max(0.0, math.log10(events / largest))
    return assumptions.error_per_decade**decades * (assumptions.error_of_spark if on_spark else 1.0)


def _lake_files(lake_bytes: float, late: float, parameters: Parameters, assumptions: Assumptions) -> float:
    """Files that an arrival day writes: one at least for its own day and for each earlier day that it touches."""
    of_size = assumptions.file_gb * GB
    own = math.ceil(max(1.0, lake_bytes * (1 - late) / of_size))
    touched = parameters.late_days if late else 0.0
    each = math.ceil(max(1.0, lake_bytes * late / touched / of_size)) if touched else 0
    return own + touched * each


def _published_bytes(events: float, titles: float, days: float, parameters: Parameters) -> float:
    """Rows by title grow with titles; the others until every cell of hour, country and device is taken."""
    sizes, rows = zip(*parameters.published_rows, strict=True)
    by_cells = float(np.interp(math.log(max(events, 1.0)), np.log(sizes), rows))
    return (by_cells + titles * parameters.title_days) * days * parameters.published_row_bytes
